// The names of actors and targets that the reader has seen, so that a filter by id shows a name.

import { actorName, targetName, type AuditEvent } from './event.js';

export class Names {
  #actors = new Map<string, string>();
  #targets = new Map<string, string>();
  #ids = new Map<string, string>();

  see(events: readonly AuditEvent[]): void {
    for (const { actor, target } of events) {
      this.seeActor(actor.id, actorName(actor), actor.email ?? undefined);
      if (target?.id) this.seeTarget(target.id, targetName(target) ?? target.id);
    }
  }

  seeActor(id: string, name: string, email?: string): void {
    // The first one seen is the newest.
    if (this.#actors.has(id)) return;
    this.#actors.set(id, name);
    for (const text of [id, name, email]) if (text) this.#ids.set(`actor ${text.toLowerCase()}`, id);
  }

  seeTarget(id: string, name: string): void {
    if (this.#targets.has(id)) return;
    this.#targets.set(id, name);
    for (const text of [id, name]) this.#ids.set(`target ${text.toLowerCase()}`, id);
  }

  of(field: string, value: string): string | undefined {
    if (field.endsWith('actor')) return this.#actors.get(value);
    return field === 'target' ? this.#targets.get(value) : undefined;
  }

  id(field: 'actor' | 'target', text: string): string | undefined {
    return this.#ids.get(`${field} ${text.toLowerCase()}`);
  }

  actors(): Iterable<string> {
    return this.#actors.values();
  }
}
