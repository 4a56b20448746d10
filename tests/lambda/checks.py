"""Counts what holds and what does not."""

import contextlib
import traceback

passed, failures = 0, []


@contextlib.contextmanager
def check(title):
    """One check; whatever is raised inside is its failure, and the next one runs."""
    global passed
    try:
        yield
    except Exception as error:  # a check may fail in any way
        where = traceback.extract_tb(error.__traceback__)[-1]
        failures.append(title)
        text = f"{type(error).__name__}: {error}"[:1500]
        print(f"FAILED  {title}\n        {text}\n        at {where.name}, line {where.lineno}: {where.line}")
    else:
        passed += 1
        print(f"passed  {title}")


def equal(found, wanted, what=""):
    """Fails with both where they differ."""
    if found != wanted:
        raise AssertionError(f"{what} {shown(found)} != {shown(wanted)}")


def shown(value):
    text = repr(value)
    return text if len(text) < 600 else f"{text[:600]}… ({len(text)} characters)"
