"""Who may call: IAM decides before a function runs."""

import pytest
from sam.caller import Caller, allow, create_user
from sam.runbook import policy_of_a_caller
from support.conformance import ENTERPRISE, UNKNOWN_ID, VALID, event

ROUTES = [
    ("PUT", "/v1/orgs/acme", ENTERPRISE), ("GET", "/v1/orgs/acme", None), ("POST", "/v1/orgs/acme/events", VALID),
    ("GET", "/v1/orgs/acme/events", None), ("GET", f"/v1/orgs/acme/events/{UNKNOWN_ID}", None),
    ("GET", "/v1/catalog", None), ("GET", "/openapi.json", None),
]  # fmt: skip
SESSION = '{"viewer": {"id": "usr_1"}}'
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module", autouse=True)
def orgs(platform):
    """Two orgs, each with an event whose text names its org."""
    for org in ("acme", "victim"):
        platform.register(org)
        platform.record(org, [event(1, "2024-03-01T00:00:00Z") | {"details": {"secret": f"of {org}"}}])


@pytest.fixture(scope="module")
def narrow(stack):
    """A caller with the policy of infra/README.md: records for every org, reads `acme` only."""
    statements = policy_of_a_caller(stack.outputs["ApiArn"])
    return Caller(stack, create_user(stack.aws, "narrow", statements))


def test_no_route_but_health_answers_without_a_signature(platform):
    for method, path, body in ROUTES:
        assert platform.request(method, path, body, signed=False).status == 403, f"{method} {path}"
    assert platform.request("GET", "/healthz", signed=False).status == 200


def test_a_wrong_secret_is_refused(stack, platform):
    wrong = Caller(stack, (platform.key[0], "wrong" * 8))
    for method, path, body in ROUTES:
        assert wrong.request(method, path, body, JSON).status == 403, f"{method} {path}"


@pytest.mark.parametrize("target, sent", [
    ("/v1/orgs/acme/events", {"target": "/v1/orgs/victim/events"}),
    ("/v1/orgs/acme/events?limit=1", {"target": "/v1/orgs/acme/events?limit=2"}),
])  # fmt: skip
def test_a_path_or_query_that_changed_after_signing_is_refused(platform, target, sent):
    assert platform.request("GET", target).status == 200
    assert platform.request("GET", target, sent=sent).status == 403


def test_a_body_that_changed_after_signing_is_refused(platform):
    changed = {"body": VALID.replace("usr_1", "usr_2").encode()}
    assert platform.request("POST", "/v1/orgs/acme/events", VALID, JSON, sent=changed).status == 403


def test_a_caller_without_a_policy_is_refused(stack):
    none = Caller(stack, create_user(stack.aws, "none", [allow("s3:ListAllMyBuckets", "*")]))
    assert none.request("GET", "/v1/orgs/acme/events").status == 403


def test_a_narrow_policy_allows_what_it_names_and_nothing_else(narrow):
    for method, target, body, status in (
        ("POST", "/v1/orgs/acme/events", VALID, 201), ("POST", "/v1/orgs/victim/events", VALID, 201),
        ("GET", "/v1/orgs/acme", None, 200), ("GET", "/v1/orgs/acme/events?limit=1", None, 200),
        ("GET", "/v1/orgs/victim", None, 403), ("GET", "/v1/orgs/victim/events", None, 403),
        ("GET", "/v1/orgs/acme2/events", None, 403), ("PUT", "/v1/orgs/acme", ENTERPRISE, 403),
        ("GET", "/v1/catalog", None, 403), ("POST", "/v1/orgs/acme/viewer-sessions", SESSION, 403),
        ("GET", "/v1/orgs/acme/viewer-sessions", None, 200), ("GET", "/v1/orgs/victim/viewer-sessions", None, 403),
        ("DELETE", "/v1/orgs/acme/viewer-sessions?viewer=usr_1", None, 403),
    ):  # fmt: skip
        assert narrow.request(method, target, body, JSON).status == status, f"{method} {target}"


@pytest.mark.parametrize("path", [
    "/v1/orgs/acme/events/..%5C..%5Cvictim%5Cevents", "/v1/orgs/acme/events/..%2F..%2Fvictim%2Fevents",
    "/v1/orgs/acme/%2e%2e/victim/events", "/v1/orgs/acme/..%2Fvictim/events", "/v1/orgs/acme/../victim/events",
    "/v1/orgs/acme%2F..%2Fvictim/events", "/v1/orgs/%76ictim/events", "/v1/orgs/acme/events%09/..%5C..%5Cvictim",
    "/v1/orgs/acme/events/%5C%5Cvictim%5Cevents", "/v1/orgs/acme/%5C../%5C../victim/events",
    "/v1/orgs/acme%5C..%5Cvictim/events", "/v1/orgs/acme/events/..%5c..%5cvictim",
])  # fmt: skip
def test_no_path_leads_a_narrow_caller_to_another_org(narrow, path):
    response = narrow.request("GET", path)
    assert response.status in (400, 403, 404), response
    assert "victim" not in response.text.replace(path, ""), response


@pytest.mark.parametrize("path", [
    "/v1/orgs/victim/viewer-sessions/../events", "/v1/orgs/victim/viewer-sessions%2F..%2Fevents",
    "/v1/orgs/victim/viewer-sessions%5C..%5Cevents", "/v1/orgs/victim/viewer-sessions/events",
    "/v1/orgs/victim/viewer-sessions?/events", "/v1/orgs/victim/viewer-sessions%3F/events",
    "/v1/orgs/victim/viewer-sessions%23/events",
])  # fmt: skip
def test_no_path_leads_a_caller_that_may_only_record_to_a_session(narrow, path):
    response = narrow.request("POST", path, SESSION, JSON)
    assert response.status in (400, 403, 404), response
    assert "avs_" not in response.text, response


@pytest.mark.parametrize("path, status", [
    ("/v1/orgs/%61cme/events", 200), ("/v1/orgs/acme%5C/events", 400), ("/v1/orgs/ac%25me/events", 400),
    ("/v1/orgs/acme%09/events", 400), ("/v1/orgs/%00/events", 400),
])  # fmt: skip
def test_an_escaped_path_arrives_decoded_and_is_an_org_or_400(platform, path, status):
    """HTTP APIs deliver `rawPath` decoded: a function sees no escape of a plain letter."""
    assert platform.request("GET", path).status == status, path


def test_a_body_without_a_media_type_or_as_a_form_is_read(platform):
    """Both arrive in base64; curl sends a form by default."""
    for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}):
        assert platform.request("PUT", "/v1/orgs/acme", ENTERPRISE, headers).status == 200
