"""`audit serve`: the whole service and its stores in one process."""

import http.client
import os
import urllib.parse
from pathlib import Path

from support.client import Client, Response
from support.processes import wait_for


class Served(Client):
    """A running `audit serve` on free ports. It archives only on request."""

    def __init__(self, processes, name, *options, program=None):
        """Starts the program, AUDIT_BIN by default, on the data directory `name` in the folder of the processes."""
        self.processes = processes
        command = [program or os.environ["AUDIT_BIN"], "serve", "--listen", "127.0.0.1:0"]
        command += ["--data", str(processes.folder / name), "--archive-every", "off", *options]
        self.process, log = processes.start(f"serve-{name}", command)

        def ready():
            printed = dict(line.split(None, 1) for line in log.read_text().splitlines() if " " in line)
            return printed if "kms" in printed else None

        printed = wait_for("audit serve", ready, self.process, log)
        self.url, self.dynamodb, self.s3 = printed["ready"], printed["dynamodb"], printed["s3"]
        self.archive, self.kms = Path(printed["archive"]), printed["kms"]

    def stop(self):
        self.processes.stop(self.process)

    def request(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=120)
        try:
            connection.request(method, target, body.encode() if isinstance(body, str) else body, headers or {})
            response = connection.getresponse()
            return Response(response.status, response.getheader("content-type"), response.read().decode())
        finally:
            connection.close()

    def archive_now(self):
        """Archives all events of all orgs. Returns the report, in which no org failed."""
        report = self.json("POST", "/local/archive", {"force": True})
        assert not report["failed"], report
        return report
