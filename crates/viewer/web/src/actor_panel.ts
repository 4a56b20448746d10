// One actor: when it was first and last seen, from which addresses, what it did and what failed.

import { html, nothing, type TemplateResult } from 'lit';
import { Counts, type GroupBy } from './counts.js';
import type { Api } from './api.js';
import type { Host } from './host.js';
import { shown } from './hostile_text.js';
import { icon } from './icons.js';

/** The counts that the panel shows, over the whole history. */
export class ActorCounts {
  readonly actor: Counts;
  readonly addresses: Counts;
  readonly actions: Counts;

  constructor(
    api: Api,
    readonly id: string,
    zone: string,
    changed: () => void,
  ) {
    const counts = (by: GroupBy) => new Counts(api, [['actor', id]], by, zone, changed, 20);
    [this.actor, this.addresses, this.actions] = [counts('actor'), counts('ip'), counts('action')];
  }

  async load(): Promise<void> {
    for (const counts of [this.actor, this.addresses, this.actions]) await counts.load();
  }

  stop(): void {
    for (const counts of [this.actor, this.addresses, this.actions]) counts.stop();
  }
}

export function renderActorPanel(host: Host, counts: ActorCounts): TemplateResult {
  const { words } = host.locale;
  const [actor] = counts.actor.groups().filter(({ key }) => key === counts.id || counts.actor.groups().length === 1);
  const name = actor?.name || actor?.email || host.names.of('actor', counts.id) || counts.id;
  const { total, failed, isComplete } = counts.actor;
  const number = (value: number) => host.locale.number(value);
  const show = (filters: Record<string, string[]>) => host.change({ filters, panel: undefined, around: undefined });
  return html`<div class="panel-head">
      <h3>${words.actor}</h3>
      <button
        type="button"
        class="tool"
        aria-label=${words.close}
        title=${`${words.close} (Esc)`}
        @click=${() => host.change({ panel: undefined })}
      >
        ${icon('cross')}
      </button>
    </div>
    <div class="panel-body" tabindex="0" role="group" aria-label=${words.actor}>
      <p class="sentence">
        <strong>${shown(name)}</strong> ${
          actor?.type ? html`<span class="tag">${words.actorTypes[actor.type] ?? actor.type}</span>` : nothing
        }
      </p>
      <p class="when">
        <code>${shown(counts.id)}</code
        >${actor?.email && actor.email !== name ? html` · ${shown(actor.email)}` : nothing}
      </p>
      <div class="figures">
        <div><strong>${number(total)}</strong> ${words.events(number(total)).replace(/^\S+ /, '')}</div>
        <div class=${failed ? 'is-failed' : ''}><strong>${number(failed)}</strong> ${words.failures('').trim()}</div>
      </div>
      <p class="quiet" role="status">${isComplete ? (total ? nothing : words.noEventsOf) : words.counting}</p>
      <div class="actions">
        <button type="button" class="primary" @click=${() => show({ actor: [counts.id] })}>
          ${icon('equal')}${words.allOfActor}
        </button>
        <button
          type="button"
          ?disabled=${failed === 0}
          @click=${() => show({ actor: [counts.id], result: ['failed'] })}
        >
          ${icon('failed')}${words.onlyFailures}
        </button>
      </div>
      <dl>
        ${
          actor?.first
            ? html`<div class="entry">
                <dt>${words.firstSeen}</dt>
                <dd>
                  <span class="text"
                    ><time datetime=${actor.first}>${host.locale.minute(Date.parse(actor.first))}</time>
                    ${host.locale.zone}</span
                  >
                </dd>
              </div>`
            : nothing
        }
        ${
          actor?.last
            ? html`<div class="entry">
                <dt>${words.lastSeen}</dt>
                <dd>
                  <span class="text"
                    ><time datetime=${actor.last}>${host.locale.minute(Date.parse(actor.last))}</time>
                    ${host.locale.zone}</span
                  >
                </dd>
              </div>`
            : nothing
        }
      </dl>
      ${list(host, words.addresses, counts.addresses, 'ip', counts.id)}
      ${list(host, words.actions, counts.actions, 'action', counts.id)}
    </div>`;
}

function list(host: Host, title: string, counts: Counts, field: 'ip' | 'action', actor: string): TemplateResult {
  const { words } = host.locale;
  const number = (value: number) => host.locale.number(value);
  const show = (key: string, own: boolean) => () =>
    host.change({ filters: { ...(own && { actor: [actor] }), [field]: [key] }, panel: undefined, around: undefined });
  const groups = counts.groups().filter(({ key }) => key !== null);
  return html`<section>
    <h4>${title}</h4>
    ${
      groups.length
        ? html`<table class="tally" aria-label=${title}>
            <tbody>
              ${groups.map(
                (group) =>
                  html`<tr>
                    <th scope="row">
                      <button type="button" class="plain" @click=${show(group.key ?? '', field === 'action')}>
                        ${shown(group.key ?? '')}
                      </button>
                    </th>
                    <td>
                      ${field === 'ip' && group.first && group.last ? `${host.locale.date(Date.parse(group.first))} – ${host.locale.date(Date.parse(group.last))}` : nothing}
                    </td>
                    <td>${number(group.count)}</td>
                    <td class="is-failed">${group.failed ? words.failures(number(group.failed)) : nothing}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
        : html`<p class="quiet">${counts.isComplete ? words.noValue : words.counting}</p>`
    }
  </section>`;
}
