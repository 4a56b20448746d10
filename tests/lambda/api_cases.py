"""The API through the functions: each answer is that of `audit serve`."""

import json

from checks import check, equal

ORG = "acme"
EVENTS = f"/v1/orgs/{ORG}/events"
ENTERPRISE = '{"name":"Acme","plan":"enterprise"}'
ACTIONS = ["member.invited", "member.role_changed", "api_key.created", "billing.plan_changed", "custom.thing"]
SEARCHES = [
    "", "?order=oldest", "?limit=7", "?limit=7&order=oldest", "?actor=usr_1", "?actor=ADA@example.com&actor=usr_2",
    "?action=member.*", "?action=api_key.created&action=custom.thing", "?category=other", "?target=t_3",
    "?result=failed&limit=3", "?from=2024-03-02T00:00:00Z&to=2024-03-03T00:00:00Z",
    "?from=2024-03-01T23:00:00%2B00:00&order=oldest&limit=11", "?to=2024-03-01T12:00:00Z", "?action=none.such",
]


def event(number, at):
    """The event `number`; odd texts in each third one."""
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
    """Events of three past days."""
    return [event(n, f"2024-03-{n % 3 + 1:02}T{n % 24:02}:{n % 60:02}:00.{n:06}Z") for n in range(count)]


def searches(pair, when, org=ORG):
    """Every search, each followed to its end, and single events by id."""
    ids = []
    for search in SEARCHES:
        with check(f"search {search or '(all)'} {when}"):
            found, pages = pair.walk(f"/v1/orgs/{org}/events{search}")
            equal(len(set(found)), len(found), "an id came twice")
            if "limit" in search and org == ORG:
                assert pages > 1, f"{pages} pages"
            ids = ids or found
    with check(f"events by id {when}"):
        assert ids
        for id_ in ids[::9]:
            pair.same("GET", f"/v1/orgs/{org}/events/{id_}", status=200)
    return ids


def provision(pair):
    with check("an org is told, told again, and read"):
        pair.same("PUT", f"/v1/orgs/{ORG}", ENTERPRISE, 200)
        pair.same("PUT", f"/v1/orgs/{ORG}", ENTERPRISE, 200)
        pair.same("GET", f"/v1/orgs/{ORG}", status=200)


def record(pair):
    made = events()
    with check("one event is stored, and its repeat is a duplicate"):
        body = json.dumps(made[0])
        equal(json.loads(pair.same("POST", EVENTS, body, 201).text)["events"][0]["status"], "created")
        equal(json.loads(pair.same("POST", EVENTS, body, 201).text)["events"][0]["status"], "duplicate")
    with check("a batch is stored, and its repeat is duplicates"):
        body = json.dumps({"events": made[1:]}, ensure_ascii=False)
        pair.same("POST", EVENTS, body, 201)
        again = json.loads(pair.same("POST", EVENTS, body, 201).text)["events"]
        equal({each["status"] for each in again}, {"duplicate"})
    with check("the header Idempotency-Key covers a request"):
        bare = json.dumps({"events": [{**each, "idempotency_key": None} for each in made[:3]]})
        first = pair.same("POST", EVENTS, bare, 201, {"Idempotency-Key": "whole"})
        again = pair.same("POST", EVENTS, bare, 201, {"Idempotency-Key": "whole"})
        equal(first.text.replace("created", "duplicate"), again.text)


def whole_service(pair):
    for path in ("/v1/catalog", "/openapi.json", "/healthz"):
        with check(f"GET {path}"):
            pair.same("GET", path, status=200)
    with check("/healthz needs no signature"):
        equal(pair.gateway.request("GET", "/healthz", signed=False).status, 200)


def problems(pair):
    valid = json.dumps(event(1, "2024-03-01T00:00:00Z"))
    big = valid[:-1] + " " * (2_621_441 - len(valid)) + "}"
    cases = [
        ("POST", EVENTS, "{", 400), ("POST", EVENTS, "", 400), ("POST", EVENTS, '{"events":[]}', 400),
        ("POST", EVENTS, '{"events":[{"actor":{}},{"occurred_at":"x","nope":1}]}', 400),
        ("POST", EVENTS, valid.replace('"action"', '"actoin"'), 400), ("POST", EVENTS, big, 413),
        ("POST", "/v1/orgs/nobody/events", valid, 404), ("POST", "/v1/orgs/team/events", valid, 403),
        ("GET", "/v1/orgs/team/events", None, 403), ("GET", "/v1/orgs/nobody/events", None, 404),
        ("GET", "/v1/orgs/nobody", None, 404), ("GET", "/v1/orgs/a.b/events", None, 400),
        ("GET", f"{EVENTS}?limit=0&order=up&nope=1&from=yesterday", None, 400), ("GET", f"{EVENTS}?cursor=x", None, 400),
        ("GET", f"{EVENTS}/x", None, None), ("GET", f"{EVENTS}/018dfb6c-7c00-7000-8000-000000000000", None, 404),
        ("PUT", f"/v1/orgs/{ORG.upper()}", ENTERPRISE, 409), ("PUT", f"/v1/orgs/{ORG}", '{"name":1}', 400),
        ("PUT", f"/v1/orgs/{ORG}", json.dumps({"name": "n" * 17_000, "plan": "p"}), 413),
    ]
    with check("an org on another plan is told"):
        pair.same("PUT", "/v1/orgs/team", '{"name":"Team","plan":"team"}', 200)
    for method, target, body, status in cases:
        with check(f"{status or 'the problem'} for {method} {target[:60]} {(body or '')[:40]}".rstrip()):
            kind = pair.same(method, target, body, status).kind
            equal(kind, "application/problem+json")


def two_readings(pair):
    """Paths that could be read in two ways are 400, also where no gateway has decoded or resolved them."""
    valid = json.dumps(event(1, "2024-03-01T00:00:00Z"))
    for method, target, body in [
        ("PUT", "/v1/orgs/%FF", ENTERPRISE), ("GET", f"{EVENTS}/..%5C..%5Cteam%5Cevents", None),
        ("GET", "/v1/orgs/team%2F..%2F" + ORG, None), ("GET", f"{EVENTS}/%09", None),
        ("POST", f"/v1/orgs/{ORG}%5C/events", valid), ("GET", f"/v1/orgs/{ORG}%3F/events", None),
    ]:
        with check(f"400 for a path with two readings, {method} {target}"):
            # The function sees it decoded and `serve` as it was sent: each names what it found.
            for answer in (pair.gateway.request(method, target, body), pair.reference.request(method, target, body)):
                equal((answer.status, answer.kind), (400, "application/problem+json"), answer.text)


def past_the_gateway(pair):
    """What the functions answer to requests that no route of the gateway leads to."""
    with check("past the gateway, an unknown route is 404 and an unknown method 405"):
        pair.same("GET", "/v2/none", status=404, to="QueryFunction")
        pair.same("DELETE", EVENTS, status=405, to="IngestFunction")
        pair.same("DELETE", "/v1/catalog", status=405, to="QueryFunction")


def callers(gateway):
    with check("every route but /healthz is 401 without a verified caller"):
        for method, path, authorized, _ in gateway.routes:
            target = path.replace("{org_id}", ORG).replace("{id}", "018dfb6c-7c00-7000-8000-000000000000")
            answer = gateway.request(method, target, signed=False)
            equal(answer.status, 401 if authorized else 200, f"{method} {path}")
            if authorized:
                equal(json.loads(answer.text)["type"], "urn:problem-type:audit:unauthenticated")
    with check("no header makes a caller"):
        forged = json.dumps({"authorizer": {"iam": {"userArn": gateway.CALLER}}})
        names = ("x-amzn-request-context", "x-amz-request-context", "x-amzn-lambda-context", "authorization")
        headers = {name: forged for name in names}
        equal(gateway.request("GET", EVENTS, headers=headers, signed=False).status, 401)


def run(pair):
    provision(pair)
    record(pair)
    searches(pair, "over hot events")
    whole_service(pair)
    problems(pair)
    two_readings(pair)
    past_the_gateway(pair)
    callers(pair.gateway)
