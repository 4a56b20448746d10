// The proofs of events. One is read when the reader asks for it, since that is recorded like the look-up of an event.

import { Failure, type Api } from './api.js';

/** Whether the event is in the signed log of the org. */
export type Proof =
  | { kind: 'sealed'; seq: number; size: number; link: string }
  | { kind: 'pending'; dueBy: string }
  | { kind: 'quarantined' };

export class Proofs {
  #known = new Map<string, Proof | Failure>();

  constructor(
    private readonly api: () => Api | undefined,
    private readonly changed: () => void,
  ) {}

  of(id: string): Proof | Failure | undefined {
    return this.#known.get(id);
  }

  async read(id: string): Promise<void> {
    try {
      const text = await this.api()?.get(`/events/${encodeURIComponent(id)}/proof`, []);
      if (text) this.#known.set(id, readProof(text));
    } catch (error) {
      this.#known.set(id, error instanceof Failure ? error : new Failure('other', String(error)));
    }
    this.changed();
  }
}

/** Reads c2sp.org/tlog-proof: a head with the number of the event, and a checkpoint with the size of the log. */
function readProof(text: string): Proof {
  if (text.startsWith('{')) {
    const { status, due_by } = JSON.parse(text);
    return status === 'pending' ? { kind: status, dueBy: due_by } : { kind: 'quarantined' };
  }
  const [head = '', checkpoint = ''] = text.split('\n\n');
  const seq = Number(/^index (\d+)$/m.exec(head)?.[1]);
  const size = Number(checkpoint.split('\n')[1]);
  return { kind: 'sealed', seq, size, link: URL.createObjectURL(new Blob([text], { type: 'text/plain' })) };
}
