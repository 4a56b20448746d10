"""JSONPath as far as state machines use it: members, indexes and wildcards."""

import re

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\*\]|\['([^']+)'\]")


class PathMissing(Exception):
    """A path leads nowhere; Step Functions ends an execution with States.ParameterPathFailure or States.Runtime."""


def find(document, path):
    """The value at a path that begins with `$`; a list of all where it has a wildcard."""
    at, found, many = 1, [document], False
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise ValueError(f"{path} is not followed here")
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
    """A copy of the document with the value at a path of members."""
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
    """A payload template: each member that ends in `.$` is a path into the document, or with `$$` into the context."""
    if isinstance(value, list):
        return [template(item, document, context) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, item in value.items():
        if not name.endswith(".$"):
            made[name] = template(item, document, context)
        elif item.startswith("$$"):
            made[name[:-2]] = find(context, item[1:])
        else:
            made[name[:-2]] = find(document, item)
    return made
