"""The Lambda runtime API: cargo-lambda's emulator, behind a proxy that mends three things it does unlike Lambda.

- Its deadline is ten minutes after 1970, so the archive worker would find no time left: here it is now plus the timeout.
- It may answer 204 where no event waits; Lambda never does, and a release build of the runtime would take it for an event.
- It takes any size. The proxy sees each payload as the function does, and keeps the largest size each way.
"""

import http.client
import http.server
import socket
import threading
import time

from processes import wait_for

# Longer than any answer here takes; a function that ended does not answer at all.
SECONDS_TO_ANSWER = 120
HOP_HEADERS = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """The emulator and its proxy; functions are known by the names of their binaries."""

    def __init__(self, processes, timeouts):
        self.port = free_port()
        command = ["cargo-lambda", "lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"]
        process, path = processes.start("emulator", [*command, "--invoke-port", str(self.port)])

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for("cargo lambda watch", listens, process, path)
        self.timeouts = timeouts
        self.largest = {name: {"request": 0, "response": 0} for name in timeouts}
        self.answered_at = {}
        handler = type("Handler", (ProxyHandler,), {"emulator": self})
        self.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.proxy.daemon_threads = True
        threading.Thread(target=self.proxy.serve_forever, daemon=True).start()

    def runtime_api(self, name):
        """What a function finds in AWS_LAMBDA_RUNTIME_API."""
        return f"http://127.0.0.1:{self.proxy.server_port}/.rt/{name}"

    def invoke(self, name, payload):
        """Invokes a function with a JSON payload; returns the status and the payload of its answer."""
        path = f"/2015-03-31/functions/{name}/invocations"
        headers = {"content-type": "application/json"}
        return self.send("POST", path, headers, payload, SECONDS_TO_ANSWER)[::2]

    def send(self, method, path, headers, body, timeout_s=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def note_size(self, name, way, size):
        self.largest[name][way] = max(self.largest[name][way], size)

    def close(self):
        self.proxy.shutdown()
        self.proxy.server_close()


class ProxyHandler(http.server.BaseHTTPRequestHandler):
    """Forwards what a function asks of the runtime API."""

    protocol_version = "HTTP/1.1"
    emulator = None

    def do_GET(self):
        name = self.path.split("/")[2]
        try:
            status, headers, body = self._forward(b"")
            while status == 204:
                time.sleep(0.002)
                status, headers, body = self._forward(b"")
        except (OSError, http.client.HTTPException):
            # The emulator was stopped, and the function is next.
            self.close_connection = True
            return
        deadline_ms = int((time.time() + self.emulator.timeouts[name]) * 1000)
        headers = [(key, value) for key, value in headers if key != "lambda-runtime-deadline-ms"]
        self.emulator.note_size(name, "request", len(body))
        self._answer(status, [*headers, ("lambda-runtime-deadline-ms", str(deadline_ms))], body)

    def do_POST(self):
        name = self.path.split("/")[2]
        body = self._body()
        self.emulator.note_size(name, "response", len(body))
        self.emulator.answered_at.setdefault(name, time.monotonic())
        self._answer(*self._forward(body))

    def _forward(self, body):
        headers = {key: value for key, value in self.headers.items() if key.lower() not in HOP_HEADERS}
        return self.emulator.send(self.command, self.path, headers, body)

    def _body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        # Trailers, up to the empty line.
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _answer(self, status, headers, body):
        try:
            self.send_response_only(status)
            for key, value in headers:
                if key.lower() not in HOP_HEADERS:
                    self.send_header(key, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # The function was stopped while it waited.
            self.close_connection = True

    def log_message(self, *_):
        pass
