// The keys: rows, panels and the filter line. Every key also has a button.

import { html, type TemplateResult } from 'lit';
import type { AuditLog } from './audit_log.js';
import type { Host } from './host.js';
import { icon } from './icons.js';

export class ShortcutKeys implements EventListenerObject {
  /** The row that the Tab key reaches. */
  #row: Element | undefined;
  /** The element that has the focus, also after a render has removed it. */
  #last: Element | undefined;
  #isListening = false;

  constructor(private readonly host: AuditLog) {}

  handleEvent(event: Event): void {
    if (!(event instanceof KeyboardEvent) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const target = event.composedPath()[0] as Element;
    if (event.key === 'Escape') {
      if (this.#root.querySelector(':popover-open') || this.#root.querySelector('dialog.keyboard[open]')) return;
      if (this.host.view.event || this.host.view.panel) this.#handled(event, () => this.host.closePanel());
      return;
    }
    if (target.matches('input, select, textarea') || target.closest('[popover], .keyboard')) return;
    const inRows = target.closest('.table') !== null;
    if (event.key === 'j' || (event.key === 'ArrowDown' && inRows)) this.#handled(event, () => this.#step(1));
    else if (event.key === 'k' || (event.key === 'ArrowUp' && inRows)) this.#handled(event, () => this.#step(-1));
    else if (event.key === '/')
      this.#handled(event, () => this.#root.querySelector<HTMLElement>('input[name=line]')?.focus());
    else if (event.key === '?') this.#handled(event, () => this.help());
    else if (event.key === 'n' || event.key === 'p')
      this.#handled(event, () => this.#neighbor(event.key === 'n' ? 1 : -1));
  }

  /** Shows the list of the keys. */
  help(): void {
    this.#root.querySelector<HTMLDialogElement>('dialog.keyboard')?.showModal();
  }

  focusRow(id: string): void {
    this.#root.querySelector<HTMLElement>(`[data-open="${CSS.escape(id)}"]`)?.focus();
  }

  /** Lets the Tab key reach the first row, unless it reaches another. */
  updated(): void {
    if (!this.#isListening) {
      this.#isListening = true;
      this.#root.addEventListener('focusin', this.#focused);
      this.#root.addEventListener('focusout', this.#left);
    }
    requestAnimationFrame(() => {
      if (!this.#row?.isConnected) this.#reach(this.#rows()[0]);
      // Keys reach the component only while the focus is in it.
      const isLost = this.#last && !this.#last.isConnected && document.activeElement === document.body;
      if (isLost) this.#root.querySelector<HTMLElement>('.table')?.focus({ preventScroll: true });
    });
  }

  #focused = (event: Event): void => {
    this.#last = event.target as Element;
    const row = this.#last.closest('audit-log-rows [role=row]');
    if (row) this.#reach(row);
  };

  #left = (event: Event): void => {
    if ((event.target as Element).isConnected) this.#last = undefined;
  };

  #reach(row: Element | undefined): void {
    if (row === this.#row) return;
    for (const element of this.#row?.querySelectorAll('a, button') ?? []) element.setAttribute('tabindex', '-1');
    for (const element of row?.querySelectorAll('a, button') ?? []) element.setAttribute('tabindex', '0');
    this.#row = row;
  }

  #step(step: 1 | -1): void {
    const rows = this.#rows();
    const within = (this.#root as ShadowRoot).activeElement?.closest('[role=row]');
    const at = within ? rows.indexOf(within) : this.#row ? rows.indexOf(this.#row) - step : -1;
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    const focusable = row?.querySelector<HTMLElement>('a') ?? row?.querySelector<HTMLElement>('.toggle');
    focusable?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  }

  #neighbor(step: 1 | -1): void {
    const next = this.host.opened && this.host.neighbor(this.host.opened, step);
    if (next) this.host.change({ event: next.id });
  }

  #rows(): Element[] {
    return [...this.#root.querySelectorAll('audit-log-rows [role=row]')];
  }

  #handled(event: Event, act: () => void): void {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  get #root(): ParentNode & EventTarget {
    return this.host.renderRoot;
  }
}

export function renderKeyboard({ locale: { words } }: Host): TemplateResult {
  const close = (event: Event) => (event.currentTarget as Element).closest('dialog')?.close();
  return html`<dialog class="keyboard" aria-label=${words.keyboard}>
    <div class="panel-head">
      <h3>${words.keyboard}</h3>
      <button type="button" class="tool" aria-label=${words.close} @click=${close}>${icon('cross')}</button>
    </div>
    <dl>
      ${words.keys.map(
        ([keys, what]) =>
          html`<div class="entry">
            <dt><kbd>${keys}</kbd></dt>
            <dd>${what}</dd>
          </div>`,
      )}
    </dl>
  </dialog>`;
}
