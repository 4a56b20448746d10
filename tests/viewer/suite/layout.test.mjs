// Narrow windows, zoom, right-to-left pages, forced colors and reduced motion: everything stays within the page, uncut.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViewer, useChromium } from '../support/chromium.mjs';
import { everyState } from '../support/states.mjs';

useChromium();

const WINDOWS = {
  '320 px': { viewport: { width: 320, height: 640 } },
  '390 px': { viewport: { width: 390, height: 844 } },
  '200 % zoom': { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
};

/** Lists what is outside the page, or cut off by its box. */
function misplaced(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found =
      document.documentElement.scrollWidth > width
        ? [`the page is ${document.documentElement.scrollWidth} px wide`]
        : [];
    const scrolls = (style) => /auto|scroll/.test(style.overflowX);
    const walk = (element, isInScroller) => {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const isForScreenReaders = style.clipPath === 'inset(50%)' || (box.width <= 1 && box.height <= 1);
      if (style.display === 'none' || style.visibility === 'hidden' || isForScreenReaders) return;
      if (element instanceof SVGElement && !(element instanceof SVGSVGElement)) return;
      const name = `${element.localName}.${element.className} "${(element.innerText ?? '').slice(0, 40)}"`;
      if (!isInScroller && box.width > 0 && (box.right > width + 1 || box.left < -1))
        found.push(`${name} reaches from ${box.left} to ${box.right}`);
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      const isShortened =
        style.textOverflow === 'ellipsis' || element.localName === 'select' || element.localName === 'input';
      if (
        hasText &&
        /hidden|clip/.test(style.overflowX) &&
        !isShortened &&
        element.scrollWidth > element.clientWidth + 1
      )
        found.push(`${name} is cut`);
      for (const child of [...(element.shadowRoot?.children ?? []), ...element.children])
        walk(child, isInScroller || scrolls(style));
    };
    walk(document.querySelector('audit-log'), false);
    return found;
  });
}

for (const [name, window] of Object.entries(WINDOWS)) {
  for (const [state, open] of Object.entries(everyState)) {
    test(`${name}, ${state}: nothing is outside the page or cut`, async () => {
      const viewer = await open({ context: window, css: 'body{margin:0}' });
      assert.deepEqual(await misplaced(viewer.page), []);
    });
  }
}

for (const state of ['list', 'drawer', 'around']) {
  test(`right to left, ${state}: nothing is outside the page or cut`, async () => {
    const before = (page) =>
      page.addInitScript(() => {
        document.addEventListener('readystatechange', () => document.documentElement.setAttribute('dir', 'rtl'));
      });
    const viewer = await everyState[state]({ before, context: { viewport: { width: 1024, height: 768 } } });
    assert.equal(await viewer.element.evaluate((element) => getComputedStyle(element).direction), 'rtl');
    assert.deepEqual(await misplaced(viewer.page), []);
  });
}

test('on a phone the open event covers the list, and can be closed', async () => {
  const viewer = await everyState.drawer({ context: WINDOWS['390 px'] });
  const box = await viewer.event().boundingBox();
  assert.ok(box.width >= 380, `${box.width} px`);
  await viewer.click(viewer.button('Close', viewer.event()));
  await viewer.event().waitFor({ state: 'hidden' });
});

test('in forced colors, bars and failures differ from the page and from each other', async () => {
  const viewer = await openViewer({ context: { forcedColors: 'active' }, fragment: 'last=30d' });
  await viewer.settled();
  const colors = await viewer.element.evaluate((element) => {
    const of = (selector) => getComputedStyle(element.shadowRoot.querySelector(selector)).fill;
    return {
      page: getComputedStyle(document.documentElement).backgroundColor,
      count: of('.bar .count'),
      failed: of('.bar .failed'),
    };
  });
  assert.notEqual(colors.count, colors.failed);
  assert.equal(new Set(Object.values(colors)).size, 3, JSON.stringify(colors));
});

test('with reduced motion nothing moves', async () => {
  const viewer = await openViewer({ context: { reducedMotion: 'reduce' } });
  await viewer.open(viewer.rows().first());
  const moving = await viewer.element.evaluate((element) => {
    const all = [...element.shadowRoot.querySelectorAll('*')];
    const lasting = (value) => value.split(',').some((duration) => parseFloat(duration) > 0.01);
    const styled = all.filter((one) => {
      const { transitionDuration, animationName, animationDuration } = getComputedStyle(one);
      return lasting(transitionDuration) || (animationName !== 'none' && lasting(animationDuration));
    });
    return styled.map((one) => `${one.localName}.${one.className}`);
  });
  assert.deepEqual([...new Set(moving)], []);
});
