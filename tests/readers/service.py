"""A running `audit serve`, and what its API answers."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

# One request takes no more.
REQUEST_EVENTS = 500
REQUEST_BYTES = 2_000_000


class Service:
    """`audit serve` on a folder and free ports; stops with the `with` block."""

    def __init__(self, folder, *options):
        command = [os.environ["AUDIT_BIN"], "serve", "--listen", "127.0.0.1:0", "--data", str(folder)]
        command += ["--archive-every", "off", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.told = {}
        for line in self.process.stdout:
            name, _, value = line.strip().partition(" ")
            self.told[name] = value
            if name == "archive":
                break
        else:
            raise RuntimeError(f"{' '.join(command)} ended with {self.process.wait()}")
        self.archive = Path(self.told["archive"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)

    def call(self, method, path, body=None):
        """The text of an answer; a refusal is an error that shows it."""
        data = None if body is None else body.encode()
        request = urllib.request.Request(self.told["ready"] + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()[:2000]}") from None

    def provision(self, org):
        self.call("PUT", f"/v1/orgs/{org}", json.dumps({"name": org, "plan": "enterprise"}))

    def record(self, org, texts):
        """Records events given as JSON texts; gives their ids."""
        ids, waiting = [], []

        def send():
            answer = json.loads(self.call("POST", f"/v1/orgs/{org}/events", '{"events":[' + ",".join(waiting) + "]}"))
            ids.extend(event["id"] for event in answer["events"])
            waiting.clear()

        for text in texts:
            full = len(waiting) == REQUEST_EVENTS or sum(len(t.encode()) for t in waiting) + len(text) > REQUEST_BYTES
            if waiting and full:
                send()
            waiting.append(text)
        send()
        return ids

    def archive_all(self):
        report = json.loads(self.call("POST", "/local/archive", '{"force": true}'))
        if report["failed"]:
            raise RuntimeError(f"the archive pass failed: {report}")

    def events(self, org):
        """The events of all pages, oldest first, each as the JSON text that was answered."""
        texts, cursor = [], ""
        decoder = json.JSONDecoder()
        while cursor is not None:
            path = f"/v1/orgs/{org}/events?order=oldest&limit=1000" + (cursor and f"&cursor={cursor}")
            page = self.call("GET", path)
            at = len('{"events":[')
            while page[at] != "]":
                _, end = decoder.raw_decode(page, at)
                texts.append(page[at:end])
                at = end + (page[end] == ",")
            cursor = json.loads(page)["next_cursor"]
        return texts
