// Time zones: days of 23 and 25 hours, zones at a quarter of an hour, and a zone beside every time.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { event, record } from '../support/service.mjs';

const ORG = 'zones';
const HOUR_MS = 3_600_000;

/** Start and end of the days, in Berlin, on which clocks change, and how many events each has. */
const LONG = {
  label: /^25 Oct 2026/,
  from: '2026-10-24T22:00:00Z',
  hours: 25,
  range: 'from=2026-10-10T22:00:00Z&to=2026-11-10T23:00:00Z',
};
const SHORT = {
  label: /^29 Mar 2026/,
  from: '2026-03-28T23:00:00Z',
  hours: 23,
  range: 'from=2026-03-14T23:00:00Z&to=2026-04-14T22:00:00Z',
};

useChromium();

before(async () => {
  const events = [];
  for (const { from, hours } of [LONG, SHORT]) {
    const start = Date.parse(from);
    // One event in each hour of the day, at its edges one microsecond inside and outside.
    for (let hour = 0; hour < hours; hour += 1)
      events.push(event({ occurred_at: new Date(start + hour * HOUR_MS).toISOString() }));
    events.push(event({ occurred_at: new Date(start - 1).toISOString().replace('Z', '999Z') }));
    events.push(event({ occurred_at: new Date(start + hours * HOUR_MS - 1).toISOString().replace('Z', '999Z') }));
    events.push(event({ occurred_at: new Date(start + hours * HOUR_MS).toISOString() }));
  }
  await record(ORG, events);
});

for (const [name, day] of Object.entries({ 'a day of 25 hours': LONG, 'a day of 23 hours': SHORT })) {
  test(`${name} has all its events in one bar, and narrowing to it takes exactly the day`, async () => {
    const viewer = await openViewer({ org: ORG, fragment: `${day.range}&zone=Europe/Berlin` });
    await viewer.settled();
    const bar = viewer
      .bars()
      .and(viewer.element.getByRole('button', { name: day.label }))
      .first();
    assert.match(
      await bar.getAttribute('aria-label'),
      new RegExp(`: ${day.hours + 1} events`),
      'the last microsecond belongs to it, the next midnight does not',
    );
    await bar.focus();
    await viewer.page.keyboard.press('Enter');
    await viewer.total(day.hours + 1);
    const fragment = new URLSearchParams(new URL(viewer.page.url()).hash.slice(1));
    assert.equal(Date.parse(fragment.get('from')), Date.parse(day.from));
    assert.equal(Date.parse(fragment.get('to')), Date.parse(day.from) + day.hours * HOUR_MS);
  });

  test(`${name}: a range in days means the days of the zone`, async () => {
    const viewer = await openViewer({ org: ORG, fragment: 'zone=Europe/Berlin', waits: false });
    const date = new Date(Date.parse(day.from) + 12 * HOUR_MS).toISOString().slice(0, 10);
    await viewer.filter(`${date}..${date}`);
    await viewer.total(day.hours + 1);
  });
}

test('in UTC the same events are on two days', async () => {
  const viewer = await openViewer({ org: ORG, fragment: `${LONG.range}&zone=UTC` });
  await viewer.settled();
  const names = await viewer.bars().evaluateAll((bars) => bars.map((bar) => bar.getAttribute('aria-label')));
  // 22:00 and 23:00 UTC, and one event right before them, are on the day before.
  assert.ok(
    names.some((label) => /^24 Oct 2026.*: 3 events/.test(label)),
    names.join('\n'),
  );
  assert.ok(
    names.some((label) => /^25 Oct 2026.*: 25 events/.test(label)),
    names.join('\n'),
  );
});

test('the repeated hour is told apart by its offset', async () => {
  const viewer = await openViewer({
    org: ORG,
    fragment: 'from=2026-10-25T00:00:00Z&to=2026-10-25T02:00:00Z&zone=Europe/Berlin&order=oldest',
  });
  const copies = [];
  for (const row of [0, 1]) {
    await viewer.open(viewer.rows().nth(row));
    copies.push((await viewer.copied(viewer.button('Copy sentence', viewer.event()))).split(' ')[0]);
    await viewer.button('Close', viewer.event()).click();
  }
  assert.deepEqual(copies, ['2026-10-25T02:00:00.000000+02:00', '2026-10-25T02:00:00.000000+01:00']);
});

test('a zone at a quarter of an hour is exact', async () => {
  const viewer = await openViewer({ org: ORG, fragment: `${LONG.range}&zone=Asia/Kathmandu&order=oldest` });
  await viewer.settled();
  await viewer.open(viewer.rows().nth(1));
  assert.match(
    await viewer.copied(viewer.button('Copy sentence', viewer.event())),
    /^2026-10-25T03:45:00\.000000\+05:45 /,
  );
  const names = await viewer.bars().evaluateAll((bars) => bars.map((bar) => bar.getAttribute('aria-label')));
  // Midnight in Kathmandu is 18:15 UTC, so 20 of the hours and the event before them are on the 25th.
  assert.ok(
    names.some((label) => /^25 Oct 2026.*: 22 events/.test(label)),
    names.join('\n'),
  );
});

test('the zone is beside every time, and changing it changes all of them', async () => {
  const viewer = await openViewer({ org: ORG, fragment: LONG.range });
  for (const [zone, shown] of [
    ['UTC', /UTC/],
    ['Europe/Berlin', /Europe\/Berlin|CES?T|GMT\+/],
    ['America/St_Johns', /America\/St_Johns|GMT-|NDT|NST/],
  ]) {
    await viewer.element.getByRole('combobox', { name: 'Time zone' }).selectOption(zone);
    assert.match(await viewer.settled(), shown);
    assert.match(await viewer.list().getByRole('row').first().innerText(), shown, 'the heading of the times');
    await viewer.rows().first().getByRole('link').first().click();
    await viewer.event().locator('time').first().waitFor();
    assert.match(await viewer.event().innerText(), shown);
    await viewer.button('Close', viewer.event()).click();
  }
});

test("the browser's zone can be chosen by its name", async () => {
  const viewer = await openViewer({ org: ORG, fragment: LONG.range });
  const labels = await viewer.element.getByRole('combobox', { name: 'Time zone' }).locator('option').allInnerTexts();
  assert.ok(
    labels.some((label) => /Europe\/Berlin \(browser\)/.test(label)),
    labels.slice(0, 3).join(),
  );
});
