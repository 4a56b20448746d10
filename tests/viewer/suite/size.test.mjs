// What the browser loads: one small file, from the page's own server.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { openViewer, useChromium, viewerScript } from '../support/chromium.mjs';
import { url } from '../support/service.mjs';

const MOST_BYTES = 45_000;

useChromium();

test('the script is at most 45 kB after gzip', async (t) => {
  const script = Buffer.from(await (await fetch(url + (await viewerScript()))).arrayBuffer());
  const { length } = gzipSync(script, { level: 9 });
  t.diagnostic(`${script.length} bytes, ${length} after gzip`);
  assert.ok(length <= MOST_BYTES, `${length} bytes`);
});

test('the name of the script is unique to its content, so caches may keep it forever', async () => {
  const path = await viewerScript();
  const response = await fetch(url + path);
  const script = Buffer.from(await response.arrayBuffer());
  assert.match(response.headers.get('cache-control'), /immutable/);
  const hex = createHash('sha256').update(script).digest('hex');
  const [, hash] = path.match(/audit-log\.(\w+)\.js/);
  assert.equal(hash, hex.slice(0, hash.length));
});

test('the integrity that the page states is that of the script', async (t) => {
  const page = await (await fetch(`${url}/`)).text();
  const [, algorithm, stated] = page.match(/integrity="(sha\d+)-([^"]+)"/) ?? [];
  if (!algorithm) return t.skip('the page states no integrity');
  const script = Buffer.from(await (await fetch(url + (await viewerScript()))).arrayBuffer());
  assert.equal(createHash(algorithm).update(script).digest('base64'), stated);
});

test('nothing is requested from another origin', async () => {
  const viewer = await openViewer();
  await viewer.settled();
  await viewer.open(viewer.rows().first());
  await viewer.click(viewer.button('Around this event', viewer.event()));
  await viewer.settled();
  const foreign = viewer.requests.filter((address) => new URL(address).origin !== url && !address.startsWith('data:'));
  assert.deepEqual(foreign, []);
  assert.ok(viewer.requests.some((address) => address.includes('/view/v1/events')));
});
