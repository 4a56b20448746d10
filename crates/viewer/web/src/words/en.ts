// The viewer's own words in English. The sentences of events come from the server.

const plural = (count: string, one: string, many: string) => `${count} ${count === '1' ? one : many}`;

export const en = {
  title: 'Audit log',
  views: 'Views',
  allEvents: 'All events', accessChanges: 'Access changes', failedActions: 'Failed actions', apiKeys: 'API keys',
  billing: 'Billing', newMembers: 'New members', lastDay: 'Last 24 hours',

  filterBy: 'Filter by', filterOrRange: 'Filter or time range', add: 'Add',
  examples: 'ada@example.com, 203.0.113.7, last 7 days…', anything: 'Anything',
  notUnderstood: (text: string) => `“${text}” is not an e-mail address, an IP address, an action, an event ID, or a time range. Choose a field first.`,
  filters: 'Filters', removeFilter: 'Remove filter', removeAll: 'Remove all filters',
  fields: {
    actor: 'Actor', action: 'Action', category: 'Category', target: 'Target', result: 'Result', ip: 'Source IP',
    request_id: 'Request ID', not_actor: 'Actor', not_action: 'Action', not_ip: 'Source IP', actor_type: 'Actor type',
  } as Record<string, string>,
  is: 'is', isNot: 'is not',
  results: { succeeded: 'Succeeded', failed: 'Failed' } as Record<string, string>,
  actorTypes: { user: 'User', api_key: 'API key', service: 'Service', system: 'System', anonymous: 'Not signed in' } as Record<string, string>,

  timeRange: 'Time range', anyTime: 'Any time', from: 'From', to: 'To', apply: 'Apply',
  inWords: 'Range in words', rangeExamples: 'last 7 days, 2026-11-01..2026-11-08', rangeUnclear: 'Write a range such as “last 7 days” or “2026-11-01..2026-11-08”.',
  presets: { '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days', '90d': 'Last 90 days', '365d': 'Last 365 days' } as Record<string, string>,
  lastOf: (count: string, unit: string) => `Last ${count} ${{ m: 'minutes', h: 'hours', d: 'days', w: 'weeks' }[unit] ?? unit}`,
  zone: 'Time zone', browser: 'browser', allZones: 'All time zones', order: 'Order', newest: 'Newest first', oldest: 'Oldest first',

  events: (count: string) => plural(count, 'event', 'events'),
  atLeast: (events: string) => `At least ${events}`,
  failures: (count: string) => `${count} failed`,
  loaded: (count: string) => `${plural(count, 'event', 'events')} loaded`,
  now: 'now', beginning: 'beginning', complete: 'complete', searching: 'still searching', reachedOf: (time: string) => `searched back to ${time}`,
  reachedOldest: (time: string) => `searched up to ${time}`,
  stopped: 'stopped', skipped: (count: string) => `${plural(count, 'stored row', 'stored rows')} could not be read`,
  result: 'Result',

  statistics: 'Statistics', overTime: 'Events over time', showTable: 'Show as table', showBars: 'Show as bars', count: 'Events', failed: 'Failed', period: 'Period',
  barHint: 'Drag to narrow the range. Arrow keys move, Shift+arrow selects, Enter narrows.', zoomOut: 'Show the whole range',
  counts: 'Counts', moreCounts: 'Show counts', fewerCounts: 'Hide counts', noValue: 'none', others: (count: string) => `${plural(count, 'other value', 'other values')}`,
  counting: 'Counting…', narrowCounts: 'Counts of this view',

  table: 'Events', time: 'Time', event: 'Event', action: 'Action', sourceIp: 'Source IP',
  openEvent: 'open event', loadMore: 'Load more', loadingMore: 'Loading…', end: 'No older events', endOldest: 'No newer events',
  showRun: (count: string) => `Show ${count} events`, hideRun: (count: string) => `Hide ${count} events`,
  newEvents: (count: string) => plural(count, 'new event', 'new events'),

  value: 'Value', onlyThis: 'Only this', notThis: 'Not this', showActor: 'Show actor', copy: 'Copy', copied: 'Copied', copyFailed: 'The browser did not allow copying',
  close: 'Close', previous: 'Previous event', next: 'Next event', around: 'Around this event', sameRequest: 'Same request', sameIp: 'Same IP',
  copyLink: 'Copy link', copyJson: 'Copy JSON', copySentence: 'Copy sentence', copyCurl: 'Copy curl', copyView: 'Share this view',
  changes: 'Changes', field: 'Field', old: 'Old', new: 'New', notSet: 'not set', details: 'Details', rawText: 'Raw text', about: 'About this event',
  occurred: 'Occurred', ingested: 'Recorded', userAgent: 'User agent', eventId: 'Event ID', reason: 'Reason', email: 'E-mail', actorId: 'Actor ID', targetId: 'Target ID',
  loading: 'Loading', notFoundTitle: 'No such event', notFound: 'This event does not exist, or this session may not read it.',
  aroundHint: 'All actors, without your filters', minutes: (count: number) => `±${count} min`, back: 'Back to the list',
  actor: 'Actor', firstSeen: 'First seen', lastSeen: 'Last seen', addresses: 'Addresses', actions: 'Actions', noEventsOf: 'No events of this actor.', onlyFailures: 'Only failures', allOfActor: 'All events of this actor',

  nothingYet: 'No events yet', nothingYetText: 'Events appear here as soon as someone does something in your organization.',
  noMatch: 'No events match', noMatchText: 'The search covered the whole range, and no event has all of these filters.',
  stillSearching: 'Still searching', stillSearchingText: (time: string) => `No match yet. The search has reached ${time}.`,
  ended: 'Session ended', endedText: 'Your view is kept. Continue to read on.', continue: 'Continue',
  unreachable: 'Server unreachable', unreachableText: 'Check your connection. What was loaded stays readable.', tryAgain: 'Try again',
  plan: 'Plan required', planText: 'Audit logs belong to the Enterprise plan. Ask an owner of your organization to upgrade.',
  notAllowed: 'Not allowed', notAllowedText: 'This session may not read this.',
  invalid: 'The search is not valid', problem: 'Something went wrong',

  report: 'Evidence report', print: 'Print', closeReport: 'Close report', reportOf: 'Organization', reportFilter: 'Filter', reportRange: 'Range', reportZone: 'Time zone',
  reportCount: 'Count', reportState: 'Completeness', reportRead: 'Read by', reportMade: 'Report made', whenMade: '(when the report was made)', noFilter: 'No filter: all events', reportRows: (shown: string, total: string) => `This report lists ${shown} of ${total} events.`,
  and: ' and ', or: ' or ',
  keyboard: 'Keyboard',
  keys: [
    ['/', 'Write a filter or a time range'], ['↓ or j, ↑ or k', 'Next and previous row'], ['Enter', 'Open the event'], ['n, p', 'Next and previous event, while one is open'],
    ['Esc', 'Close'], ['← →, Shift, Enter', 'In the bars: move, select, narrow'], ['?', 'Show these keys'],
  ] as [string, string][],
};

export type Words = typeof en;
