"""Executes a state machine's definition as Step Functions does: Task, Map, Choice, Pass, Succeed, Fail, with JSONPath.

No library does this here. Step Functions Local and LocalStack need Docker, and moto skips executions. MiniStack, on
which the suite `sam` deploys the state machine, executes it, but limits neither the size of a state nor the length of
the history, and can neither simulate the functions of 80,000 orgs nor fail one task on purpose.

An error here: Wait and Parallel, JSONata, and functions and comparisons other than those below and in `paths`. Ignored:
timeouts, heartbeats, and the mode of a map. A task invokes a function, or starts an execution without waiting for it.
"""

import copy
import json
from concurrent.futures import ThreadPoolExecutor

from functions import paths

STATE_BYTES = 256 * 1024
HISTORY_EVENTS = 25_000
START_EXECUTION = ":states:::states:startExecution"


class Failed(Exception):
    """An execution, or a part of one, ended with an error."""

    def __init__(self, error, cause):
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class Machine:
    """A definition whose tasks are run by `invoke(arn, payload)`, which returns a result or raises `Failed`.

    Waits between attempts are recorded and skipped. Executions that a task starts are recorded and not run.
    """

    ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:archive"

    def __init__(self, definition, invoke):
        if definition.get("QueryLanguage", "JSONPath") != "JSONPath":
            raise ValueError("JSONata is not supported here")
        self.definition, self.invoke = definition, invoke
        self.waits_s, self.visited, self.started = [], [], []
        self.largest_state, self.events = 0, 0

    def run(self, value, name="first"):
        """Runs an execution. Returns its output or raises `Failed`."""
        execution = {"Id": f"{self.ARN.replace('stateMachine', 'execution')}:{name}", "Name": name, "Input": value}
        return self._run_states(self.definition, value, {"Execution": execution, "StateMachine": {"Id": self.ARN}})

    def _note_events(self, count):
        """Counts events of the history, as many as the examples of AWS's documentation have."""
        self.events += count
        if self.events > HISTORY_EVENTS:
            raise Failed("States.Runtime", "the history is too long")

    def _run_states(self, definition, value, context):
        name = definition["StartAt"]
        while True:
            state = definition["States"][name]
            self.visited.append(name)
            # The state is entered and exited.
            self._note_events(2)
            try:
                value, name = self._enter(name, state, value, context)
            except paths.PathMissing as missing:
                raise Failed("States.Runtime", f"{name}: nothing is at {missing}") from missing
            size = len(json.dumps(value).encode())
            self.largest_state = max(self.largest_state, size)
            if size > STATE_BYTES:
                raise Failed("States.DataLimitExceeded", f"a state of {size} bytes")
            if name is None:
                return value

    def _enter(self, name, state, value, context):
        """Runs one state. Returns its output and the name of the next state, None at the end."""
        kind = state["Type"]
        if kind == "Fail":
            raise Failed(state.get("Error", ""), state.get("Cause", ""))
        if kind == "Choice":
            following = next((rule["Next"] for rule in state["Choices"] if is_true(rule, value)), state.get("Default"))
            if following is None:
                raise Failed("States.NoChoiceMatched", name)
            return value, following
        if kind == "Succeed":
            return value, None
        if kind not in ("Task", "Map", "Pass"):
            raise ValueError(f"{kind} is not supported here")
        try:
            output = self._attempts(state, value, context)
        except Failed as failure:
            for catcher in state.get("Catch", []):
                if matches(catcher, failure.error):
                    error = {"Error": failure.error, "Cause": failure.cause}
                    return paths.put(value, catcher.get("ResultPath", "$"), error), catcher["Next"]
            raise
        return output, None if state.get("End") else state["Next"]

    def _attempts(self, state, value, context):
        counts = {}
        while True:
            try:
                return self._once(state, value, context)
            except Failed as failure:
                retriers = enumerate(state.get("Retry", []))
                at, retrier = next(((at, each) for at, each in retriers if matches(each, failure.error)), (None, None))
                tries = counts.get(at, 0)
                if retrier is None or tries >= retrier.get("MaxAttempts", 3):
                    raise
                counts[at] = tries + 1
                wait_s = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2) ** tries
                self.waits_s.append(min(wait_s, retrier.get("MaxDelaySeconds", wait_s)))

    def _once(self, state, value, context):
        taken = paths.find(value, state["InputPath"]) if "InputPath" in state else value
        # A copy: a task or a map must not change the state.
        taken = copy.deepcopy(taken)
        if state["Type"] == "Map":
            result = self._map(state, taken, context)
        else:
            if "Parameters" in state:
                taken = paths.template(state["Parameters"], taken, context)
            if state["Type"] == "Task":
                # The task is scheduled, started, and succeeds or fails.
                self._note_events(3)
                result = self._task(state["Resource"], taken)
            else:
                result = state.get("Result", taken)
        if "ResultSelector" in state:
            result = paths.template(state["ResultSelector"], result, context)
        where = state.get("ResultPath", "$")
        output = value if where is None else paths.put(value, where, result)
        return paths.find(output, state["OutputPath"]) if "OutputPath" in state else output

    def _task(self, resource, payload):
        if not resource.endswith(START_EXECUTION):
            return self.invoke(resource, payload)
        if payload["StateMachineArn"] != self.ARN:
            raise Failed("StepFunctions.AccessDeniedException", payload["StateMachineArn"])
        if len(payload["Name"]) > 80:
            raise Failed("StepFunctions.InvalidNameException", payload["Name"])
        self.started.append(payload)
        return {"ExecutionArn": f"{self.ARN}:{payload['Name']}", "StartDate": 0}

    def _map(self, state, value, context):
        items = paths.find(value, state.get("ItemsPath", "$"))

        def each(numbered):
            # The iteration starts and succeeds.
            self._note_events(2)
            index, item = numbered
            inner = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
            taken = paths.template(state["ItemSelector"], value, inner) if "ItemSelector" in state else item
            return self._run_states(state["ItemProcessor"], taken, inner)

        with ThreadPoolExecutor(state.get("MaxConcurrency") or 40) as pool:
            return list(pool.map(each, enumerate(items)))


def matches(handler, error):
    """Whether a retrier or a catcher matches an error."""
    names = handler["ErrorEquals"]
    task = "States.TaskFailed" in names and error not in ("States.Timeout", "States.Runtime")
    every = "States.ALL" in names and error not in ("States.Runtime", "States.DataLimitExceeded")
    return error in names or task or every


COMPARISONS = {
    "IsNull": lambda found, wanted: (found is None) == wanted,
    "IsString": lambda found, wanted: isinstance(found, str) == wanted,
    "BooleanEquals": lambda found, wanted: isinstance(found, bool) and found == wanted,
    "StringEquals": lambda found, wanted: isinstance(found, str) and found == wanted,
    "NumericEquals": lambda found, wanted: isinstance(found, (int, float)) and found == wanted,
    "NumericGreaterThan": lambda found, wanted: isinstance(found, (int, float)) and found > wanted,
}


def is_true(rule, value):
    """Whether a choice rule is true for the state's input."""
    if "And" in rule:
        return all(is_true(part, value) for part in rule["And"])
    if "Or" in rule:
        return any(is_true(part, value) for part in rule["Or"])
    if "Not" in rule:
        return not is_true(rule["Not"], value)
    (name,) = set(rule) - {"Variable", "Next", "Comment"}
    if name == "IsPresent":
        return paths.is_present(value, rule["Variable"]) == rule[name]
    return COMPARISONS[name](paths.find(value, rule["Variable"]), rule[name])
