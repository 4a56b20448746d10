// The evidence report: what was searched, whether it is complete, and each row with its full time and id.

import { html, nothing, type TemplateResult } from 'lit';
import { reasonBeyond, sentence } from './event.js';
import { filterWords, valueName, type Host } from './host.js';
import { shown } from './hostile_text.js';
import { icon } from './icons.js';
import type { Session } from './reader.js';
import { spanOf } from './states.js';
import { FIELDS } from './view.js';
import { rfc3339 } from './zones.js';

export function renderReport(host: Host, session: Session | undefined): TemplateResult {
  const { words } = host.locale;
  const { list, bars } = host.search;
  const number = (value: number) => host.locale.number(value);
  const rows = list.events();
  const made = new Date(host.search.startedAt).toISOString();
  const total = bars.hasAnswer ? bars.total : list.count;
  const isComplete = bars.hasAnswer ? bars.isComplete : list.isComplete;
  const skipped = Math.max(bars.skipped, list.skipped);
  const fact = (name: string, value: unknown) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<article class="report" part="report" aria-label=${words.report}>
    <header>
      <h2>${words.report}</h2>
      <div class="actions">
        <button type="button" class="primary" @click=${() => window.print()}>${icon('report')}${words.print}</button>
        <button type="button" @click=${() => host.change({ report: undefined })}>
          ${icon('cross')}${words.closeReport}
        </button>
      </div>
    </header>
    <dl class="facts">
      ${session ? fact(words.reportOf, html`${shown(session.org.name ?? session.org.id)} <code>${session.org.id}</code>`) : nothing}
      ${fact(words.reportFilter, filterSentence(host))}
      ${fact(
        words.reportRange,
        host.search.to ? spanOf(host) : html`${spanOf(host, made)} <span class="quiet">${words.whenMade}</span>`,
      )}
      ${fact(words.reportZone, host.locale.zoneAt(host.search.startedAt))}
      ${fact(words.reportCount, `${bars.hasAnswer && !isComplete ? words.atLeast(words.events(number(total))) : words.events(number(total))} · ${words.failures(number(bars.failed))}`)}
      ${fact(words.reportState, html`${isComplete ? words.complete : words.searching}${skipped ? ` · ${words.skipped(number(skipped))}` : nothing}<br />${words.reportRows(number(rows.length), number(total))}`)}
      ${session ? fact(words.reportRead, shown(session.viewer.name ?? session.viewer.email ?? session.viewer.id)) : nothing}
      ${fact(words.reportMade, rfc3339(made, host.locale.zone))}
    </dl>
    <table aria-label=${words.report}>
      <thead>
        <tr>
          <th scope="col">${words.time} (${host.locale.zone})</th>
          <th scope="col">${words.event}</th>
          <th scope="col">${words.result}</th>
          <th scope="col">${words.sourceIp}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (event) =>
            html`<tr>
              <td><time>${rfc3339(event.occurred_at, host.locale.zone)}</time><br /><code>${event.id}</code></td>
              <td>
                ${shown(sentence(event))}<br /><code>${event.action}</code> ·
                <code>${shown(event.actor.id)}</code
                >${event.target?.id ? html` → <code>${shown(event.target.id)}</code>` : nothing}
              </td>
              <td>
                ${words.results[event.result] ?? shown(event.result)}${reasonBeyond(event) ? html`<br />${shown(event.failure_reason ?? '')}` : nothing}
              </td>
              <td class=${event.context?.ip?.includes(':') ? '' : 'address'}>
                ${event.context?.ip ? shown(event.context.ip) : '–'}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </article>`;
}

/** Writes the filter in words: alternatives joined by “or”, fields by “and”. */
function filterSentence(host: Host): unknown {
  const { words } = host.locale;
  if (host.view.around)
    return html`${words.around} <code>${host.view.around.id}</code>, ${words.minutes(host.view.around.minutes)}`;
  const used = FIELDS.filter((field) => host.view.filters[field]?.length);
  if (!used.length) return words.noFilter;
  return used.map(
    (field, index) =>
      html`${index ? words.and : nothing}${filterWords(host, field)}
      ${(host.view.filters[field] ?? []).map((value, at) => {
        const name = valueName(host, field, value);
        return html`${at ? words.or : nothing}<strong>${shown(name)}</strong>${name === value ? nothing : html` <code>${shown(value)}</code>`}`;
      })}`,
  );
}
