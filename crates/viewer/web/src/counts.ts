// Statistics of a search. Pages add up, so a figure grows until the last page has come.

import { Failure, type Api, type Parameters } from './api.js';

export interface Group {
  key: string | null;
  count: number;
  failed: number;
  name?: string;
  email?: string;
  type?: string;
  first?: string;
  last?: string;
}

export interface Bar {
  time: string;
  at: number;
  count: number;
  failed: number;
}

interface StatsPage {
  total: number;
  failed: number;
  interval?: string;
  groups?: (Partial<Group> & { time?: string; count: number; failed: number })[];
  others?: { groups: number; count: number; failed: number };
  scanned_through: string;
  next_cursor: string | null;
  skipped?: number;
}

export type GroupBy = 'time' | 'action' | 'actor' | 'ip' | 'target' | 'category' | 'result' | 'actor_type';

export class Counts {
  total = 0;
  failed = 0;
  interval = '1d';
  others = 0;
  skipped = 0;
  scannedThrough: string | undefined;
  isComplete = false;
  hasAnswer = false;
  failure: Failure | undefined;
  #groups = new Map<string | null, Group>();
  #bars = new Map<string, Bar>();
  /** The sorted bars, until a page changes them. */
  #sorted: Bar[] | undefined;
  #abort = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly parameters: Parameters,
    private readonly groupBy: GroupBy,
    private readonly zone: string,
    private readonly changed: () => void,
    private readonly top = 10,
  ) {}

  /** Returns the groups, the largest first. */
  groups(): Group[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count || String(a.key).localeCompare(String(b.key)));
  }

  bars(): Bar[] {
    return (this.#sorted ??= [...this.#bars.values()].sort((a, b) => a.at - b.at));
  }

  async load(): Promise<void> {
    const own: [string, string][] = [['group_by', this.groupBy]];
    own.push(this.groupBy === 'time' ? ['zone', this.zone] : ['top', String(this.top)]);
    let cursor: string | null = null;
    try {
      do {
        const paging: [string, string][] = cursor === null ? [] : [['cursor', cursor]];
        const text = await this.api.get('/stats', [...this.parameters, ...own, ...paging], this.#abort.signal);
        const page = JSON.parse(text) as StatsPage;
        this.#add(page);
        cursor = page.next_cursor;
        this.isComplete = cursor === null;
        this.changed();
      } while (cursor !== null);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.failure = error instanceof Failure ? error : new Failure('other', String(error));
      this.changed();
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  #add(page: StatsPage): void {
    this.hasAnswer = true;
    this.#sorted = undefined;
    this.total += page.total;
    this.failed += page.failed;
    this.skipped += page.skipped ?? 0;
    this.interval = page.interval ?? this.interval;
    this.others = page.others?.groups ?? 0;
    this.scannedThrough = page.scanned_through;
    for (const { time, ...group } of page.groups ?? []) {
      if (time !== undefined) {
        const bar = this.#bars.get(time) ?? { time, at: Date.parse(time), count: 0, failed: 0 };
        this.#bars.set(time, { ...bar, count: bar.count + group.count, failed: bar.failed + group.failed });
      } else {
        const key = group.key ?? null;
        this.#groups.set(key, merged(this.#groups.get(key), { ...group, key }));
      }
    }
  }
}

/** Adds the group of a later page, whose events are older. */
function merged(newer: Group | undefined, older: Group): Group {
  if (!newer) return older;
  const both = { ...older, ...newer, count: newer.count + older.count, failed: newer.failed + older.failed };
  return older.first ? { ...both, first: older.first } : both;
}
