// The menu of a value: only this, not this, its actor, copy.

import { html, nothing, type TemplateResult } from 'lit';
import { exclusion, valueName, type Host, type Value } from './host.js';
import { shown } from './hostile_text.js';
import { icon, type Icon } from './icons.js';
import { placeBelow } from './toolbar.js';
import { onlyFilter, withFilter } from './view.js';

export function renderValueMenu(host: Host, value: Value | undefined, close: () => void): TemplateResult {
  const { words } = host.locale;
  const item = (name: Icon, label: string, act: () => void) =>
    html`<button
      type="button"
      role="menuitem"
      @click=${() => {
        close();
        act();
      }}
    >
      ${icon(name)}${label}
    </button>`;
  const not = value && exclusion(value.field);
  const narrow = { around: undefined, panel: undefined };
  return html`<div id="menu" class="popover menu" popover part="menu" @keydown=${move}>
    ${
      value
        ? html`<p class="menu-head">
              <span>${words.fields[value.field]}</span> ${shown(valueName(host, value.field, value.value))}
            </p>
            <div role="menu" aria-label=${words.value}>
              ${item('equal', words.onlyThis, () => host.change({ filters: onlyFilter(host.view, value.field, value.value), ...narrow }))}
              ${not ? item('unequal', words.notThis, () => host.change({ filters: withFilter(host.view, not, value.value), ...narrow })) : nothing}
              ${value.field === 'actor' ? item('person', words.showActor, () => host.change({ panel: value.value, event: undefined })) : nothing}
              ${item('copy', words.copy, () => host.copy(value.value))}
            </div>`
        : nothing
    }
  </div>`;
}

function move(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const menu = event.currentTarget as HTMLElement;
  const items = [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const at = items.indexOf((menu.getRootNode() as ShadowRoot).activeElement as HTMLElement);
  items.at((at + step + items.length) % items.length)?.focus();
}

/** Opens the menu below the button of its value. The focus goes into it, and back to the button. */
export function openValueMenu(menu: HTMLElement, button: HTMLElement): void {
  menu.showPopover();
  const back = ({ newState }: ToggleEvent) => newState === 'closed' && button.focus();
  menu.addEventListener('beforetoggle', back, { once: true });
  placeBelow(menu, button);
  menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
}
