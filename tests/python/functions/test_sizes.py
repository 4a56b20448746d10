"""The largest requests and pages, measured as the payloads that Lambda would carry."""

import json

import pytest
from support import large

LAMBDA_BYTES = 6_291_456
# Texts whose characters are escaped once more within a payload. Their org's pages are the largest payloads.
ESCAPED = [name for name, unit in large.UNITS.items() if unit.startswith("\\")]


@pytest.fixture(scope="module", autouse=True)
def orgs(pair):
    for org in ("escaped", "large"):
        pair.same("PUT", f"/v1/orgs/{org}", '{"name":"Large","plan":"enterprise"}', 200)


@pytest.fixture
def ingest(functions):
    """The largest payloads of the function from here on."""
    return functions.emulator.measure_again(functions.by_name["IngestFunction"].binary)


@pytest.fixture
def query(functions):
    return functions.emulator.measure_again(functions.by_name["QueryFunction"].binary)


@pytest.mark.parametrize("name, unit", large.UNITS.items())
def test_the_largest_legal_request_fits_a_payload(pair, ingest, name, unit):
    target = f"/v1/orgs/{'escaped' if name in ESCAPED else 'large'}/events"
    pair.same("POST", target, large.request(name.split()[0], unit), 201)
    assert large.REQUEST_BYTES < ingest["request"] < LAMBDA_BYTES, ingest
    assert ingest["response"] < LAMBDA_BYTES, ingest
    print(f"{large.REQUEST_BYTES} bytes of body, payloads {ingest}")


def test_a_request_of_one_byte_more_is_413(pair):
    body = large.request("past", large.UNITS["quotes"], large.REQUEST_BYTES + 1)
    pair.same("POST", "/v1/orgs/large/events", body, 413)


def test_hot_and_archived_pages_of_the_largest_and_most_escaped_events_fit_a_payload(pair, functions, query):
    count = large.EVENTS_PER_REQUEST * len(ESCAPED)
    for tier in ("hot", "archived"):
        query.update(request=0, response=0)
        ids, pages = pair.walk("/v1/orgs/escaped/events?limit=1000")
        assert len(ids) == count, tier
        assert pages >= 2, tier
        assert 2 * 2_400_000 < query["response"] < LAMBDA_BYTES, (tier, query)
        print(f"{tier}: {pages} pages, the largest payload {query['response']} of {LAMBDA_BYTES}")
        if tier == "hot":
            forced = {"task": "archive", "org_ids": ["escaped"], "force": True}
            assert functions.invoke("CompactFunction", forced)["passes"][0]["rows"] == count
            pair.reference.archive_now()


def test_the_longest_list_of_problems_fits_a_payload(pair, ingest):
    faults = json.dumps({"events": [{f'"{number}\\' * 20: 1} for number in range(500)]})
    pair.same("POST", "/v1/orgs/large/events", faults, 400)
    assert ingest["response"] < LAMBDA_BYTES, ingest
    print(f"response {ingest['response']}")
