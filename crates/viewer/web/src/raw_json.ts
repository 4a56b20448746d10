// The server's own text of JSON values. `JSON.parse` alters integers beyond 2^53, `1.0`, and the order of keys that look
// like integers, so what is evidence is sliced from the response and never parsed and written again.

/** A value with its text as the server sent it. */
export type Raw =
  | { kind: 'object'; raw: string; members: [name: string, value: Raw][] }
  | { kind: 'array'; raw: string; items: Raw[] }
  | { kind: 'string'; raw: string; text: string }
  | { kind: 'number' | 'literal'; raw: string };

/** Parses valid JSON and keeps the text of each value. */
export function parseRaw(json: string): Raw {
  return readValue(json, skipSpace(json, 0));
}

/** Yields the name of each member of the object that starts at `at`, and where its value starts and ends. */
export function* members(json: string, at: number): Generator<[name: string, start: number, end: number]> {
  let place = skipSpace(json, at + 1);
  while (json[place] === '"') {
    const nameEnd = valueEnd(json, place);
    const start = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const end = valueEnd(json, start);
    yield [JSON.parse(json.slice(place, nameEnd)) as string, start, end];
    place = nextPlace(json, end);
  }
}

/** Yields where each item of the array that starts at `at` starts and ends. */
export function* items(json: string, at: number): Generator<[start: number, end: number]> {
  let place = skipSpace(json, at + 1);
  while (place < json.length && json[place] !== ']') {
    const end = valueEnd(json, place);
    yield [place, end];
    place = nextPlace(json, end);
  }
}

/** Writes a value on several lines, with its scalars as the server sent them. */
export function pretty(value: Raw, indent = ''): string {
  const deeper = `${indent}  `;
  if (value.kind === 'object' && value.members.length > 0) {
    const lines = value.members.map(([name, member]) => `${deeper}${JSON.stringify(name)}: ${pretty(member, deeper)}`);
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  if (value.kind === 'array' && value.items.length > 0) {
    return `[\n${value.items.map((item) => deeper + pretty(item, deeper)).join(',\n')}\n${indent}]`;
  }
  return value.raw;
}

function readValue(json: string, start: number): Raw {
  const raw = json.slice(start, valueEnd(json, start));
  switch (raw[0]) {
    case '{': {
      const found = [...members(json, start)];
      return { kind: 'object', raw, members: found.map(([name, at]) => [name, readValue(json, at)]) };
    }
    case '[':
      return { kind: 'array', raw, items: [...items(json, start)].map(([at]) => readValue(json, at)) };
    case '"':
      return { kind: 'string', raw, text: JSON.parse(raw) as string };
    default:
      return { kind: /^[tfn]/.test(raw) ? 'literal' : 'number', raw };
  }
}

function valueEnd(json: string, start: number): number {
  const first = json[start];
  if (first === '"') return stringEnd(json, start);
  let at = start;
  if (first !== '{' && first !== '[') {
    while (at < json.length && !/[\s,\]}]/.test(json[at] ?? '')) at += 1;
    return at;
  }
  let depth = 0;
  while (at < json.length) {
    const character = json[at];
    if (character === '"') {
      at = stringEnd(json, at);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return at;
}

function stringEnd(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const character = json[at];
    if (character === '\\') at += 1;
    else if (character === '"') return at + 1;
  }
  return json.length;
}

function nextPlace(json: string, end: number): number {
  const place = skipSpace(json, end);
  return json[place] === ',' ? skipSpace(json, place + 1) : json.length;
}

function skipSpace(json: string, at: number): number {
  while (at < json.length && ' \n\r\t'.includes(json[at] ?? '')) at += 1;
  return at;
}
