// Events as the API returns them, each with the server's own text.

import { items, members } from './raw_json.js';

export interface Actor {
  type: string;
  id: string;
  name?: string | null;
  email?: string | null;
}

export interface Target {
  type?: string | null;
  id?: string | null;
  name?: string | null;
}

/** A part of the sentence that describes an event. */
export interface Token {
  text: string;
  of?: 'actor' | 'action' | 'target' | 'old' | 'new' | 'field';
}

export interface AuditEvent {
  id: string;
  org_id: string;
  occurred_at: string;
  ingested_at: string;
  actor: Actor;
  action: string;
  category: string;
  target?: Target | null;
  result: string;
  failure_reason?: string | null;
  context?: { ip?: string | null; user_agent?: string | null; request_id?: string | null } | null;
  summary?: Token[];
  /** The event's text as the server sent it, without `summary`. */
  raw: string;
  /** The text of `details`, if the event has them. */
  details: string | undefined;
}

/** One answer to a search. */
export interface Page {
  events: AuditEvent[];
  next_cursor: string | null;
  scanned_through: string;
  skipped: number;
}

export function readPage(json: string): Page {
  const { events, next_cursor, scanned_through, skipped } = JSON.parse(json);
  const list = [...members(json, 0)].find(([name]) => name === 'events');
  const spans = list ? [...items(json, list[1])] : [];
  const read = events.map((event: AuditEvent, index: number) => withText(event, json, spans[index]?.[0] ?? 0));
  return { events: read, next_cursor, scanned_through, skipped: skipped ?? 0 };
}

export function readEvent(json: string): AuditEvent {
  return withText(JSON.parse(json), json, json.indexOf('{'));
}

/** Returns the sentence of an event, or one made of its ids if the server sent none. */
export function tokens(event: AuditEvent): Token[] {
  if (event.summary?.length) return event.summary;
  const made: Token[] = [
    { text: actorName(event.actor), of: 'actor' },
    { text: ' · ' },
    { text: event.action, of: 'action' },
  ];
  const target = targetName(event.target);
  return target ? [...made, { text: ' · ' }, { text: target, of: 'target' }] : made;
}

export function sentence(event: AuditEvent): string {
  return tokens(event)
    .map(({ text }) => text)
    .join('');
}

/** Whether the sentence leaves the reason of a failure out, or shortens it. */
export function reasonBeyond(event: AuditEvent): boolean {
  return Boolean(event.failure_reason) && !sentence(event).includes(event.failure_reason ?? '');
}

export function actorName(actor: Actor): string {
  return actor.name || actor.email || actor.id;
}

export function targetName(target: Target | null | undefined): string | undefined {
  return target?.name || target?.id || target?.type || undefined;
}

function withText(event: AuditEvent, json: string, start: number): AuditEvent {
  let end = start;
  let details: string | undefined;
  let summary: [from: number, to: number] | undefined;
  for (const [name, from, to] of members(json, start)) {
    if (name === 'details') details = json.slice(from, to);
    if (name === 'summary') summary = [json.lastIndexOf(',', json.lastIndexOf('"summary"', from)), to];
    end = to;
  }
  end = json.indexOf('}', end) + 1;
  const raw = summary ? json.slice(start, summary[0]) + json.slice(summary[1], end) : json.slice(start, end);
  return { ...event, raw, details: details === 'null' ? undefined : details };
}
