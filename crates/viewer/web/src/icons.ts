// Icons as lines on a grid of 16, in the color of the text.

import { svg, type TemplateResult } from 'lit';

const PATHS = {
  check: 'M3 8.5l3.2 3.2L13 5',
  cross: 'M4 4l8 8M12 4l-8 8',
  failed: 'M8 1.8l6.4 11.4H1.6zM8 6v3.4M8 11.4v.2',
  search: 'M7 12A5 5 0 107 2a5 5 0 000 10zM10.6 10.6L14 14',
  clock: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 4.6V8l2.4 1.6',
  globe: 'M8 14A6 6 0 108 2a6 6 0 000 12zM2 8h12M8 2c2 2 2.6 4 2.6 6S10 12 8 14C6 12 5.4 10 5.4 8S6 4 8 2z',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  right: 'M6 4l4 4-4 4',
  link: 'M6.6 9.4a2.6 2.6 0 003.7 0l2.4-2.4a2.6 2.6 0 00-3.7-3.7l-.9.9M9.4 6.6a2.6 2.6 0 00-3.7 0L3.3 9a2.6 2.6 0 003.7 3.7l.9-.9',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  seal: 'M8 1.8l5 2v4c0 3.2-2 5.2-5 6.4-3-1.2-5-3.2-5-6.4v-4zM5.6 7.8l1.8 1.8 3-3.4',
  report: 'M4 1.8h5.5L12.5 5v9.2H4zM9 2v3.4h3.4M6 8.2h4.4M6 10.8h4.4',
  keyboard: 'M1.8 4h12.4v8.4H1.8zM4 6.6h.2M6.6 6.6h.2M9.2 6.6h.2M11.8 6.6h.2M5 9.8h6',
  equal: 'M3 6h10M3 10h10',
  unequal: 'M3 6h10M3 10h10M10.5 3l-5 10',
  around: 'M8 2v3M8 11v3M3 8h10M5 5.6L2.6 8 5 10.4M11 5.6L13.4 8 11 10.4',
  person: 'M8 8a2.8 2.8 0 100-5.6A2.8 2.8 0 008 8zM2.8 14c.4-2.8 2.4-4.2 5.2-4.2s4.8 1.4 5.2 4.2',
  arrow: 'M3 8h10M9.5 4.5L13 8l-3.5 3.5',
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): TemplateResult {
  return svg`<svg class=${`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
}
