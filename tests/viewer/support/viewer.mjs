// The viewer as a person uses it: by the roles and names of what it shows. Clicks are counted.

import assert from 'node:assert/strict';

const attempt = async (condition) => {
  try {
    return await condition();
  } catch {
    return false;
  }
};

export class Viewer {
  /** Violations of the page's content security policy. */
  violations = [];
  /** Errors of scripts, and errors that the browser wrote to the console. */
  errors = [];
  /** Every address that was requested. */
  requests = [];
  clicks = 0;

  constructor(page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
    page.on('request', (request) => this.requests.push(request.url()));
  }

  get element() {
    return this.page.locator('audit-log');
  }

  /** Everything that a person can do with one press of a button counts. */
  async click(locator) {
    this.clicks += 1;
    await locator.click();
  }

  /** Typing a line and pressing Enter counts as one click. */
  async filter(line) {
    this.clicks += 1;
    const input = this.input();
    await input.fill(line);
    await input.press('Enter');
  }

  input() {
    return this.element
      .getByRole('search')
      .getByRole('combobox', { name: 'Filter or time range' })
      .or(this.element.getByRole('search').getByRole('textbox', { name: 'Filter or time range' }));
  }

  button(name, within = this.element) {
    return within.getByRole('button', { name, exact: typeof name === 'string' });
  }

  list() {
    return this.element.getByRole('table', { name: 'Events', exact: true });
  }

  /** The rows of events, without the heading of the table. */
  rows() {
    return this.list()
      .getByRole('row')
      .filter({ has: this.page.getByRole('link') });
  }

  row(text) {
    return this.rows().filter({ hasText: text });
  }

  event() {
    return this.element.getByRole('dialog', { name: 'Event', exact: true });
  }

  status() {
    return this.element.getByRole('status', { name: 'Result' });
  }

  chips() {
    return this.element.getByRole('list', { name: 'Filters' }).getByRole('listitem');
  }

  bars() {
    return this.element.getByRole('region', { name: 'Statistics' }).getByRole('button', { name: /events?/ });
  }

  view(name) {
    return this.element.getByRole('navigation', { name: 'Views' }).getByRole('button', { name, exact: true });
  }

  /** A count beside the list: the button of one value of one field. */
  count(field, value) {
    return this.element.getByRole('group', { name: field, exact: true }).getByRole('button', { name: value });
  }

  /** Chooses an entry of the menu of a value. */
  async choose(value, entry) {
    await this.click(value);
    await this.click(this.element.getByRole('menuitem', { name: entry, exact: true }));
  }

  /** Opens the event of a row. */
  async open(row) {
    await this.click(row.getByRole('link').first());
    await this.event().waitFor();
  }

  /** Waits until the search is complete and its rows are shown, and returns the line that says so. */
  async settled() {
    await this.eventually(
      async () =>
        /events? ·.*complete/.test(await this.status().innerText()) &&
        (await this.element.locator('[aria-busy=true]').count()) === 0,
      'the search is complete',
    );
    return this.status().innerText();
  }

  /** Waits until the truth line begins with this number of events. */
  async total(count) {
    const wanted = new RegExp(`^\\s*${count.toLocaleString('en')} events?\\b`);
    await this.eventually(async () => wanted.test(await this.status().innerText()), `the line says ${count} events`);
  }

  /** Waits until a condition is true, and fails with what it was and what the page shows. */
  async eventually(condition, what, milliseconds = 10_000) {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      if (await attempt(condition)) return;
      if (Date.now() > deadline) {
        const shown = await this.element.innerText().catch(String);
        assert.fail(`not within ${milliseconds} ms: ${what}\n${shown.slice(0, 1500)}`);
      }
      await this.page.waitForTimeout(25);
    }
  }

  /** The text that a copy button puts on the clipboard. */
  async copied(button) {
    await this.page.evaluate(() => navigator.clipboard.writeText(''));
    await this.click(button);
    let text = '';
    await this.eventually(
      async () => (text = await this.page.evaluate(() => navigator.clipboard.readText())),
      'something is copied',
    );
    return text;
  }
}
