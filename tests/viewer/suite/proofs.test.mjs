// A sealed event is shown as such, and its proof is saved as the service returned it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { archive, event, record } from '../support/service.mjs';

const ORG = 'proven';

useChromium();

before(async () => {
  await record(ORG, [event({ target: { name: 'Sealed page' } })]);
  await archive();
  await record(ORG, [event({ target: { name: 'Hot page' } })]);
});

async function getProof(name) {
  const viewer = await openViewer({ org: ORG });
  await viewer.open(viewer.row(name));
  await viewer.event().getByRole('button', { name: 'Get proof' }).click();
  return viewer;
}

test('an archived event is shown as sealed, and its proof is saved byte for byte', async () => {
  const viewer = await getProof('Sealed page');
  await viewer.event().getByText('Sealed: number 0 in a signed log of 1 event', { exact: true }).waitFor();
  const [saved] = await Promise.all([
    viewer.page.waitForEvent('download'),
    viewer.event().getByRole('link', { name: 'Save proof' }).click(),
  ]);
  assert.match(saved.suggestedFilename(), /^[0-9a-f-]{36}\.tlog-proof$/);
  const text = await readFile(await saved.path(), 'utf8');
  assert.match(text, /^c2sp\.org\/tlog-proof@v1\nextra [\w+/=]+\nindex 0\n[^]*\n\n— .+\n$/);
});

test('a hot event is not shown as sealed', async () => {
  const viewer = await getProof('Hot page');
  await viewer.event().getByText(/^Not sealed yet\. It will be by /).waitFor();
  assert.equal(await viewer.event().getByRole('link', { name: 'Save proof' }).count(), 0);
});
