"""The archive pass as the state machine runs it over the functions, and searches over both tiers after it.

The tests run in this order: each continues with what the one before left hot.
"""

import json
import time

import pytest
from functions.lambda_functions import FunctionError
from functions.machine import Failed, Machine
from support.conformance import ENTERPRISE, ORG, check_searches, event, events

OTHERS = [f"org-{number:02}" for number in range(60)]
BROKEN = "org-07"
WITH_EVENTS = (ORG, OTHERS[0], BROKEN, OTHERS[-1])
HEAD = {"org_id": {"S": BROKEN}, "sk": {"S": "head"}}
# More orgs than one page of their list has.
MANY = 1_100


class Archive:
    """Executions of the template's state machine over the functions."""

    def __init__(self, functions, template):
        self.functions, self.template = functions, template
        self.name_of = {function.arn: name for name, function in functions.by_name.items()}

    def run(self, value, before=lambda payload, outcomes: None):
        """Runs an execution, which must start no other. `before` receives each task and the outcomes before it."""
        outcomes = []

        def invoke(arn, payload):
            before(payload, outcomes)
            try:
                outcome = self.functions.invoke(self.name_of[arn], payload)
            except FunctionError as error:
                raise Failed(error.name, error.cause) from error
            outcomes.append((payload, outcome))
            return outcome

        machine = Machine(self.template.state_machine(), invoke)
        machine.failed, machine.outcomes = None, outcomes
        try:
            machine.run(value)
        except Failed as failed:
            machine.failed = failed.error
        assert machine.started == []
        return machine


def is_for(dynamodb, payload, org):
    """Whether a task is for an org: the task names it, or the task's part of the list contains it."""
    chunk = payload.get("chunk", {})
    if "through" not in chunk:
        return org in chunk.get("org_ids", [])
    listed = [item["org_id"]["S"] for item in dynamodb.scan("audit-orgs")]
    first = listed.index(chunk["after"]) + 1 if chunk["after"] else 0
    return org in listed[first : listed.index(chunk["through"]) + 1]


@pytest.fixture(scope="module", autouse=True)
def orgs(pair):
    """Enough orgs for several chunks. Four of them have events of past days, and three of now."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for org in (ORG, *OTHERS):
        pair.same("PUT", f"/v1/orgs/{org}", ENTERPRISE, 200)
    for org in WITH_EVENTS:
        made = [*events(60 if org == ORG else 9), *(event(number, now) for number in range(100, 103))]
        pair.same("POST", f"/v1/orgs/{org}/events", json.dumps({"events": made}), 201)


@pytest.fixture(scope="module")
def archive(functions, template):
    return Archive(functions, template)


@pytest.fixture(scope="module")
def scheduled(template):
    """The input of an execution that the schedule starts."""
    return template.schedule_input()


def test_an_org_with_a_broken_head_fails_alone_and_the_execution_fails_after_all_others(archive, dynamodb, scheduled):
    dynamodb.put("audit-ledger", {**HEAD, "version": {"S": "broken"}})
    machine = archive.run(scheduled)
    assert machine.failed == "OrgsFailed"
    assert machine.visited.count("Archive") > 1, "only one chunk"
    assert [org for _, outcome in machine.outcomes for org in outcome.get("failed_orgs", [])] == [BROKEN]
    hot = {org: dynamodb.hot_rows(org) for org in WITH_EVENTS}
    assert hot == dict.fromkeys(WITH_EVENTS, 3) | {BROKEN: 12}


def test_with_the_head_repaired_the_next_execution_archives_the_rest(archive, dynamodb, scheduled, pair):
    dynamodb.delete("audit-ledger", HEAD)
    assert archive.run(scheduled).failed is None
    assert dynamodb.hot_rows(BROKEN) == 3
    pair.reference.request("POST", "/local/archive", json.dumps({"force": scheduled["force"]}))
    for org in (ORG, BROKEN):
        check_searches(pair, org)


def test_a_chunk_whose_function_fails_is_tried_three_times_and_stops_no_other(archive, dynamodb):
    failing = []

    def fails(payload, _):
        if is_for(dynamodb, payload, ORG):
            failing.append(payload["chunk"])
            raise Failed("Runtime.ExitError", "the function ended")

    machine = archive.run({"start": None, "force": True}, fails)
    assert machine.failed == "OrgsFailed"
    assert machine.waits_s == [30, 60]
    assert machine.visited.count("ChunkFailed") == 1
    assert dynamodb.hot_rows(ORG) == 3
    others = [org for org in WITH_EVENTS if org != ORG and not is_for(dynamodb, {"chunk": failing[-1]}, org)]
    assert others, "all orgs with rows are in that chunk"
    assert {dynamodb.hot_rows(org) for org in others} == {0}


def test_what_a_task_had_no_time_for_is_requested_again_and_throttled_invocations_are_retried(
    archive, dynamodb, functions, pair
):
    compact, timeouts, throttled = functions.by_name["CompactFunction"], functions.emulator.timeouts, []

    def hurries(payload, outcomes):
        if is_for(dynamodb, payload, ORG) and len(throttled) < 2:
            throttled.append(payload)
            raise Failed("Lambda.TooManyRequestsException", "rate exceeded")
        # The first task of the chunk has no time. It reports what is left, and the next task has time again.
        left = any(is_for(dynamodb, {"chunk": chunk}, ORG) for _, done in outcomes for chunk in done.get("left", []))
        timeouts[compact.binary] = compact.timeout_s if left else 30

    try:
        machine = archive.run({"start": None, "force": True}, hurries)
    finally:
        timeouts[compact.binary] = compact.timeout_s
    assert machine.failed is None
    left = [chunk for _, outcome in machine.outcomes for chunk in outcome.get("left", [])]
    assert any(is_for(dynamodb, {"chunk": chunk}, ORG) for chunk in left), f"left: {left}"
    assert len(machine.waits_s) == 2
    assert machine.visited.count("Round") > 1
    assert dynamodb.scan("audit-events") == []
    pair.reference.archive_now()
    check_searches(pair)


def test_a_list_of_several_pages_is_archived_to_its_end_each_org_once(archive, dynamodb, scheduled):
    (item,) = [item for item in dynamodb.scan("audit-orgs") if item["org_id"]["S"] == ORG]
    many = {f"many-{number:04}" for number in range(MANY)}
    for org in many:
        dynamodb.put("audit-orgs", {**item, "org_id": {"S": org}})
    machine = archive.run(scheduled)
    assert machine.failed is None
    chunks = [payload["chunk"] for payload, _ in machine.outcomes if "chunk" in payload]
    assert len(chunks) >= (MANY + len(OTHERS)) / 50
    afters, throughs = ({chunk[end] for chunk in chunks} for end in ("after", "through"))
    # Each chunk but the first begins where another one ends.
    assert (len(afters), len(throughs), len(afters - throughs)) == (len(chunks), len(chunks), 1)
    heads = {item["org_id"]["S"] for item in dynamodb.scan("audit-ledger") if item["sk"]["S"] == "head"}
    assert many - heads == set(), "orgs without a pass"
    print(f"{len(chunks)} chunks, {machine.events} events, the largest state of {machine.largest_state} bytes")
