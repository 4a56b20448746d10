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
        """Runs an execution, which must start no other; `before` sees each task and all outcomes so far, and may raise."""
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
        equal(machine.started, [], "executions started")
        return machine


def is_for(stores, payload, org):
    """Whether a task is for an org: it is named, or it lies in the task's part of the list."""
    chunk = payload.get("chunk", {})
    if "through" not in chunk:
        return org in chunk.get("org_ids", [])
    listed = [item["org_id"]["S"] for item in stores.scan("audit-orgs")]
    first = listed.index(chunk["after"]) + 1 if chunk["after"] else 0
    return org in listed[first : listed.index(chunk["through"]) + 1]


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

        failing = []

        def fails(payload, _):
            if is_for(stores, payload, api_cases.ORG):
                failing.append(payload["chunk"])
                raise Failed("Runtime.ExitError", "the function ended")

        machine = archive.run({"start": None, "force": True}, fails)
        equal(machine.failed, "OrgsFailed")
        equal(machine.waits_s, [30, 60], "waits between attempts")
        equal(machine.visited.count("ChunkFailed"), 1)
        equal(stores.hot_rows(api_cases.ORG), 3)
        others = [org for org in (OTHERS[0], BROKEN, OTHERS[-1]) if not is_for(stores, {"chunk": failing[-1]}, org)]
        assert others, "all orgs with rows are in that chunk"
        equal([stores.hot_rows(org) for org in others], [0] * len(others))


def no_time_left(pair, archive, stores, functions):
    with check("what the time did not suffice for is asked for again; throttled invocations are retried"):
        compact, timeouts, throttled = functions.by_name["CompactFunction"], functions.emulator.timeouts, []

        def hurries(payload, outcomes):
            if is_for(stores, payload, api_cases.ORG) and len(throttled) < 2:
                throttled.append(payload)
                raise Failed("Lambda.TooManyRequestsException", "rate exceeded")
            # The first answer of the chunk says what is left, and the next one has time again.
            left = any(is_for(stores, {"chunk": chunk}, api_cases.ORG) for _, done in outcomes for chunk in done.get("left", []))
            timeouts[compact.binary] = compact.timeout_s if left else 30

        try:
            machine = archive.run({"start": None, "force": True}, hurries)
        finally:
            timeouts[compact.binary] = compact.timeout_s
        equal(machine.failed, None)
        left = [chunk for _, outcome in machine.outcomes for chunk in outcome.get("left", [])]
        assert any(is_for(stores, {"chunk": chunk}, api_cases.ORG) for chunk in left), f"left: {left}"
        equal(len(machine.waits_s), 2)
        assert machine.visited.count("Round") > 1
        equal(len(stores.scan("audit-events")), 0, "hot rows")
        pair.reference.request("POST", "/local/archive", '{"force":true}')
    api_cases.searches(pair, "over the archive")


def many_orgs(archive, stores):
    with check("a list of several pages is archived to its end, each org once"):
        (item,) = [item for item in stores.scan("audit-orgs") if item["org_id"]["S"] == api_cases.ORG]
        for number in range(MANY):
            stores.put("audit-orgs", {**item, "org_id": {"S": f"many-{number:04}"}})
        machine = archive.run(archive.template.schedule_input())
        equal(machine.failed, None)
        chunks = [payload["chunk"] for payload, _ in machine.outcomes if "chunk" in payload]
        assert len(chunks) >= (MANY + len(OTHERS)) / 50, f"{len(chunks)} chunks"
        afters = {chunk["after"] for chunk in chunks}
        throughs = {chunk["through"] for chunk in chunks}
        # Each chunk but the first begins where another one ends.
        equal((len(afters), len(throughs), len(afters - throughs)), (len(chunks), len(chunks), 1))
        heads = {item["org_id"]["S"] for item in stores.scan("audit-ledger") if item["sk"]["S"] == "head"}
        missing = {f"many-{number:04}" for number in range(MANY)} - heads
        equal(missing, set(), "orgs without a pass")
        print(f"        {len(chunks)} chunks, {machine.events} events, the largest state of {machine.largest_state} bytes")


def run(pair, functions, template, stores):
    archive = Pass(functions, template)
    fill(pair)
    one_org_fails(pair, archive, stores)
    one_chunk_fails(archive, stores)
    no_time_left(pair, archive, stores, functions)
    many_orgs(archive, stores)
