"""The whole stack on this machine, with demo data, until Ctrl-C; see `laptop`."""

import os
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lambda"))

from aws import Aws, Stack  # noqa: E402
from caller import Caller  # noqa: E402
from demo_events import ORG, copy_demo  # noqa: E402

PORT = 4566


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    aws = Aws(ROOT / "aws-data", os.environ["EMULATOR_PYTHON"], PORT, strict=False)
    aws.start()
    try:
        stack = Stack(aws, ROOT / ".aws-sam" / "build", environment="local")
        print("deploying the stack audit-logs")
        stack.deploy()
        caller = Caller(stack, ("test", "test"))
        if caller.request("GET", f"/v1/orgs/{ORG}").status == 404:
            with tempfile.TemporaryDirectory() as folder:
                print(f"recorded {copy_demo(caller, os.environ['AUDIT_BIN'], Path(folder))} events of the org {ORG}")
            print(f"archived: {stack.archive()['status']}")
        api = f"{aws.endpoint}/_aws/execute-api/{stack.host.partition('.')[0]}"
        print(f"api {api}")
        print(f"curl --aws-sigv4 aws:amz:us-east-1:execute-api --user test:test '{api}/v1/orgs/{ORG}/events?limit=5'")
        print(f"export AWS_ENDPOINT_URL={aws.endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1")
        print("running; Ctrl-C stops the stack and keeps its data in aws-data", flush=True)
        aws.process.wait()
    except KeyboardInterrupt:
        aws.stop()
    finally:
        aws.kill()


if __name__ == "__main__":
    main()
