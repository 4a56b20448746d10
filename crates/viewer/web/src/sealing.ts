// Whether the open event is in the signed log, and its proof to keep.

import { html, nothing, type TemplateResult } from 'lit';
import { Failure } from './api.js';
import type { Host } from './host.js';
import { icon } from './icons.js';
import type { Proof } from './proofs.js';

export function renderSealing(host: Host, id: string): TemplateResult {
  const { words } = host.locale;
  const proof = host.proofs.of(id);
  const sealed = !(proof instanceof Failure) && proof?.kind === 'sealed' ? proof : undefined;
  return html`<div class="actions sealing">
    ${
      sealed
        ? html`<a download=${`${id}.tlog-proof`} href=${sealed.link}>${icon('down')}${words.saveProof}</a>`
        : html`<button type="button" @click=${() => void host.proofs.read(id)}>${icon('seal')}${words.getProof}</button>`
    }
    <span class="quiet" role="status">${proof ? state(host, proof) : nothing}</span>
  </div>`;
}

function state({ locale }: Host, proof: Proof | Failure): string {
  const { words } = locale;
  if (proof instanceof Failure) return words.noProof;
  if (proof.kind === 'sealed') return words.sealed(locale.number(proof.seq), locale.number(proof.size));
  return proof.kind === 'pending' ? words.sealedBy(locale.minute(Date.parse(proof.dueBy))) : words.quarantined;
}
