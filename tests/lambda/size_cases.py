"""The largest requests and pages, measured as the payloads that Lambda would carry."""

import json

from checks import check, equal

LAMBDA_BYTES = 6_291_456
REQUEST_BYTES = 2_621_440
# The most escaped events have an org of their own, so that they fill its pages.
ORGS = {True: "escaped", False: "large"}
# One character of JSON each, two once it stands in a string, as a body does in a payload.
BACKSLASH = "\\"
UNITS = {"quotes": r"\"", "backslashes": r"\\", "letters beyond ASCII": "é", "spaces": " "}

# Those of two requests.
ESCAPED_EVENTS = 22


def event(key, size, unit):
    """An event of exactly so many bytes, its text repeating `unit`, a JSON string's inside."""

    def made(text):
        return (
            '{"occurred_at":"2024-03-01T00:00:00Z","actor":{"id":"a"},"action":"large.stored","result":"succeeded",'
            f'"idempotency_key":"{key}","details":{{"t":"{text}"}}}}'
        )

    rest, width = size - len(made("")), len(unit.encode())
    return made(unit * (rest // width) + "x" * (rest % width))


def request(name, unit, size=REQUEST_BYTES):
    """A request of exactly so many bytes."""
    made = [event(f"{name}-{number}", 250_000, unit) for number in range(10)]
    rest = size - len('{"events":[]}') - sum(len(each.encode()) + 1 for each in made)
    body = '{"events":[%s]}' % ",".join([*made, event(f"{name}-last", rest, unit)])
    equal(len(body.encode()), size)
    return body


def run(pair, functions):
    ingest, query = functions.largest("IngestFunction"), functions.largest("QueryFunction")
    with check("orgs for large events are told"):
        for org in ORGS.values():
            pair.same("PUT", f"/v1/orgs/{org}", '{"name":"Large","plan":"enterprise"}', 200)
    for name, unit in UNITS.items():
        with check(f"the largest legal request, of {name}, fits a payload"):
            ingest.update(request=0, response=0)
            target = f"/v1/orgs/{ORGS[unit.startswith(BACKSLASH)]}/events"
            pair.same("POST", target, request(name.split()[0], unit), 201)
            assert REQUEST_BYTES < ingest["request"] < LAMBDA_BYTES, ingest
            assert ingest["response"] < LAMBDA_BYTES, ingest
            print(f"        {REQUEST_BYTES} bytes of body, payload {ingest['request']}, answer {ingest['response']}")
    with check("one byte more is 413"):
        pair.same("POST", "/v1/orgs/large/events", request("past", UNITS["quotes"], REQUEST_BYTES + 1), 413)
    for when in ("hot", "archived"):
        with check(f"pages of the largest, most escaped events fit a payload, {when}"):
            query.update(request=0, response=0)
            ids, pages = pair.walk("/v1/orgs/escaped/events?limit=1000")
            equal(len(ids), ESCAPED_EVENTS)
            assert pages >= 2, f"{pages} pages"
            assert 2 * 2_400_000 < query["response"] < LAMBDA_BYTES, query
            print(f"        {pages} pages, the largest payload {query['response']} of {LAMBDA_BYTES}")
        if when == "hot":
            with check("they are archived"):
                forced = {"task": "archive", "org_ids": ["escaped"], "force": True}
                equal(functions.invoke("CompactFunction", forced)["passes"][0]["rows"], ESCAPED_EVENTS)
                equal(pair.reference.request("POST", "/local/archive", '{"force":true}').status, 200)
    with check("the longest list of problems fits"):
        ingest.update(request=0, response=0)
        faults = json.dumps({"events": [{f'"{number}\\' * 20: 1} for number in range(500)]})
        pair.same("POST", "/v1/orgs/large/events", faults, 400)
        assert ingest["response"] < LAMBDA_BYTES, ingest
        print(f"        answer {ingest['response']}")
