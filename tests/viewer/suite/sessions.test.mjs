// Tokens: renewed in time, never in a place that is kept, and a view that outlives its session.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { event, record, revoke, send, session } from '../support/service.mjs';

useChromium();

test('when the session is revoked the view stays, and continues after the reader renews it', async () => {
  let isSignedIn = true;
  let current;
  const viewer = await openViewer({
    fragment: 'category=api_keys',
    session: async () => {
      if (!isSignedIn) throw new Error('signed out');
      return (current = await session('demo'));
    },
  });
  await viewer.settled();
  const rows = await viewer.rows().allInnerTexts();
  isSignedIn = false;
  await revoke('demo', current.session_id);
  await viewer.filter('result:failed');
  await viewer.element.getByText('Session ended').first().waitFor();
  assert.ok(
    (await viewer.chips().allInnerTexts()).some((chip) => /api_keys|API keys/i.test(chip)),
    'the filters stay',
  );
  assert.match(viewer.page.url(), /category=api_keys.*result=failed/);

  isSignedIn = true;
  await viewer.click(viewer.button('Continue').first());
  await viewer.settled();
  assert.equal(await viewer.element.getByText('Session ended').count(), 0);
  await viewer.page.goBack();
  await viewer.eventually(
    async () => (await viewer.rows().allInnerTexts()).length === rows.length,
    'the earlier view is back',
  );
});

test('rows that were loaded stay readable when the session ends while loading more', async () => {
  let current;
  let isSignedIn = true;
  const viewer = await openViewer({
    session: async () => {
      if (!isSignedIn) throw new Error('signed out');
      return (current = await session('demo'));
    },
  });
  await viewer.settled();
  const loaded = await viewer.rows().count();
  isSignedIn = false;
  await revoke('demo', current.session_id);
  // The next page is loaded as the reader comes near the end.
  await viewer.rows().last().scrollIntoViewIfNeeded();
  await viewer.element.getByText('Session ended').first().waitFor();
  assert.ok((await viewer.rows().count()) >= loaded);
  isSignedIn = true;
  await viewer.button('Continue').first().click();
  await viewer.eventually(async () => (await viewer.rows().count()) > loaded, 'more rows are loaded');
});

test('a token that the server refuses once is replaced without a word', async () => {
  let made = 0;
  const viewer = await openViewer({
    session: async () => {
      made += 1;
      const created = await session('demo');
      if (made === 1) await revoke('demo', created.session_id);
      return created;
    },
  });
  await viewer.settled();
  assert.ok(made >= 2);
  assert.equal(await viewer.element.getByText('Session ended').count(), 0);
});

test('a session is renewed at 80 % of its life, before a request would fail', async () => {
  let made = 0;
  const viewer = await openViewer({
    session: async () => {
      made += 1;
      return { ...(await session('demo')), expires_at: new Date(Date.now() + 2_000).toISOString() };
    },
  });
  await viewer.settled();
  const before = made;
  await viewer.page.waitForTimeout(1_700);
  await viewer.view('Billing').click();
  await viewer.settled();
  await viewer.eventually(() => made > before, 'another session is made');
  assert.equal(await viewer.element.getByText('Session ended').count(), 0);
});

test('a token is only in the header of requests', async () => {
  const tokens = [];
  const headers = [];
  const viewer = await openViewer({
    session: async () => {
      const created = await session('demo');
      tokens.push(created.token);
      return created;
    },
  });
  viewer.page.on('request', (request) => headers.push(request.headers()));
  const logged = [];
  viewer.page.on('console', (message) => logged.push(message.text()));
  await viewer.settled();
  await viewer.open(viewer.rows().first());
  const copies = [];
  for (const name of ['Copy link', 'Copy JSON', 'Copy sentence', 'Copy curl'])
    copies.push(await viewer.copied(viewer.button(name, viewer.event())));
  await viewer.button('Around this event', viewer.event()).click();
  await viewer.settled();
  const kept = await viewer.page.evaluate(async () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      history.state,
      location.href,
      (await indexedDB.databases()).map(({ name }) => name),
      await caches.keys(),
      document.documentElement.outerHTML,
      document.querySelector('audit-log').shadowRoot.innerHTML,
      performance.getEntries().map(({ name }) => name),
    ]),
  );
  assert.ok(tokens.length > 0 && headers.some(({ authorization }) => authorization === `Bearer ${tokens.at(-1)}`));
  for (const token of tokens) {
    const where = {
      kept: kept.includes(token),
      requests: viewer.requests.some((address) => address.includes(token)),
      logged: logged.join().includes(token),
      copies: copies.join().includes(token),
    };
    assert.deepEqual(where, { kept: false, requests: false, logged: false, copies: false });
  }
  assert.ok(headers.every(({ cookie }) => cookie === undefined));
});

test('what a session may not see does not appear, and reading is recorded', async () => {
  const viewer = await openViewer({ session: () => session('demo', { only: { category: ['billing'] } }) });
  await viewer.settled();
  await viewer.count('Category', /./).first().waitFor();
  const categories = await viewer.count('Category', /./).allInnerTexts();
  assert.match(categories.join(), /^billing\s+\d+$/);
  const { events } = JSON.parse(await send('GET', '/v1/orgs/demo/events?action=audit_log.searched&limit=1'));
  assert.equal(events[0].actor.id, 'usr_auditor');
});

test('new events are announced by a pill that moves nothing', async () => {
  await record('live', [event()]);
  const viewer = await openViewer({ org: 'live', attributes: 'poll="1"', fragment: 'not_action=audit_log.*' });
  await viewer.settled();
  const before = await viewer.rows().count();
  await record('live', [
    event({ occurred_at: new Date().toISOString(), actor: { type: 'user', id: 'usr_2', name: 'Grace' } }),
  ]);
  await viewer.button(/new event/).waitFor();
  assert.equal(await viewer.rows().count(), before);
  await viewer.button(/new event/).click();
  await viewer.row('Grace').waitFor();
});
