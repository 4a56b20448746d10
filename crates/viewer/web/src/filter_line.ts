// The line in which the reader writes a filter or a time range.

import { readRange, type TimeRange } from './time_range.js';
import { FIELDS, type Field } from './view.js';

export type Line = { filter: [Field, string] } | { range: TimeRange } | { event: string };

/** What is known of a text without a field: the names and ids that the reader has seen, and the catalog. */
export interface Known {
  actor(text: string): string | undefined;
  target(text: string): string | undefined;
  actions: readonly string[];
  categories: readonly string[];
}

const PREFIX = /^(-?)(actor|action|category|target|result|ip|request_id|request):\s*(.+)$/i;
const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)$/i;
const ACTION = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}(\.\*|\.[a-z][a-z0-9_]*)$/;

/** Reads a line; `field` is the chosen field, or undefined to recognize it. */
export function readLine(line: string, field: Field | undefined, zone: string, known: Known): Line | undefined {
  const text = line.trim();
  if (!text) return undefined;
  if (field) return { filter: [field, idOf(field, text, known)] };
  const [, minus, name, value] = PREFIX.exec(text) ?? [];
  if (name && value) {
    const plain = name.toLowerCase() === 'request' ? 'request_id' : name.toLowerCase();
    const chosen = FIELDS.find((other) => other === (minus ? `not_${plain}` : plain));
    return chosen && { filter: [chosen, idOf(chosen, value.trim(), known)] };
  }
  const range = readRange(text, zone, Date.now());
  if (range) return { range };
  if (EVENT_ID.test(text)) return { event: text.toLowerCase() };
  if (ADDRESS.test(text)) return { filter: ['ip', text] };
  if (text === 'failed' || text === 'succeeded') return { filter: ['result', text] };
  if (known.categories.includes(text)) return { filter: ['category', text] };
  if (known.actions.includes(text) || (ACTION.test(text) && known.actions.some((action) => isUnder(action, text)))) {
    return { filter: ['action', text] };
  }
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { filter: ['actor', text] };
  const [actor, target] = [known.actor(text), known.target(text)];
  if (actor) return { filter: ['actor', actor] };
  return target ? { filter: ['target', target] } : undefined;
}

function isUnder(action: string, pattern: string): boolean {
  return pattern.endsWith('.*') && action.startsWith(pattern.slice(0, -1));
}

function idOf(field: Field, text: string, known: Known): string {
  if (field === 'actor' || field === 'not_actor') return known.actor(text) ?? text;
  return field === 'target' ? (known.target(text) ?? text) : text;
}
