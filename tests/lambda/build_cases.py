"""What `sam build` made, and how fast it starts."""

import os
import re
import tomllib

from checks import check, equal

ELF_X86_64 = 62
# The C library of Amazon Linux 2023.
GLIBC = (2, 34)


def run(template):
    for function in template.functions():
        with check(f"{function.name} is an executable for x86_64 and Amazon Linux 2023, below Lambda's 250 MB"):
            equal(function.architectures, ["x86_64"])
            equal(function.runtime, "provided.al2023")
            with open(function.bootstrap, "rb") as file:
                content = file.read()
            head = content[:20]
            equal((head[:4], int.from_bytes(head[18:20], "little")), (b"\x7fELF", ELF_X86_64))
            assert os.access(function.bootstrap, os.X_OK)
            size = os.path.getsize(function.bootstrap)
            assert size < 250 * 1024 * 1024, size
            needed = max((int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", content))
            assert needed <= GLIBC, f"needs glibc {needed}"
            print(f"        {size / 1e6:.1f} MB, glibc {needed[0]}.{needed[1]}")
    with check("a panic unwinds, so that it is answered with a 500: cargo-lambda aborts unless the profile says so"):
        with open("Cargo.toml", "rb") as file:
            equal(tomllib.load(file)["profile"]["release"].get("panic"), "unwind")


def cold_starts(functions, gateway):
    """Each function's first answer is one that needed its stores."""
    first = {
        "IngestFunction": lambda: gateway.request("PUT", "/v1/orgs/cold", '{"name":"Cold","plan":"enterprise"}').status,
        "QueryFunction": lambda: gateway.request("GET", "/v1/orgs/cold/events").status,
        "CompactFunction": lambda: 200 if functions.invoke("CompactFunction", {"task": "list"})["chunks"] else 0,
    }
    for name in functions.by_name:
        with check(f"{name} starts and answers"):
            functions.start(name)
            equal(first[name](), 200)
            print(f"        cold start, exec to first answer: {functions.cold_start_ms(name):.0f} ms")
