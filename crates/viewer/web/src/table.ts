// The list of events: a table of rows, a group of rows per fetched page, and the way to the next page.

import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Host } from './host.js';
import './rows.js';

/** How far below the window the next page is fetched. */
const AHEAD = '1200px';

let onNear: () => void = () => undefined;
const near = new IntersectionObserver(
  (entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) onNear();
  },
  { rootMargin: AHEAD },
);

export function renderTable(host: Host, more: () => void): TemplateResult {
  const { words } = host.locale;
  const { list, openRuns } = host.search;
  const { around, event } = host.view;
  const base = host.link({ event: undefined, panel: undefined, report: undefined });
  const link = `${base}${/[#?]./.test(base) ? '&' : base.endsWith('#') ? '' : '?'}event=`;
  let first = 0;
  const header = (name: string, label: unknown) => html`<div role="columnheader" class=${name}>${label}</div>`;
  return html`<div
      role="table"
      tabindex="-1"
      class="table"
      part="table"
      aria-label=${words.table}
      aria-rowcount=${list.isComplete ? list.count + 1 : -1}
      aria-busy=${String(list.isLoading)}
    >
      <div role="rowgroup" class="table-head">
        <div role="row" class="row" aria-rowindex="1">
          ${header(
            'time',
            html`${words.time} <span class="zone">(${host.locale.zone})</span>`,
          )}${header('mark-cell', html`<span class="sr">${words.result}</span>`)}
          ${header('what', words.event)}${header('action', words.action)}${header('ip', words.sourceIp)}
        </div>
      </div>
      ${list.pages.map((page) => {
        const has = (id: string | undefined) => (id && page.events.some((other) => other.id === id) ? id : undefined);
        const rows = html`<audit-log-rows
          .events=${page.events}
          .locale=${host.locale}
          .link=${link}
          .first=${first}
          .open=${has(event)}
          .pinned=${has(around?.id)}
          .openRuns=${openRuns}
          .version=${page.events.some(({ id }) => openRuns.has(id)) ? openRuns.size : 0}
        ></audit-log-rows>`;
        first += page.events.length;
        return page.events.length ? rows : nothing;
      })}
      ${
        list.isLoading && list.pages.length === 0
          ? html`<div class="ghosts" aria-hidden="true">
              ${Array.from({ length: 12 }, () => html`<div class="ghost"><span></span><span></span><span></span></div>`)}
            </div>`
          : nothing
      }
    </div>
    ${foot(host, more)}`;
}

function foot(host: Host, more: () => void): unknown {
  const { words } = host.locale;
  const { list } = host.search;
  if (list.count === 0) return nothing;
  if (list.isComplete)
    return html`<p class="end quiet">${host.view.order === 'newest' ? words.end : words.endOldest}</p>`;
  const watch = (element: Element | undefined) => {
    near.disconnect();
    onNear = more;
    // After a failure, only the reader tries again.
    if (element && !list.failure) near.observe(element);
  };
  return html`<div class="more" ${ref(watch)}>
    <button type="button" ?disabled=${list.isLoading} @click=${more}>
      ${list.isLoading ? words.loadingMore : words.loadMore}
    </button>
  </div>`;
}
