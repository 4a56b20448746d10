// The page of `audit serve`. It stands for the page of a product, whose backend would create the session for the
// person who is signed in.

const log = document.querySelector('audit-log');
const chooser = document.querySelector('#chooser');
const org = new URLSearchParams(location.search).get('org') ?? 'demo';

log.tokenProvider = async () => {
  const body = JSON.stringify({ org_id: org });
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch('/local/viewer-session', { method: 'POST', headers, body });
  if (response.status === 404) chooser.hidden = !(log.hidden = true);
  if (!response.ok) throw new Error(`the session was not created: ${response.status}`);
  return response.json();
};

log.addEventListener('audit-log:session', ({ detail: { org, viewer } }) => {
  document.querySelector('#org').textContent = org.name || org.id;
  document.querySelector('#viewer').textContent = viewer.name || viewer.email || viewer.id;
  document.title = `Audit log – ${org.name || org.id}`;
});

chooser.addEventListener('submit', (event) => {
  event.preventDefault();
  location.search = new URLSearchParams(new FormData(chooser)).toString();
});
