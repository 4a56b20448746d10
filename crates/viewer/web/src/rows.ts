// One page of rows. It renders into the tree of the component, so the component's styles and parts reach it.

import { LitElement, html, nothing, type TemplateResult } from 'lit';
import { tokens, type AuditEvent, type Token } from './event.js';
import { shown } from './hostile_text.js';
import { icon } from './icons.js';
import type { Locale } from './locale.js';
import { runs } from './runs.js';

const CHUNK = 20;

export class Rows extends LitElement {
  static override properties = {
    events: { attribute: false },
    locale: { attribute: false },
    link: { attribute: false },
    first: { attribute: false },
    open: { attribute: false },
    pinned: { attribute: false },
    openRuns: { attribute: false },
    version: { attribute: false },
  };
  events: readonly AuditEvent[] = [];
  locale!: Locale;
  /** The link to the view, to which the id of an event is added. */
  link = '';
  /** The index of the first row. */
  first = 0;
  /** The id of the open event, if it is in this page; in the same way the pinned one. */
  open: string | undefined;
  pinned: string | undefined;
  openRuns: ReadonlySet<string> = new Set();
  /** Grows when a run opens or closes. */
  version = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', 'rowgroup');
  }

  protected override render(): unknown {
    let index = this.first;
    const rows = runs(this.events).map((run) => {
      const [event] = run;
      if (!event) return nothing;
      if (run.length === 1) return this.#row(event, (index += 1));
      const isOpen = this.openRuns.has(event.id) || run.some(({ id }) => id === this.open || id === this.pinned);
      const head = this.#run(run, event, isOpen, (index += 1));
      const members = isOpen ? run.map((member, at) => this.#row(member, index + at + 1, 'member')) : nothing;
      index += run.length;
      // The head stays the same element, so that its button keeps the focus.
      return html`${head}${members}`;
    });
    // The browser lays out a chunk when it comes near the window; a whole page at once would take several frames.
    const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, at) =>
      rows.slice(at * CHUNK, (at + 1) * CHUNK),
    );
    return chunks.map((chunk) => html`<div class="chunk" role="presentation">${chunk}</div>`);
  }

  #row(event: AuditEvent, index: number, kind = ''): TemplateResult {
    const { words } = this.locale;
    const at = Date.parse(event.occurred_at);
    const isFailed = event.result === 'failed';
    const ip = event.context?.ip;
    const classes = `row ${kind} ${isFailed ? 'is-failed' : ''} ${event.id === this.open ? 'is-open' : ''}`;
    return html`<div
      role="row"
      class=${classes}
      part="row"
      data-id=${event.id}
      aria-rowindex=${index + 1}
      aria-current=${event.id === this.pinned ? 'true' : nothing}
    >
      <div role="cell" class="time">
        <a
          href=${this.link + event.id}
          tabindex="-1"
          data-open=${event.id}
          aria-label=${`${this.locale.date(at)}, ${this.locale.clock(at)}, ${words.openEvent}`}
          ><span class="date">${this.locale.date(at)}</span>
          <time datetime=${event.occurred_at}>${this.locale.clock(at)}</time></a
        >
      </div>
      <div role="cell" class="mark-cell">${this.#mark(event)}</div>
      <div role="cell" class="what">${tokens(event).map((token) => this.#token(token, event))}</div>
      <div role="cell" class="action">${value('action', event.action, event.action)}</div>
      <div role="cell" class="ip">${ip ? value('ip', ip, ip) : html`<span class="none">–</span>`}</div>
    </div>`;
  }

  #run(run: AuditEvent[], newest: AuditEvent, isOpen: boolean, index: number): TemplateResult {
    const { words } = this.locale;
    const [until, since] = [newest, run.at(-1) ?? newest].map(({ occurred_at }) => Date.parse(occurred_at));
    const count = this.locale.number(run.length);
    const label = isOpen ? words.hideRun(count) : words.showRun(count);
    const addresses = new Set(run.map(({ context }) => context?.ip).filter(Boolean));
    const [ip] = addresses;
    const [actor] = tokens(newest);
    return html`<div
      role="row"
      class=${`row run ${newest.result === 'failed' ? 'is-failed' : ''}`}
      part="row"
      aria-rowindex=${index + 1}
    >
      <div role="cell" class="time">
        <span class="date">${this.locale.date(since ?? 0)}</span> <span>${this.locale.clock(since ?? 0)}</span
        ><span class="until"> – ${this.#until(since ?? 0, until ?? 0)}</span>
      </div>
      <div role="cell" class="mark-cell">${this.#mark(newest)}</div>
      <div role="cell" class="what">
        ${actor ? this.#token({ text: actor.of === 'actor' ? actor.text : newest.actor.id, of: 'actor' }, newest) : nothing}
        <span class="run-action">${value('action', newest.action, newest.action)}</span>
        <span class="times">× ${count}</span>
        <button type="button" class="toggle" tabindex="-1" data-run=${newest.id} aria-expanded=${String(isOpen)}>
          ${icon(isOpen ? 'up' : 'down')}${label}
        </button>
      </div>
      <div role="cell" class="action">${value('action', newest.action, newest.action)}</div>
      <div role="cell" class="ip">
        ${addresses.size === 1 && ip ? value('ip', ip, ip) : html`<span class="none">–</span>`}
      </div>
    </div>`;
  }

  #until(since: number, until: number): string {
    const clock = this.locale.clock(until);
    return this.locale.date(since) === this.locale.date(until) ? clock : `${this.locale.date(until)} ${clock}`;
  }

  #mark({ result }: AuditEvent): TemplateResult {
    const name = this.locale.words.results[result] ?? result;
    return html`<span class=${`result ${result === 'failed' ? 'failed' : 'succeeded'}`} title=${name}
      >${icon(result === 'failed' ? 'failed' : 'check')}<span class="quiet">${name}</span></span
    >`;
  }

  #token({ text, of }: Token, event: AuditEvent): unknown {
    if (of === 'actor') {
      const type =
        event.actor.type === 'user'
          ? nothing
          : html` <span class="tag">${this.locale.words.actorTypes[event.actor.type] ?? event.actor.type}</span>`;
      return html`${value('actor', event.actor.id, text, 'actor')}${type}`;
    }
    if (of === 'target' && event.target?.id) return value('target', event.target.id, text, 'target');
    if (of === 'action') return value('action', event.action, text);
    return of ? html`<span class=${`token ${of}`}>${shown(text)}</span>` : shown(text);
  }
}

/** A value as a button that offers to filter by it; the component handles the click. */
export function value(field: string, filter: string, text: string, kind = ''): TemplateResult {
  return html`<button type="button" class=${`value ${kind}`} tabindex="-1" data-field=${field} data-value=${filter}>
    ${shown(text)}
  </button>`;
}

customElements.define('audit-log-rows', Rows);
