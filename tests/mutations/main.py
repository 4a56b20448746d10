"""Runs the tests against each deliberate bug; see `run`."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
import time

from bugs import BUGS

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "target" / "mutations"
RESULTS = TOP / "tests" / "mutations" / "results.md"
# For one selection of tests, its compilation included.
SECONDS = 900
NOT_RUN = "not run yet"
TITLE = """# Deliberate bugs and the tests that catch them

Written by `tests/mutations/run`. Each entry is a bug of `bugs.py`, followed by the tests that failed with it.
"""


def changed(bug, root):
    """Returns the text of the bug's file with the bug in it. Each place must occur exactly once."""
    text = (root / bug.file).read_text()
    for old, new in [(bug.old, bug.new), *bug.more]:
        assert text.count(old) == 1, f"{bug.name}: a place of it occurs {text.count(old)} times in {bug.file}"
        text = text.replace(old, new)
    return text


def copy():
    """Updates a copy of all tracked and new files; its build folder is kept."""
    tree = WORK / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        source, target = TOP / name, tree / name
        if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            # With the current time, so that the compiler notices the change.
            shutil.copyfile(source, target)
    known = {tree / name for name in listed.stdout.splitlines()}
    for stale in [file for file in tree.rglob("*") if file.is_file() and file not in known and file.name != "Cargo.lock"]:
        stale.unlink()
    return tree


def tests(tree, wanted):
    """Runs the tests of a pair of binary and filter; returns the names of those that failed."""
    binary, filter_ = wanted
    if binary == "viewer":
        return viewer_tests(tree, filter_)
    selection = ["--lib", "--bins"] if binary == "unit" else ["--test", binary]
    command = ["cargo", "test", "--workspace", "--locked", *selection, "--", filter_]
    # Without shrinking: only whether a program fails matters.
    environment = {**os.environ, "CARGO_TARGET_DIR": str(WORK / "build"), "AUDIT_MODEL_SHRINK_SECONDS": "0"}
    try:
        ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [f"{binary} (no result after {SECONDS} s)"]
    failed = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("test ") and line.endswith("FAILED")]
    if ran.returncode != 0 and not failed:
        raise RuntimeError(f"the tests did not run: {ran.stderr[-2000:]}")
    return failed


def viewer_tests(tree, file):
    """Builds the viewer of the tree and runs a file of its tests against it; returns the names of those that failed."""
    # The service needs no build: the tests replace the script that it serves.
    environment = {**os.environ, "AUDIT_BIN": os.environ.get("AUDIT_BIN", str(TOP / "target/debug/audit")), "AUDIT_VIEWER_AS_BUILT": "1"}
    command = ["bash", tree / "tests/viewer/run", f"suite/{file}.test.mjs"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=SECONDS)
    # The list of failed tests at the end repeats their names.
    failed = dict.fromkeys(re.findall(r"^✖ (.+) \(\d.*ms\)$", ran.stdout, re.M))
    if ran.returncode != 0 and not failed:
        raise RuntimeError(f"the tests did not run: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return list(failed)


def results():
    """Reads the tests that caught each bug, by the bug's name."""
    entries = re.findall(r"^- `([^`]+)`: .*\n(?:  [^-].*\n)*((?:  - .*\n)+)", RESULTS.read_text(), re.M)
    return {name: [line.removeprefix("  - ") for line in lines.splitlines()] for name, lines in entries}


def write(caught):
    """Writes the results: each bug, wrapped at 120 characters, and one line per test."""
    text = TITLE
    for bug in BUGS:
        lines = [textwrap.fill(f"- `{bug.name}`: {bug.what}", 120, subsequent_indent="  ", break_on_hyphens=False)]
        lines += [f"  - {line}" for line in caught.get(bug.name, [NOT_RUN])]
        text += "\n" + "\n".join(lines)
    RESULTS.write_text(text + "\n")


def main(arguments):
    if arguments == ["--check"]:
        targets = {path.stem for folder in [TOP / "tests" / "tests", *TOP.glob("crates/*/tests")] for path in folder.iterdir()} | {"unit"}
        for bug in BUGS:
            changed(bug, TOP)
            files = {name for binary, name in bug.tests if binary == "viewer"}
            unknown = {binary for binary, _ in bug.tests} - targets - {"viewer"}
            unknown |= {name for name in files if not (TOP / "tests/viewer/suite" / f"{name}.test.mjs").is_file()}
            assert not unknown, f"{bug.name}: there is no test binary {', '.join(unknown)}"
        print(f"{len(BUGS)} deliberate bugs fit the code")
        return 0
    bugs = [bug for bug in BUGS if not arguments or bug.name in arguments]
    assert bugs, f"unknown bug; the bugs are {', '.join(bug.name for bug in BUGS)}"
    tree = copy()
    missed, recorded = [], results()
    for wanted in sorted({wanted for bug in bugs for wanted in bug.tests}):
        failed = tests(tree, wanted)
        assert not failed, f"{failed} fail without any bug"
    for bug in bugs:
        start = time.monotonic()
        mutated, file = changed(bug, tree), tree / bug.file
        original = file.read_text()
        file.write_text(mutated)
        try:
            caught = next(filter(None, (tests(tree, wanted) for wanted in bug.tests)), [])
        finally:
            file.write_text(original)
            if any(binary == "viewer" for binary, _ in bug.tests):
                # The build of the viewer with the bug in it is undone.
                copy()
        if not caught:
            missed.append(bug.name)
        recorded[bug.name] = [f"`{name.split('::')[-1]}`" for name in caught] or ["**no test**"]
        write(recorded)
        print(f"{bug.name}: caught by {', '.join(recorded[bug.name])}; {time.monotonic() - start:.0f} s", flush=True)
    print(f"{len(bugs) - len(missed)} passed, {len(missed)} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
