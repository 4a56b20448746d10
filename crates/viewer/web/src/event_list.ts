// The pages of a search, and how far it has come.

import { Failure, type Api, type Parameters } from './api.js';
import { readPage, type AuditEvent, type Page } from './event.js';

export const PAGE_SIZE = 100;

export class EventList {
  pages: Page[] = [];
  cursor: string | null = null;
  isLoading = false;
  failure: Failure | undefined;
  /** New events that the list does not show yet. */
  newer = 0;
  #abort = new AbortController();

  constructor(
    private readonly api: Api,
    readonly parameters: Parameters,
    private readonly order: 'newest' | 'oldest',
    private readonly language: string,
    private readonly changed: () => void,
  ) {}

  get isComplete(): boolean {
    return this.pages.length > 0 && this.cursor === null;
  }

  get scannedThrough(): string | undefined {
    return this.pages.at(-1)?.scanned_through;
  }

  get skipped(): number {
    return this.pages.reduce((sum, page) => sum + page.skipped, 0);
  }

  get count(): number {
    return this.pages.reduce((sum, page) => sum + page.events.length, 0);
  }

  events(): AuditEvent[] {
    return this.pages.flatMap((page) => page.events);
  }

  /** Loads the next page; while pages are empty and the search goes on, the one after. */
  async more(): Promise<void> {
    if (this.isLoading || this.isComplete) return;
    const { signal } = this.#abort;
    this.isLoading = true;
    this.failure = undefined;
    this.changed();
    try {
      let page: Page;
      do {
        page = await this.#page(this.cursor, PAGE_SIZE, signal);
        this.cursor = page.next_cursor;
        this.pages = [...this.pages, page];
        this.changed();
      } while (page.events.length === 0 && page.next_cursor !== null);
    } catch (error) {
      if (signal.aborted) return;
      this.failure = error instanceof Failure ? error : new Failure('other', String(error));
    }
    this.isLoading = false;
    this.changed();
  }

  /** Counts the events that are newer than the newest one of the list. They join it only when the reader wants it. */
  async look(isOwn: (event: AuditEvent) => boolean): Promise<void> {
    const known = new Set(this.pages[0]?.events.map((event) => event.id));
    const newest = this.events()[0]?.id ?? '';
    // The same search as the list's, so that it belongs to the same record of who read what.
    const page = await this.#page(null, PAGE_SIZE, this.#abort.signal);
    const newer = page.events.filter((event) => event.id > newest && !known.has(event.id) && !isOwn(event)).length;
    if (newer === this.newer) return;
    this.newer = newer;
    this.changed();
  }

  /** Ends the requests. What was loaded stays, and `more` goes on from there. */
  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.isLoading = false;
  }

  async #page(cursor: string | null, limit: number, signal: AbortSignal): Promise<Page> {
    const parameters: [string, string][] = [
      ['order', this.order],
      ['limit', String(limit)],
      ['summary', this.language],
    ];
    if (cursor !== null) parameters.push(['cursor', cursor]);
    return readPage(await this.api.get('/events', [...this.parameters, ...parameters], signal));
  }
}
