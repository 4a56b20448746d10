"""Measures import, archive pass and searches over HTTP against the release binary.

One process serves, one imports, this one asks; all share the machine's cores. Prints a table for the README.
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

DAYS = 365
ACTORS = 200
ACTIONS = ["monitor.updated", "member.invited", "api_key.created", "status_page.updated", "domain.added"]
REQUESTS = 200


def events(count, now):
    """JSON lines of `count` events spread evenly over a year; one in 10,000 is by the actor `rare`."""
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
                "details": {"changes": [{"field": "interval_s", "old": dice.randrange(60), "new": dice.randrange(600)}]},
            }
        )


class Api:
    """A client with one connection that stays open."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=600)

    def send(self, method, path, body=None):
        self.connection.request(method, path, body)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (path, answer.status, text[:300])
        return json.loads(text)

    def milliseconds(self, paths):
        """Median, 99th percentile and first answer time of requests, one after the other."""
        taken = []
        for path in paths:
            start = time.perf_counter()
            self.send("GET", path)
            taken.append((time.perf_counter() - start) * 1000)
        first, ordered = taken[0], sorted(taken)
        return f"{ordered[len(ordered) // 2]:.1f}", f"{ordered[int(len(ordered) * 0.99)]:.1f}", f"{first:.1f}"


class Serve:
    """A running `audit serve` over a folder."""

    def __init__(self, binary, folder):
        arguments = [binary, "serve", "--listen", "127.0.0.1:0", "--archive-every", "off", "--data", f"{folder}/data"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]
        self.api = Api(self.url)

    def peak_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def searches(api, when, rows):
    org = "/v1/orgs/acme/events"
    newest = api.send("GET", f"{org}?limit=50")["events"]
    by_id = [f"{org}/{event['id']}" for event in newest] * (REQUESTS // 50)
    for what, paths in [
        ("newest page of 50", [f"{org}?limit=50"] * REQUESTS),
        ("one actor of 200 over a year, newest 50", [f"{org}?limit=50&actor=usr_{n % ACTORS}" for n in range(REQUESTS)]),
        ("a rare actor over a year, all of it", [f"{org}?limit=50&actor=rare"] * REQUESTS),
        ("an actor that is not there, the whole year", [f"{org}?limit=50&actor=nobody"] * REQUESTS),
        ("one event by id", by_id),
    ]:
        rows.append((f"{what}, {when}", *api.milliseconds(paths)))


def main(binary, count):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    figures, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "events.jsonl")
        with source.open("w") as out:
            out.writelines(line + "\n" for line in events(count, now))
        served = Serve(binary, folder)
        served.api.send("PUT", "/v1/orgs/acme", '{"name":"Acme","plan":"enterprise"}')
        imported = subprocess.run([binary, "import", "--to", served.url, "--org", "acme", source], capture_output=True, text=True)
        figures.append(f"import: {imported.stdout.strip()}")
        rows.append(("newest page of 50, all hot", *served.api.milliseconds(["/v1/orgs/acme/events?limit=50"] * REQUESTS)))
        start = time.perf_counter()
        report = served.api.send("POST", "/local/archive", '{"force":true}')["orgs"][0]
        seconds = time.perf_counter() - start
        assert report["rows"] == count, report
        figures.append(f"archive: {count} rows in {report['segments']} segments, {seconds:.1f} s ({count / seconds:.0f} rows/s)")
        figures.append(f"peak memory of the process, stores included: {served.peak_mb():.0f} MB")
        archived = sum(file.stat().st_size for file in pathlib.Path(folder, "data/s3/audit-archive/events").rglob("*.parquet"))
        figures.append(f"archived bytes an event: {archived / count:.0f} of {source.stat().st_size / count:.0f} as sent")
        served.stop()
        served = Serve(binary, folder)
        searches(served.api, "archived", rows)
        served.stop()
    print("\n".join(figures))
    print("\n| search | median ms | p99 ms | first ms |\n| --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
