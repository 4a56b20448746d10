"""Runs every check on one archive. See `run`."""

import sys
import tempfile
import time
from pathlib import Path

import agree
import demo
import fixed
import glue
import named_queries
import story
from report import Report
from service import Service


def main():
    started = time.monotonic()
    report = Report()
    with tempfile.TemporaryDirectory() as folder, Service(Path(folder) / "data", "--demo") as service:
        labels = story.make(service)
        sent = agree.make(service)
        glue.check(report, service.archive)
        named_queries.check(report, service.archive, labels)
        rows = agree.check(report, service, sent, [demo.ORG, fixed.ORG, *story.ORGS])
        print(f"readers: {rows} rows through DuckDB, pyarrow, Spark and the API")
    print(f"readers: {report.passed} passed, {report.failed} failed, in {time.monotonic() - started:.0f} s")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
