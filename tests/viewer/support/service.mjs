// The running `audit serve`: recording events, and sessions to read them.

import assert from 'node:assert/strict';

export const url = process.env.AUDIT_URL ?? assert.fail('AUDIT_URL is not set; use tests/viewer/run');

const REQUEST_EVENTS = 500;

/** Sends a request and returns the text of a successful response. */
export async function send(method, path, body) {
  const response = await fetch(url + path, { method, body });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text;
}

/** Registers an org and records its events, which are objects or JSON texts that are sent as they are. */
export async function record(org, events, name = org) {
  await send('PUT', `/v1/orgs/${org}`, JSON.stringify({ name, plan: 'enterprise' }));
  for (let start = 0; start < events.length; start += REQUEST_EVENTS) {
    const texts = events
      .slice(start, start + REQUEST_EVENTS)
      .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
    await send('POST', `/v1/orgs/${org}/events`, `{"events":[${texts.join(',')}]}`);
  }
}

/** Archives all events of all orgs. */
export async function archive() {
  const report = JSON.parse(await send('POST', '/local/archive', '{"force":true}'));
  assert.deepEqual(report.failed, [], 'no org failed');
}

/** Creates a viewer session. */
export async function session(org, options = {}) {
  const viewer = { id: 'usr_auditor', name: 'Ines Auditor' };
  return JSON.parse(await send('POST', `/v1/orgs/${org}/viewer-sessions`, JSON.stringify({ viewer, ...options })));
}

/** Revokes a viewer session; its next request is refused. */
export async function revoke(org, sessionId) {
  await send('DELETE', `/v1/orgs/${org}/viewer-sessions/${sessionId}`);
}

/** The smallest valid event, with changes. */
export function event(changes = {}) {
  return {
    occurred_at: new Date(Date.now() - 60_000).toISOString(),
    actor: { type: 'user', id: 'usr_1', name: 'Ada Lindqvist', email: 'ada@acme.example' },
    action: 'monitor.created',
    target: { type: 'monitor', id: 'mon_1', name: 'Front page' },
    result: 'succeeded',
    ...changes,
  };
}
