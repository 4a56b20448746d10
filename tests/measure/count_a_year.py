"""Measures statistics over HTTP, and the same counts by DuckDB over the archive. Prints one table for the README.

Cold is the first request of a new process, after one that reads neither the ledger nor the archive; warm is the median of
the requests after it. DuckDB reads the files from the file system's cache; its time is the median too.
"""

import datetime
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

sys.path.append(str(pathlib.Path(__file__).parents[1] / "python"))

from measure import Api, events  # noqa: E402
from support.processes import Processes  # noqa: E402
from support.served import Served  # noqa: E402

REQUESTS = 20
RUNS = 5
# What is counted: the query, and by what and of which rows DuckDB counts.
DAY = "strftime(make_timestamp(occurred_at_us), '%Y-%m-%dT00:00:00+00:00')"
DAY_IN_KATHMANDU = "strftime(make_timestamp(occurred_at_us) + INTERVAL 345 MINUTE, '%Y-%m-%dT00:00:00+05:45')"
COUNTS = [
    ("a year by day", "group_by=time&interval=1d", DAY, ""),
    ("a year by day of Kathmandu", "group_by=time&interval=1d&zone=Asia/Kathmandu", DAY_IN_KATHMANDU, ""),
    ("a year by action", "group_by=action&top=10", "action", ""),
    ("top 10 actors of a year", "group_by=actor&top=10", "actor_id", ""),
    ("top 10 targets of a year", "group_by=target&top=10", "target_id", ""),
    ("one actor of 200 by day", "group_by=time&interval=1d&actor=usr_7", DAY, "WHERE actor_id = 'usr_7'"),
]


def counted(page):
    """The groups of a page, as rows of (value, count, failed)."""
    assert page["next_cursor"] is None, page["scanned_through"]
    return [(group.get("time", group.get("key")), group["count"], group["failed"]) for group in page["groups"]]


def milliseconds(run):
    start = time.perf_counter()
    result = run()
    return (time.perf_counter() - start) * 1000, result


def measure(served, path, sql, connection):
    """Cold and warm time of a request, time of DuckDB, in milliseconds, and the groups, which are equal."""
    api = Api(served.url)
    api.send("GET", "/v1/orgs/acme")
    cold, page = milliseconds(lambda: api.send("GET", path))
    warm = statistics.median(milliseconds(lambda: api.send("GET", path))[0] for _ in range(REQUESTS))
    runs = [milliseconds(lambda: connection.execute(sql).fetchall()) for _ in range(RUNS)]
    found, expected = counted(page), runs[0][1]
    assert found == expected, (path, found[:3], expected[:3])
    return cold, warm, statistics.median(run[0] for run in runs), len(found)


def main(binary, count):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    with tempfile.TemporaryDirectory() as folder, Processes(folder) as processes:
        source = pathlib.Path(folder, "events.jsonl")
        with source.open("w") as out:
            out.writelines(line + "\n" for line in events(count, now))
        served = Served(processes, "data", program=binary)
        Api(served.url).send("PUT", "/v1/orgs/acme", '{"name":"Acme","plan":"enterprise"}')
        subprocess.run([binary, "import", "--to", served.url, "--org", "acme", source], check=True, capture_output=True)
        report = served.archive_now()["orgs"][0]
        assert report["rows"] == count, report
        connection = duckdb.connect()
        files = f"read_parquet('{served.archive}/**/*.parquet', hive_partitioning = false)"
        connection.execute(f"CREATE VIEW events AS SELECT * FROM {files}")
        rows = []
        for what, query, value, where in COUNTS:
            served.stop()
            served = Served(processes, "data", program=binary)
            order = "value" if "time" in query else "count DESC, value LIMIT 10"
            sql = (
                f"SELECT {value} AS value, count(*) AS count, count(*) FILTER (result = 'failed') AS failed FROM events "
                f"{where} GROUP BY value ORDER BY {order}"
            )
            rows.append((what, *measure(served, f"/v1/orgs/acme/stats?{query}", sql, connection)))
    print(f"{count} events in {report['segments']} segments\n")
    print("| count | cold ms | warm ms | DuckDB ms | groups, all equal |\n| --- | --- | --- | --- | --- |")
    for what, cold, warm, duck, groups in rows:
        print(f"| {what} | {cold:.1f} | {warm:.1f} | {duck:.1f} | {groups} |")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
