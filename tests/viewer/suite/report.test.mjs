// The evidence report: what was searched, by whom, whether it is complete, and each event with its full time and id.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { send } from '../support/service.mjs';

const FRAGMENT = 'actor=key_backup_sync&result=succeeded&last=30d&zone=Europe/Berlin&order=oldest';

useChromium();

async function openReport(fragment = FRAGMENT) {
  const viewer = await openViewer({ fragment });
  await viewer.settled();
  await viewer.button('Evidence report').click();
  const report = viewer.element.getByRole('article', { name: 'Evidence report' });
  await report.waitFor();
  return { viewer, report };
}

test('the report states org, filter, range, zone, count, completeness and reader', async () => {
  const { viewer, report } = await openReport();
  const text = await report.innerText();
  for (const wanted of [
    /Demo/,
    /\bdemo\b/,
    /backup-sync|key_backup_sync/,
    /Succeeded/,
    /Europe\/Berlin/,
    /\b8 events\b/,
    /complete/i,
    /Ines Auditor/,
  ]) {
    assert.match(text, wanted);
  }
});

test('each event has its full time and id', async () => {
  const { events } = JSON.parse(
    await send('GET', '/v1/orgs/demo/events?actor=key_backup_sync&result=succeeded&order=oldest'),
  );
  assert.equal(events.length, 8);
  const { viewer, report } = await openReport();
  const text = await report.innerText();
  for (const { id, occurred_at: at } of events) {
    assert.ok(text.includes(id), id);
    const micros = at.match(/\.(\d{6})Z/)[1];
    assert.match(text, new RegExp(`T\\d\\d:\\d\\d:\\d\\d\\.${micros}\\+0[12]:00`));
  }
});

test('on paper there is only the report', async () => {
  const { viewer, report } = await openReport();
  await viewer.page.emulateMedia({ media: 'print' });
  assert.ok(await report.isVisible());
  for (const hidden of [
    viewer.element.getByRole('navigation', { name: 'Views' }),
    viewer.element.getByRole('search'),
    viewer.button('Print', report),
  ]) {
    assert.equal(await hidden.isVisible(), false, String(hidden));
  }
  const pdf = await viewer.page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 5_000, `${pdf.length} bytes`);
});

test('printing the list prints the report too', async () => {
  const viewer = await openViewer({ fragment: FRAGMENT });
  await viewer.settled();
  await viewer.page.emulateMedia({ media: 'print' });
  await viewer.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await viewer.element.getByRole('article', { name: 'Evidence report' }).waitFor();
});

test('a report of more events than are loaded says so', async () => {
  const { viewer, report } = await openReport('last=90d');
  // Both are read at once: more events are loaded meanwhile.
  const { text, rows } = await report.evaluate((element) => ({
    text: element.innerText,
    rows: element.querySelectorAll('tbody tr').length,
  }));
  const [, listed, total] = text.match(/lists ([\d,]+) of ([\d,]+) events/) ?? assert.fail(text.slice(0, 500));
  const number = (digits) => Number(digits.replace(/,/g, ''));
  assert.equal(rows, number(listed));
  assert.ok(number(listed) <= number(total));
});

test('the report can be linked to, and closed', async () => {
  const { viewer, report } = await openReport();
  await viewer.page.reload();
  await report.waitFor();
  await viewer.click(viewer.button('Close report', report));
  await report.waitFor({ state: 'hidden' });
  await viewer.rows().first().waitFor();
});
