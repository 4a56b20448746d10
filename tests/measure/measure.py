"""Measures import, archive pass and searches over HTTP with the release program. Prints a table for the README.

Server, importer and this client are one process each, and share the cores of the machine.
"""

import datetime
import http.client
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.append(str(pathlib.Path(__file__).parents[1] / "python"))

from support.processes import Processes  # noqa: E402
from support.served import Served  # noqa: E402

DAYS = 365
ACTORS = 200
ACTIONS = ["monitor.updated", "member.invited", "api_key.created", "status_page.updated", "domain.added"]
REQUESTS = 200


def events(count, now):
    """JSON texts of `count` events, spread evenly over a year. One in 10,000 is by the actor `rare`."""
    dice = random.Random(1)
    step = datetime.timedelta(days=DAYS) / count
    for number in range(count):
        at = now - datetime.timedelta(days=DAYS) + step * number
        actor = "rare" if number % 10_000 == 7 else f"usr_{dice.randrange(ACTORS)}"
        yield json.dumps(
            {
                "occurred_at": at.isoformat(timespec="microseconds") + "Z",
                "actor": {"id": actor, "name": f"Name of {actor}", "email": f"{actor}@example.com"},
                "action": dice.choice(ACTIONS),
                "target": {"type": "monitor", "id": f"monitor_{dice.randrange(5000)}"},
                "result": "failed" if dice.random() < 0.05 else "succeeded",
                "context": {"ip": f"192.0.2.{dice.randrange(256)}", "request_id": f"req_{dice.getrandbits(64):016x}"},
                "details": {
                    "changes": [{"field": "interval_s", "old": dice.randrange(60), "new": dice.randrange(600)}]
                },
            }
        )


class Api:
    """A client with one open connection."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=600)

    def send(self, method, path, body=None):
        self.connection.request(method, path, body)
        response = self.connection.getresponse()
        text = response.read()
        assert response.status < 300, (path, response.status, text[:300])
        return json.loads(text)

    def milliseconds(self, paths):
        """Median, 99th percentile and first response time of sequential requests."""
        taken = []
        for path in paths:
            start = time.perf_counter()
            self.send("GET", path)
            taken.append((time.perf_counter() - start) * 1000)
        first, ordered = taken[0], sorted(taken)
        return f"{ordered[len(ordered) // 2]:.1f}", f"{ordered[int(len(ordered) * 0.99)]:.1f}", f"{first:.1f}"


def peak_mb(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def searches(api, when, rows):
    org = "/v1/orgs/acme/events"
    newest = api.send("GET", f"{org}?limit=50")["events"]
    by_id = [f"{org}/{event['id']}" for event in newest] * (REQUESTS // 50)
    for what, paths in [
        ("newest page of 50", [f"{org}?limit=50"] * REQUESTS),
        (
            "one actor of 200 over a year, newest 50",
            [f"{org}?limit=50&actor=usr_{n % ACTORS}" for n in range(REQUESTS)],
        ),
        ("a rare actor over a year, all of it", [f"{org}?limit=50&actor=rare"] * REQUESTS),
        ("an unknown actor, the whole year", [f"{org}?limit=50&actor=nobody"] * REQUESTS),
        ("one event by id", by_id),
    ]:
        rows.append((f"{what}, {when}", *api.milliseconds(paths)))


def main(binary, count):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    figures, rows = [], []
    with tempfile.TemporaryDirectory() as folder, Processes(folder) as processes:
        source = pathlib.Path(folder, "events.jsonl")
        with source.open("w") as out:
            out.writelines(line + "\n" for line in events(count, now))
        served = Served(processes, "data", program=binary)
        api = Api(served.url)
        api.send("PUT", "/v1/orgs/acme", '{"name":"Acme","plan":"enterprise"}')
        imported = subprocess.run(
            [binary, "import", "--to", served.url, "--org", "acme", source], capture_output=True, text=True
        )
        figures.append(f"import: {imported.stdout.strip()}")
        rows.append(("newest page of 50, all hot", *api.milliseconds(["/v1/orgs/acme/events?limit=50"] * REQUESTS)))
        start = time.perf_counter()
        report = api.send("POST", "/local/archive", '{"force":true}')["orgs"][0]
        seconds = time.perf_counter() - start
        assert report["rows"] == count, report
        figures.append(
            f"archive: {count} rows in {report['segments']} segments, {seconds:.1f} s ({count / seconds:.0f} rows/s)"
        )
        figures.append(f"peak memory of the process, stores included: {peak_mb(served.process):.0f} MB")
        archived = sum(file.stat().st_size for file in served.archive.rglob("*.parquet"))
        figures.append(
            f"archived bytes an event: {archived / count:.0f} of {source.stat().st_size / count:.0f} as sent"
        )
        served.stop()
        searches(Api(Served(processes, "data", program=binary).url), "archived", rows)
    print("\n".join(figures))
    print("\n| search | median ms | p99 ms | first ms |\n| --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
