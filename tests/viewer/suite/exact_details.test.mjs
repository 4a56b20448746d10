// Details are shown and copied as they were recorded: numbers that JavaScript cannot represent, and the order of keys.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { event, record } from '../support/service.mjs';

const ORG = 'exact';
const CHANGES = '"changes":[{"field":"quota","old":9007199254740993,"new":1.0},{"field":"rate","old":1E400,"new":-0}]';
// Keys that look like integers, which JSON.parse moves to the front; escapes that it resolves.
const OTHERS =
  '"b":1.10,"10":"ten","2":{"z":12345678901234567890,"1":0.1e-7},"a":[1.0,1e2,true,null],' +
  '"esc":"\\u00e9\\/\\ud83d\\ude00"';
const DETAILS = `{${CHANGES},${OTHERS}}`;

useChromium();

let recorded;
before(async () => {
  const text = JSON.stringify(event({ action: 'monitor.updated', details: '@' })).replace('"@"', DETAILS);
  await record(ORG, [text]);
});

async function openEvent() {
  const viewer = await openViewer({ org: ORG });
  const [response] = await Promise.all([
    viewer.page.waitForResponse((response) => response.url().includes('/view/v1/events')),
    viewer.page.reload(),
  ]);
  recorded = await response.text();
  await viewer.open(viewer.row('Front page'));
  await viewer.event().getByRole('table', { name: 'Changes' }).waitFor();
  return viewer;
}

test('old and new values have the digits that were recorded', async () => {
  const viewer = await openEvent();
  const cells = await viewer.event().getByRole('table', { name: 'Changes' }).getByRole('row').allInnerTexts();
  assert.deepEqual(
    cells.slice(1).map((row) => row.split(/\s+/)),
    [
      ['quota', '9007199254740993', '1.0'],
      ['rate', '1E400', '-0'],
    ],
  );
});

test('the tree has the keys in their order, and the digits that were recorded', async () => {
  const viewer = await openEvent();
  const tree = await viewer.event().getByRole('group', { name: 'Details', exact: true }).innerText();
  const places = [
    'b',
    '1.10',
    '10',
    'ten',
    '2',
    'z',
    '12345678901234567890',
    '1',
    '0.1e-7',
    'a',
    '1.0',
    '1e2',
    'true',
    'null',
    'esc',
    'é/😀',
  ];
  const words = tree.split(/\s+/);
  let at = -1;
  for (const place of places) {
    at = words.indexOf(place, at + 1);
    assert.ok(at >= 0, `${place} in its place in ${tree}`);
  }
});

test('the raw text has every token as it was recorded', async () => {
  const viewer = await openEvent();
  await viewer.event().getByText('Raw text').click();
  const raw = await viewer.event().locator('pre').innerText();
  assert.equal(raw.replace(/\s+/g, ''), DETAILS.replace(/\s+/g, ''));
});

test('a copy is the text of the server', async () => {
  const viewer = await openEvent();
  assert.ok(recorded.includes(DETAILS), 'the server returns the details as they were sent');
  const copied = await viewer.copied(viewer.button('Copy JSON', viewer.event()));
  assert.ok(copied.includes(DETAILS), copied);
});

test('the sentence has the digits that were recorded', async () => {
  const viewer = await openEvent();
  const copied = await viewer.copied(viewer.button('Copy sentence', viewer.event()));
  assert.doesNotMatch(copied, /9007199254740992|12345678901234567000/);
});
