"""Copies the org `demo` of `audit serve --demo` into a deployed stack."""

import json

ORG = "demo"
SENT = ("occurred_at", "actor", "action", "target", "result", "failure_reason", "context", "details")


def copy_demo(served, caller):
    """Registers the org and records its events through the deployed API. Returns the number of events."""
    caller.register(ORG)
    events = map(json.loads, served.events(ORG))
    # With its id as its key, an event that is copied twice is stored once.
    copies = [{name: event[name] for name in SENT} | {"idempotency_key": event["id"]} for event in events]
    return len(caller.record(ORG, copies))
