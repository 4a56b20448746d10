// Runs of automation: consecutive events of one machine that did one thing with one result.

import type { AuditEvent } from './event.js';

const SHORTEST_RUN = 4;
/** People are no automation, and callers who are not signed in may be attackers. */
const MACHINES = ['api_key', 'service', 'system'];

/** Groups the events of a page. A failure is never in a run of successes. */
export function runs(events: readonly AuditEvent[]): AuditEvent[][] {
  const groups: AuditEvent[][] = [];
  let start = 0;
  while (start < events.length) {
    let end = start + 1;
    while (end < events.length && isSame(events[start], events[end])) end += 1;
    const run = events.slice(start, end);
    if (run.length >= SHORTEST_RUN) groups.push(run);
    else groups.push(...run.map((event) => [event]));
    start = end;
  }
  return groups;
}

function isSame(first: AuditEvent | undefined, other: AuditEvent | undefined): boolean {
  return (
    first !== undefined &&
    other !== undefined &&
    MACHINES.includes(first.actor.type) &&
    first.actor.type === other.actor.type &&
    first.actor.id === other.actor.id &&
    first.action === other.action &&
    first.result === other.result
  );
}
