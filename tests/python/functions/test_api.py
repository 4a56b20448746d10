"""The API through the functions: each response is that of `audit serve`."""

import json

from support.conformance import *  # noqa: F403
from support.conformance import ENTERPRISE, EVENTS, ORG, UNKNOWN_ID, VALID


def test_a_path_with_two_readings_is_400_even_if_no_gateway_decodes_or_resolves_it(pair):
    for method, target, body in (
        ("PUT", "/v1/orgs/%FF", ENTERPRISE), ("GET", f"{EVENTS}/..%5C..%5Cteam%5Cevents", None),
        ("GET", "/v1/orgs/team%2F..%2F" + ORG, None), ("GET", f"{EVENTS}/%09", None),
        ("POST", f"/v1/orgs/{ORG}%5C/events", VALID), ("GET", f"/v1/orgs/{ORG}%3F/events", None),
    ):  # fmt: skip
        # The function receives the path decoded, and `serve` as it was sent. Each response names the path it received.
        for client in (pair.deployed, pair.reference):
            response = client.request(method, target, body)
            assert (response.status, response.media_type) == (400, "application/problem+json"), f"{target}: {response}"


def test_past_the_gateway_an_unknown_route_is_404_and_an_unknown_method_405(pair):
    pair.same("GET", "/v2/none", status=404, to="QueryFunction")
    pair.same("DELETE", EVENTS, status=405, to="IngestFunction")
    pair.same("DELETE", "/v1/catalog", status=405, to="QueryFunction")


def test_every_route_but_healthz_is_401_without_a_verified_caller(gateway):
    for method, path, authorized, _ in gateway.routes:
        if path == "/view/{script}" or method == "OPTIONS":
            continue  # Neither needs a session: the viewer's code, and what a browser asks before it sends a token.
        target = path.replace("{org_id}", ORG).replace("{id}", UNKNOWN_ID).replace("{session_id}", "vs_" + 22 * "A")
        response = gateway.request(method, target, signed=False)
        refusal = "unauthenticated" if authorized else "session-ended" if path.startswith("/view/") else None
        assert response.status == (401 if refusal else 200), f"{method} {path}"
        if refusal:
            assert json.loads(response.text)["type"] == f"urn:problem-type:audit:{refusal}"


def test_no_header_makes_a_caller(gateway):
    forged = json.dumps({"authorizer": {"iam": {"userArn": gateway.CALLER}}})
    names = ("x-amzn-request-context", "x-amz-request-context", "x-amzn-lambda-context", "authorization")
    assert gateway.request("GET", EVENTS, headers=dict.fromkeys(names, forged), signed=False).status == 401
