"""Counts what passed and what failed, and says what differs."""

SHOWN = 3
WIDTH = 160


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, why=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {why}", flush=True)

    def equal(self, name, found, expected):
        good = found == expected
        if isinstance(found, dict):
            found, expected = sorted(found.items()), sorted(expected.items())
        if not good and isinstance(found, list) and sorted(found, key=repr) != sorted(expected, key=repr):
            # Only what the other has not.
            found, expected = [x for x in found if x not in expected], [x for x in expected if x not in found]
        self.check(name, good, f"\n  found    {shown(found)}\n  expected {shown(expected)}")

    def equal_rows(self, name, found, expected, columns):
        """Compares lists of tuples; names the first rows and columns that differ."""
        faults = [] if len(found) == len(expected) else [f"{len(found)} rows, expected {len(expected)}"]
        for number, (a, b) in enumerate(zip(found, expected)):
            # A number is not the text of it, nor True the number 1.
            differing = [c for c, x, y in zip(columns, a, b, strict=True) if type(x) is not type(y) or x != y]
            pairs = dict(zip(columns, zip(a, b)))
            faults += [f"row {number} {c}: {shown(pairs[c][0])}, expected {shown(pairs[c][1])}" for c in differing]
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        self.check(name, not faults, "".join(f"\n  {fault}" for fault in faults[:SHOWN]) + more)


def shown(value):
    text = ascii(value)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}… ({len(text)} characters)"
