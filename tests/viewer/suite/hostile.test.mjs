// Text that attacks the reader or the page is shown as the text that it is.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { event, record } from '../support/service.mjs';

const ORG = 'hostile';
const SCRIPTS = [
  '<script>window.hacked=1</script>',
  '<img src=x onerror="window.hacked=1">',
  '"><svg/onload=window.hacked=1>',
  'javascript:window.hacked=1',
  '${window.hacked=1}{{constructor.constructor("window.hacked=1")()}}',
  "'; DROP TABLE events; --",
  '__proto__',
  '&lt;b&gt;already escaped&lt;/b&gt;',
];
const OVERRIDE = 'invoice\u202Efdp.exe';
const CONTROLS = 'line one\nline two\ttab\u001b[31mred\u0007\u0000\u200bzero\ufeff';
const ISOLATE = '\u2067\u202A\u202Bnever closed';
const WIDE = 'W'.repeat(2_000);
const HEBREW = 'דנה כהן';

useChromium();

before(async () => {
  const texts = [...SCRIPTS, OVERRIDE, CONTROLS, ISOLATE, WIDE, HEBREW];
  const events = texts.map((text, number) =>
    event({
      occurred_at: new Date(Date.UTC(2026, 10, 1, 10, number)).toISOString(),
      actor: { type: 'user', id: `usr_${number}`, name: text, email: text },
      action: 'member.role_changed',
      target: { type: text, id: text, name: text },
      result: 'failed',
      failure_reason: text,
      context: { ip: text.slice(0, 200), user_agent: text, request_id: text },
      details: { changes: [{ field: text, old: text, new: text }], [text]: { [text]: [text] } },
    }),
  );
  await record(ORG, events, '<script>window.hacked=1</script>');
});

test('no script, image or other element comes from the text of an event', async () => {
  const viewer = await openViewer({ org: ORG });
  viewer.page.on('dialog', () => assert.fail('a dialog opened'));
  await viewer.settled();
  for (let number = 0; number < SCRIPTS.length; number += 1) {
    const row = viewer.rows().nth((await viewer.rows().count()) - 1 - number);
    assert.ok((await row.innerText()).includes(SCRIPTS[number]), `row shows ${SCRIPTS[number]}`);
    await row.getByRole('link').first().click();
    await viewer.event().getByRole('table', { name: 'Changes' }).waitFor();
    assert.ok((await viewer.event().innerText()).includes(SCRIPTS[number]), `event shows ${SCRIPTS[number]}`);
    await viewer.button('Close', viewer.event()).click();
  }
  await viewer.button('Evidence report').click();
  await viewer.element.getByRole('article', { name: 'Evidence report' }).waitFor();
  const found = await viewer.element.evaluate((element) => ({
    isHacked: 'hacked' in window,
    injected: element.shadowRoot.querySelectorAll('script, img, svg[onload], [onerror], b').length,
    links: [...element.shadowRoot.querySelectorAll('a')]
      .map((link) => link.protocol)
      .filter((protocol) => protocol !== 'http:'),
  }));
  assert.deepEqual(found, { isHacked: false, injected: 0, links: [] });
  assert.deepEqual(viewer.violations, []);
});

test('characters that reorder or hide text are visible marks, and copies contain the characters', async () => {
  const viewer = await openViewer({ org: ORG });
  const row = viewer.row('invoice');
  assert.match((await row.innerText()).replace(/\s+/g, ''), /invoiceU\+202Efdp\.exe/);
  await row.getByRole('link').first().click();
  await viewer.event().getByRole('table', { name: 'Changes' }).waitFor();
  assert.equal(
    await viewer.event().evaluate((element) => /[\u202a-\u202e\u2066-\u2069]/.test(element.innerText)),
    false,
  );
  const copied = JSON.parse(await viewer.copied(viewer.button('Copy JSON', viewer.event())));
  assert.equal(copied.actor.name, OVERRIDE);
});

test('control characters are visible marks', async () => {
  const viewer = await openViewer({ org: ORG });
  const text = (await viewer.row('line one').innerText()).replace(/\s+/g, '');
  for (const mark of ['U+000A', 'U+0009', 'U+001B', 'U+0007', 'U+0000', 'U+200B', 'U+FEFF'])
    assert.ok(text.includes(mark), `${mark} in ${text}`);
});

test('each value is isolated, so a right-to-left name reorders nothing around it', async () => {
  const viewer = await openViewer({ org: ORG });
  for (const name of [HEBREW, 'never closed']) {
    const isIsolated = await viewer
      .row(name)
      .first()
      .getByText(name)
      .first()
      .evaluate((element) => getComputedStyle(element.closest('bdi') ?? element).unicodeBidi);
    assert.match(isIsolated, /isolate|plaintext/, name);
  }
});

test('a value without spaces stays within the page', async () => {
  const viewer = await openViewer({ org: ORG, context: { viewport: { width: 390, height: 800 } } });
  await viewer.row('WWWW').getByRole('link').first().click();
  await viewer.event().getByRole('table', { name: 'Changes' }).waitFor();
  const { scroll, client } = await viewer.page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  assert.ok(scroll <= client, `${scroll} of ${client} px`);
});

test('hostile parameters in the URL are ignored or shown as text', async () => {
  const fragment = new URLSearchParams([
    ['actor', SCRIPTS[1]],
    ['zone', SCRIPTS[0]],
    ['order', '__proto__'],
    ['event', '../../v1/orgs/demo/events'],
    ['minutes', 'NaN'],
    ['from', 'x'],
    ['__proto__', 'x'],
  ]);
  const viewer = await openViewer({ org: ORG, fragment: String(fragment), waits: false });
  await viewer.chips().filter({ hasText: SCRIPTS[1] }).waitFor();
  assert.equal(await viewer.page.evaluate(() => window.hacked), undefined);
  const crossed = viewer.requests.filter((address) => new URL(address).pathname.startsWith('/v1/'));
  assert.deepEqual(crossed, []);
});
