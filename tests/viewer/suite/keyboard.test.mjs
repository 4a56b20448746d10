// The whole tour without a pointer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';

useChromium();

const MOST_TABS = 200;

/** Presses Tab until the element has the focus. */
async function tabTo(viewer, locator, key = 'Tab') {
  await locator.waitFor();
  for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
    if (await hasFocus(locator)) return assertFocusIsVisible(locator);
    await viewer.page.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${locator}`);
}

function hasFocus(locator) {
  return locator.evaluate((element) => element.getRootNode().activeElement === element).catch(() => false);
}

/** A focus that nobody sees is none: an outline, or a shadow in its place. */
async function assertFocusIsVisible(locator) {
  const seen = await locator.evaluate((element) => {
    const visible = (one) => {
      const { outlineStyle, outlineWidth, boxShadow, stroke, strokeWidth } = getComputedStyle(one);
      return (
        (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) ||
        boxShadow !== 'none' ||
        (stroke !== 'none' && parseFloat(strokeWidth) > 0)
      );
    };
    return visible(element) || visible(element.parentElement) || [...element.children].some(visible);
  });
  assert.ok(seen, `the focus of ${locator} is visible`);
}

async function press(viewer, ...keys) {
  for (const key of keys) await viewer.page.keyboard.press(key);
}

test('the whole tour needs no pointer', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await viewer.settled();

  // A named view.
  await tabTo(viewer, viewer.view('API keys'));
  await press(viewer, 'Enter');
  await viewer.chips().filter({ hasText: 'Category' }).waitFor();

  // The line for filters, by its shortcut.
  await press(viewer, '/');
  assert.ok(await hasFocus(viewer.input()), 'the shortcut / moves to the line');
  await page.keyboard.type('actor:key_backup_sync');
  await press(viewer, 'Enter');
  await viewer
    .chips()
    .filter({ hasText: /backup.sync/ })
    .waitFor();

  // A chip is removed.
  const chip = viewer.element
    .getByRole('list', { name: 'Filters' })
    .getByRole('button', { name: /^Remove filter: Category/ });
  await tabTo(viewer, chip);
  await press(viewer, 'Enter');
  await viewer.total(9);

  // A row, the event in it, its neighbors, and back to the row.
  const first = viewer.rows().first().getByRole('link').first();
  await tabTo(viewer, first);
  await press(viewer, 'Enter');
  await viewer.event().waitFor();
  const copy = viewer.button('Copy JSON', viewer.event());
  await tabTo(viewer, copy);
  await press(viewer, 'Enter');
  await viewer.eventually(
    async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('key_backup_sync'),
    'the event is copied',
  );
  await press(viewer, 'Escape');
  await viewer.event().waitFor({ state: 'hidden' });
  await viewer.eventually(() => hasFocus(first), 'the focus returns to the row');

  // Rows by their shortcuts. The second one is a collapsed run of automation.
  await press(viewer, 'j', 'Enter');
  await viewer.button('Hide 5 events').waitFor();
  await press(viewer, 'j', 'Enter');
  await viewer.event().waitFor();
  const second = new URL(page.url()).hash;
  await press(viewer, 'n');
  await viewer.eventually(() => new URL(page.url()).hash !== second, 'n opens the next event');

  // Around the event, wider, and back.
  await tabTo(viewer, viewer.button('Around this event', viewer.event()));
  await press(viewer, 'Enter');
  await viewer.list().locator('[aria-current=true]').waitFor();
  await tabTo(viewer, viewer.button('±30 min'));
  await press(viewer, 'Enter');
  await viewer.eventually(
    () =>
      viewer
        .button('±30 min')
        .getAttribute('aria-pressed')
        .then((value) => value === 'true'),
    'the reach is 30 minutes',
  );
  await tabTo(viewer, viewer.button('Back to the list'));
  await press(viewer, 'Enter');
  await viewer.total(9);

  // The menu of a value: arrows move, Escape closes and returns the focus.
  const value = viewer.rows().first().getByRole('button').first();
  await tabTo(viewer, value);
  await press(viewer, 'Enter');
  await viewer.element.getByRole('menuitem', { name: 'Only this', exact: true }).waitFor();
  await press(viewer, 'Escape');
  await viewer.element.getByRole('menu').waitFor({ state: 'hidden' });
  await viewer.eventually(() => hasFocus(value), 'the focus returns to the value');
  await press(viewer, 'Enter', 'ArrowDown');
  await viewer.eventually(
    () => hasFocus(viewer.element.getByRole('menuitem', { name: 'Not this', exact: true })),
    'the arrow moves in the menu',
  );
  await press(viewer, 'Enter');
  await viewer.eventually(() => page.url().includes('not_actor='), 'the actor is excluded');
  assert.deepEqual(viewer.errors, []);
});

test('arrow keys move in the bars, Shift selects, and Enter narrows', async () => {
  const viewer = await openViewer({ fragment: 'last=30d' });
  await viewer.settled();
  const bars = viewer.bars();
  await tabTo(viewer, bars.and(viewer.element.locator('[tabindex="0"]')).first());
  await press(viewer, 'Home', 'ArrowRight', 'ArrowRight', 'Shift+ArrowRight', 'Enter');
  await viewer.eventually(() => /from=.*to=/.test(viewer.page.url()), 'the range is in the URL');
  const fragment = new URLSearchParams(new URL(viewer.page.url()).hash.slice(1));
  const hours = (Date.parse(fragment.get('to')) - Date.parse(fragment.get('from'))) / 3_600_000;
  assert.equal(hours, 48, 'two days');
  await viewer.settled();
});

test('the bars are also a table', async () => {
  const viewer = await openViewer({ fragment: 'last=30d' });
  await viewer.settled();
  await tabTo(viewer, viewer.button('Show as table'));
  await press(viewer, 'Enter');
  const table = viewer.element.getByRole('table', { name: 'Events over time' });
  await table.waitFor();
  const counts = await table
    .getByRole('row')
    .evaluateAll((rows) => rows.slice(1).map((row) => Number(row.cells[1].innerText.replace(/\D/g, ''))));
  const total = Number((await viewer.status().innerText()).match(/[\d,]+/)[0].replace(/,/g, ''));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    total,
    'the bars add up to the line',
  );
});

test('range, zone and order are set by keys', async () => {
  const viewer = await openViewer();
  await tabTo(viewer, viewer.element.getByRole('combobox', { name: 'Time zone' }));
  await viewer.page.keyboard.type('Asia/Kathmandu');
  await viewer.eventually(() => viewer.page.url().includes('zone=Asia'), 'the zone is in the URL');
  await tabTo(viewer, viewer.button(/^Time range/), 'Shift+Tab');
  await press(viewer, 'Enter');
  const words = viewer.element.getByRole('textbox', { name: 'Range in words' });
  await tabTo(viewer, words);
  await viewer.page.keyboard.type('last 7 days');
  await press(viewer, 'Enter');
  await viewer.eventually(() => viewer.page.url().includes('last=7d'), 'the range is in the URL');
  await viewer.settled();
});

test('the shortcuts are listed, and do nothing while somebody types', async () => {
  const viewer = await openViewer();
  await tabTo(viewer, viewer.view('All events'));
  await press(viewer, '?');
  const keys = viewer.element.getByRole('dialog', { name: 'Keyboard' });
  await keys.waitFor();
  await press(viewer, 'Escape');
  await keys.waitFor({ state: 'hidden' });
  await viewer.input().focus();
  await viewer.page.keyboard.type('jkn?/');
  assert.equal(await viewer.input().inputValue(), 'jkn?/');
  assert.equal(await keys.isVisible(), false);
});
