"""The fixed events: every column, every combination of nulls, and values that readers are known to misread."""

import json
from itertools import product

from readers.rows import canonical

# All digits, to catch an engine that infers types from the path.
ORG = "007"
ACTOR_TYPES = ["user", "api_key", "service", "system", "anonymous"]
NULLABLE = [
    "actor_name", "actor_email", "target_type", "target_id", "target_name", "failure_reason", "ip", "user_agent",
    "request_id", "details",
]  # fmt: skip
TEXTS = {
    "hebrew and arabic": "שלום, مرحبا بالعالم",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 🐣",
    "bidi controls": "\u202eevil\u202c \u2066isolated\u2069 \u200f\u200e",
    "combining": "e\u0301 \u00e9 Z\u0351\u036b\u0343 \u1112\u1161\u11ab \ud55c",
    "control characters": "\x01\x08\t\n\x0b\x0c\r\x1f\x7f\x85\u2028\u2029",
    "nul": "before\0after",
    "byte order mark": "\ufeffbom \ufffe \uffff \U0010ffff",
    "null as a text": "null",
    "white space": "  ",
    "quotes": "\"'`\\ , ; \\N \\u0000 %00 ${x}",
    "hive's null": "__HIVE_DEFAULT_PARTITION__",
    "longest": "ß" * 1024,
    "beyond the basic plane": 'svc,"quoted"\n\' Zoë 𝄞',
}
DETAILS = {
    "empty": "{}",
    "numbers": '{"beyond_double":9007199254740993,"beyond_i64":92233720368547758080,"digits":1.10,"tiny":1e-400,"huge":1E+400,"minus_zero":-0,"exact":0.1000000000000000055511151231257827}',
    "escapes": r'{"\u00e9":"\u0000\ud83d\ude00\/","z":1,"a":2,"":null}',
    "unicode": json.dumps(TEXTS, ensure_ascii=False, separators=(",", ":")),
    "values": '{"list":[1,"1",true,null,[],{}],"nested":{"a":{"b":{"c":[[[]]]}}}}',
    "deep": '{"a":' * 64 + "0" + "}" * 64,
    "largest u64": '{"b":1.0,"a":[null,"𝄞",{"":18446744073709551615}]}',
    "100 kB": '{"text":"' + "Zürich 🐣 " * 7693 + '"}',
}
INSTANTS = {
    "2000-01-01T00:00:00Z": "2000-01-01T00:00:00.000000Z",
    "2000-01-01T00:00:00.000001Z": "2000-01-01T00:00:00.000001Z",
    "2000-02-29T23:59:59.999999Z": "2000-02-29T23:59:59.999999Z",
    "2024-02-29T12:00:00.5Z": "2024-02-29T12:00:00.500000Z",
    "2024-02-29T12:00:00.123456789Z": "2024-02-29T12:00:00.123456Z",
    "2024-12-31T23:59:59.999999Z": "2024-12-31T23:59:59.999999Z",
    "2025-01-01T00:00:00.000000Z": "2025-01-01T00:00:00.000000Z",
    "2026-01-01T00:30:00.000001+01:00": "2025-12-31T23:30:00.000001Z",
    "2025-12-31T20:30:00-04:00": "2026-01-01T00:30:00.000000Z",
    # Hours that a local clock skips, or shows twice.
    "2026-03-29T02:30:00.123456Z": "2026-03-29T02:30:00.123456Z",
    "2026-10-25T00:30:00.000999Z": "2026-10-25T00:30:00.000999Z",
    "2026-10-25T01:30:00.000999Z": "2026-10-25T01:30:00.000999Z",
}
IPS = [
    "0.0.0.0", "::", "::ffff:192.0.2.1", "2001:DB8:0:0:0:0:0:1", "203.0.113.7:443", "203.0.113.7, 10.0.0.1",
    "2001:DB8::1, 10.0.0.1:80", "[2001:db8::1]:443", "fe80::1%eth0", "unknown",
]  # fmt: skip


class Fixed:
    """One event: the JSON to send, and the columns that must be found."""

    def __init__(self, key, at="2026-06-01T08:00:00.000000Z", stored_at=None, absent="left out", **columns):
        columns = {"actor_type": "user", "actor_id": "usr_1", "action": "fixed.recorded", "category": "other"} | columns
        columns = dict.fromkeys(NULLABLE) | {"result": "succeeded"} | columns
        self.columns = columns | {"occurred_at": stored_at or at, "ip_addresses": canonical(columns["ip"])}
        pick = lambda prefix, names: {name: columns[prefix + name] for name in names}
        event = {
            "occurred_at": at,
            "actor": pick("actor_", ["type", "id", "name", "email"]),
            "action": columns["action"],
            "target": pick("target_", ["type", "id", "name"]),
            "result": columns["result"],
            "failure_reason": columns["failure_reason"],
            "context": pick("", ["ip", "user_agent", "request_id"]),
            "details": "DETAILS" if columns["details"] is not None else None,
            "idempotency_key": key,
        }
        if absent != "null":
            event = without_nulls(event, absent)
        self.json = json.dumps(event).replace('"DETAILS"', columns["details"] or "", 1)


def without_nulls(event, absent):
    """Removes nulls. An object that contains only nulls is removed too, or is null, or empty."""
    kept = {}
    for name, value in event.items():
        if isinstance(value, dict):
            value = {n: v for n, v in value.items() if v is not None} or ({} if absent == "empty" else None)
            if value is None and absent == "null object":
                kept[name] = None
        if value is not None:
            kept[name] = value
    return kept


def of_nulls():
    """One event for each subset of the nullable columns, which have a text and an empty text in turn."""
    for number, given in enumerate(product([False, True], repeat=len(NULLABLE))):
        empty = number % 2 == 1
        texts = {name: "" if empty else f"{name} {number}" for name in NULLABLE}
        texts |= {"ip": ["192.0.2.7", "2001:db8::7"][number % 2], "details": f'{{"n":{number}}}'}
        yield Fixed(
            f"nulls-{number}",
            f"2024-02-{27 + number % 4 if number % 4 < 3 else 20}T{number % 24:02}:{number % 60:02}:00.{number:06}Z",
            absent=["left out", "null", "empty", "null object"][number // 4 % 4],
            actor_type=ACTOR_TYPES[number % 5],
            result=["succeeded", "failed"][number // 2 % 2],
            **{name: texts[name] for name, here in zip(NULLABLE, given) if here},
        )


def of_values():
    for name, text in TEXTS.items():
        texts = dict.fromkeys([column for column in NULLABLE if column not in ("ip", "details")], text)
        yield Fixed(f"text {name}", actor_id=text, **texts)
    for name, text in DETAILS.items():
        yield Fixed(f"details {name}", details=text, action="monitor.updated", category="operations")
    for at, stored_at in INSTANTS.items():
        yield Fixed(f"at {at}", at, stored_at, action="api_key.created", category="api_keys")
    for number in range(5):
        # At the same instant, so that only the id orders them.
        yield Fixed(f"together {number}", "2026-06-02T00:00:00.000000Z", request_id=str(number))
    for ip in IPS:
        yield Fixed(f"ip {ip}", ip=ip)


def rounds():
    """Two rounds, each followed by an archive pass. The second adds files to days that have one, and repeats a third of
    the first, whose events are archived by then."""
    events = [*of_nulls(), *of_values()]
    first = [event for n, event in enumerate(events) if n % 7]
    return first, [*first[::3], *events[::7]]
