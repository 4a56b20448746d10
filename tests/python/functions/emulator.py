"""The Lambda runtime API: cargo-lambda's emulator, after a proxy that corrects three differences from Lambda.

- The emulator's deadline is ten minutes after 1970, so the archive worker would have no time: the proxy sends the
  present plus the timeout.
- The emulator may return 204 when no event waits. Lambda never does, and a release build of the runtime would read it
  as an event.
- The emulator accepts any size. The proxy sees payloads as the function does, and records the largest size each way.
"""

import http.client
import http.server
import socket
import threading
import time
from pathlib import Path

from support.processes import free_port, wait_for

ROOT = Path(__file__).parents[3]
# Longer than any response takes. A function that ended never responds.
SECONDS_TO_RESPOND = 120
HOP_HEADERS = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


class Emulator:
    """The emulator and its proxy. A function is identified by the name of its binary."""

    def __init__(self, processes, timeouts):
        self.port = free_port()
        command = ["cargo-lambda", "lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"]
        # It wants to start in the folder of a Cargo.toml.
        self.process, log = processes.start("emulator", [*command, "--invoke-port", str(self.port)], cwd=ROOT)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for("cargo lambda watch", listens, self.process, log)
        self.timeouts = timeouts
        self.largest = {name: {"request": 0, "response": 0} for name in timeouts}
        self.responded_at = {}
        handler = type("Handler", (ProxyHandler,), {"emulator": self})
        self.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.proxy.daemon_threads = True
        threading.Thread(target=self.proxy.serve_forever, daemon=True).start()

    def runtime_api(self, name):
        """The value of AWS_LAMBDA_RUNTIME_API for a function."""
        return f"http://127.0.0.1:{self.proxy.server_port}/.rt/{name}"

    def invoke(self, name, payload):
        """Invokes a function with a JSON payload; returns the status and the payload of its response."""
        path = f"/2015-03-31/functions/{name}/invocations"
        headers = {"content-type": "application/json"}
        return self.send("POST", path, headers, payload, SECONDS_TO_RESPOND)[::2]

    def send(self, method, path, headers, body, timeout_s=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def measure_again(self, name):
        """Forgets the sizes of a function's payloads. Returns the largest ones from here on."""
        self.largest[name].update(request=0, response=0)
        return self.largest[name]

    def note_size(self, name, way, size):
        self.largest[name][way] = max(self.largest[name][way], size)

    def close(self):
        self.proxy.shutdown()
        self.proxy.server_close()


class ProxyHandler(http.server.BaseHTTPRequestHandler):
    """Forwards a function's requests to the runtime API."""

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
            # The emulator was stopped, and the function is stopped next.
            self.close_connection = True
            return
        deadline_ms = int((time.time() + self.emulator.timeouts[name]) * 1000)
        headers = [(key, value) for key, value in headers if key != "lambda-runtime-deadline-ms"]
        self.emulator.note_size(name, "request", len(body))
        self._respond(status, [*headers, ("lambda-runtime-deadline-ms", str(deadline_ms))], body)

    def do_POST(self):
        name = self.path.split("/")[2]
        body = self._body()
        self.emulator.note_size(name, "response", len(body))
        self.emulator.responded_at.setdefault(name, time.monotonic())
        self._respond(*self._forward(body))

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

    def _respond(self, status, headers, body):
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
