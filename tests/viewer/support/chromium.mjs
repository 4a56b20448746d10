// One Chromium for each file of tests, and pages that embed the viewer as a product would.

import { readFileSync } from 'node:fs';
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';
import { Viewer } from './viewer.mjs';
import { session, url } from './service.mjs';

/** What a careful product allows its pages. The viewer must need nothing else. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

const PAGE = (script, attributes) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Acme: audit log</title>
<link rel="stylesheet" href="/embedded.css">
<script type="module" src="${script}"></script>
<script type="module" src="/embedded.js"></script>
<main><h1>Audit log of Acme</h1><audit-log endpoint="/view/v1" ${attributes}></audit-log></main>
`;

let launched;

/** Starts Chromium before the tests of a file, closes the pages of each test, and stops Chromium at the end. */
export function useChromium() {
  before(async () => {
    launched = await launch();
  });
  afterEach(async () => {
    for (const context of launched.contexts()) {
      // Requests that the page still waits for end with it.
      for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
      await context.close();
    }
  });
  after(() => launched?.close());
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
}

/**
 * Opens a page with the viewer of an org, and waits for its first rows.
 *
 * `path` is the page's, by default one of ours. `fragment` is the part of the URL after `#`, `attributes` are those of
 * the element, `context` are options of Playwright's context, `session` is called for each token, `before` is called
 * with the page before it opens, and `waits` is false if no rows are expected.
 */
export async function openViewer(options = {}) {
  const {
    org = 'demo',
    fragment = '',
    attributes = '',
    css = '',
    waits = true,
    policy = POLICY,
    path = '/embedded',
    browser = launched,
    before: prepare,
  } = options;
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options.context,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const viewer = new Viewer(page);
  await page.exposeFunction('newSession', options.session ?? (() => session(org)));
  await page.exposeFunction('reportViolation', (violation) => viewer.violations.push(violation));
  await page.addInitScript(() => {
    document.addEventListener(
      'securitypolicyviolation',
      ({ violatedDirective, blockedURI, sourceFile, lineNumber, sample }) =>
        window.reportViolation({ violatedDirective, blockedURI, sourceFile, lineNumber, sample }),
    );
  });
  await page.route('**/embedded*', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/embedded.css') return route.fulfill({ contentType: 'text/css', body: css });
    if (pathname === '/embedded.js') {
      const body = 'document.querySelector("audit-log").tokenProvider = () => window.newSession();';
      return route.fulfill({ contentType: 'text/javascript', body });
    }
    return route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': policy },
      body: PAGE(scriptPath, attributes),
    });
  });
  scriptPath ??= await viewerScript();
  // Another build of the viewer than the one in the program. The page at `/` accepts only that one.
  const replaced = process.env.AUDIT_VIEWER_SCRIPT;
  if (replaced && path !== '/') {
    const body = readFileSync(replaced);
    await page.route(`**${scriptPath}`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
  }
  await prepare?.(page);
  await page.goto(`${url}${path}${fragment && `#${fragment}`}`);
  if (waits) await viewer.rows().first().waitFor();
  return viewer;
}

let scriptPath;

/** The path of the viewer's script, as the page at `/` names it. */
export async function viewerScript() {
  const page = await (await fetch(`${url}/`)).text();
  const [path] = page.match(/\/view\/audit-log\.\w+\.js/) ?? [];
  if (!path) throw new Error(`the page at / names no script of the viewer: ${page}`);
  return path;
}
