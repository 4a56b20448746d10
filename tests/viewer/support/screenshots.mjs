// Screenshots of the viewer, to be looked at: each state at both widths, light and dark.

import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, openViewer } from './chromium.mjs';
import { everyState } from './states.mjs';

const SHOWN = ['list', 'drawer', 'around', 'no match', 'session ended', 'report', 'actor', 'menu'];
const WIDTHS = { 1440: 900, 390: 844 };
const SCHEMES = ['light', 'dark'];
const README = fileURLToPath(new URL('../../../crates/viewer/docs/', import.meta.url));
const MOST_README_BYTES = 150_000;

/** What was done from the address of the stolen key, with one of these events open. */
async function stolenKey(options) {
  const viewer = await openViewer({ ...options, fragment: 'ip=203.0.113.66' });
  await viewer.settled();
  await viewer.open(viewer.row('priya@acme.example'));
  return viewer;
}
const states = { ...everyState, 'stolen key': stolenKey };

const [folder] = process.argv.slice(2);
const browser = await launch();
if (folder === '--readme') {
  mkdirSync(README, { recursive: true });
  await picture('list', 'light', 1440, join(README, 'list.png'));
  await picture('stolen key', 'dark', 1440, join(README, 'event.png'));
  for (const name of ['list.png', 'event.png']) {
    const path = join(README, name);
    execFileSync('pngquant', ['--force', '--speed', '1', '--strip', '--output', path, '64', path]);
    const { size } = statSync(path);
    if (size > MOST_README_BYTES) throw new Error(`${name} has ${size} bytes, more than ${MOST_README_BYTES}`);
    console.log(`${name}: ${size} bytes`);
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const state of SHOWN) {
    for (const scheme of SCHEMES) {
      for (const width of Object.keys(WIDTHS).map(Number)) {
        const path = join(folder, `${state.replace(' ', '-')}-${width}-${scheme}.png`);
        await picture(state, scheme, width, path);
        console.log(path);
      }
    }
  }
}
await browser.close();

async function picture(state, colorScheme, width, path) {
  // The page of `audit serve`, as people first meet the viewer, except where a test needs a session of its own.
  const isOwn = state === 'session ended';
  const viewer = await states[state]({
    browser,
    path: isOwn ? undefined : '/',
    context: { colorScheme, viewport: { width, height: WIDTHS[width] }, timezoneId: 'UTC' },
    css: `html{color-scheme:light dark}body{margin:0;padding:8px}h1{display:none}`,
  });
  await viewer.page.waitForLoadState('networkidle');
  await viewer.page.screenshot({ path });
  await viewer.page.context().close();
}
