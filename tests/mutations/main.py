"""Runs the tests against each deliberate bug. See `run`."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

from bugs import BUGS

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "target" / "mutations"
# For one selection of tests, its compilation included.
SECONDS = 900


def changed(bug, root):
    """The text of the bug's file with the bug in it. Fails unless each place of the bug is found exactly once."""
    text = (root / bug.file).read_text()
    for old, new in [(bug.old, bug.new), *bug.more]:
        assert text.count(old) == 1, f"{bug.name}: a place of it is found {text.count(old)} times in {bug.file}"
        text = text.replace(old, new)
    return text


def copy():
    """A copy of the tracked and the new files. The build folder of an earlier copy is kept."""
    tree = WORK / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        source, target = TOP / name, tree / name
        if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            # With the present as its time, so that the compiler sees the change.
            shutil.copyfile(source, target)
    known = {tree / name for name in listed.stdout.splitlines()}
    for gone in [file for file in tree.rglob("*") if file.is_file() and file not in known and file.name != "Cargo.lock"]:
        gone.unlink()
    return tree


def tests(tree, wanted):
    """Runs the tests of a binary that match a filter. Returns the names of those that failed."""
    binary, filter_ = wanted
    selection = ["--lib", "--bins"] if binary == "unit" else ["--test", binary]
    command = ["cargo", "test", "--workspace", "--locked", *selection, "--", filter_]
    # A random program that fails need not be shortened.
    environment = {**os.environ, "CARGO_TARGET_DIR": str(WORK / "build"), "AUDIT_MODEL_SHRINK_SECONDS": "0"}
    try:
        ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [f"{binary}, which did not end within {SECONDS} s"]
    failed = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("test ") and line.endswith("FAILED")]
    if ran.returncode != 0 and not failed:
        raise RuntimeError(f"the tests did not run: {ran.stderr[-2000:]}")
    return failed


def main(arguments):
    if arguments == ["--check"]:
        for bug in BUGS:
            changed(bug, TOP)
        print(f"{len(BUGS)} deliberate bugs fit the code")
        return 0
    bugs = [bug for bug in BUGS if not arguments or bug.name in arguments]
    assert bugs, f"unknown bug; the bugs are {', '.join(bug.name for bug in BUGS)}"
    tree = copy()
    missed = []
    for wanted in sorted({wanted for bug in bugs for wanted in bug.tests}):
        failed = tests(tree, wanted)
        assert not failed, f"{failed} fail without a bug"
    print("| deliberate bug | caught by | s |\n| --- | --- | --- |")
    for bug in bugs:
        start = time.monotonic()
        mutated, file = changed(bug, tree), tree / bug.file
        original = file.read_text()
        file.write_text(mutated)
        try:
            caught = next(filter(None, (tests(tree, wanted) for wanted in bug.tests)), [])
        finally:
            file.write_text(original)
        if not caught:
            missed.append(bug.name)
        by = ", ".join(f"`{name.split('::')[-1]}`" for name in caught) or "**nothing**"
        print(f"| {bug.what} | {by} | {time.monotonic() - start:.0f} |", flush=True)
    print(f"{len(bugs) - len(missed)} passed, {len(missed)} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
