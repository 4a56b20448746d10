// <audit-log>: the whole page. It owns the view, the search and the session; the parts render from them.

import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { ActorCounts, renderActorPanel } from './actor_panel.js';
import { AddressBar, type Place } from './address_bar.js';
import { Api, Failure, type TokenProvider } from './api.js';
import type { AuditEvent } from './event.js';
import { renderEventPanel } from './event_panel.js';
import { renderFacets } from './facets.js';
import { renderAround, renderHead } from './head.js';
import type { Host, Value } from './host.js';
import { icon } from './icons.js';
import { renderKeyboard, ShortcutKeys } from './keyboard.js';
import { Locale } from './locale.js';
import { Names } from './names.js';
import { OpenedEvent } from './opened_event.js';
import { Proofs } from './proofs.js';
import { renderReport } from './report.js';
import { KeptSearches, Search, searchKey } from './search.js';
import { syncPanel } from './panel.js';
import { Reader } from './reader.js';
import type { Rows } from './rows.js';
import { renderState } from './states.js';
import { renderStatistics } from './statistics.js';
import { renderTable } from './table.js';
import { styles } from './styles.js';
import { renderChips, renderLine, renderRange, renderViews, type LineState } from './toolbar.js';
import { Toast } from './toast.js';
import { openValueMenu, renderValueMenu } from './value_menu.js';
import type { Field, View } from './view.js';
import { browserZone, isZone } from './zones.js';

/** From this width of the component on, counts stand beside the list, and an open event beside both. */
const WIDE = 1_080;
/** An evidence report loads up to this many events by itself, and states how many of all it lists. */
const REPORT_EVENTS = 5_000;

export class AuditLog extends LitElement implements Host {
  static override styles = styles;
  static override properties = {
    endpoint: {},
    zone: {},
    localeTag: { attribute: 'locale' },
    theme: { reflect: true },
    state: {},
    poll: { type: Number },
    tokenProvider: { attribute: false },
  };
  endpoint = '/view/v1';
  zone = '';
  localeTag = '';
  theme = 'auto';
  state: Place = 'hash';
  poll = 30;
  /** Returns a token of a viewer session; the page sets it. */
  tokenProvider: TokenProvider | undefined;

  view!: View;
  locale!: Locale;
  search!: Search;
  readonly names = new Names();
  readonly proofs = new Proofs(
    () => this.#api,
    () => this.requestUpdate(),
  );
  #api: Api | undefined;
  #address!: AddressBar;
  #kept = new KeptSearches();
  #reader = new Reader(this.names, () => this.requestUpdate());
  #opened = new OpenedEvent(this.names, () => this.requestUpdate());
  #actor: ActorCounts | undefined;
  #line: LineState = { unclear: undefined };
  #menu: Value | undefined;
  #toast = new Toast(() => this.requestUpdate());
  #pollTimer = 0;
  #width = 0;
  #hasCounts = false;
  #isPrinting = false;
  /** The pages whose rows were announced. */
  #told: unknown;
  #keys = new ShortcutKeys(this);
  #sizes = new ResizeObserver(([entry]) => this.#resize(entry?.contentRect.width ?? 0));
  #print = matchMedia('print');

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('popstate', this.#back);
    this.#print.addEventListener('change', this.#printing);
    this.addEventListener('keydown', this.#keys);
    this.#sizes.observe(this);
    this.#startLooking();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('popstate', this.#back);
    this.#print.removeEventListener('change', this.#printing);
    this.removeEventListener('keydown', this.#keys);
    this.#sizes.disconnect();
    clearInterval(this.#pollTimer);
    this.search?.stop();
  }

  change(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.#address.write(this.view);
    this.#show();
    this.#tell('audit-log:view', { url: this.link({}) });
  }

  link(change: Partial<View>): string {
    return this.#address.link({ ...this.view, ...change });
  }

  copy(text: string): void {
    this.#toast.copy(text, this.locale.words);
  }

  reopen(): void {
    this.#opened.forget();
    this.#show();
  }

  /** Shows the newest state of the log: the same search, made again. */
  refresh(): void {
    this.#kept.delete(searchKey(this.view, this.locale.language));
    this.#show();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('tokenProvider') || changed.has('endpoint')) {
      this.#api = this.tokenProvider && new Api(this.endpoint.replace(/\/$/, ''), this.tokenProvider);
      this.#kept.clear();
      if (this.#api) void this.#meet(this.#api);
    }
    if (['tokenProvider', 'endpoint', 'zone', 'state', 'localeTag'].some((name) => changed.has(name))) {
      const zone = isZone(this.zone) && this.zone ? this.zone : browserZone();
      const base: View = { filters: {}, range: {}, order: 'newest', zone };
      this.#address = new AddressBar(this.state, base);
      this.view = this.#address.read();
      this.#show();
    }
    if (changed.has('poll')) this.#startLooking();
  }

  /** Makes the search, the event and the actor of the view the shown ones. */
  #show(): void {
    const tag = this.localeTag || document.documentElement.lang || navigator.language;
    if (this.locale?.zone !== this.view.zone || this.locale.tag !== tag) this.locale = new Locale(tag, this.view.zone);
    this.requestUpdate();
    if (!this.#api) return;
    const key = searchKey(this.view, this.locale.language);
    const kept = this.#kept.get(key);
    if (this.search !== kept || !kept) {
      this.search?.stop();
      this.search = kept?.list.count ? kept : this.#begin(this.#api, key);
      if (this.search === kept) kept.resume();
    }
    this.#countFacets();
    this.#open(this.#api);
    if (this.view.report) void this.search.loadUpTo(REPORT_EVENTS);
  }

  #begin(api: Api, key: string): Search {
    const search = new Search(api, this.view, this.locale.language, this.names, () => this.#changed(search));
    this.#kept.keep(key, search);
    void search.start().then(() => {
      this.#countFacets();
      if (this.view.report) void search.loadUpTo(REPORT_EVENTS);
    });
    return search;
  }

  #changed(search: Search): void {
    if (search !== this.search) return;
    this.requestUpdate();
    const { failure } = search.list;
    if (failure) this.#tell('audit-log:failure', { kind: failure.kind });
    if (this.#api) this.#open(this.#api);
  }

  #countFacets(): void {
    if (this.#showsCounts) void this.search?.count();
  }

  #open(api: Api): void {
    const { event, panel } = this.view;
    this.#opened.show(api, event, this.search, this.locale.language);
    if (this.#actor?.id === panel) return;
    this.#actor?.stop();
    this.#actor = panel ? new ActorCounts(api, panel, this.view.zone, () => this.requestUpdate()) : undefined;
    void this.#actor?.load();
  }

  async #meet(api: Api): Promise<void> {
    const detail = await this.#reader.meet(api);
    if (detail) this.#tell('audit-log:session', detail);
  }

  #startLooking(): void {
    clearInterval(this.#pollTimer);
    const look = () => void this.search?.look(this.#reader.session?.viewer.id);
    if (this.poll > 0) this.#pollTimer = window.setInterval(look, this.poll * 1_000);
  }

  #back = (): void => {
    if (this.state === 'none') return;
    this.view = this.#address.read();
    this.#show();
  };

  #printing = ({ matches }: MediaQueryListEvent): void => {
    this.#isPrinting = matches;
    this.requestUpdate();
    // The browser takes the picture of the page as soon as this returns.
    this.performUpdate();
  };

  #resize(width: number): void {
    const [was, is] = [this.#width, width];
    this.#width = width;
    if (was >= WIDE === is >= WIDE && was > 0) return;
    this.#countFacets();
    this.requestUpdate();
  }

  /** Tells the page around the component. */
  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  get #showsCounts(): boolean {
    return this.#hasCounts || this.#width >= WIDE;
  }

  protected override render(): unknown {
    if (!this.#api || !this.search) return nothing;
    const { words } = this.locale;
    const hasReport = this.view.report || this.#isPrinting;
    const { bars, list } = this.search;
    // A session that may not count has the list only.
    const mayCount = !bars.failure || bars.hasAnswer;
    const hasCounts = this.#showsCounts && mayCount && (list.count > 0 || list.isLoading);
    const classes = `log ${this.#isPanelOpen ? 'has-panel' : ''} ${hasCounts ? 'has-counts' : ''} ${hasReport ? 'has-report' : ''} ${this.view.report ? 'shows-report' : ''}`;
    return html`<section
      class=${classes}
      part="log"
      lang=${this.locale.language}
      aria-label=${words.title}
      @click=${this.#click}
    >
      <div class="screen">
        ${renderHead(this, () => this.#keys.help())} ${renderViews(this)}
        <div class="narrowing">${renderLine(this, this.#reader, this.#line)}${renderRange(this)}</div>
        ${renderChips(this)} ${renderAround(this)}
        ${renderStatistics(this, this.#width < WIDE ? this.#countsButton() : nothing)}
        <div class="body">
          ${hasCounts ? renderFacets(this) : nothing}
          <div class="main">
            ${
              list.newer
                ? html`<button type="button" class="pill" @click=${() => this.refresh()}>
                    ${icon('up')}${words.newEvents(this.#newer())}
                  </button>`
                : nothing
            }
            ${renderTable(this, () => void list.more())} ${renderState(this, this.search)}
          </div>
          ${this.#panel()}
        </div>
      </div>
      ${hasReport ? renderReport(this, this.#reader.session) : nothing}
      ${renderValueMenu(this, this.#menu, () => this.#menuElement?.hidePopover())} ${renderKeyboard(this)}
      <p class="toast" role="status" aria-live="polite">${this.#toast.text}</p>
    </section>`;
  }

  #newer(): string {
    return this.locale.number(this.search.list.newer);
  }

  #countsButton(): TemplateResult {
    const { words } = this.locale;
    const label = this.#hasCounts ? words.fewerCounts : words.moreCounts;
    return html`<button
      type="button"
      class="plain"
      aria-expanded=${String(this.#hasCounts)}
      @click=${this.#toggleCounts}
    >
      ${label}
    </button>`;
  }

  #toggleCounts = (): void => {
    this.#hasCounts = !this.#hasCounts;
    this.#countFacets();
    this.requestUpdate();
  };

  get #isPanelOpen(): boolean {
    return this.view.event !== undefined || this.view.panel !== undefined;
  }

  #panel(): TemplateResult {
    const { words } = this.locale;
    const cancel = (event: Event) => {
      event.preventDefault();
      this.closePanel();
    };
    return html`<dialog
      class="panel"
      part="panel"
      aria-label=${this.#actor ? words.actor : words.event}
      @cancel=${cancel}
    >
      ${!this.#isPanelOpen ? nothing : this.#actor ? renderActorPanel(this, this.#actor) : renderEventPanel(this, this.#opened.event, this.neighbor)}
    </dialog>`;
  }

  closePanel(): void {
    this.change({ event: undefined, panel: undefined });
  }

  readonly neighbor = (event: AuditEvent, step: 1 | -1): AuditEvent | undefined => {
    const events = this.search.list.events();
    const at = events.findIndex(({ id }) => id === event.id);
    return at < 0 ? undefined : events[at + step];
  };

  get opened(): AuditEvent | undefined {
    return this.#opened.event instanceof Failure ? undefined : this.#opened.event;
  }

  protected override updated(): void {
    const panel = this.renderRoot.querySelector<HTMLDialogElement>('dialog.panel');
    if (!panel) return;
    const closed = syncPanel(panel, this.#isPanelOpen, this.#width < WIDE, this.view.event);
    if (closed) this.#keys.focusRow(closed);
    this.#keys.updated();
    this.#tellRows();
  }

  /** Says how many rows the page shows, once they are there. */
  #tellRows(): void {
    const { count, isLoading } = this.search?.list ?? { count: 0, isLoading: true };
    if (isLoading || this.#told === this.search.list.pages) return;
    this.#told = this.search.list.pages;
    const rows = [...this.renderRoot.querySelectorAll<Rows>('audit-log-rows')];
    void Promise.all(rows.map((element) => element.updateComplete)).then(() => {
      if (count === this.search.list.pages[0]?.events.length) this.#scrollToPinned();
      this.#tell('audit-log:rows', { count });
    });
  }

  /** Puts the event of a view around it into the middle of the window. */
  #scrollToPinned(): void {
    this.renderRoot.querySelector('audit-log-rows [aria-current]')?.scrollIntoView({ block: 'center' });
  }

  get #menuElement(): HTMLElement | null {
    return this.renderRoot.querySelector('#menu');
  }

  /** Values, rows and runs are many; one listener serves them all. */
  #click = (event: MouseEvent): void => {
    const target = event.target as Element;
    const value = target.closest<HTMLElement>('[data-field]');
    const run = target.closest<HTMLElement>('[data-run]');
    const link = target.closest<HTMLAnchorElement>('a[data-open]');
    const row = target.closest<HTMLElement>('[data-id]');
    if (value) this.#offer(value);
    else if (run) this.#toggleRun(run.dataset['run'] ?? '');
    else if (link) {
      // The browser opens links in new tabs and windows itself.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.change({ event: link.dataset['open'], panel: undefined });
    } else if (row && !target.closest('button, a') && getSelection()?.isCollapsed !== false) {
      this.change({ event: row.dataset['id'], panel: undefined });
    }
  };

  #toggleRun(id: string): void {
    const { openRuns } = this.search;
    if (!openRuns.delete(id)) openRuns.add(id);
    this.requestUpdate();
  }

  #offer(button: HTMLElement): void {
    const { field, value } = button.dataset;
    this.#menu = { field: field as Field, value: value ?? '' };
    this.requestUpdate();
    void this.updateComplete.then(() => this.#menuElement && openValueMenu(this.#menuElement, button));
  }
}

customElements.define('audit-log', AuditLog);
