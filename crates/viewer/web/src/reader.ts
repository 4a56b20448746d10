// Who reads, in which org; and what the filter line knows of the log.

import type { Api } from './api.js';
import type { Known } from './filter_line.js';
import type { Names } from './names.js';

/** A viewer session, as the server describes it. */
export interface Session {
  org: { id: string; name?: string | null };
  viewer: { id: string; name?: string | null; email?: string | null };
  may: string[];
}

export class Reader implements Known {
  session: Session | undefined;
  actions: readonly string[] = [];
  categories: readonly string[] = [];

  constructor(
    private readonly names: Names,
    private readonly changed: () => void,
  ) {}

  actor(text: string): string | undefined {
    return this.names.id('actor', text);
  }

  target(text: string): string | undefined {
    return this.names.id('target', text);
  }

  /** What the filter line suggests. */
  suggestions(): Iterable<string> {
    return new Set([...this.categories, ...this.actions, ...this.names.actors()]);
  }

  /** Reads whose log this is, and its catalog. The page works without either: a search fails in the same way, and says so. */
  async meet(api: Api): Promise<Session | undefined> {
    try {
      this.session = JSON.parse(await api.get('/session', [])) as Session;
      this.changed();
      const catalog = JSON.parse(await api.get('/catalog', [])) as {
        categories: { name: string; actions: string[] }[];
      };
      this.categories = catalog.categories.map(({ name }) => name);
      this.actions = catalog.categories.flatMap(({ actions }) => actions);
      this.changed();
    } catch {
      return this.session;
    }
    return this.session;
  }
}
