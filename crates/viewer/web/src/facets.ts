// The values of each field with their counts, in exactly this view.

import { html, nothing, type TemplateResult } from 'lit';
import type { Counts, Group } from './counts.js';
import { valueName, type Host } from './host.js';
import { shown } from './hostile_text.js';
import { FACETS, type Facet } from './search.js';

const SHOWN = 6;

export function renderFacets(host: Host): TemplateResult {
  const { words } = host.locale;
  return html`<aside class="facets" part="facets" aria-label=${words.counts}>
    ${FACETS.map((facet) => {
      const counts = host.search.facets.get(facet);
      const title = words.fields[facet] ?? facet;
      return html`<div class="facet" role="group" aria-label=${title}>
        <h3>${title}</h3>
        ${counts ? list(host, facet, counts) : skeleton()}
      </div>`;
    })}
  </aside>`;
}

function list(host: Host, facet: Facet, counts: Counts): unknown {
  const { words } = host.locale;
  if (counts.failure) return html`<p class="quiet">–</p>`;
  const groups = counts.groups();
  if (!counts.hasAnswer) return skeleton();
  if (groups.length === 0) return html`<p class="quiet">${counts.isComplete ? words.noValue : words.counting}</p>`;
  const most = groups[0]?.count ?? 1;
  const more = groups.length - SHOWN + counts.others;
  return html`<ul>
      ${groups.slice(0, SHOWN).map((group) => item(host, facet, group, most))}
    </ul>
    ${more > 0 ? html`<p class="quiet">${words.others(host.locale.number(more))}</p>` : nothing}
    ${counts.isComplete ? nothing : html`<p class="quiet">${words.counting}</p>`}`;
}

function item(host: Host, facet: Facet, { key, name, email, count, failed }: Group, most: number): TemplateResult {
  const { words } = host.locale;
  const number = host.locale.number(count);
  if (key === null)
    return html`<li class="quiet">
      <span class="line"><span class="name">${words.noValue}</span><span class="number">${number}</span></span>
    </li>`;
  const text = name || email || valueName(host, facet, key);
  const share = html`<svg class="share" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
    <rect width=${(count / most) * 100} height="2"></rect>
    <rect class="failed" width=${(failed / most) * 100} height="2"></rect>
  </svg>`;
  return html`<li>
    <button type="button" class="line" data-field=${facet} data-value=${key} title=${key}>
      <span class="name">${shown(text)}</span> <span class="number">${number}</span>${share}
    </button>
  </li>`;
}

function skeleton(): TemplateResult {
  return html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`;
}
