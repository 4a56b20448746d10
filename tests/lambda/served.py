"""`audit serve`: the stores behind the functions, and the answers that theirs are compared with."""

import http.client
import os
import urllib.parse

from processes import wait_for


class Answer:
    """A status, a media type and a body's text."""

    def __init__(self, status, kind, text):
        self.status, self.kind, self.text = status, kind, text

    def __repr__(self):
        return f"{self.status} {self.kind} {self.text[:400]}"


class Served:
    """One `audit serve` on a folder of its own; nothing is archived unless it is told."""

    def __init__(self, processes, audit, name, *options):
        data = os.path.join(processes.folder, name)
        command = [audit, "serve", "--listen", "127.0.0.1:0", "--data", data, "--archive-every", "off", *options]
        self.process, path = processes.start(f"serve-{name}", command)

        def ready():
            with open(path, encoding="utf-8") as log:
                words = [line.split(None, 1) for line in log.read().splitlines() if " " in line]
            found = {word: rest for word, rest in words}
            return found if "archive" in found else None

        found = wait_for("audit serve", ready, self.process, path)
        self.api, self.dynamodb, self.s3 = found["ready"], found["dynamodb"], found["s3"]

    def request(self, method, path, body=None, headers=None):
        """Sends an HTTP request to the API."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.api).netloc, timeout=120)
        try:
            body = body.encode() if isinstance(body, str) else body
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.getheader("content-type"), response.read().decode())
        finally:
            connection.close()
