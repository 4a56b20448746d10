// One search as the page shows it: its list, its bars and its counts. Going back shows an earlier search as it was.

import type { Api, Parameters } from './api.js';
import { Counts, type GroupBy } from './counts.js';
import type { AuditEvent } from './event.js';
import { EventList } from './event_list.js';
import type { Names } from './names.js';
import { searchParameters, type View } from './view.js';

export const FACETS = ['actor', 'action', 'ip', 'target', 'category', 'result'] as const satisfies GroupBy[];
export type Facet = (typeof FACETS)[number];

/** A search is counted from the whole minute, so that the same question within it is one question. */
const MINUTE_MS = 60_000;
const MOST_AROUND = 5_000;
const KEPT_SEARCHES = 8;

export class Search {
  readonly startedAt = Date.now();
  readonly parameters: Parameters;
  readonly list: EventList;
  bars: Counts;
  readonly facets = new Map<Facet, Counts>();
  /** Runs that the reader has opened, by the id of their first event. */
  readonly openRuns = new Set<string>();
  #isCounting = false;

  constructor(
    private readonly api: Api,
    readonly view: View,
    language: string,
    private readonly names: Names,
    private readonly changed: () => void,
  ) {
    this.parameters = searchParameters(view, Math.floor(this.startedAt / MINUTE_MS) * MINUTE_MS);
    this.list = new EventList(api, this.parameters, view.order, language, () => this.#listChanged());
    this.bars = this.#counts('time');
  }

  get from(): string | undefined {
    return this.parameters.find(([name]) => name === 'from')?.[1];
  }

  get to(): string | undefined {
    return this.parameters.find(([name]) => name === 'to')?.[1];
  }

  async start(): Promise<void> {
    await Promise.all([this.#loadPinned(), this.bars.load()]);
  }

  /** Counts the values of each field, one field after the other, so that the list's own requests come first. */
  async count(): Promise<void> {
    if (this.#isCounting || !this.list.pages.length) return;
    this.#isCounting = true;
    for (const facet of FACETS) {
      const counts = this.#counts(facet);
      this.facets.set(facet, counts);
      await counts.load();
      for (const { key, name, email } of counts.groups()) {
        if (key && facet === 'actor') this.names.seeActor(key, name || email || key, email);
        if (key && facet === 'target') this.names.seeTarget(key, name || key);
      }
      if (counts.failure) return;
    }
  }

  /** Loads the first page; around an event, the pages up to that event. */
  async #loadPinned(): Promise<void> {
    await this.list.more();
    const id = this.view.around?.id;
    if (id && !this.event(id)) await this.loadUpTo(MOST_AROUND, () => this.event(id) !== undefined);
  }

  /** Goes on after a failure. */
  async retry(): Promise<void> {
    this.resume();
    await this.list.more();
    await this.count();
  }

  /** Loads pages up to a number of events, or until it is enough. */
  async loadUpTo(limit: number, isEnough = () => false): Promise<void> {
    const { list } = this;
    while (list.count < limit && !isEnough() && !list.isComplete && !list.isLoading && !list.failure) await list.more();
  }

  /** Goes on after `stop`: the list from where it is, counts that were not complete from the start. */
  resume(): void {
    if (!this.bars.isComplete) void (this.bars = this.#counts('time')).load();
    if ([...this.facets.values()].some((counts) => !counts.isComplete)) this.#isCounting = false;
  }

  event(id: string | undefined): AuditEvent | undefined {
    return id === undefined ? undefined : this.list.events().find((event) => event.id === id);
  }

  /** Looks for new events, if the search is open to them and somebody is there to see them. */
  async look(viewer: string | undefined): Promise<void> {
    const { list } = this;
    const isOpen = this.view.order === 'newest' && !this.to;
    if (!isOpen || document.hidden || list.isLoading || list.failure || !list.pages.length) return;
    // What the reader's own reading adds to the log is no news to the reader.
    const isOwn = ({ action, actor }: AuditEvent) => action.startsWith('audit_log.') && actor.id === viewer;
    // The next look, or the reader's next step, finds out why this one failed.
    await list.look(isOwn).catch(() => undefined);
  }

  stop(): void {
    this.list.stop();
    this.bars.stop();
    for (const counts of this.facets.values()) counts.stop();
  }

  #counts(by: GroupBy): Counts {
    return new Counts(this.api, this.parameters, by, this.view.zone, this.changed);
  }

  #listChanged(): void {
    const page = this.list.pages.at(-1);
    if (page) this.names.see(page.events);
    this.changed();
  }
}

/** Identifies what a search depends on. */
export function searchKey(view: View, language: string): string {
  const { filters, range, order, zone, around } = view;
  return JSON.stringify([around ?? [filters, range], order, zone, language]);
}

/** The searches that the way back shows as they were: the last ones. */
export class KeptSearches extends Map<string, Search> {
  keep(key: string, search: Search): void {
    this.delete(key);
    this.set(key, search);
    const [oldest] = this.keys();
    if (this.size > KEPT_SEARCHES && oldest !== undefined) this.delete(oldest);
  }
}
