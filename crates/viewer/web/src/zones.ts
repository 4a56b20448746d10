// Instants in IANA time zones, by `Intl`. An instant is in milliseconds since 1970, a wall time too, as if it were UTC.

const formats = new Map<string, Intl.DateTimeFormat>();

/** Returns a cached format; making one costs more than a hundred uses. */
export function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale, options)));
  return found;
}

export function isZone(zone: string): boolean {
  try {
    format('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns the wall time of an instant in a zone. */
export function wall(instant: number, zone: string): number {
  if (zone === 'UTC') return instant;
  const whole = Math.floor(instant / 1_000) * 1_000;
  const parts = format('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(whole);
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  );
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) + (instant - whole);
}

/** Returns the instant of a wall time. A wall time that a clock change skips counts as the later one. */
export function instant(wallTime: number, zone: string): number {
  const guess = wallTime - (wall(wallTime, zone) - wallTime);
  return wallTime - (wall(guess, zone) - guess);
}

/** Returns the start of the interval that is `steps` after the one that starts at `at`. Days can have 23 or 25 hours. */
export function stepped(at: number, interval: string, zone: string, steps: number): number {
  const fixed: Record<string, number> = { '15m': 900_000, '1h': 3_600_000 };
  const step = fixed[interval];
  if (step) return at + step * steps;
  const date = new Date(wall(at, zone));
  const [months, days] = interval === '1mo' ? [steps, 0] : [0, interval === '1w' ? 7 * steps : steps];
  const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate() + days);
  return instant(next, zone);
}

/** Returns the offset of a zone at an instant, as `+01:00`, or `Z` in UTC. */
export function offset(at: number, zone: string): string {
  if (zone === 'UTC') return 'Z';
  const whole = Math.floor(at / 1_000) * 1_000;
  const minutes = Math.round((wall(whole, zone) - whole) / 60_000);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** Writes an instant of the server in a zone, with all its digits: `2026-11-09T15:03:11.123456+01:00`. */
export function rfc3339(time: string, zone: string): string {
  if (zone === 'UTC') return time;
  const at = Date.parse(time);
  const fraction = /\.\d+/.exec(time)?.[0] ?? '';
  return new Date(wall(at, zone)).toISOString().slice(0, 19) + fraction + offset(at, zone);
}
