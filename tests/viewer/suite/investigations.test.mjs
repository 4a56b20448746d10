// Ten questions that an administrator, an auditor or a manager asks of the demo's events, each with its limit of
// clicks. A line that is typed counts as one click. Each test ends with the evidence on the screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';

const STOLEN_FROM = '203.0.113.66';

useChromium();

/** A test that starts at the first page and fails beyond its limit of clicks. */
function investigation(question, limit, steps) {
  test(`${question} (at most ${limit} clicks)`, async (t) => {
    const viewer = await openViewer({ attributes: 'zone="UTC"' });
    await viewer.settled();
    await steps(viewer);
    t.diagnostic(`${viewer.clicks} clicks`);
    assert.ok(viewer.clicks <= limit, `${viewer.clicks} clicks`);
  });
}

async function shows(viewer, ...texts) {
  for (const text of texts) await viewer.list().getByText(text).first().waitFor();
}

investigation('A stolen key: what did it do, from where, and what else happened there and then?', 8, async (viewer) => {
  await viewer.filter('actor:key_backup_sync');
  await viewer.total(9);
  await viewer.open(viewer.rows().last());
  await viewer.click(viewer.button('Same IP', viewer.event()));
  await viewer.total(15);
  // The address also signed in as Marek, after three attempts.
  await shows(viewer, 'Marek Dvořák');
  await viewer.open(viewer.rows().last());
  await viewer.click(viewer.button('Around this event', viewer.event()));
  await viewer.click(viewer.button('±30 min'));
  const pinned = viewer.list().locator('[aria-current=true]');
  await pinned.waitFor();
  assert.match(await pinned.innerText(), /marek@acme\.example/);
  // All actors, not only those of the filter.
  await viewer.eventually(async () => (await viewer.rows().count()) >= 9, 'the half hour is listed');
  await shows(viewer, STOLEN_FROM);
});

investigation('Who made the key, and who revoked it?', 2, async (viewer) => {
  await viewer.filter('target:key_backup_sync');
  await viewer.total(2);
  assert.match(await viewer.rows().nth(0).innerText(), /Ada Lindqvist/);
  assert.match(await viewer.rows().nth(1).innerText(), new RegExp(`Marek Dvořák[^]*${STOLEN_FROM}`));
});

investigation('A role that should not have been granted: by whom, and how long did it last?', 3, async (viewer) => {
  await viewer.click(viewer.view('Access changes'));
  await viewer.filter('target:usr_91');
  await viewer.total(5);
  const granted = viewer.row('Bruno Carvalho').filter({ hasText: 'admin' });
  await viewer.open(granted);
  const changes = viewer.event().getByRole('table', { name: 'Changes' });
  assert.match(await changes.innerText(), /role\s+viewer\s+admin/);
  assert.match(await viewer.event().innerText(), /until Monday/);
});

investigation('What did the contractor try as an administrator?', 4, async (viewer) => {
  await viewer.filter('actor:usr_91');
  await viewer.click(viewer.rows().first().getByRole('button', { name: 'Sam Okafor' }));
  await viewer.click(viewer.element.getByRole('menuitem', { name: 'Show actor' }));
  const panel = viewer.element.getByRole('dialog', { name: 'Actor' });
  await panel.getByText('192.0.2.80').waitFor();
  await viewer.click(viewer.button('Only failures', panel));
  await viewer.total(2);
  await shows(viewer, /ownership/, /billing/);
});

investigation('A quiet weekend: on which days did nothing happen at all?', 3, async (viewer) => {
  await viewer.click(viewer.button('Show as table'));
  const table = viewer.element.getByRole('table', { name: 'Events over time' });
  const days = await table.getByRole('rowheader').allInnerTexts();
  const times = days.map((day) => Date.parse(`${day.match(/\d+ \w+ \d{4}/)[0]} UTC`));
  const missing = [];
  for (let at = Math.min(...times); at < Math.max(...times); at += 86_400_000)
    if (!times.includes(at)) missing.push(new Date(at));
  assert.deepEqual(
    missing.map((day) => day.getUTCDay()),
    [6, 0],
    'a Saturday and the Sunday after it',
  );
  await viewer.filter(`${missing[0].toISOString().slice(0, 10)}..${missing[1].toISOString().slice(0, 10)}`);
  await viewer.element.getByText('No events match').waitFor();
  await viewer.total(0);
});

investigation('An automation makes noise: what is it, and what remains without it?', 5, async (viewer) => {
  await viewer.filter('target:monitor_drift');
  await viewer.total(98);
  // The run is one row, which names the machine and how often it acted.
  const run = viewer.button(/^Show \d+ events$/).first();
  await run.waitFor();
  await viewer.click(viewer.button(/^Remove filter: Target/));
  await viewer.settled();
  const total = async () => Number((await viewer.status().innerText()).match(/[\d,]+/)[0].replace(/,/g, ''));
  const all = await total();
  await viewer.choose(viewer.count('Actor', 'Terraform'), 'Not this');
  await viewer.eventually(async () => (await viewer.settled()) && (await total()) < all - 90, 'the noise is excluded');
});

investigation('Who tried to sign in as Marek, and failed?', 3, async (viewer) => {
  await viewer.click(viewer.view('Failed actions'));
  await viewer.filter('target:usr_08');
  await viewer.settled();
  await viewer.filter(`ip:${STOLEN_FROM}`);
  await viewer.total(3);
  await shows(viewer, /wrong password/);
});

investigation('Which plan do we pay for since when, and who changed it?', 3, async (viewer) => {
  await viewer.click(viewer.view('Billing'));
  await viewer.total(6);
  await viewer.open(viewer.row('enterprise').first());
  const changes = viewer.event().getByRole('table', { name: 'Changes' });
  assert.match(await changes.innerText(), /plan\s+team\s+enterprise/);
  assert.match(await viewer.event().innerText(), /Ada Lindqvist/);
});

investigation('Was everything restored that the intruder deleted?', 6, async (viewer) => {
  await viewer.filter('actor:key_backup_sync');
  await viewer.total(9);
  await viewer.click(viewer.button('Show 5 events'));
  await viewer.choose(viewer.row('Payments API').getByRole('button', { name: 'Payments API' }).first(), 'Only this');
  await viewer.click(viewer.button(/^Remove filter: Actor/));
  await viewer.total(2);
  await viewer.open(viewer.row('Marek'));
  assert.match(await viewer.event().innerText(), /restored/);
});

investigation('What do I send to the auditor about the night of the intrusion?', 3, async (viewer) => {
  await viewer.filter(`ip:${STOLEN_FROM}`);
  await viewer.total(15);
  await viewer.click(viewer.button('Evidence report'));
  const report = viewer.element.getByRole('article', { name: 'Evidence report' });
  assert.match(await report.innerText(), /15 events/);
  assert.equal(await report.locator('tbody tr').count(), 15);
});
