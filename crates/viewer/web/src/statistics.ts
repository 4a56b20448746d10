// The line of truth, and the bars of exactly this view.

import { html, nothing, type TemplateResult } from 'lit';
import './histogram.js';
import type { Host } from './host.js';
import { renderTruth } from './states.js';

export function renderStatistics(host: Host, countsButton: unknown): TemplateResult {
  const { bars, from, to, startedAt } = host.search;
  const narrow = ({ detail }: CustomEvent<{ from: string; to: string }>) => {
    // The first and the last bar can reach beyond the range; narrowing never widens it.
    const start = from && from > detail.from ? from : detail.from;
    host.change({ range: { from: start, to: to && to < detail.to ? to : detail.to }, around: undefined });
  };
  const found = bars.bars();
  const start = from ? Date.parse(from) : (found[0]?.at ?? startedAt);
  const hasNoBars = (bars.failure && !bars.hasAnswer) || (bars.isComplete && bars.total === 0);
  return html`<section class="statistics" part="statistics" aria-label=${host.locale.words.statistics}>
    <div class="truth-line">${renderTruth(host)}${hasNoBars ? nothing : countsButton}</div>
    ${
      hasNoBars
        ? nothing
        : html`<audit-log-histogram
            .bars=${found}
            .interval=${bars.interval}
            .locale=${host.locale}
            .from=${start}
            .to=${to ? Date.parse(to) : startedAt}
            @narrow=${narrow}
          ></audit-log-histogram>`
    }
  </section>`;
}
