"""A store that accepts requests and never responds: the function gives up before its own time is up."""

import socket
import time
import types

import pytest
from functions.lambda_functions import Functions, Gateway


@pytest.mark.parametrize("name, method, body", [
    ("IngestFunction", "PUT", '{"name":"Acme","plan":"enterprise"}'), ("QueryFunction", "GET", None),
])  # fmt: skip
def test_a_function_returns_503_before_its_time_is_up_when_a_store_is_silent(processes, template, name, method, body):
    # The system accepts connections, and nothing reads from them.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        stores = types.SimpleNamespace(dynamodb=nowhere, s3=nowhere, kms=nowhere)
        with Functions(processes, template, stores) as functions:
            functions.start(name)
            start = time.monotonic()
            response = Gateway(functions).request(method, "/v1/orgs/acme", body)
            seconds = time.monotonic() - start
            print(f"{seconds:.1f} s")
            assert (response.status, response.media_type) == (503, "application/problem+json")
            # Three attempts of five seconds each.
            assert 15 <= seconds < functions.by_name[name].timeout_s - 1
