// The viewer works under a strict content security policy with Trusted Types, and violates it nowhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, POLICY, useChromium } from '../support/chromium.mjs';
import { url } from '../support/service.mjs';
import { everyState } from '../support/states.mjs';

useChromium();

for (const [name, open] of Object.entries(everyState)) {
  test(`${name}: no violation of the policy`, async () => {
    const viewer = await open({});
    assert.deepEqual(viewer.violations, []);
    assert.deepEqual(
      viewer.errors.filter((error) => !/Failed to load resource/.test(error)),
      [],
    );
  });
}

test('a violation would be noticed', async () => {
  const viewer = await openViewer({
    policy: POLICY.replace("style-src 'self'", "style-src 'none'"),
    css: 'body{margin:0}',
  });
  await viewer.eventually(() => viewer.violations.length > 0, 'the refused style sheet is reported');
});

test('the page of `audit serve` has such a policy too, and no violation', async () => {
  const policy = (await fetch(`${url}/`)).headers.get('content-security-policy') ?? '';
  for (const directive of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "require-trusted-types-for 'script'",
  ]) {
    assert.ok(policy.includes(directive), `${directive} in ${policy}`);
  }
  assert.doesNotMatch(policy, /unsafe/);
  const viewer = await openViewer({ path: '/' });
  await viewer.settled();
  await viewer.open(viewer.rows().first());
  assert.deepEqual(viewer.violations, []);
});
