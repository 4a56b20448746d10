// What the page says when there is nothing to list, or when it cannot go on.

import { html, nothing, type TemplateResult } from 'lit';
import type { Failure } from './api.js';
import type { Host } from './host.js';
import { icon, type Icon } from './icons.js';
import type { Search } from './search.js';
import { isNarrowed } from './view.js';

/** The line that states the truth: how many, of which time, and whether that is all. */
export function renderTruth(host: Host): TemplateResult {
  const { words } = host.locale;
  const { bars, list } = host.search;
  const number = (value: number) => host.locale.number(value);
  const isCounted = bars.hasAnswer;
  const count = isCounted ? words.events(number(bars.total)) : words.loaded(number(list.count));
  const isComplete = isCounted ? bars.isComplete : list.isComplete;
  const hasStopped = isCounted ? bars.failure : list.failure;
  const skipped = Math.max(bars.skipped, list.skipped);
  const parts = [
    html`<strong>${isComplete || !isCounted ? count : words.atLeast(count)}</strong>`,
    isCounted && bars.failed ? html`<span class="is-failed">${words.failures(number(bars.failed))}</span>` : nothing,
    html`<span>${spanOf(host)} ${host.locale.zone}</span>`,
    html`<span class=${isComplete ? 'complete' : 'searching'}
      >${isComplete ? words.complete : reached(host, isCounted, hasStopped !== undefined)}</span
    >`,
    skipped ? html`<span class="is-failed">${words.skipped(number(skipped))}</span>` : nothing,
  ].filter((part) => part !== nothing);
  return html`<p class="truth" part="truth" role="status" aria-label=${words.result}>
    ${parts.map((part, index) => (index ? html`<span class="dot"> · </span>${part}` : part))}
  </p>`;
}

/** Writes the range of the search; an open end is `now`, or the given instant. */
export function spanOf(host: Host, now?: string): string {
  const { from, to = now } = host.search;
  return host.locale.span(from, to);
}

function reached(host: Host, isCounted: boolean, hasStopped: boolean): string {
  const { words } = host.locale;
  const { bars, list, view } = host.search;
  const at = isCounted ? bars.scannedThrough : list.scannedThrough;
  const end = hasStopped ? words.stopped : words.searching;
  if (!isCounted && !bars.failure) return words.counting;
  if (!at) return end;
  const time = host.locale.minute(Date.parse(at));
  // Without statistics, the list waits for the reader, and does not search on by itself.
  const state = isCounted || list.isLoading ? `, ${end}` : '';
  return `${isCounted || view.order === 'newest' ? words.reachedOf(time) : words.reachedOldest(time)}${state}`;
}

/** What stands in place of the rows, or below them. */
export function renderState(host: Host, search: Search): unknown {
  const { words } = host.locale;
  const { list } = search;
  if (list.failure) return renderFailure(host, list.failure, () => void search.retry());
  if (list.count > 0) return nothing;
  if (list.isLoading) {
    if (!list.scannedThrough) return nothing;
    return card(
      'search',
      words.stillSearching,
      words.stillSearchingText(host.locale.minute(Date.parse(list.scannedThrough))),
    );
  }
  if (!list.isComplete) return nothing;
  if (!isNarrowed(host.view)) return card('report', words.nothingYet, words.nothingYetText);
  return card(
    'search',
    words.noMatch,
    words.noMatchText,
    html` ${
        Object.keys(host.view.range).length
          ? html`<button type="button" @click=${() => host.change({ range: {} })}>${words.anyTime}</button>`
          : nothing
      }
      <button type="button" class="primary" @click=${() => host.change({ filters: {}, range: {} })}>
        ${words.removeAll}
      </button>`,
  );
}

/** Says why something cannot be read, and offers what helps. */
export function renderFailure(host: Host, { kind, detail }: Failure, again: () => void): TemplateResult {
  const { words } = host.locale;
  const retry = (label: string) => html`<button type="button" class="primary" @click=${again}>${label}</button>`;
  switch (kind) {
    case 'ended':
      return card('clock', words.ended, words.endedText, retry(words.continue), 'alert');
    case 'plan':
      return card('report', words.plan, words.planText, nothing, 'alert');
    case 'not-allowed':
      return card('failed', words.notAllowed, words.notAllowedText, nothing, 'alert');
    case 'invalid':
      return card(
        'failed',
        words.invalid,
        detail,
        html`<button type="button" class="primary" @click=${() => host.change({ filters: {}, range: {} })}>
          ${words.removeAll}
        </button>`,
        'alert',
      );
    case 'not-found':
      return card('search', words.notFoundTitle, words.notFound, nothing, 'alert');
    case 'unreachable':
      return card('globe', words.unreachable, words.unreachableText, retry(words.tryAgain), 'alert');
    default:
      return card('failed', words.problem, detail, retry(words.tryAgain), 'alert');
  }
}

function card(name: Icon, title: string, text: string, buttons: unknown = nothing, role = 'status'): TemplateResult {
  return html`<div class="state" part="state" role=${role}>
    <span class="badge">${icon(name)}</span>
    <h3>${title}</h3>
    <p>${text}</p>
    <div class="actions">${buttons}</div>
  </div>`;
}
