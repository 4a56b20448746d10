"""Copies the org `demo` of `audit serve --demo` into a deployed stack."""

import json

from processes import Processes
from served import Served

ORG = "demo"
SENT = ("occurred_at", "actor", "action", "target", "result", "failure_reason", "context", "details")


def copy_demo(caller, audit, folder):
    """Registers the org and records its events through the deployed API; returns how many."""
    work = folder / "demo"
    work.mkdir()
    processes = Processes(str(work))
    try:
        service = Served(processes, str(audit), "demo", "--demo")
        caller.register(ORG)
        count, cursor = 0, None
        while True:
            page = service.request("GET", f"/v1/orgs/{ORG}/events?order=oldest&limit=500" + (f"&cursor={cursor}" if cursor else ""))
            page = json.loads(page.text)
            # With the id as its key, a repeat of the copy stores nothing twice.
            events = [{name: event[name] for name in SENT} | {"idempotency_key": event["id"]} for event in page["events"]]
            if events:
                count += len(caller.record(ORG, events))
            cursor = page["next_cursor"]
            if cursor is None:
                return count
    finally:
        processes.stop_all()
