// Bars of the events over time. Dragging, or the keyboard, narrows the range; a table says the same in numbers.

import { LitElement, html, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import type { Bar } from './counts.js';
import type { Locale } from './locale.js';
import { stepped } from './zones.js';

const HEIGHT = 88;
const AXIS = 20;
const TOP = 12;
const NARROWEST_TICK = 76;
/** The server chooses intervals of at most 120 bars; more come only from a range that grew since. */
const MOST_BARS = 400;
/** Fewer bars show nothing that the count does not say. */
const FEWEST_BARS = 3;

interface Slot extends Bar {
  end: number;
}

export class Histogram extends LitElement {
  static override properties = {
    bars: { attribute: false },
    interval: { attribute: false },
    from: { attribute: false },
    to: { attribute: false },
    locale: { attribute: false },
    width: { state: true },
    active: { state: true },
    anchor: { state: true },
    asTable: { state: true },
  };
  bars: readonly Bar[] = [];
  interval = '1d';
  from = 0;
  to = 0;
  locale!: Locale;
  private width = 600;
  /** The bar with the focus, and the one where a selection began. */
  private active = -1;
  private anchor = -1;
  private asTable = false;
  #isDragging = false;
  #slots: Slot[] = [];
  #sizes = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0) this.width = width;
  });

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!['bars', 'interval', 'from', 'to', 'locale'].some((name) => changed.has(name))) return;
    this.#slots = slots(this.bars, this.interval, this.from, this.to, this.locale.zone);
    if (this.active >= this.#slots.length) this.active = this.anchor = -1;
  }

  protected override render(): unknown {
    const { words } = this.locale;
    if (this.#slots.length > 0 && this.#slots.length < FEWEST_BARS) return nothing;
    if (this.#slots.length === 0) return html`<div class="chart-ghost" aria-hidden="true"></div>`;
    return html`${this.asTable ? this.#table() : this.#chart()}
      <div class="chart-foot">
        <span class="hint">${this.asTable ? nothing : words.barHint}</span>
        <button type="button" class="plain" @click=${() => (this.asTable = !this.asTable)}>
          ${this.asTable ? words.showBars : words.showTable}
        </button>
      </div>`;
  }

  #chart(): TemplateResult {
    const { words } = this.locale;
    const highest = Math.max(1, ...this.#slots.map(({ count }) => count));
    const [first, last] = [Math.min(this.active, this.anchor), Math.max(this.active, this.anchor)];
    const x = (at: number) => this.#x(at);
    const tall = (count: number) => (count === 0 ? 0 : Math.max(2, (count / highest) * (HEIGHT - TOP)));
    const bar = (slot: Slot, index: number) => {
      const [left, right] = [Math.max(0, x(slot.at)), Math.min(this.width, x(slot.end))];
      const gap = right - left > 4 ? 1.5 : right - left > 2 ? 0.5 : 0;
      const [all, failed] = [
        tall(slot.count),
        slot.failed ? Math.max(2, tall(slot.count) * (slot.failed / slot.count)) : 0,
      ];
      const label = `${this.locale.bar(slot.at, this.interval)}: ${words.events(this.locale.number(slot.count))}, ${words.failures(this.locale.number(slot.failed))}`;
      const isSelected = this.anchor >= 0 && index >= first && index <= last;
      return svg`<g class=${`bar ${isSelected ? 'is-selected' : ''}`} role="button" tabindex=${index === Math.max(0, this.active) ? 0 : -1}
        aria-label=${label} data-index=${index}>
        <title>${label}</title>
        <rect class="hit" x=${left} y="0" width=${Math.max(0.5, right - left)} height=${HEIGHT}></rect>
        <rect class="count" x=${left + gap} y=${HEIGHT - all} width=${Math.max(0.5, right - left - 2 * gap)}
          height=${all} rx=${gap ? 1.5 : 0}></rect>
        <rect class="failed" x=${left + gap} y=${HEIGHT - failed} width=${Math.max(0.5, right - left - 2 * gap)}
          height=${failed}></rect>
      </g>`;
    };
    return html`<svg
      class="chart"
      part="chart"
      role="group"
      aria-label=${words.overTime}
      width=${this.width}
      height=${HEIGHT + AXIS}
      viewBox=${`0 0 ${this.width} ${HEIGHT + AXIS}`}
      @keydown=${this.#key}
      @focusin=${this.#focus}
      @pointerdown=${this.#down}
      @pointermove=${this.#move}
      @pointerup=${this.#up}
      @pointercancel=${this.#cancel}
    >
      ${svg`<line class="grid" x1="0" x2=${this.width} y1=${TOP} y2=${TOP}></line><text class="scale" x="0" y="8">${this.locale.number(highest)}</text>
        ${this.#slots.map(bar)}
        <line class="axis" x1="0" x2=${this.width} y1=${HEIGHT + 0.5} y2=${HEIGHT + 0.5}></line>
        ${this.#ticks().map(({ at, text, anchor }) => svg`<text class="tick" x=${x(at)} y=${HEIGHT + 15} text-anchor=${anchor}>${text}</text>`)}`}
    </svg>`;
  }

  /** The time that the bars cover; the first and the last bar are whole, even where the range cuts them. */
  #span(): [start: number, end: number] {
    return [this.#slots[0]?.at ?? this.from, this.#slots.at(-1)?.end ?? this.to];
  }

  #x(at: number): number {
    const [start, end] = this.#span();
    return ((at - start) / Math.max(1, end - start)) * this.width;
  }

  #ticks(): { at: number; text: string; anchor: string }[] {
    const ticks: { at: number; text: string; anchor: string }[] = [];
    let end = -Infinity;
    const room = this.interval === '1mo' ? NARROWEST_TICK * 1.2 : NARROWEST_TICK;
    for (const { at } of this.#slots) {
      const place = this.#x(at);
      if (place < 0 || place - end < room || place > this.width - 24) continue;
      ticks.push({ at, text: this.locale.tick(at, this.interval), anchor: place < 24 ? 'start' : 'middle' });
      end = place;
    }
    return ticks;
  }

  #table(): TemplateResult {
    const { words } = this.locale;
    const filled = this.#slots.filter(({ count }) => count > 0).reverse();
    return html`<div class="bar-table" tabindex="0" role="group" aria-label=${words.showTable}>
      <table aria-label=${words.overTime}>
        <thead>
          <tr>
            <th scope="col">${words.period}</th>
            <th scope="col">${words.count}</th>
            <th scope="col">${words.failed}</th>
          </tr>
        </thead>
        <tbody>
          ${filled.map(
            (slot) =>
              html`<tr>
                <th scope="row">
                  <button type="button" class="plain" @click=${() => this.#narrow(slot.at, slot.end)}>
                    ${this.locale.bar(slot.at, this.interval)}
                  </button>
                </th>
                <td>${this.locale.number(slot.count)}</td>
                <td>${this.locale.number(slot.failed)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  #index(event: Event): number {
    const bar = (event.target as Element).closest?.('[data-index]');
    return bar ? Number(bar.getAttribute('data-index')) : -1;
  }

  /** The bar at a place of the pointer, also outside the bars. */
  #indexAt(event: PointerEvent): number {
    const box = this.querySelector('.chart')?.getBoundingClientRect();
    if (!box || this.#slots.length === 0) return -1;
    const [start, end] = this.#span();
    const at = start + ((event.clientX - box.left) / box.width) * (end - start);
    const found = this.#slots.findIndex((slot) => at < slot.end);
    return found < 0 ? this.#slots.length - 1 : found;
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#isDragging = true;
    this.active = this.anchor = this.#indexAt(event);
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    if (this.#isDragging) this.active = this.#indexAt(event);
  }

  #up(): void {
    if (this.#isDragging) this.#narrowToSelection();
  }

  #cancel(): void {
    this.#isDragging = false;
    this.anchor = -1;
  }

  #focus(event: Event): void {
    const index = this.#index(event);
    if (index >= 0 && !this.#isDragging) this.active = index;
  }

  #key(event: KeyboardEvent): void {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      Home: -this.#slots.length,
      End: this.#slots.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      if (event.shiftKey && this.anchor < 0) this.anchor = this.active;
      if (!event.shiftKey) this.anchor = -1;
      this.active = Math.min(this.#slots.length - 1, Math.max(0, this.active + step));
      void this.updateComplete.then(() => this.querySelector<SVGGElement>(`[data-index="${this.active}"]`)?.focus());
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      event.stopPropagation();
      if (this.anchor < 0) this.anchor = this.active;
      this.#narrowToSelection();
    } else if (event.key === 'Escape' && this.anchor >= 0) {
      event.stopPropagation();
      this.#cancel();
    }
  }

  #narrowToSelection(): void {
    const [first, last] = [
      this.#slots[Math.min(this.active, this.anchor)],
      this.#slots[Math.max(this.active, this.anchor)],
    ];
    this.#cancel();
    if (first && last) this.#narrow(first.at, last.end);
  }

  #narrow(from: number, to: number): void {
    const detail = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    this.dispatchEvent(new CustomEvent('narrow', { detail }));
  }
}

/** Adds the intervals without events, which the server leaves out. */
function slots(bars: readonly Bar[], interval: string, from: number, to: number, zone: string): Slot[] {
  const [first] = bars;
  if (!first) return [];
  const empty = (at: number): Bar => ({ time: '', at, count: 0, failed: 0 });
  const starts: Bar[] = [];
  for (let at = first.at; at > from && starts.length < MOST_BARS;)
    starts.unshift(empty((at = stepped(at, interval, zone, -1))));
  const byStart = new Map(bars.map((bar) => [bar.at, bar]));
  for (let { at } = first; at < to && starts.length < MOST_BARS; at = stepped(at, interval, zone, 1)) {
    starts.push(byStart.get(at) ?? empty(at));
  }
  return starts.map((bar) => ({ ...bar, end: stepped(bar.at, interval, zone, 1) }));
}

customElements.define('audit-log-histogram', Histogram);
