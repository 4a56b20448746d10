// A short message that goes away by itself.

import type { Words } from './words/en.js';

const SHOWN_MS = 2_500;

export class Toast {
  text = '';
  #timer = 0;

  constructor(private readonly changed: () => void) {}

  say(text: string): void {
    this.text = text;
    this.changed();
    clearTimeout(this.#timer);
    if (text) this.#timer = window.setTimeout(() => this.say(''), SHOWN_MS);
  }

  /** Copies a text, and says so. */
  copy(text: string, words: Words): void {
    navigator.clipboard.writeText(text).then(
      () => this.say(words.copied),
      () => this.say(words.copyFailed),
    );
  }
}
