"""The API through the deployed gateway: each response is that of `audit serve`."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import large
from support.conformance import *  # noqa: F403
from support.conformance import EVENTS, ORG, check_searches


def test_an_unknown_route_or_method_is_404_by_the_gateway(platform):
    for method, target in (("GET", "/v2/none"), ("DELETE", EVENTS), ("DELETE", "/v1/catalog")):
        assert platform.request(method, target).status == 404, f"{method} {target}"


@pytest.mark.parametrize("name, unit", large.UNITS.items())
def test_the_largest_request_is_stored(pair, name, unit):
    pair.same("PUT", "/v1/orgs/large", '{"name":"Large","plan":"enterprise"}', 200)
    pair.same("POST", "/v1/orgs/large/events", large.request(name.split()[0], unit), 201)


def test_a_request_of_one_byte_more_is_413(pair):
    body = large.request("past", large.UNITS["quotes"], large.REQUEST_BYTES + 1)
    pair.same("POST", "/v1/orgs/large/events", body, 413)


def test_pages_of_the_largest_events_are_those_of_serve(pair):
    ids, pages = pair.walk("/v1/orgs/large/events?limit=1000")
    assert len(ids) == large.EVENTS_PER_REQUEST * len(large.UNITS)
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
    assert stack.segments(ORG)
    pair.reference.archive_now()
    check_searches(pair)


def test_the_check_of_the_deployed_tables_and_bucket_finds_nothing(audit):
    for org in (ORG, "large", "race"):
        assert audit("check", "--org", org).stdout.endswith("no problems found\n"), org


def test_a_repeat_of_an_archived_event_is_returned_once(platform):
    before = platform.ids("race")
    event = {"occurred_at": "2026-11-23T00:00:00Z", "actor": {"id": "a"}, "action": "race.won", "result": "succeeded",
             "idempotency_key": "race-0"}  # fmt: skip
    platform.record("race", [event])
    assert sorted(platform.ids("race")) == sorted(before)


def test_the_schedule_starts_passes(stack):
    """A pass starts by itself, with the deployed target and input, once the schedule's expression is every minute."""
    states, scheduler = stack.aws.client("stepfunctions"), stack.aws.client("scheduler")
    executions = lambda: {each["executionArn"] for each in states.list_executions(
        stateMachineArn=stack.outputs["ArchivePass"])["executions"]}  # fmt: skip
    before = executions()
    (name,) = [each["Name"] for each in scheduler.list_schedules()["Schedules"]]
    deployed = scheduler.get_schedule(Name=name)
    kept = ("FlexibleTimeWindow", "ScheduleExpressionTimezone", "State", "Target")
    scheduler.update_schedule(
        Name=name, ScheduleExpression="cron(* * * * ? *)", **{each: deployed[each] for each in kept}
    )
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
