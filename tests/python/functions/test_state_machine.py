"""The state machine over simulated functions: rounds, failures, and more orgs than one execution lists."""

import pytest
from functions.machine import Failed, Machine

LIST_CHUNKS, CHUNK_ORGS, NAMED_ORGS = 300, 50, 2
FIRST = {"start": None, "force": False}


class Orgs:
    """Simulates what `compact` lists, archives and leaves. `turns` is how many turns the numbered orgs need."""

    def __init__(self, count, turns=None, failing=(), longest_name=False):
        width = 60 if longest_name else 6
        self.ids = [f"org-{number:0{width}}" for number in range(count)]
        self.needs = {self.ids[number]: needed for number, needed in (turns or {}).items()}
        self.failing = {self.ids[number] for number in failing}
        self.archived, self.payloads = [], []

    def invoke(self, _, payload):
        self.payloads.append(payload)
        if payload["task"] == "list":
            return self._list(payload["start"])
        chunk = payload["chunk"]
        org_ids = chunk["org_ids"] if "org_ids" in chunk else self._range(chunk)
        failed = [org for org in org_ids if org in self.failing]
        for org in org_ids:
            self.archived.append(org)
            self.needs[org] = max(self.needs.get(org, 1) - 1, 0)
        left = [org for org in org_ids if self.needs[org] and org not in failed]
        chunks = [] if not left else [{"org_ids": left}] if len(left) <= NAMED_ORGS else [{**chunk, "again": True}]
        return {"failed_orgs": failed[:NAMED_ORGS], "left": chunks}

    def _list(self, start):
        first = self.ids.index(start) + 1 if start else 0
        listed = self.ids[first : first + LIST_CHUNKS * CHUNK_ORGS]
        parts = [listed[at : at + CHUNK_ORGS] for at in range(0, len(listed), CHUNK_ORGS)]
        afters = [start, *(part[-1] for part in parts)]
        chunks = [{"after": after, "through": part[-1]} for after, part in zip(afters, parts)]
        return {"chunks": chunks, "next": listed[-1] if len(self.ids) > first + len(listed) else None}

    def _range(self, chunk):
        first = self.ids.index(chunk["after"]) + 1 if chunk["after"] else 0
        return self.ids[first : self.ids.index(chunk["through"]) + 1]


@pytest.fixture(scope="module")
def definition(source):
    return source.state_machine()


def execute(machine, value=FIRST, name="first"):
    """Runs an execution. Returns the error that it ended with, None if it succeeded."""
    try:
        machine.run(value, name)
    except Failed as failed:
        return failed.error


def execute_all(definition, orgs):
    """Runs an execution and all that it starts. Returns the machines and the errors that they ended with."""
    machines, errors, waiting, names = [], [], [("first", FIRST)], set()
    while waiting:
        name, value = waiting.pop(0)
        machine = Machine(definition, orgs.invoke)
        errors.append(execute(machine, value, name))
        machines.append(machine)
        for started in machine.started:
            assert started["Name"] not in names, "an execution was started twice"
            names.add(started["Name"])
            waiting.append((started["Name"], started["Input"]))
    return machines, errors


def test_unfinished_orgs_have_their_next_turns_in_later_rounds_after_all_other_orgs(definition):
    orgs = Orgs(120, turns={3: 3, 70: 2})
    (machine,), errors = execute_all(definition, orgs)
    assert errors == [None]
    assert machine.visited.count("Round") == 3
    assert sorted(orgs.archived[:120]) == orgs.ids, "the first round"
    assert (sorted(orgs.archived[120:122]), orgs.archived[122:]) == ([orgs.ids[3], orgs.ids[70]], [orgs.ids[3]])


def test_a_chunk_with_many_unfinished_orgs_is_archived_again_as_a_range(definition):
    orgs = Orgs(50, turns={number: 2 for number in range(10)})
    execute_all(definition, orgs)
    assert orgs.payloads[-1]["chunk"] == {"after": None, "through": orgs.ids[-1], "again": True}


def test_what_failed_in_an_earlier_round_stays_recorded_and_the_execution_fails_at_its_end(definition):
    orgs, recorded = Orgs(120, turns={3: 3, 70: 2}, failing=[5]), []

    def invoke(arn, payload):
        # The chunk of the slow org fails as a whole in the second round.
        if payload.get("chunk", {}).get("org_ids") == [orgs.ids[70]]:
            raise Failed("Runtime.ExitError", "the function ended")
        return orgs.invoke(arn, payload)

    class Watched(Machine):
        def _enter(self, name, state, value, context):
            if name == "Failed":
                recorded.extend(value["failed"])
            return super()._enter(name, state, value, context)

    machine = Watched(definition, invoke)
    assert execute(machine) == "OrgsFailed"
    assert recorded == [orgs.ids[5], {"org_ids": [orgs.ids[70]]}]
    assert machine.visited.count("Round") == 3


def test_80_000_orgs_are_archived_by_six_executions_with_short_histories(definition):
    orgs = Orgs(80_000)
    machines, errors = execute_all(definition, orgs)
    assert errors == [None] * 6
    assert sorted(orgs.archived) == orgs.ids
    assert max(machine.events for machine in machines) < 5_000


def test_the_next_execution_starts_before_the_orgs_of_the_list_are_archived(definition):
    machines, _ = execute_all(definition, Orgs(20_000))
    visited = machines[0].visited
    assert visited.index("ContinueInNewExecution") < visited.index("Archive"), visited[:9]


def test_if_the_next_execution_cannot_be_started_the_list_is_archived_and_the_execution_fails(definition):
    class Alone(Machine):
        def _task(self, resource, payload):
            if "startExecution" in resource:
                raise Failed("StepFunctions.AccessDeniedException", "no right")
            return super()._task(resource, payload)

    orgs = Orgs(15_001)
    assert execute(Alone(definition, orgs.invoke)) == "OrgsFailed"
    assert len(orgs.archived) == 15_000


@pytest.mark.parametrize("every", [25, 2])
def test_a_full_list_that_fails_or_is_left_fits_a_state_even_with_the_longest_names(definition, every):
    """With every second org left, each chunk has more of them than an outcome names."""
    turns = {number: 3 for number in range(0, 15_000, every)}
    orgs = Orgs(15_000, turns, failing=range(1, 15_000, 2), longest_name=True)
    (machine,), errors = execute_all(definition, orgs)
    assert errors == ["OrgsFailed"]
    assert machine.visited.count("Round") == 3
    print(f"{machine.events} events, the largest state of {machine.largest_state} bytes")
