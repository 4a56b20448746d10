// How fast the page is, over archived events. Figures are printed; limits are asserted.
//
// The documented limits are those of an idle machine and the release build: AUDIT_VIEWER_FIGURES=strict asserts them.
// Otherwise each limit is SLACK times as long, since CI runs the debug build, on two cores that the service, Chromium
// and the test share. Searches run over the demo's events, or over AUDIT_VIEWER_EVENTS recorded and archived ones.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { archive, event, record } from '../support/service.mjs';

const EVENTS = Number(process.env.AUDIT_VIEWER_EVENTS ?? 0);
const SLACK = process.env.AUDIT_VIEWER_FIGURES === 'strict' ? 1 : 6;
const FIRST_ROWS_MS = 300 * SLACK;
const FILTER_MS = 150 * SLACK;
const FRAME_MS = 16.7 * SLACK;
const LIST_ROWS = 10_000;
const DAY_MS = 86_400_000;
const COUNT = EVENTS || 4_000;
const ORG = EVENTS ? 'speed' : 'demo';
const ACTIONS = [
  'monitor.created',
  'monitor.updated',
  'member.invited',
  'member.role_changed',
  'api_key.created',
  'billing.plan_changed',
];
const FILTERS = EVENTS
  ? [...Array(20).keys()].flatMap((number) => [`actor:usr_${number}`, `ip:203.0.113.${number}`])
  : [...Array(12).keys()]
      .map((number) => `actor:usr_${String(number + 1).padStart(2, '0')}`)
      .concat([
        'result:failed',
        'action:monitor.updated',
        'action:member.*',
        'ip:198.51.100.10',
        'ip:203.0.113.66',
        'action:session.created',
        'action:billing.*',
        'action:api_key.*',
      ]);

useChromium();

before(async () => {
  if (!EVENTS) return;
  const now = Date.now() - 60_000;
  const events = Array.from({ length: EVENTS }, (_, number) => {
    // Steps that share no factor spread each value over the whole time.
    const [actor, action, target] = [(number * 7) % 40, (number * 11) % ACTIONS.length, (number * 13) % 300];
    return event({
      occurred_at: new Date(now - Math.floor((number * 90 * DAY_MS) / EVENTS)).toISOString(),
      actor: { type: 'user', id: `usr_${actor}`, name: `Person ${actor}`, email: `person${actor}@acme.example` },
      action: ACTIONS[action],
      target: { type: 'monitor', id: `mon_${target}`, name: `Monitor ${target}` },
      result: number % 17 === 0 ? 'failed' : 'succeeded',
      context: { ip: `203.0.113.${(number * 3) % 250}`, user_agent: 'Mozilla/5.0', request_id: `req_${number}` },
      details: { changes: [{ field: 'role', old: 'viewer', new: 'editor' }] },
      idempotency_key: `speed-${number}`,
    });
  });
  await record(ORG, events);
  await archive();
});

function percentile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

/** Scrolls down from the top, a little in each frame; returns how many milliseconds each frame took. */
function scroll(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const times = [];
        let last;
        let steps = 0;
        scrollTo(0, 0);
        const step = (now) => {
          if (last !== undefined) times.push(now - last);
          last = now;
          if (steps++ < 240) {
            scrollBy(0, 400);
            requestAnimationFrame(step);
          } else resolve(times);
        };
        requestAnimationFrame(step);
      }),
  );
}

test('the first rows appear soon after the page is opened', async (t) => {
  const times = [];
  const viewer = await openViewer({ org: ORG });
  for (let run = 0; run < 7; run += 1) {
    await viewer.settled();
    await viewer.page.reload({ waitUntil: 'commit' });
    times.push(
      await viewer.page.evaluate(
        () =>
          new Promise((resolve) => {
            const look = () => {
              if (document.querySelector('audit-log')?.shadowRoot?.querySelector('[role=row] a'))
                resolve(performance.now());
              else requestAnimationFrame(look);
            };
            look();
          }),
      ),
    );
  }
  const median = percentile(times, 0.5);
  t.diagnostic(
    `first rows: median ${median.toFixed(0)} ms of ${times.map(Math.round).join(', ')}, over ${COUNT} events`,
  );
  assert.ok(median <= FIRST_ROWS_MS, `${median} ms`);
});

test('a filter shows its rows soon', { timeout: 120_000 }, async (t) => {
  const viewer = await openViewer({ org: ORG });
  await viewer.settled();
  const everything = viewer.page.url();
  const times = [];
  for (const line of FILTERS) {
    // From the press of the key until the rows are painted, measured in the page.
    const time = viewer.page.evaluate(
      () =>
        new Promise((resolve) => {
          const element = document.querySelector('audit-log');
          let start;
          element.addEventListener('keydown', ({ key }) => key === 'Enter' && (start = performance.now()), {
            capture: true,
          });
          element.addEventListener(
            'audit-log:rows',
            () => requestAnimationFrame(() => resolve(performance.now() - start)),
            { once: true },
          );
        }),
    );
    await viewer.filter(line);
    times.push(await time);
    await viewer.settled();
    await viewer.page.goBack();
    await viewer.eventually(() => viewer.page.url() === everything, 'the whole list is back');
    await viewer.settled();
  }
  const p95 = percentile(times, 0.95);
  t.diagnostic(
    `filter to rows: p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms of ${times.length}, ` +
      `over ${COUNT} events`,
  );
  assert.ok(p95 <= FILTER_MS, `${p95} ms`);
});

test('ten thousand rows scroll smoothly', { timeout: 120_000 }, async (t) => {
  let pages = 0;
  // The first page, over and over, with other ids: what the browser does with the rows is measured, not the service.
  const repeated = (page) =>
    page.route(/\/view\/v1\/events\?/, async (route) => {
      const address = new URL(route.request().url());
      address.searchParams.delete('cursor');
      const response = await route.fetch({ url: address.href });
      const suffix = String((pages += 1)).padStart(4, '0');
      const body = (await response.text())
        .replace(/("id":"[-0-9a-f]{32})[0-9a-f]{4}"/g, `$1${suffix}"`)
        .replace(/"next_cursor":"[^"]*"/, `"next_cursor":"${suffix}"`);
      await route.fulfill({ response, body });
    });
  const viewer = await openViewer({ org: ORG, before: repeated });
  const rows = await viewer.page.evaluate(
    (wanted) =>
      new Promise((resolve) => {
        const root = document.querySelector('audit-log').shadowRoot;
        const look = () => {
          const count = root.querySelectorAll('[role=row] a').length;
          if (count >= wanted) return resolve(count);
          const more = root.querySelector('.more button');
          if (more && !more.disabled) more.click();
          requestAnimationFrame(look);
        };
        look();
      }),
    LIST_ROWS,
  );
  // The best of three passes: another process that takes a core for a moment is not what is measured.
  const passes = [];
  for (let pass = 0; pass < 3; pass += 1) passes.push(await scroll(viewer.page));
  const p95 = Math.min(...passes.map((frames) => percentile(frames, 0.95)));
  t.diagnostic(`${rows} rows: p95 ${p95.toFixed(1)} ms a frame, the best of 3 passes of ${passes[0].length} frames`);
  // The clock of frames has a resolution of a tenth of a millisecond.
  assert.ok(p95 <= FRAME_MS + 0.1, `${p95} ms`);
});
