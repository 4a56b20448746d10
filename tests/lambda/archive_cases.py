"""The archive pass, as the state machine runs it, and searches over what it leaves in both tiers."""

import json
import time

import api_cases
from checks import check, equal
from functions import FunctionError
from machine import Failed, Machine

OTHERS = [f"org-{number:02}" for number in range(60)]
BROKEN = "org-07"
HEAD = {"org_id": {"S": BROKEN}, "sk": {"S": "head"}}
# Orgs of one page of the list, and more.
MANY = 1_100


class Pass:
    """Executions of the template's state machine over the functions."""

    def __init__(self, functions, template):
        self.functions, self.template = functions, template
        self.name_of = {function.arn: name for name, function in functions.by_name.items()}

    def run(self, value, before=lambda payload, outcomes: None):
        """Runs an execution; `before` sees each task and all outcomes so far, and may raise in its place."""
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
        return machine


def fill(pair):
    """Orgs enough for several chunks, three of them with events of past days and of now."""
    with check("orgs for several chunks are told, and have events"):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for org in OTHERS:
            pair.same("PUT", f"/v1/orgs/{org}", api_cases.ENTERPRISE, 200)
        for org in (api_cases.ORG, OTHERS[0], BROKEN, OTHERS[-1]):
            made = [*api_cases.events(9), *(api_cases.event(number, now) for number in range(100, 103))]
            pair.same("POST", f"/v1/orgs/{org}/events", json.dumps({"events": made}), 201)


def one_org_fails(pair, archive, stores):
    scheduled = archive.template.schedule_input()
    with check("an org with a broken head fails alone, and the execution ends Failed after all others"):
        stores.put("audit-ledger", {**HEAD, "version": {"S": "broken"}})
        machine = archive.run(scheduled)
        equal(machine.failed, "OrgsFailed")
        assert len([name for name in machine.visited if name == "Archive"]) > 1, "one chunk alone"
        failed = [org for _, outcome in machine.outcomes for org in outcome.get("failed_orgs", [])]
        equal(failed, [BROKEN])
        rows = {org: stores.hot_rows(org) for org in (api_cases.ORG, OTHERS[0], BROKEN, OTHERS[-1])}
        equal(rows, {api_cases.ORG: 3, OTHERS[0]: 3, BROKEN: 12, OTHERS[-1]: 3}, "hot rows")
    with check("with its head mended the next execution succeeds and archives the rest"):
        stores.delete("audit-ledger", HEAD)
        machine = archive.run(scheduled)
        equal(machine.failed, None)
        equal(stores.hot_rows(BROKEN), 3)
        pair.reference.request("POST", "/local/archive", json.dumps({"force": scheduled["force"]}))
    for org in (api_cases.ORG, BROKEN):
        api_cases.searches(pair, f"over both tiers of {org}", org)


def one_chunk_fails(archive, stores):
    with check("a chunk whose function fails is tried thrice, and leaves the others alone"):

        def fails(payload, _):
            if api_cases.ORG in payload.get("org_ids", []):
                raise Failed("Runtime.ExitError", "the function ended")

        machine = archive.run({"start": None, "force": True}, fails)
        equal(machine.failed, "OrgsFailed")
        equal(machine.waits_s, [30, 60], "waits between attempts")
        equal(machine.visited.count("ChunkFailed"), 1)
        equal(stores.hot_rows(api_cases.ORG), 3)
        equal(stores.hot_rows(OTHERS[-1]), 0)


def no_time_left(pair, archive, stores, functions):
    with check("what the time did not suffice for is asked for again; throttled invocations are retried"):
        compact, timeouts, throttled = functions.by_name["CompactFunction"], functions.emulator.timeouts, []

        def hurries(payload, outcomes):
            if api_cases.ORG in payload.get("org_ids", []) and len(throttled) < 2:
                throttled.append(payload)
                raise Failed("Lambda.TooManyRequestsException", "rate exceeded")
            # The first answer of the chunk says what is left, and the next one has time again.
            left = any(api_cases.ORG in outcome.get("left", []) for _, outcome in outcomes)
            timeouts[compact.binary] = compact.timeout_s if left else 30

        try:
            machine = archive.run({"start": None, "force": True}, hurries)
        finally:
            timeouts[compact.binary] = compact.timeout_s
        equal(machine.failed, None)
        left = [org for _, outcome in machine.outcomes for org in outcome.get("left", [])]
        assert api_cases.ORG in left, f"left: {left}"
        equal(len(machine.waits_s), 2)
        assert "GoOnWithLeft" in machine.visited
        equal(len(stores.scan("audit-events")), 0, "hot rows")
        pair.reference.request("POST", "/local/archive", '{"force":true}')
    api_cases.searches(pair, "over the archive")


def many_orgs(archive, stores):
    with check("a list of several pages is followed to its end"):
        (item,) = [item for item in stores.scan("audit-orgs") if item["org_id"]["S"] == api_cases.ORG]
        for number in range(MANY):
            stores.put("audit-orgs", {**item, "org_id": {"S": f"many-{number:04}"}})
        machine = archive.run(archive.template.schedule_input())
        equal(machine.failed, None)
        assert machine.visited.count("List") > 1, "one page alone"
        asked = [org for payload, _ in machine.outcomes for org in payload.get("org_ids", [])]
        equal(len(asked), len(set(asked)), "an org was asked for twice")
        assert len(asked) >= MANY + len(OTHERS)
        print(f"        {len(asked)} orgs, {len(machine.visited)} states, the largest of {machine.largest_state} bytes")


def run(pair, functions, template, stores):
    archive = Pass(functions, template)
    fill(pair)
    one_org_fails(pair, archive, stores)
    one_chunk_fails(archive, stores)
    no_time_left(pair, archive, stores, functions)
    many_orgs(archive, stores)
