"""A store that takes requests and never answers: the function gives up and says so before its own time is up."""

import contextlib
import socket
import time
import types

from checks import check, equal
from functions import Functions, Gateway


def run(processes, template):
    # Connections are accepted by the system and wait for ever.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        functions = Functions(processes, template, types.SimpleNamespace(dynamodb=nowhere, s3=nowhere))
        with contextlib.closing(functions.emulator):
            gateway = Gateway(functions)
            asked = [("IngestFunction", "PUT", '{"name":"Acme","plan":"enterprise"}'), ("QueryFunction", "GET", None)]
            for name, method, body in asked:
                with check(f"{name} answers 503 within its {functions.by_name[name].timeout_s} s when a store is silent"):
                    functions.start(name)
                    start = time.monotonic()
                    answer = gateway.request(method, "/v1/orgs/acme", body)
                    equal((answer.status, answer.kind), (503, "application/problem+json"))
                    seconds = time.monotonic() - start
                    # Three attempts of five seconds each.
                    assert 15 <= seconds < functions.by_name[name].timeout_s - 1, seconds
                    print(f"        {seconds:.1f} s")
