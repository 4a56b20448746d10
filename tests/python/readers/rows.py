"""Rows of the archive as every engine must return them: tuples of text, int and None, instants in microseconds."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The kind of each column by its name, in the order of the file.
COLUMNS = {
    "id": "text",
    "org_id": "text",
    "seq": "number",
    "occurred_at": "instant",
    "occurred_at_us": "number",
    "ingested_at": "instant",
    "actor_type": "text",
    "actor_id": "text",
    "actor_name": "text",
    "actor_email": "text",
    "action": "text",
    "category": "text",
    "target_type": "text",
    "target_id": "text",
    "target_name": "text",
    "result": "text",
    "failure_reason": "text",
    "ip": "text",
    "ip_addresses": "text",
    "user_agent": "text",
    "request_id": "text",
    "details": "text",
    "salt": "bytes",
}
REQUIRED = {
    "id", "org_id", "seq", "occurred_at", "occurred_at_us", "ingested_at", "actor_type", "actor_id", "action",
    "category", "result",
}  # fmt: skip
ORG, SEQ = list(COLUMNS).index("org_id"), list(COLUMNS).index("seq")


def micros(text):
    """Microseconds since 1970, exact, as a float would not be."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def canonical(text):
    """The addresses in a text, as `ipaddress` writes them. In lists, only IPv4 addresses have a port here."""
    found = []
    for part in (text or "").replace(",", " ").split():
        host, _, port = part.strip("[]").partition(":")
        candidate = host if port.isdigit() and "." in host else part.partition("]")[0].strip("[").partition("%")[0]
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        address = str(getattr(address, "ipv4_mapped", None) or address)
        found += [address] if address not in found else []
    return ",".join(found) or None


def details_text(event_text):
    """The text of `details`, the last member of an event. Quotes within texts are escaped, so `"details":` is a key."""
    text = event_text[event_text.index('"details":') + len('"details":') : -1]
    return None if text == "null" else text


def of_event(text, seq):
    """The row of an event of the API, which does not contain `seq`."""
    event = json.loads(text)
    actor, target, context = event["actor"], event["target"] or {}, event["context"] or {}
    row = {name: event.get(name) for name in COLUMNS}
    row |= {f"actor_{name}": actor[name] for name in ("type", "id", "name", "email")}
    row |= {f"target_{name}": target.get(name) for name in ("type", "id", "name")}
    row |= {name: context.get(name) for name in ("ip", "user_agent", "request_id")}
    row |= {name: micros(event[name]) for name in ("occurred_at", "ingested_at")}
    row |= {"ip_addresses": canonical(row["ip"])}
    row |= {"occurred_at_us": row["occurred_at"], "seq": seq, "details": details_text(text)}
    return tuple(row.values())


def assert_same(found, expected, columns):
    """Asserts that rows are equal, with the types of their values. Lists the first differences by row and column."""
    differences = [] if len(found) == len(expected) else [f"{len(found)} rows, expected {len(expected)}"]
    for number, pair in enumerate(zip(found, expected)):
        for column, a, b in zip(columns, *pair, strict=True):
            # 1, "1" and True are different values.
            if type(a) is not type(b) or a != b:
                differences.append(f"row {number} {column}: {ascii(a)[:160]}, expected {ascii(b)[:160]}")
    assert not differences, "\n".join([f"{len(differences)} differences", *differences[:3]])
