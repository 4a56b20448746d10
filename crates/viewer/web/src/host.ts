// What the parts of the page ask of the whole.

import type { AuditEvent } from './event.js';
import type { Locale } from './locale.js';
import type { Names } from './names.js';
import type { Proofs } from './proofs.js';
import type { Search } from './search.js';
import type { Field, View } from './view.js';

export interface Host {
  readonly endpoint: string;
  readonly view: View;
  readonly locale: Locale;
  readonly names: Names;
  readonly proofs: Proofs;
  readonly search: Search;
  /** Shows a changed view, as a new entry of the history. */
  change(change: Partial<View>): void;
  /** The link to a view. */
  link(change: Partial<View>): string;
  /** Reads the open event again, after a failure. */
  reopen(): void;
  copy(text: string): void;
  requestUpdate(): void;
}

/** A value that can become a filter. */
export interface Value {
  field: Field;
  value: string;
}

/** Writes the name of a filter's value. */
export function valueName(host: Pick<Host, 'names' | 'locale'>, field: string, value: string): string {
  if (field === 'result') return host.locale.words.results[value] ?? value;
  return host.names.of(field, value) ?? value;
}

export function filterWords(host: Pick<Host, 'names' | 'locale'>, field: Field): string {
  const { words } = host.locale;
  return `${words.fields[field] ?? field} ${field.startsWith('not_') ? words.isNot : words.is}`;
}

/** The excluding form of a field, if there is one. */
export function exclusion(field: Field): Field | undefined {
  const excluding: Partial<Record<Field, Field>> = { actor: 'not_actor', action: 'not_action', ip: 'not_ip' };
  return excluding[field];
}

export type Neighbor = (event: AuditEvent, step: 1 | -1) => AuditEvent | undefined;
