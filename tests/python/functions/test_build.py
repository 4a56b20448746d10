"""What `sam build` made, and that each function starts."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from functions.lambda_functions import Functions, Gateway

ELF_X86_64 = 62
# The C library of Amazon Linux 2023.
GLIBC = (2, 34)
LAMBDA_BYTES = 250 * 1024 * 1024
CARGO = Path(__file__).parents[3] / "Cargo.toml"
NAMES = ("IngestFunction", "QueryFunction", "ViewFunction", "CompactFunction")


def test_the_template_has_no_other_function(template):
    assert {function.name for function in template.functions()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_an_executable_for_x86_64_and_amazon_linux_2023_below_250_mb(template, name):
    (function,) = [each for each in template.functions() if each.name == name]
    assert function.architectures == ["x86_64"]
    assert function.runtime == "provided.al2023"
    content = Path(function.bootstrap).read_bytes()
    assert (content[:4], int.from_bytes(content[18:20], "little")) == (b"\x7fELF", ELF_X86_64)
    assert os.access(function.bootstrap, os.X_OK)
    assert len(content) < LAMBDA_BYTES
    needed = max((int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", content))
    print(f"{len(content) / 1e6:.1f} MB, glibc {needed[0]}.{needed[1]}")
    assert needed <= GLIBC


def test_a_panic_unwinds_and_can_become_a_500():
    """cargo-lambda aborts on a panic unless the profile says otherwise."""
    assert tomllib.loads(CARGO.read_text())["profile"]["release"].get("panic") == "unwind"


def view(gateway, org):
    """Searches as a viewer, in a session that ingest makes. The function has no authorizer."""
    made = gateway.request("POST", f"/v1/orgs/{org}/viewer-sessions", '{"viewer":{"id":"usr_1"}}')
    assert made.status == 201, made.text
    token = json.loads(made.text)["token"]
    return gateway.request("GET", "/view/v1/events", headers={"authorization": f"Bearer {token}"})


def test_each_function_starts_and_its_first_response_needs_its_stores(processes, template, serve):
    with Functions(processes, template, serve("cold")) as functions:
        gateway = Gateway(functions)
        first = {
            "IngestFunction": lambda: (
                gateway.request("PUT", "/v1/orgs/cold", '{"name":"Cold","plan":"enterprise"}').status
            ),
            "QueryFunction": lambda: gateway.request("GET", "/v1/orgs/cold/events").status,
            "ViewFunction": lambda: view(gateway, "cold").status,
            "CompactFunction": lambda: 200 if functions.invoke("CompactFunction", {"task": "list"})["chunks"] else 0,
        }
        for name in NAMES:
            functions.start(name)
            assert first[name]() == 200, name
            print(f"{name}: cold start, exec to first response: {functions.cold_start_ms(name):.0f} ms")
