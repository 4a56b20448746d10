// The range of time of a view: relative to now, or between two instants; and the words that people write for it.

import { instant, wall } from './zones.js';

/** `last` is a number and a unit, such as `7d`. `from` is included, `to` is not; both are RFC 3339 in UTC. */
export interface TimeRange {
  last?: string;
  from?: string;
  to?: string;
}

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const DAY_MS = 86_400_000;

export const PRESETS = ['1h', '24h', '7d', '30d', '90d', '365d'] as const;

/** Returns the instants of a range. An open end stays open, so that new events belong to it. */
export function bounds(range: TimeRange, now: number): { from?: string; to?: string } {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(range.last ?? '') ?? [];
  if (count && unit) return { from: new Date(now - Number(count) * (UNIT_MS[unit] ?? 0)).toISOString() };
  return { ...(range.from && { from: range.from }), ...(range.to && { to: range.to }) };
}

/** Reads `last 7 days`, `today`, `2026-11-01..2026-11-08` and the like. Both days of a range of days belong to it. */
export function readRange(words: string, zone: string, now: number): TimeRange | undefined {
  const text = words.trim().toLowerCase().replace(/\s+/g, ' ');
  const relative =
    /^(?:last|past|letzten?|vergangenen?)? ?(\d{1,4}) ?(m|min|minutes?|minuten?|h|hours?|stunden?|d|days?|tagen?|tag|w|weeks?|wochen?)$/.exec(
      text,
    );
  if (relative?.[1] && relative[2]) {
    const unit = { s: 'h', t: 'd' }[relative[2][0] ?? ''] ?? relative[2][0];
    return { last: `${relative[1]}${unit}` };
  }
  return named(text, zone, now) ?? between(text, zone);
}

function named(text: string, zone: string, now: number): TimeRange | undefined {
  const today = Math.floor(wall(now, zone) / DAY_MS) * DAY_MS;
  const date = new Date(today);
  const monday = today - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  const month = (add: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + add, 1);
  const ranges: Record<string, [from: number, to?: number]> = {
    today: [today],
    heute: [today],
    yesterday: [today - DAY_MS, today],
    gestern: [today - DAY_MS, today],
    'this week': [monday],
    'diese woche': [monday],
    'last week': [monday - 7 * DAY_MS, monday],
    'letzte woche': [monday - 7 * DAY_MS, monday],
    'this month': [month(0)],
    'dieser monat': [month(0)],
    'last month': [month(-1), month(0)],
    'letzter monat': [month(-1), month(0)],
  };
  const found = Object.hasOwn(ranges, text) ? ranges[text] : undefined;
  if (!found) return undefined;
  const [from, to] = found;
  return { from: iso(instant(from, zone)), ...(to !== undefined && { to: iso(instant(to, zone)) }) };
}

function between(text: string, zone: string): TimeRange | undefined {
  const [first, second, ...more] = text.split(/ ?\.\.\.? ?| – | bis | to /);
  if (more.length > 0 || (!first && !second)) return undefined;
  const from = first ? moment(first, zone) : undefined;
  const last = second === undefined ? from : second ? moment(second, zone) : undefined;
  if ((first && !from) || (second && !last)) return undefined;
  const range = { ...(from && { from: iso(from.start) }), ...(last && { to: iso(last.end) }) };
  return range.from && range.to && range.from >= range.to ? undefined : range;
}

/** Reads a month, a day or a time; `end` is the first instant after it. */
function moment(text: string, zone: string): { start: number; end: number } | undefined {
  const found = /^(\d{4})-(\d\d)(?:-(\d\d))?(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => (part ? Number(part) : undefined));
  if (year === undefined || month === undefined || month < 1 || month > 12) return undefined;
  if (hour !== undefined) {
    if (found[7]) {
      const exact = Date.parse(text.replace(' ', 'T').toUpperCase());
      return Number.isNaN(exact) ? undefined : { start: exact, end: exact };
    }
    const start = instant(Date.UTC(year, month - 1, day, hour, minute, second ?? 0), zone);
    return { start, end: start };
  }
  const start = Date.UTC(year, month - 1, day ?? 1);
  if (day !== undefined && new Date(start).getUTCDate() !== day) return undefined;
  const end = day === undefined ? Date.UTC(year, month, 1) : start + DAY_MS;
  return { start: instant(start, zone), end: instant(end, zone) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
