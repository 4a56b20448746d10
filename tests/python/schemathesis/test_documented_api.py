"""Schemathesis sends what openapi.json allows and what it forbids, and compares each response with the document.

One test sends requests for orgs of any name, the other for one org that has events, hot and archived. SCHEMATHESIS_SEED
repeats a run, and SCHEMATHESIS_SECONDS makes each test longer.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEED = os.environ.get("SCHEMATHESIS_SEED", "20261122")
SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "45")
# The document cannot express that an event is at most five minutes ahead, that `from` is not after `to`, that a cursor
# was returned by the service, that an org is registered: a request of the documented form may be refused. Nor can it
# express that revoking the sessions of a viewer leaves the list of the org's sessions.
EXCLUDED_CHECKS = "positive_data_acceptance,use_after_free"


def event(number):
    return {
        "occurred_at": f"2026-11-{number % 20 + 1:02}T10:00:{number % 60:02}Z",
        "actor": {"id": f"usr_{number % 5}", "email": f"Ada{number}@example.com"},
        "action": "member.invited",
        "target": {"id": f"t_{number}"},
        "result": "succeeded" if number % 3 else "failed",
        "details": {"n": number},
    }


@pytest.fixture(scope="module")
def served(serve):
    served = serve("data")
    served.register("acme")
    served.record("acme", map(event, range(300)))
    served.archive_now()
    served.record("acme", map(event, range(300, 400)))
    return served


@pytest.mark.parametrize("config", ["any_org", "one_org"])
def test_every_response_is_documented(served, tmp_path, config):
    command = [
        Path(sys.executable).with_name("schemathesis"), f"--config-file={HERE / config}.toml", "run",
        served.url + "/openapi.json", "--checks=all",
        f"--exclude-checks={EXCLUDED_CHECKS}", "--continue-on-failure", "--no-color", f"--seed={SEED}",
        f"--max-time={SECONDS}", "--request-timeout=30",
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(f"seed {SEED}, {SECONDS} s\n{done.stdout}")
    assert done.returncode == 0


def test_what_was_stored_can_be_read_archived_and_read_again(served):
    assert len(served.events("acme")) >= 400
    served.archive_now()
    assert len(served.events("acme")) >= 400
