// The viewer in each of its states. Each function opens one, with options of `openViewer`.

import { openViewer } from './chromium.mjs';
import { record, send, session } from './service.mjs';

export const NOTHING = 'actor=usr_nobody';

export const everyState = {
  list: async (options) => {
    const viewer = await openViewer(options);
    await viewer.settled();
    const counts = viewer.button('Show counts');
    if (await counts.isVisible()) await counts.click();
    await viewer.count('Actor', /./).first().waitFor();
    return viewer;
  },
  drawer: async (options) => {
    const viewer = await openViewer({ ...options, fragment: 'actor=usr_01&action=billing.plan_changed' });
    await viewer.open(viewer.rows().first());
    await viewer.event().getByRole('table', { name: 'Changes' }).waitFor();
    return viewer;
  },
  menu: async (options) => {
    const viewer = await openViewer(options);
    await viewer.rows().first().getByRole('button').first().click();
    await viewer.element.getByRole('menu').waitFor();
    return viewer;
  },
  around: async (options) => {
    const viewer = await openViewer({ ...options, fragment: 'target=key_backup_sync&order=oldest' });
    await viewer.open(viewer.rows().first());
    await viewer.button('Around this event', viewer.event()).click();
    await viewer.list().locator('[aria-current=true]').waitFor();
    return viewer;
  },
  actor: async (options) => {
    const viewer = await openViewer({ ...options, fragment: 'panel=key_backup_sync' });
    await viewer.element.getByRole('dialog', { name: 'Actor' }).getByText('203.0.113.66').waitFor();
    return viewer;
  },
  'no match': async (options) => {
    const viewer = await openViewer({ ...options, fragment: NOTHING, waits: false });
    await viewer.element.getByText('No events match').waitFor();
    return viewer;
  },
  'nothing yet': async (options) => {
    await record('empty', [], 'Empty');
    // The session itself is an event of the org, but outside of what this session may read.
    const narrowed = () => session('empty', { only: { category: ['billing'] } });
    const viewer = await openViewer({ ...options, session: narrowed, waits: false });
    await viewer.element.getByText('No events yet').waitFor();
    return viewer;
  },
  'server unreachable': async (options) => {
    const before = async (page) => {
      await options.before?.(page);
      await page.route('**/view/v1/**', (route) => route.abort());
    };
    const viewer = await openViewer({ ...options, before, waits: false });
    await viewer.element.getByText('Server unreachable').first().waitFor();
    return viewer;
  },
  'plan required': async (options) => {
    await record('lapsed', [], 'Lapsed');
    const lapsed = await session('lapsed');
    await send('PUT', '/v1/orgs/lapsed', JSON.stringify({ name: 'Lapsed', plan: 'team' }));
    const viewer = await openViewer({ ...options, session: () => lapsed, waits: false });
    await viewer.element.getByText('Plan required').first().waitFor();
    return viewer;
  },
  'session ended': async (options) => {
    const viewer = await openViewer({
      ...options,
      session: () => Promise.reject(new Error('signed out')),
      waits: false,
    });
    await viewer.element.getByText('Session ended').first().waitFor();
    return viewer;
  },
  report: async (options) => {
    const viewer = await openViewer({ ...options, fragment: 'actor=key_backup_sync&report=1', waits: false });
    await viewer.element
      .getByRole('article', { name: 'Evidence report' })
      .getByText('key_backup_sync')
      .first()
      .waitFor();
    return viewer;
  },
};
