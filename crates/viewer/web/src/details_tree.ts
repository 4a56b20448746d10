// The details of an event: changes as old and new values, everything else as a tree, all in the server's own text.

import { html, nothing, type TemplateResult } from 'lit';
import { shown } from './hostile_text.js';
import { icon } from './icons.js';
import type { Words } from './words/en.js';
import { parseRaw, pretty, type Raw } from './raw_json.js';

interface Change {
  field: string;
  old: Raw | undefined;
  new: Raw | undefined;
}

export function renderDetails(details: string, words: Words): TemplateResult {
  const tree = parseRaw(details);
  const members = tree.kind === 'object' ? tree.members : [];
  const changes = changesOf(members);
  const others = changes.length ? members.filter(([name]) => name !== 'changes') : members;
  return html` ${changes.length ? changeTable(changes, words) : nothing}
    ${
      others.length
        ? html`<section>
            <h4>${words.details}</h4>
            <div role="group" aria-label=${words.details} class="tree">${branch(others)}</div>
          </section>`
        : nothing
    }
    <details class="raw">
      <summary>${words.rawText}</summary>
      <pre part="raw" tabindex="0">${pretty(tree)}</pre>
    </details>`;
}

function changesOf(members: [string, Raw][]): Change[] {
  const list = members.find(([name]) => name === 'changes')?.[1];
  if (list?.kind !== 'array') return [];
  const changes = list.items.map((item): Change | undefined => {
    if (item.kind !== 'object') return undefined;
    const of = (wanted: string) => item.members.find(([name]) => name === wanted)?.[1];
    const field = of('field');
    // A member that the table would not show means that this is no list of changes.
    const isKnown = item.members.every(([name]) => ['field', 'old', 'new'].includes(name));
    return field?.kind === 'string' && isKnown ? { field: field.text, old: of('old'), new: of('new') } : undefined;
  });
  return changes.every((change) => change !== undefined) ? changes : [];
}

function changeTable(changes: Change[], words: Words): TemplateResult {
  return html`<section>
    <h4>${words.changes}</h4>
    <table class="changes" aria-label=${words.changes}>
      <thead>
        <tr>
          <th scope="col">${words.field}</th>
          <th scope="col">${words.old}</th>
          <th scope="col"><span class="arrow">${icon('arrow')}</span>${words.new}</th>
        </tr>
      </thead>
      <tbody>
        ${changes.map(
          (change) =>
            html`<tr>
              <th scope="row">${shown(change.field)}</th>
              <td><del>${changed(change.old, words)}</del></td>
              <td><ins>${changed(change.new, words)}</ins></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function changed(value: Raw | undefined, words: Words): unknown {
  if (!value || value.raw === 'null') return html`<span class="unset">${words.notSet}</span>`;
  return value.kind === 'object' || value.kind === 'array' ? html`<code>${shown(value.raw)}</code>` : scalar(value);
}

function branch(members: [string, Raw][]): TemplateResult {
  return html`<ul>
    ${members.map(([name, value]) => html`<li>${node(name, value)}</li>`)}
  </ul>`;
}

function node(name: string, value: Raw): TemplateResult {
  const inner =
    value.kind === 'object'
      ? value.members
      : value.kind === 'array'
        ? value.items.map((item, index): [string, Raw] => [String(index), item])
        : undefined;
  const key = html`<span class="key">${shown(name)}</span>`;
  if (!inner) return html`${key} ${scalar(value)}`;
  if (inner.length === 0) return html`${key} <code>${value.raw}</code>`;
  return html`<details open>
    <summary>
      ${key} <span class="size">${value.kind === 'array' ? `[${inner.length}]` : `{${inner.length}}`}</span>
    </summary>
    ${branch(inner)}
  </details>`;
}

function scalar(value: Raw): TemplateResult {
  return value.kind === 'string'
    ? html`<span class="string">${shown(value.text)}</span>`
    : html`<code class=${value.kind}>${value.raw}</code>`;
}
