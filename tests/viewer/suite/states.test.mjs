// What the page says when there is nothing to list, or when it cannot continue.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { everyState } from '../support/states.mjs';

useChromium();

test('no match offers to remove the filters', async () => {
  const viewer = await everyState['no match']({});
  await viewer.total(0);
  await viewer.click(viewer.button('Remove all filters').last());
  await viewer.rows().first().waitFor();
  assert.equal(await viewer.chips().count(), 0);
});

test('a server that cannot be reached is named, and the next try shows the rows', async () => {
  let isDown = true;
  const before = (page) => page.route('**/view/v1/**', (route) => (isDown ? route.abort() : route.continue()));
  const viewer = await openViewer({ before, waits: false });
  await viewer.element.getByText('Server unreachable').first().waitFor();
  isDown = false;
  await viewer.click(viewer.button('Try again').first());
  await viewer.rows().first().waitFor();
  await viewer.settled();
});

test('a search that needs several pages says how far it has come, and never claims to be complete', async () => {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const reached = '2026-11-03T08:00:00.000000Z';
  const before = async (page) => {
    await page.route(/\/view\/v1\/(events|stats)\?/, async (route) => {
      const query = new URL(route.request().url()).searchParams;
      if (!query.get('actor')) return route.continue();
      if (query.get('cursor')) await released;
      const cursor = query.get('cursor') ? null : 'more';
      const page = { scanned_through: cursor ? reached : '2026-08-01T00:00:00.000000Z', next_cursor: cursor };
      const body = route.request().url().includes('/stats')
        ? {
            total: 0,
            failed: 0,
            interval: '1d',
            zone: 'UTC',
            groups: [],
            scanned_from: '2026-08-01T00:00:00.000000Z',
            ...page,
          }
        : { events: [], ...page };
      return route.fulfill({ json: body });
    });
  };
  const viewer = await openViewer({ before, fragment: 'actor=usr_rare', waits: false });
  await viewer.eventually(
    async () => /searched back to 3 Nov/.test(await viewer.status().innerText()),
    'the line says how far',
  );
  assert.match(await viewer.status().innerText(), /still searching/);
  assert.doesNotMatch(await viewer.status().innerText(), /complete/);
  assert.equal(await viewer.element.getByText('No events match').count(), 0);
  release();
  await viewer.settled();
  await viewer.element.getByText('No events match').waitFor();
});

test('the line states the range that was searched', async () => {
  const viewer = await openViewer({ attributes: 'zone="UTC"' });
  assert.match(await viewer.settled(), /· beginning – now UTC · complete$/);
  await viewer.filter('2026-10-01..2026-10-02');
  await viewer.eventually(
    async () => /1 Oct 2026 00:00 – 3 Oct 2026 00:00 UTC/.test(await viewer.settled()),
    'the line has both ends of the range',
  );
});

test('rows that cannot be read are counted, not passed over in silence', async () => {
  const before = (page) =>
    page.route(/\/view\/v1\/(events|stats)\?/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), skipped: 2 } });
    });
  const viewer = await openViewer({ before });
  await viewer.eventually(
    async () => /2 stored rows could not be read/.test(await viewer.status().innerText()),
    'the line counts them',
  );
});

test('a line that is not understood says what would be', async () => {
  const viewer = await openViewer();
  await viewer.filter('what happened on tuesday?');
  await viewer.element.getByRole('alert').filter({ hasText: 'what happened on tuesday?' }).waitFor();
  assert.equal(await viewer.chips().count(), 0);
});

test('runs of automation are collapsed and can be opened', async () => {
  const viewer = await openViewer({ fragment: 'target=monitor_drift' });
  await viewer.settled();
  const run = viewer.button(/^Show \d+ events$/).first();
  const rows = await viewer.rows().count();
  await viewer.click(run);
  await viewer.eventually(async () => (await viewer.rows().count()) > rows, 'the events of the run are rows');
  await viewer.click(viewer.button(/^Hide \d+ events$/).first());
  await viewer.eventually(async () => (await viewer.rows().count()) === rows, 'they are hidden again');
});
