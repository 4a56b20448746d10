"""The API through the deployed gateway: every answer is that of `audit serve`."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import api_cases
import checks
import pytest
import size_cases


@pytest.fixture(autouse=True)
def no_failed_check():
    """The cases of tests/lambda count their failures: one fails the test that ran it."""
    before = len(checks.failures)
    yield
    assert checks.failures[before:] == []


def test_orgs_are_registered_and_events_recorded(pair):
    api_cases.provision(pair)
    api_cases.record(pair)


def test_searches_over_hot_events_answer_as_serve_does(pair):
    api_cases.searches(pair, "over hot events")


def test_catalog_document_and_health(pair):
    api_cases.whole_service(pair)


def test_problems_are_those_of_serve(pair):
    api_cases.problems(pair)


def test_an_unknown_route_or_method_is_404_by_the_gateway(platform):
    for method, target in (("GET", "/v2/none"), ("DELETE", api_cases.EVENTS), ("DELETE", "/v1/catalog")):
        assert platform.request(method, target).status == 404, f"{method} {target}"


@pytest.mark.parametrize("name, unit", size_cases.UNITS.items())
def test_the_largest_request_is_stored(pair, name, unit):
    pair.same("PUT", "/v1/orgs/large", '{"name":"Large","plan":"enterprise"}', 200)
    pair.same("POST", "/v1/orgs/large/events", size_cases.request(name.split()[0], unit), 201)


def test_a_request_of_one_byte_more_is_413(pair):
    body = size_cases.request("past", size_cases.UNITS["quotes"], size_cases.REQUEST_BYTES + 1)
    pair.same("POST", "/v1/orgs/large/events", body, 413)


def test_pages_of_the_largest_events_are_those_of_serve(pair):
    ids, pages = pair.walk("/v1/orgs/large/events?limit=1000")
    assert len(ids) == 11 * len(size_cases.UNITS)
    assert pages > 3


def test_of_24_callers_with_one_key_one_stores_the_event(platform):
    platform.register("race")

    def record(number):
        event = {"occurred_at": "2026-11-23T00:00:00Z", "actor": {"id": "a"}, "action": "race.won", "result": "succeeded",
                 "idempotency_key": f"race-{number // 24}"}  # fmt: skip
        return platform.json("POST", "/v1/orgs/race/events", event, 201)["events"][0]["status"]

    with ThreadPoolExecutor(24) as pool:
        statuses = Counter(pool.map(record, range(120)))
    assert statuses == {"created": 5, "duplicate": 115}
    assert len(platform.ids("race")) == 5


def test_the_state_machine_archives_everything_and_searches_still_answer_as_serve_does(stack, pair):
    execution = stack.archive()
    assert execution["status"] == "SUCCEEDED", execution
    assert stack.hot_rows() == 0
    assert stack.segments(api_cases.ORG)
    pair.reference.request("POST", "/local/archive", json.dumps({"force": True}))
    api_cases.searches(pair, "over the archive")


def test_the_check_of_the_deployed_tables_and_bucket_finds_nothing(audit):
    for org in (api_cases.ORG, "large", "race"):
        assert audit("check", "--org", org).stdout.endswith("no problems found\n"), org


def test_a_repeat_of_an_archived_event_is_returned_once(platform):
    before = platform.ids("race")
    event = {"occurred_at": "2026-11-23T00:00:00Z", "actor": {"id": "a"}, "action": "race.won", "result": "succeeded",
             "idempotency_key": "race-0"}  # fmt: skip
    platform.record("race", [event])
    assert sorted(platform.ids("race")) == sorted(before)


def test_the_schedule_starts_passes(stack):
    """One pass starts by itself, with the deployed target and input, once the schedule's expression says each minute."""
    states, scheduler = stack.aws.client("stepfunctions"), stack.aws.client("scheduler")
    executions = lambda: {each["executionArn"] for each in states.list_executions(
        stateMachineArn=stack.outputs["ArchivePass"])["executions"]}  # fmt: skip
    before = executions()
    (name,) = [each["Name"] for each in scheduler.list_schedules()["Schedules"]]
    deployed = scheduler.get_schedule(Name=name)
    kept = ("FlexibleTimeWindow", "ScheduleExpressionTimezone", "State", "Target")
    scheduler.update_schedule(Name=name, ScheduleExpression="cron(* * * * ? *)", **{each: deployed[each] for each in kept})
    deadline = time.monotonic() + 90
    while not (new := executions() - before):
        assert time.monotonic() < deadline, "no pass in 90 s"
        time.sleep(1)
    assert stack.wait(new.pop())["status"] == "SUCCEEDED"


def test_an_update_of_a_parameter_changes_the_schedule(stack):
    stack.deploy("ArchiveScheduleState=DISABLED", "ArchiveSchedule=every-6-hours")
    scheduler = stack.aws.client("scheduler")
    (schedule,) = scheduler.list_schedules()["Schedules"]
    found = scheduler.get_schedule(Name=schedule["Name"])
    assert found["State"] == "DISABLED"
    assert "6" in found["ScheduleExpression"], found
