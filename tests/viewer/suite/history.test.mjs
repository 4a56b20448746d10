// The URL holds the view: reload, back, and links restore it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';

useChromium();

/** Everything that a reader sees of the view. */
async function shown(viewer) {
  await viewer.settled();
  const isOpen = await viewer.event().isVisible();
  return {
    url: viewer.page.url(),
    line: (await viewer.status().innerText()).replace(/\d+:\d+ UTC|now/, ''),
    chips: await viewer.chips().allInnerTexts(),
    // Rows outside the window are not rendered, so they have no inner text.
    rows: await viewer.rows().allTextContents(),
    zone: await viewer.element.getByRole('combobox', { name: 'Time zone' }).inputValue(),
    order: await viewer.element.getByRole('combobox', { name: 'Order' }).inputValue(),
    event: isOpen && (await viewer.event().innerText()),
  };
}

async function prepared() {
  const viewer = await openViewer();
  await viewer.view('API keys').click();
  await viewer.filter('last 30 days');
  await viewer.element.getByRole('combobox', { name: 'Time zone' }).selectOption('Asia/Kathmandu');
  await viewer.element.getByRole('combobox', { name: 'Order' }).selectOption('oldest');
  await viewer.settled();
  await viewer.open(viewer.row('backup-sync').first());
  return viewer;
}

test('a reload restores filters, range, zone, order and the open event', async () => {
  const viewer = await prepared();
  const before = await shown(viewer);
  assert.match(before.event, /backup-sync/);
  assert.equal(before.zone, 'Asia/Kathmandu');
  await viewer.page.reload();
  await viewer.event().waitFor();
  assert.deepEqual(await shown(viewer), before);
});

test('back and forward pass through each view', async () => {
  const viewer = await openViewer();
  const views = [await shown(viewer)];
  await viewer.view('Failed actions').click();
  views.push(await shown(viewer));
  await viewer.filter('actor:usr_10');
  await viewer.eventually(() => viewer.page.url().includes('usr_10'), 'the filter is in the URL');
  views.push(await shown(viewer));
  await viewer.open(viewer.rows().first());
  views.push(await shown(viewer));
  for (const expected of [views[2], views[1], views[0]]) {
    await viewer.page.goBack();
    await viewer.eventually(() => viewer.page.url() === expected.url, 'the earlier URL is back');
    assert.deepEqual(await shown(viewer), expected);
  }
  for (const expected of [views[1], views[2], views[3]]) {
    await viewer.page.goForward();
    await viewer.eventually(() => viewer.page.url() === expected.url, 'the later URL is back');
    if (expected.event) await viewer.event().waitFor();
    assert.deepEqual(await shown(viewer), expected);
  }
});

test('a copied link shows another reader the same event in the same view', async () => {
  const viewer = await prepared();
  const before = await shown(viewer);
  const link = await viewer.copied(viewer.button('Copy link', viewer.event()));
  const other = await openViewer({ fragment: new URL(link).hash.slice(1) });
  await other.event().waitFor();
  const after = await shown(other);
  assert.deepEqual({ ...after, url: '' }, { ...before, url: '' });
});

test('going back returns to the place in the list', async () => {
  const viewer = await openViewer();
  await viewer.settled();
  const row = viewer.rows().nth(30);
  await row.scrollIntoViewIfNeeded();
  // The next page, which the reader has come near to, is loaded.
  await viewer.page.waitForLoadState('networkidle');
  const before = (await row.boundingBox()).y;
  await viewer.open(row);
  await viewer.page.goBack();
  await viewer.event().waitFor({ state: 'hidden' });
  await viewer.eventually(async () => {
    const { y } = await row.boundingBox();
    return Math.abs(y - before) <= 2;
  }, 'the row is where it was');
});

test('the state can be kept out of the URL', async () => {
  const viewer = await openViewer({ attributes: 'state="none"' });
  const before = viewer.page.url();
  await viewer.view('Failed actions').click();
  await viewer.settled();
  assert.equal(viewer.page.url(), before);
});
