// The view: everything that the URL holds. It is immutable; each change makes a new one.

import { bounds, type TimeRange } from './time_range.js';
import { isZone } from './zones.js';

export const FIELDS = [
  'actor',
  'action',
  'category',
  'target',
  'result',
  'ip',
  'request_id',
  'not_actor',
  'not_action',
  'not_ip',
] as const;
export type Field = (typeof FIELDS)[number];
export type Filters = Readonly<Partial<Record<Field, readonly string[]>>>;

export interface View {
  readonly filters: Filters;
  readonly range: TimeRange;
  readonly order: 'newest' | 'oldest';
  readonly zone: string;
  /** The id of the open event. */
  readonly event?: string | undefined;
  /** Shows all events around one, instead of the filters and the range. */
  readonly around?: { id: string; minutes: number } | undefined;
  /** The id of the actor whose panel is open. */
  readonly panel?: string | undefined;
  readonly report?: boolean | undefined;
}

export const AROUND_MINUTES = [1, 5, 30] as const;

export function withFilter({ filters }: View, field: Field, value: string): Filters {
  const values = field === 'result' ? [] : (filters[field] ?? []);
  return values.includes(value) ? filters : { ...filters, [field]: [...values, value] };
}

export function withoutFilter({ filters }: View, field: Field, value: string): Filters {
  const values = (filters[field] ?? []).filter((other) => other !== value);
  const { [field]: _, ...others } = filters;
  return values.length ? { ...others, [field]: values } : others;
}

/** Keeps only one value of a field, and drops its exclusions. */
export function onlyFilter({ filters }: View, field: Field, value: string): Filters {
  const { [`not_${field}` as Field]: _, ...others } = filters;
  return { ...others, [field]: [value] };
}

/** Returns the parameters of a search of the view, apart from its order and paging. */
export function searchParameters(view: View, now: number): [name: string, value: string][] {
  if (view.around) {
    // Ids are UUIDv7, whose first 48 bits are the milliseconds of `occurred_at`.
    const at = idTime(view.around.id);
    const reach = view.around.minutes * 60_000;
    return [
      ['from', new Date(at - reach).toISOString()],
      ['to', new Date(at + reach + 1).toISOString()],
    ];
  }
  const filters = FIELDS.flatMap((field) =>
    (view.filters[field] ?? []).map((value): [string, string] => [field, value]),
  );
  return [...filters, ...Object.entries(bounds(view.range, now))];
}

/** Returns the time of an event's id, in milliseconds. */
export function idTime(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16);
}

export function isNarrowed(view: View): boolean {
  return Object.keys(view.filters).length > 0 || Object.keys(view.range).length > 0;
}

/** Writes a view for the URL; what equals the component's own settings is left out. */
export function toUrl(view: View, base: View): string {
  const url = new URLSearchParams();
  for (const field of FIELDS) for (const value of view.filters[field] ?? []) url.append(field, value);
  for (const [name, value] of Object.entries(view.range)) url.set(name, value);
  if (view.order !== base.order) url.set('order', view.order);
  if (view.zone !== base.zone) url.set('zone', view.zone);
  if (view.around) {
    url.set('around', view.around.id);
    url.set('minutes', String(view.around.minutes));
  }
  if (view.panel) url.set('panel', view.panel);
  if (view.event) url.set('event', view.event);
  if (view.report) url.set('report', '1');
  return url.toString();
}

/** Reads a view from the URL. What is not a valid part of a view is ignored. */
export function fromUrl(text: string, base: View): View {
  const url = new URLSearchParams(text);
  const filters: Partial<Record<Field, string[]>> = {};
  for (const field of FIELDS) {
    const values = url
      .getAll(field)
      .filter((value) => field !== 'result' || value === 'failed' || value === 'succeeded');
    if (values.length) filters[field] = [...new Set(field === 'result' ? values.slice(0, 1) : values)];
  }
  const range: TimeRange = {};
  const last = url.get('last');
  if (last && /^\d{1,5}[mhdw]$/.test(last)) range.last = last;
  else {
    for (const name of ['from', 'to'] as const) {
      const value = url.get(name);
      if (value && !Number.isNaN(Date.parse(value))) range[name] = value;
    }
  }
  const [id, zone, order] = [url.get('around'), url.get('zone'), url.get('order')];
  const minutes = Number(url.get('minutes') ?? '5');
  return {
    filters,
    range,
    order: order === 'oldest' || order === 'newest' ? order : base.order,
    zone: zone && isZone(zone) ? zone : base.zone,
    event: url.get('event') ?? undefined,
    around: id && !Number.isNaN(idTime(id)) && minutes > 0 && minutes <= 1_440 ? { id, minutes } : undefined,
    panel: url.get('panel') ?? undefined,
    report: url.get('report') === '1' || undefined,
  };
}

/** Whether a parameter of the URL belongs to the view. */
export function isOwnName(name: string): boolean {
  return [...FIELDS, 'last', 'from', 'to', 'order', 'zone', 'around', 'minutes', 'panel', 'event', 'report'].includes(
    name,
  );
}
