"""Two runs of Schemathesis over one service: orgs of any name, and one org that has events, hot and archived."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "readers"))

from service import Service  # noqa: E402

SEED = os.environ.get("SCHEMATHESIS_SEED", "20261122")
SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "45")

LEFT_OFF = {
    # The document cannot say that an event lies at most five minutes ahead, that `from` is not after `to`, that a cursor
    # is one that the service gave, that an org is known: a request of the documented form may still be refused.
    "positive_data_acceptance",
}


def event(number):
    return json.dumps({
        "occurred_at": f"2026-11-{number % 20 + 1:02}T10:00:{number % 60:02}Z",
        "actor": {"id": f"usr_{number % 5}", "email": f"Ada{number}@example.com"},
        "action": "member.invited",
        "target": {"id": f"t_{number}"},
        "result": "succeeded" if number % 3 else "failed",
        "details": {"n": number},
    })


def run(service, *options):
    """One run; gives whether every answer was as documented."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), *options, "run", service.told["ready"] + "/openapi.json",
        "--checks=all", "--exclude-checks=" + ",".join(sorted(LEFT_OFF)), "--continue-on-failure", "--no-color",
        "--seed=" + SEED, "--max-time=" + SECONDS, "--request-timeout=30",
    ]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks"}
        return subprocess.run(command, cwd=folder, env=environment).returncode == 0


def main():
    print(f"schemathesis: seed {SEED}, {SECONDS} s a run", flush=True)
    with tempfile.TemporaryDirectory() as folder, Service(folder) as service:
        service.provision("acme")
        service.record("acme", [event(number) for number in range(300)])
        service.archive_all()
        service.record("acme", [event(number) for number in range(300, 400)])
        passed = [run(service), run(service, f"--config-file={HERE / 'one_org.toml'}")]
        # What was stored on the way can be read, archived, and read again.
        service.events("acme")
        service.archive_all()
        service.events("acme")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
