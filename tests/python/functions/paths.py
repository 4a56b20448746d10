"""The JSONPath that state machines use (members, indexes, wildcards), and the functions of payload templates."""

import hashlib
import json
import re

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\*\]|\['([^']+)'\]")


class PathMissing(Exception):
    """Nothing is at a path. Step Functions ends an execution with States.ParameterPathFailure or States.Runtime."""


def find(document, path):
    """The value at a path that begins with `$`, or the list of all values if the path has a wildcard."""
    at, found, many = 1, [document], False
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise ValueError(f"{path} is not supported here")
        at = step.end()
        if step.group(2) is not None:
            index = int(step.group(2))
            found = [value[index] for value in found if isinstance(value, list) and index < len(value)]
        elif step.group(0) == "[*]":
            many = True
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            name = step.group(1) or step.group(3)
            found = [value[name] for value in found if isinstance(value, dict) and name in value]
    if many:
        return found
    if not found:
        raise PathMissing(path)
    return found[0]


def is_present(document, path):
    try:
        find(document, path)
    except PathMissing:
        return False
    return True


def put(document, path, value):
    """A copy of the document with a value at a path of members."""
    if path == "$":
        return value
    names = path.removeprefix("$.").split(".")
    copy = dict(document)
    at = copy
    for name in names[:-1]:
        at[name] = dict(at.get(name, {}))
        at = at[name]
    at[names[-1]] = value
    return copy


def template(value, document, context):
    """Evaluates a payload template. A member ending in `.$` is a path into the document, with `$$` into the context."""
    if isinstance(value, list):
        return [template(item, document, context) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, item in value.items():
        if not name.endswith(".$"):
            made[name] = template(item, document, context)
        else:
            made[name[:-2]] = evaluate(item, document, context)
    return made


def evaluate(text, document, context):
    """The value of a path, or of a call of `States.Array`, `States.Format` or `States.Hash`."""
    value, rest = _expression(text.strip(), document, context)
    if rest.strip():
        raise ValueError(f"{rest} of {text} is not supported here")
    return value


def _expression(text, document, context):
    """Evaluates the expression at the start of a text. Returns its value and the rest of the text."""
    if text.startswith("'"):
        end = text.index("'", 1)
        return text[1:end], text[end + 1 :]
    if text.startswith("$"):
        path = re.match(r"\$\$?(?:\.\w+|\[\d+\]|\[\*\]|\['[^']+'\])*", text).group(0)
        value = find(context, path[1:]) if path.startswith("$$") else find(document, path)
        return value, text[len(path) :]
    name, _, rest = text.partition("(")
    arguments = []
    while not rest.startswith(")"):
        value, rest = _expression(rest.lstrip(", "), document, context)
        arguments.append(value)
        rest = rest.lstrip()
    return _FUNCTIONS[name](*arguments), rest[1:]


def _format(template, *values):
    parts = template.split("{}")
    if len(parts) != len(values) + 1:
        raise ValueError(f"{template} does not have {len(values)} places")
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return "".join(part + text for part, text in zip(parts, [*texts, ""]))


def _hash(text, algorithm):
    return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()


_FUNCTIONS = {"States.Array": lambda *values: list(values), "States.Format": _format, "States.Hash": _hash}
