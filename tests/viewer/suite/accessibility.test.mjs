// axe-core finds nothing to mend, in both color schemes and every state.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import { useChromium } from '../support/chromium.mjs';
import { everyState } from '../support/states.mjs';

useChromium();

for (const colorScheme of ['light', 'dark']) {
  for (const [name, open] of Object.entries(everyState)) {
    test(`${colorScheme}, ${name}: no violation`, async () => {
      const viewer = await open({
        context: { colorScheme },
        css: colorScheme === 'dark' ? 'html{background:#111;color:#eee}' : '',
        before: (page) => page.addInitScript({ content: axe.source }),
      });
      const { violations, passes } = await viewer.page.evaluate(() => window.axe.run());
      const found = violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${help}\n${target.join(' ')}\n${failureSummary}`),
      );
      assert.deepEqual(found, []);
      assert.ok(
        passes.some(({ id }) => id === 'color-contrast' || id === 'button-name'),
        'axe looked into the component',
      );
    });
  }
}
