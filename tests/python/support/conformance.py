"""Tests that every deployment of the API must pass. Each response is compared with that of `audit serve`.

A suite runs them in this order, with its own fixture `pair`: `from support.conformance import *`.
"""

import json

ORG = "acme"
EVENTS = f"/v1/orgs/{ORG}/events"
ENTERPRISE = '{"name":"Acme","plan":"enterprise"}'
UNKNOWN_ID = "018dfb6c-7c00-7000-8000-000000000000"
ACTIONS = ["member.invited", "member.role_changed", "api_key.created", "billing.plan_changed", "custom.thing"]
SEARCHES = [
    "", "?order=oldest", "?limit=7", "?limit=7&order=oldest", "?actor=usr_1", "?actor=ADA@example.com&actor=usr_2",
    "?action=member.*", "?action=api_key.created&action=custom.thing", "?category=other", "?target=t_3",
    "?result=failed&limit=3", "?from=2024-03-02T00:00:00Z&to=2024-03-03T00:00:00Z",
    "?from=2024-03-01T23:00:00%2B00:00&order=oldest&limit=11", "?to=2024-03-01T12:00:00Z", "?action=none.such",
]  # fmt: skip


def event(number, at):
    """The event `number`. Every third one has unusual text in its details."""
    made = {
        "occurred_at": at,
        "actor": {"type": "user", "id": f"usr_{number % 5}", "email": "Ada@Example.com" if number % 4 == 0 else None},
        "action": ACTIONS[number % len(ACTIONS)],
        "target": {"type": "member", "id": f"t_{number % 7}", "name": 'Zoë "Z" \\ 日本'},
        "result": "failed" if number % 6 == 0 else "succeeded",
        "context": {"ip": "203.0.113.7", "user_agent": "Mozilla/5.0", "request_id": f"req_{number}"},
        "idempotency_key": f"key-{number}",
    }
    if number % 3 == 0:
        made["details"] = {"b": [1, 2.50, None], "a": {"text": "\u0001\u2028'\"\\/ é"}}
    return made


def events(count=60):
    """Events of three past days in two months."""
    days = ["2024-02-29", "2024-03-01", "2024-03-02"]
    return [event(n, f"{days[n % 3]}T{n % 24:02}:{n % 60:02}:00.{n:06}Z") for n in range(count)]


VALID = json.dumps(event(1, "2024-03-01T00:00:00Z"))


def statuses(response):
    return {each["status"] for each in json.loads(response.text)["events"]}


def check_searches(pair, org=ORG):
    """Follows every search to its end, and looks single events up by id."""
    ids = []
    for search in SEARCHES:
        found, pages = pair.walk(f"/v1/orgs/{org}/events{search}")
        assert len(set(found)) == len(found), f"{search}: an id was returned twice"
        assert pages > 1 or "limit" not in search or org != ORG, f"{search}: one page"
        ids = ids or found
    assert ids
    for id_ in ids[::9]:
        pair.same("GET", f"/v1/orgs/{org}/events/{id_}", status=200)


def test_an_org_is_registered_registered_again_and_returned(pair):
    pair.same("PUT", f"/v1/orgs/{ORG}", ENTERPRISE, 200)
    pair.same("PUT", f"/v1/orgs/{ORG}", ENTERPRISE, 200)
    pair.same("GET", f"/v1/orgs/{ORG}", status=200)


def test_one_event_is_stored_and_its_repeat_is_a_duplicate(pair):
    body = json.dumps(events()[0])
    assert statuses(pair.same("POST", EVENTS, body, 201)) == {"created"}
    assert statuses(pair.same("POST", EVENTS, body, 201)) == {"duplicate"}


def test_a_batch_is_stored_and_its_repeats_are_duplicates(pair):
    body = json.dumps({"events": events()[1:]}, ensure_ascii=False)
    assert statuses(pair.same("POST", EVENTS, body, 201)) == {"created"}
    assert statuses(pair.same("POST", EVENTS, body, 201)) == {"duplicate"}


def test_the_header_idempotency_key_covers_a_request(pair):
    bare = json.dumps({"events": [{**each, "idempotency_key": None} for each in events(3)]})
    first = pair.same("POST", EVENTS, bare, 201, {"Idempotency-Key": "whole"})
    again = pair.same("POST", EVENTS, bare, 201, {"Idempotency-Key": "whole"})
    assert first.text.replace("created", "duplicate") == again.text


def test_searches_over_hot_events_answer_as_serve_does(pair):
    check_searches(pair)


def test_catalog_document_and_health(pair):
    for path in ("/v1/catalog", "/openapi.json", "/healthz"):
        pair.same("GET", path, status=200)
    assert pair.deployed.request("GET", "/healthz", signed=False).status == 200


def test_problems_are_those_of_serve(pair):
    big = VALID[:-1] + " " * (2_621_441 - len(VALID)) + "}"
    pair.same("PUT", "/v1/orgs/team", '{"name":"Team","plan":"team"}', 200)
    for method, target, body, status in (
        ("POST", EVENTS, "{", 400), ("POST", EVENTS, "", 400), ("POST", EVENTS, '{"events":[]}', 400),
        ("POST", EVENTS, '{"events":[{"actor":{}},{"occurred_at":"x","nope":1}]}', 400),
        ("POST", EVENTS, VALID.replace('"action"', '"actoin"'), 400), ("POST", EVENTS, big, 413),
        ("POST", "/v1/orgs/nobody/events", VALID, 404), ("POST", "/v1/orgs/team/events", VALID, 403),
        ("GET", "/v1/orgs/team/events", None, 403), ("GET", "/v1/orgs/nobody/events", None, 404),
        ("GET", "/v1/orgs/nobody", None, 404), ("GET", "/v1/orgs/a.b/events", None, 400),
        ("GET", f"{EVENTS}?limit=0&order=up&nope=1&from=yesterday", None, 400),
        ("GET", f"{EVENTS}?cursor=x", None, 400), ("GET", f"{EVENTS}/x", None, None),
        ("GET", f"{EVENTS}/{UNKNOWN_ID}", None, 404),
        ("PUT", f"/v1/orgs/{ORG.upper()}", ENTERPRISE, 409), ("PUT", f"/v1/orgs/{ORG}", '{"name":1}', 400),
        ("PUT", f"/v1/orgs/{ORG}", json.dumps({"name": "n" * 17_000, "plan": "p"}), 413),
    ):  # fmt: skip
        response = pair.same(method, target, body, status)
        assert response.media_type == "application/problem+json", f"{method} {target}: {response}"
