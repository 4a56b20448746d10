// What narrows the view: named views, the line for filters and ranges, the chips, the range, the zone and the order.

import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { readLine } from './filter_line.js';
import { filterWords, valueName, type Host } from './host.js';
import { shown } from './hostile_text.js';
import { icon } from './icons.js';
import type { Reader } from './reader.js';
import { PRESETS, readRange } from './time_range.js';
import { FIELDS, isNarrowed, withFilter, withoutFilter, type Field, type Filters, type View } from './view.js';
import type { Words } from './words/en.js';
import { browserZone, instant, wall } from './zones.js';

interface NamedView {
  name: keyof Words & string;
  filters: Filters;
  last?: string;
}

const NAMED_VIEWS: readonly NamedView[] = [
  { name: 'allEvents', filters: {} },
  { name: 'accessChanges', filters: { action: ['member.*', 'organization.ownership_transferred', 'api_key.*'] } },
  { name: 'failedActions', filters: { result: ['failed'] } },
  { name: 'apiKeys', filters: { category: ['api_keys'] } },
  { name: 'billing', filters: { category: ['billing'] } },
  { name: 'newMembers', filters: { action: ['member.invited'] } },
  { name: 'lastDay', filters: {}, last: '24h' },
];

/** Plain views keep the range of the reader; a range is what some views are made of. */
export function renderViews(host: Host): TemplateResult {
  const { words } = host.locale;
  const { filters, range, around } = host.view;
  return html`<nav class="views" part="views" aria-label=${words.views}>
    ${NAMED_VIEWS.map((named) => {
      const isRange = named.last !== undefined;
      const isEverything = !isRange && Object.keys(named.filters).length === 0;
      const isSame = !around && JSON.stringify(filters) === JSON.stringify(named.filters);
      const isCurrent = isRange
        ? isSame && range.last === named.last
        : isSame && !(isEverything && range.last === '24h');
      const show = () =>
        host.change({
          filters: named.filters,
          range: isRange ? { last: named.last ?? '' } : isEverything ? {} : range,
          around: undefined,
          event: undefined,
          panel: undefined,
        });
      return html`<button type="button" aria-pressed=${String(isCurrent)} @click=${show}>${words[named.name]}</button>`;
    })}
  </nav>`;
}

export interface LineState {
  unclear: string | undefined;
}

export function renderLine(host: Host, reader: Reader, state: LineState): TemplateResult {
  const { words } = host.locale;
  const submit = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const input = form.elements.namedItem('line') as HTMLInputElement;
    const select = form.elements.namedItem('field') as HTMLSelectElement;
    if (!input.value.trim()) return input.focus();
    const line = readLine(input.value, (select.value || undefined) as Field | undefined, host.view.zone, reader);
    state.unclear = line ? undefined : input.value;
    if (!line) return host.requestUpdate();
    input.value = '';
    select.value = '';
    if ('range' in line) host.change({ range: line.range, around: undefined });
    else if ('event' in line) host.change({ event: line.event });
    else host.change({ filters: withFilter(host.view, ...line.filter), around: undefined });
  };
  const clear = () => {
    if (state.unclear === undefined) return;
    state.unclear = undefined;
    host.requestUpdate();
  };
  return html`<form class="line" role="search" @submit=${submit} @input=${clear}>
    <select name="field" aria-label=${words.filterBy}>
      <option value="">${words.anything}</option>
      ${FIELDS.map((field) => html`<option value=${field}>${filterWords(host, field)}</option>`)}
    </select>
    <span class="input"
      >${icon('search')}<input
        name="line"
        type="text"
        list="suggestions"
        autocomplete="off"
        spellcheck="false"
        aria-label=${words.filterOrRange}
        placeholder=${words.examples}
        aria-describedby=${state.unclear === undefined ? nothing : 'unclear'}
        aria-invalid=${String(state.unclear !== undefined)}
      /><kbd aria-hidden="true">/</kbd></span
    >
    <datalist id="suggestions">
      ${[...reader.suggestions()].map((text) => html`<option value=${text}></option>`)}
    </datalist>
    <button type="submit" class="primary">${words.add}</button>
    ${
      state.unclear === undefined
        ? nothing
        : html`<p id="unclear" role="alert" class="unclear">${words.notUnderstood(state.unclear)}</p>`
    }
  </form>`;
}

export function renderRange(host: Host): TemplateResult {
  const { words } = host.locale;
  const { range } = host.view;
  const apply = (next: View['range'], event: Event) => {
    (event.currentTarget as Element).closest<HTMLElement>('[popover]')?.hidePopover();
    host.change({ range: next, around: undefined });
  };
  return html`<button
      type="button"
      class="drop"
      popovertarget="range"
      aria-label=${`${words.timeRange}: ${host.locale.range(range)}`}
    >
      ${icon('clock')}<span>${host.locale.range(range)}</span>${icon('down')}
    </button>
    <div id="range" class="popover range" popover role="group" aria-label=${words.timeRange} @beforetoggle=${place}>
      <div class="presets">
        <button
          type="button"
          aria-pressed=${String(!range.last && !range.from && !range.to)}
          @click=${(event: Event) => apply({}, event)}
        >
          ${words.anyTime}
        </button>
        ${PRESETS.map(
          (last) =>
            html`<button
              type="button"
              aria-pressed=${String(range.last === last)}
              @click=${(event: Event) => apply({ last }, event)}
            >
              ${words.presets[last]}
            </button>`,
        )}
      </div>
      ${exactRange(host, apply)}
    </div>`;
}

/** The instants of the range as wall time of the zone, in the browser's own inputs; and the same in words. */
function exactRange(host: Host, apply: (range: View['range'], event: Event) => void): TemplateResult {
  const { words, zone } = host.locale;
  const { from, to } = host.view.range;
  const local = (time: string | undefined) =>
    time ? new Date(wall(Date.parse(time), zone)).toISOString().slice(0, 16) : '';
  const utc = (value: string) => new Date(instant(Date.parse(`${value}Z`), zone)).toISOString();
  const submit = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const [start, end, phrase] = ['from', 'to', 'words'].map(
      (name) => form.elements.namedItem(name) as HTMLInputElement,
    );
    if (!start || !end || !phrase) return;
    phrase.setCustomValidity('');
    if (phrase.value.trim()) {
      const read = readRange(phrase.value, zone, Date.now());
      if (!read) phrase.setCustomValidity(words.rangeUnclear);
      if (read) apply(read, event);
      else phrase.reportValidity();
    } else if (start.value && end.value && start.value >= end.value) {
      end.setCustomValidity(words.rangeUnclear);
      end.reportValidity();
    } else apply({ ...(start.value && { from: utc(start.value) }), ...(end.value && { to: utc(end.value) }) }, event);
  };
  const reset = (event: Event) => (event.target as HTMLInputElement).setCustomValidity('');
  return html`<form class="exact" @submit=${submit} @input=${reset}>
    <label
      >${words.inWords}<input name="words" type="text" autocomplete="off" placeholder=${words.rangeExamples}
    /></label>
    <label>${words.from}<input name="from" type="datetime-local" .value=${local(from)} /></label>
    <label>${words.to}<input name="to" type="datetime-local" .value=${local(to)} /></label>
    <p class="quiet">${words.zone}: ${host.locale.zoneAt(Date.now())}</p>
    <button type="submit" class="primary">${words.apply}</button>
  </form>`;
}

/** Puts a popover below its button, within the window. */
function place(event: ToggleEvent): void {
  const popover = event.currentTarget as HTMLElement;
  const button = popover.previousElementSibling;
  if (event.newState === 'open' && button) placeBelow(popover, button);
}

export function placeBelow(popover: HTMLElement, anchor: Element): void {
  const box = anchor.getBoundingClientRect();
  requestAnimationFrame(() => {
    const { width, height } = popover.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8));
    const below = box.bottom + 6;
    const top = below + height > innerHeight - 8 ? Math.max(8, box.top - height - 6) : below;
    popover.style.setProperty('left', `${left}px`);
    popover.style.setProperty('top', `${top}px`);
  });
}

export function renderChips(host: Host): unknown {
  const { words } = host.locale;
  const { view } = host;
  if (view.around || !isNarrowed(view)) return nothing;
  const chip = (label: string, text: unknown, plain: string, field: string, remove: () => void) =>
    html`<li class=${`chip ${field.startsWith('not_') ? 'is-not' : ''}`} part="chip">
      <span class="label">${label}</span> ${text}
      <button type="button" aria-label=${`${words.removeFilter}: ${label} ${plain}`} @click=${remove}>
        ${icon('cross')}
      </button>
    </li>`;
  const chips = FIELDS.flatMap((field) =>
    (view.filters[field] ?? []).map((value) => {
      const name = valueName(host, field, value);
      return chip(filterWords(host, field), html`<strong title=${value}>${shown(name)}</strong>`, name, field, () =>
        host.change({ filters: withoutFilter(view, field, value) }),
      );
    }),
  );
  if (Object.keys(view.range).length) {
    const text = host.locale.range(view.range);
    chips.push(chip(words.timeRange, html`<strong>${text}</strong>`, text, 'range', () => host.change({ range: {} })));
  }
  return html`<div class="chips">
    <ul aria-label=${words.filters}>
      ${chips}
    </ul>
    ${
      chips.length > 1
        ? html`<button type="button" class="plain" @click=${() => host.change({ filters: {}, range: {} })}>
            ${words.removeAll}
          </button>`
        : nothing
    }
  </div>`;
}

/** Names that some browsers still list, and what people look for. */
const RENAMED: Record<string, string> = {
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Europe/Kiev': 'Europe/Kyiv',
};
const ZONES: readonly string[] = [
  ...new Set(Intl.supportedValuesOf('timeZone').map((zone) => RENAMED[zone] ?? zone)),
].sort();

export function renderZone(host: Host): TemplateResult {
  const { words } = host.locale;
  const own = browserZone();
  const option = (zone: string, label = zone) =>
    html`<option value=${zone} ?selected=${zone === host.view.zone}>${label}</option>`;
  // The 400 options change with the zone only.
  const options = () =>
    html`${option('UTC')}${own === 'UTC' ? nothing : option(own, `${own} (${words.browser})`)}
      ${['UTC', own, ...ZONES].includes(host.view.zone) ? nothing : option(host.view.zone)}
      <optgroup label=${words.allZones}>
        ${ZONES.filter((zone) => zone !== own && zone !== 'UTC').map((zone) => option(zone))}
      </optgroup>`;
  return html`<label class="select"
    >${icon('globe')}<select
      aria-label=${words.zone}
      @change=${(event: Event) => host.change({ zone: (event.target as HTMLSelectElement).value })}
    >
      ${guard([host.locale], options)}
    </select></label
  >`;
}

export function renderOrder(host: Host): TemplateResult {
  const { words } = host.locale;
  const option = (order: View['order']) =>
    html`<option value=${order} ?selected=${order === host.view.order}>${words[order]}</option>`;
  return html`<label class="select"
    ><select
      aria-label=${words.order}
      @change=${(event: Event) => host.change({ order: (event.target as HTMLSelectElement).value as View['order'] })}
    >
      ${option('newest')}${option('oldest')}
    </select></label
  >`;
}
