// The open event: from the list if the list has it, otherwise read by its id.

import { Failure, type Api } from './api.js';
import { readEvent, type AuditEvent } from './event.js';
import type { Names } from './names.js';
import type { Search } from './search.js';

export class OpenedEvent {
  /** The event, or why it cannot be read; undefined while it is being read. */
  event: AuditEvent | Failure | undefined;
  #id: string | undefined;
  #reading: string | undefined;

  constructor(
    private readonly names: Names,
    private readonly changed: () => void,
  ) {}

  show(api: Api, id: string | undefined, search: Search, language: string): void {
    const known = search.event(id);
    if (known || id !== this.#id) this.event = known;
    this.#id = id;
    // Reading one event is recorded, so it waits for the list, which may have it.
    if (id && !this.event && this.#reading !== id && !search.list.isLoading) void this.#read(api, id, language);
  }

  /** Lets the next `show` read the event again. */
  forget(): void {
    this.event = undefined;
  }

  async #read(api: Api, id: string, language: string): Promise<void> {
    let event: AuditEvent | Failure;
    this.#reading = id;
    try {
      event = readEvent(await api.get(`/events/${encodeURIComponent(id)}`, [['summary', language]]));
      this.names.see([event]);
    } catch (error) {
      event = error instanceof Failure ? error : new Failure('other', String(error));
    }
    if (this.#reading === id) this.#reading = undefined;
    if (this.#id !== id) return;
    this.event = event;
    this.changed();
  }
}
