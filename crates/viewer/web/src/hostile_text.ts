// Text from anyone. It is isolated from its surroundings, and characters that hide or reorder text become visible.

import { html, type TemplateResult } from 'lit';

const NAMES: Record<string, string> = {
  '\t': 'TAB',
  '\n': 'LINE FEED',
  '\r': 'CARRIAGE RETURN',
  '\u0000': 'NULL',
  '\u001b': 'ESCAPE',
  '\u00ad': 'SOFT HYPHEN',
  '\u061c': 'ARABIC LETTER MARK',
  '\u200b': 'ZERO WIDTH SPACE',
  '\u200e': 'LEFT-TO-RIGHT MARK',
  '\u200f': 'RIGHT-TO-LEFT MARK',
  '\u202a': 'LEFT-TO-RIGHT EMBEDDING',
  '\u202b': 'RIGHT-TO-LEFT EMBEDDING',
  '\u202c': 'POP DIRECTIONAL FORMATTING',
  '\u202d': 'LEFT-TO-RIGHT OVERRIDE',
  '\u202e': 'RIGHT-TO-LEFT OVERRIDE',
  '\u2066': 'LEFT-TO-RIGHT ISOLATE',
  '\u2067': 'RIGHT-TO-LEFT ISOLATE',
  '\u2068': 'FIRST STRONG ISOLATE',
  '\u2069': 'POP DIRECTIONAL ISOLATE',
  '\ufeff': 'ZERO WIDTH NO-BREAK SPACE',
};
// Joiners (U+200C, U+200D) stay: Persian words and emoji need them.
const MARKED =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** Returns text as it is safe to show. */
export function shown(text: string): TemplateResult {
  return html`<bdi>${marked(text)}</bdi>`;
}

function marked(text: string): unknown {
  // Most texts have nothing to mark, and a string costs less than a list of parts.
  if (text.search(MARKED) < 0) return text;
  const parts: unknown[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(MARKED)) {
    const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    const name = NAMES[character] ? `${code} ${NAMES[character]}` : code;
    parts.push(
      text.slice(end, index),
      html`<span class="mark" role="img" aria-label=${name} title=${name}>${code}</span>`,
    );
    end = index + character.length;
  }
  return [...parts, text.slice(end)];
}
