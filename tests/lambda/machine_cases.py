"""The state machine over functions that only pretend: rounds, failures, and orgs beyond one execution."""

from checks import check, equal
from machine import Failed, Machine

LIST_CHUNKS, CHUNK_ORGS, NAMED_ORGS = 300, 50, 2


class Orgs:
    """Orgs that need turns; what compact would list, archive and leave."""

    def __init__(self, count, turns=None, failing=(), longest_name=False):
        width = 60 if longest_name else 6
        self.ids = [f"org-{number:0{width}}" for number in range(count)]
        self.needs = {self.ids[number]: needed for number, needed in (turns or {}).items()}
        self.failing = {self.ids[number] for number in failing}
        self.taken, self.given = [], []

    def invoke(self, _, payload):
        self.given.append(payload)
        if payload["task"] == "list":
            return self._list(payload["start"])
        chunk = payload["chunk"]
        org_ids = chunk["org_ids"] if "org_ids" in chunk else self._range(chunk)
        failed = [org for org in org_ids if org in self.failing]
        for org in org_ids:
            self.taken.append(org)
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


def executed(template, orgs, invoke=None, start=None):
    """Runs an execution and those that it starts; returns all of them, each with the input of its `Failed` state."""
    machines, waiting, names = [], [("first", {"start": start, "force": False})], set()
    while waiting:
        name, value = waiting.pop(0)
        machine = Machine(template.state_machine(), invoke or orgs.invoke)
        machine.failed = None
        try:
            machine.run(value, name)
        except Failed as failed:
            machine.failed = failed.error
        machines.append(machine)
        for started in machine.started:
            assert started["Name"] not in names, "one execution was started twice"
            names.add(started["Name"])
            waiting.append((started["Name"], started["Input"]))
    return machines


def rounds(template):
    with check("orgs that are unfinished have their next turns in rounds of their own, after all others"):
        orgs = Orgs(120, turns={3: 3, 70: 2})
        (machine,) = executed(template, orgs)
        equal(machine.failed, None)
        equal(machine.visited.count("Round"), 3)
        equal(sorted(orgs.taken[:120]), orgs.ids, "the first round")
        equal((sorted(orgs.taken[120:122]), orgs.taken[122:]), ([orgs.ids[3], orgs.ids[70]], [orgs.ids[3]]))
    with check("a chunk with many unfinished orgs is taken again as a range"):
        orgs = Orgs(50, turns={number: 2 for number in range(10)})
        executed(template, orgs)
        equal(orgs.given[-1]["chunk"], {"after": None, "through": orgs.ids[-1], "again": True})
    with check("what failed in an earlier round stays noted, and the execution fails at its end"):
        orgs = Orgs(120, turns={3: 3, 70: 2}, failing=[5])
        seen = []

        def invoke(arn, payload):
            # The second round's chunk of the slow org fails as a whole.
            if payload.get("chunk", {}).get("org_ids") == [orgs.ids[70]]:
                raise Failed("Runtime.ExitError", "the function ended")
            return orgs.invoke(arn, payload)

        class Watching(Machine):
            def _enter(self, name, state, value, context):
                if name == "Failed":
                    seen.extend(value["failed"])
                return super()._enter(name, state, value, context)

        machine = Watching(template.state_machine(), invoke)
        try:
            machine.run({"start": None, "force": False})
            raise AssertionError("the execution succeeded")
        except Failed as failed:
            equal(failed.error, "OrgsFailed")
        equal(seen, [orgs.ids[5], {"org_ids": [orgs.ids[70]]}], "noted as failed")
        equal(machine.visited.count("Round"), 3)


def continued(template):
    with check("80,000 orgs are the work of six executions, and none of them comes near the end of its history"):
        orgs = Orgs(80_000)
        machines = executed(template, orgs)
        equal([machine.failed for machine in machines], [None] * 6)
        equal(sorted(orgs.taken), orgs.ids)
        assert max(machine.events for machine in machines) < 5_000, [machine.events for machine in machines]
    with check("the orgs beyond a list are begun before those of the list are archived"):
        machines = executed(template, Orgs(20_000))
        visited = machines[0].visited
        assert visited.index("ContinueInNewExecution") < visited.index("Archive"), visited[:9]
    with check("where the next execution cannot be started, the list is archived and the execution fails"):
        orgs = Orgs(15_001)

        class Alone(Machine):
            def _task(self, resource, payload):
                if "startExecution" in resource:
                    raise Failed("StepFunctions.AccessDeniedException", "no right")
                return super()._task(resource, payload)

        machine = Alone(template.state_machine(), orgs.invoke)
        try:
            machine.run({"start": None, "force": False})
            raise AssertionError("the execution succeeded")
        except Failed as failed:
            equal(failed.error, "OrgsFailed")
        equal(len(orgs.taken), 15_000)
    with check("all orgs of a full list may fail or be left, under the longest names, within the size of a state"):
        orgs = Orgs(15_000, turns={n: 3 for n in range(0, 15_000, 25)}, failing=range(1, 15_000, 2), longest_name=True)
        (machine,) = executed(template, orgs)
        equal(machine.failed, "OrgsFailed")
        equal(machine.visited.count("Round"), 3)
        print(f"        {machine.events} events, the largest state of {machine.largest_state} bytes")
    with check("and where each chunk has more than two that are left"):
        orgs = Orgs(15_000, turns={n: 3 for n in range(0, 15_000, 2)}, failing=range(1, 15_000, 2), longest_name=True)
        (machine,) = executed(template, orgs)
        equal(machine.failed, "OrgsFailed")
        print(f"        {machine.events} events, the largest state of {machine.largest_state} bytes")


def run(template):
    rounds(template)
    continued(template)
