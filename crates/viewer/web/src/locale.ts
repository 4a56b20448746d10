// Words, numbers and times in the reader's language and the chosen zone.

import { de } from './words/de.js';
import { en, type Words } from './words/en.js';
import { PRESETS, type TimeRange } from './time_range.js';
import { format, offset, rfc3339 } from './zones.js';

export class Locale {
  readonly words: Words;
  /** The language of the server's sentences. */
  readonly language: 'en' | 'de';
  readonly #formatTag: string;

  constructor(
    readonly tag: string,
    readonly zone: string,
  ) {
    this.language = /^de\b/i.test(tag) ? 'de' : 'en';
    this.words = this.language === 'de' ? de : en;
    // Plain English as most of the world writes it: the day first, 24 hours.
    this.#formatTag = this.language === 'en' && !/^en-\w/i.test(tag) ? 'en-GB' : tag;
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.#formatTag).format(value);
  }

  /** Writes `9 Nov 2026`. */
  date(at: number): string {
    return this.#format(at, { day: 'numeric', month: 'short', year: 'numeric' });
  }

  /** Writes `14:03:11`. */
  clock(at: number): string {
    return this.#format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }

  /** Writes `9 Nov 2026 14:03`. */
  minute(at: number): string {
    return `${this.date(at)} ${this.#format(at, { hour: '2-digit', minute: '2-digit' })}`;
  }

  /** Writes `Mon, 9 Nov 2026, 14:03:11.123456`, with all digits of the server. */
  full(time: string): string {
    const at = Date.parse(time);
    const weekday = this.#format(at, { weekday: 'short' });
    return `${weekday}, ${this.date(at)}, ${rfc3339(time, this.zone)
      .slice(11)
      .replace(/(Z|[+-]\d\d:\d\d)$/, '')}`;
  }

  /** Writes the zone with its offset: `Europe/Berlin, UTC+01:00`. */
  zoneAt(at: number): string {
    return this.zone === 'UTC' ? 'UTC' : `${this.zone}, UTC${offset(at, this.zone)}`;
  }

  /** Writes a mark of the axis of an interval. */
  tick(at: number, interval: string): string {
    if (interval === '1mo') return this.#format(at, { month: 'short', year: 'numeric' });
    if (interval === '1d' || interval === '1w') return this.#format(at, { day: 'numeric', month: 'short' });
    const clock = this.#format(at, { hour: '2-digit', minute: '2-digit' });
    return clock === '00:00' ? this.#format(at, { day: 'numeric', month: 'short' }) : clock;
  }

  /** Writes the time of a bar. */
  bar(at: number, interval: string): string {
    if (interval === '1mo') return this.#format(at, { month: 'long', year: 'numeric' });
    return interval === '1d' || interval === '1w' ? this.date(at) : this.minute(at);
  }

  range({ last, from, to }: TimeRange): string {
    if (last) {
      const preset = (PRESETS as readonly string[]).includes(last) ? this.words.presets[last] : undefined;
      return preset ?? this.words.lastOf(last.slice(0, -1), last.slice(-1));
    }
    if (!from && !to) return this.words.anyTime;
    return this.span(from, to);
  }

  span(from: string | undefined, to: string | undefined): string {
    const start = from ? this.minute(Date.parse(from)) : this.words.beginning;
    return `${start} – ${to ? this.minute(Date.parse(to)) : this.words.now}`;
  }

  #format(at: number, options: Intl.DateTimeFormatOptions): string {
    return format(this.#formatTag, { ...options, hourCycle: 'h23', timeZone: this.zone }).format(at);
  }
}
