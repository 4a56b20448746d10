// One event: its sentence, what changed, where it came from, and where to look next.

import { html, nothing, type TemplateResult } from 'lit';
import { Failure } from './api.js';
import { renderDetails } from './details_tree.js';
import { reasonBeyond, sentence, tokens, type AuditEvent } from './event.js';
import { exclusion, type Host, type Neighbor } from './host.js';
import { shown } from './hostile_text.js';
import { icon } from './icons.js';
import { renderSealing } from './sealing.js';
import { renderFailure } from './states.js';
import { onlyFilter, withFilter, type Field } from './view.js';
import { rfc3339 } from './zones.js';

export function renderEventPanel(
  host: Host,
  event: AuditEvent | Failure | undefined,
  neighbor: Neighbor,
): TemplateResult {
  const { words } = host.locale;
  const close = () => host.change({ event: undefined });
  const found = event && !(event instanceof Failure) ? event : undefined;
  const [previous, next] = found ? [neighbor(found, -1), neighbor(found, 1)] : [];
  const step = (to: AuditEvent | undefined) => () => to && host.change({ event: to.id });
  return html`<div class="panel-head">
      <h3>${words.event}</h3>
      <button
        type="button"
        class="tool"
        aria-label=${words.previous}
        title=${`${words.previous} (p)`}
        ?disabled=${!previous}
        @click=${step(previous)}
      >
        ${icon('up')}
      </button>
      <button
        type="button"
        class="tool"
        aria-label=${words.next}
        title=${`${words.next} (n)`}
        ?disabled=${!next}
        @click=${step(next)}
      >
        ${icon('down')}
      </button>
      <button type="button" class="tool" aria-label=${words.close} title=${`${words.close} (Esc)`} @click=${close}>
        ${icon('cross')}
      </button>
    </div>
    <div class="panel-body" tabindex="0" role="group" aria-label=${words.about}>
      ${found ? body(host, found) : absent(host, event)}
    </div>`;
}

function absent(host: Host, event: AuditEvent | Failure | undefined): TemplateResult {
  if (event instanceof Failure)
    return renderFailure(host, event.kind === 'invalid' ? new Failure('not-found') : event, () => host.reopen());
  return html`<p class="quiet" role="status">${host.locale.words.loading}…</p>`;
}

function body(host: Host, event: AuditEvent): TemplateResult {
  const { words, zone } = host.locale;
  const { actor, target, context } = event;
  const isFailed = event.result === 'failed';
  const link = host.link({ event: event.id });
  return html` <p class="sentence">
      ${tokens(event).map(({ text, of }) => (of ? html`<strong class=${of}>${shown(text)}</strong>` : shown(text)))}
    </p>
    <p class="when">
      <time datetime=${event.occurred_at}>${host.locale.full(event.occurred_at)}</time>
      <span class="zone">${host.locale.zoneAt(Date.parse(event.occurred_at))}</span>
    </p>
    <p class=${`result big ${isFailed ? 'failed' : 'succeeded'}`}>
      ${icon(isFailed ? 'failed' : 'check')}<span>${words.results[event.result] ?? shown(event.result)}</span>
      ${reasonBeyond(event) ? html`<span class="reason">${shown(event.failure_reason ?? '')}</span>` : nothing}
    </p>
    <div class="actions">
      <button
        type="button"
        class="primary"
        @click=${() => host.change({ around: { id: event.id, minutes: 5 }, event: undefined })}
      >
        ${icon('around')}${words.around}
      </button>
      ${context?.request_id ? pivot(host, 'request_id', context.request_id, words.sameRequest) : nothing}
      ${context?.ip ? pivot(host, 'ip', context.ip, words.sameIp) : nothing}
      <button type="button" @click=${() => host.change({ panel: actor.id, event: undefined })}>
        ${icon('person')}${words.showActor}
      </button>
    </div>
    ${event.details ? renderDetails(event.details, words) : nothing}
    <section>
      <h4>${words.about}</h4>
      <dl>
        ${entry(host, words.fields.actor, actor.name || actor.email || actor.id, 'actor', actor.id, words.actorTypes[actor.type] ?? actor.type)}
        ${actor.name || actor.email ? entry(host, words.actorId, actor.id) : nothing}
        ${actor.email && actor.name ? entry(host, words.email, actor.email) : nothing}
        ${entry(host, words.fields.action, event.action, 'action', event.action)}
        ${entry(host, words.fields.category, event.category, 'category', event.category)}
        ${target ? entry(host, words.fields.target, target.name || target.id || '', target.id ? 'target' : undefined, target.id ?? '', target.type) : nothing}
        ${target?.id && target.name ? entry(host, words.targetId, target.id) : nothing}
        ${entry(host, words.fields.result, words.results[event.result] ?? event.result, 'result', event.result)}
        ${entry(host, words.reason, event.failure_reason)}
        ${entry(host, words.sourceIp, context?.ip, 'ip', context?.ip)}
        ${entry(host, words.fields.request_id, context?.request_id, 'request_id', context?.request_id)}
        ${entry(host, words.userAgent, context?.user_agent)}
        ${entry(host, words.occurred, rfc3339(event.occurred_at, zone))}
        ${entry(host, words.ingested, rfc3339(event.ingested_at, zone))} ${entry(host, words.eventId, event.id)}
      </dl>
    </section>
    ${renderSealing(host, event.id)}
    <div class="actions copies">
      ${copy(host, words.copyLink, () => new URL(link, location.href).href, 'link')}
      ${copy(host, words.copyJson, () => event.raw)}
      ${copy(host, words.copySentence, () => `${rfc3339(event.occurred_at, zone)} ${sentence(event)}`)}
      ${copy(host, words.copyCurl, () => curl(host, event))}
    </div>`;
}

function pivot(host: Host, field: Field, value: string, label: string): TemplateResult {
  const show = () => host.change({ filters: { [field]: [value] }, around: undefined, range: {}, event: undefined });
  return html`<button type="button" title=${value} @click=${show}>${icon('equal')}${label}</button>`;
}

function copy(host: Host, label: string, text: () => string, name: 'copy' | 'link' = 'copy'): TemplateResult {
  return html`<button type="button" @click=${() => host.copy(text())}>${icon(name)}${label}</button>`;
}

/** A token never leaves the page, so the command has the name of a variable in its place. */
function curl({ endpoint }: Host, event: AuditEvent): string {
  const url = new URL(`${endpoint}/events/${event.id}`, location.href).href;
  return `curl -H "Authorization: Bearer $AUDIT_SESSION_TOKEN" '${url}'`;
}

function entry(
  host: Host,
  label: string | undefined,
  text: string | null | undefined,
  field?: Field,
  value?: string | null,
  tag?: string | null,
): unknown {
  if (!text) return nothing;
  const { words } = host.locale;
  const not = field && exclusion(field);
  const narrow = (to: Field, only: boolean) => () => {
    const filters = only ? onlyFilter(host.view, to, value ?? text) : withFilter(host.view, to, value ?? text);
    host.change({ filters, around: undefined });
  };
  return html`<div class="entry">
    <dt>${label}</dt>
    <dd>
      <span class="text">${shown(text)}${tag ? html` <span class="tag">${shown(tag)}</span>` : nothing}</span> ${
        field
          ? html`<span class="narrow">
              <button
                type="button"
                class="tool"
                aria-label=${`${words.onlyThis}: ${label}`}
                title=${words.onlyThis}
                @click=${narrow(field, true)}
              >
                ${icon('equal')}
              </button>
              ${
                not
                  ? html`<button
                      type="button"
                      class="tool"
                      aria-label=${`${words.notThis}: ${label}`}
                      title=${words.notThis}
                      @click=${narrow(not, false)}
                    >
                      ${icon('unequal')}
                    </button>`
                  : nothing
              }
            </span>`
          : nothing
      }
    </dd>
  </div>`;
}
