// The head of the page: its title, the zone, the order, and what one can do with the view; and the head of a view around
// an event.

import { html, nothing, type TemplateResult } from 'lit';
import type { Host } from './host.js';
import { icon, type Icon } from './icons.js';
import { renderOrder, renderZone } from './toolbar.js';
import { AROUND_MINUTES } from './view.js';

export function renderHead(host: Host, help: () => void): TemplateResult {
  const { words } = host.locale;
  const tool = (name: Icon, label: string, act: () => void) =>
    html`<button type="button" class=${`tool tool-${name}`} aria-label=${label} title=${label} @click=${act}>
      ${icon(name)}
    </button>`;
  return html`<header class="head" part="head">
    <h2>${words.title}</h2>
    <div class="tools">
      ${renderZone(host)}${renderOrder(host)}
      ${tool('link', words.copyView, () => host.copy(new URL(host.link({}), location.href).href))}
      ${tool('report', words.report, () => host.change({ report: true }))} ${tool('keyboard', words.keyboard, help)}
    </div>
  </header>`;
}

/** Says that the view shows everything around one event, and offers the way back. */
export function renderAround(host: Host): unknown {
  const { around } = host.view;
  if (!around) return nothing;
  const { words } = host.locale;
  const choice = (minutes: number) =>
    html`<button
      type="button"
      aria-pressed=${String(minutes === around.minutes)}
      @click=${() => host.change({ around: { ...around, minutes } })}
    >
      ${words.minutes(minutes)}
    </button>`;
  const back = () => host.change({ around: undefined, event: around.id });
  return html`<div class="around" role="group" aria-label=${words.around}>
    ${icon('around')}
    <div><strong>${words.around}</strong><span class="quiet">${words.aroundHint}</span></div>
    <span class="choice">${AROUND_MINUTES.map(choice)}</span>
    <button type="button" class="primary" @click=${back}>${words.back}</button>
  </div>`;
}
