"""The whole stack on this machine with demo data, until Ctrl-C. See `laptop`."""

import contextlib
import os
import signal
import tempfile

from sam.aws import ROOT, Aws, Stack
from sam.caller import Caller
from sam.demo_events import ORG, copy_demo
from support.processes import Processes
from support.served import Served

PORT = 4566


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    (ROOT / "aws-data").mkdir(exist_ok=True)
    with Processes(ROOT / "aws-data") as processes, contextlib.suppress(KeyboardInterrupt):
        aws = Aws(processes, os.environ["EMULATOR_PYTHON"], PORT, strict=False)
        aws.start()
        stack = Stack(aws, ROOT / ".aws-sam" / "build", environment="local")
        print("deploying the stack audit-logs")
        stack.deploy()
        caller = Caller(stack, ("test", "test"))
        if caller.request("GET", f"/v1/orgs/{ORG}").status == 404:
            with tempfile.TemporaryDirectory() as folder, Processes(folder) as short_lived:
                print(f"recorded {copy_demo(Served(short_lived, 'demo', '--demo'), caller)} events of the org {ORG}")
            print(f"archived: {stack.archive()['status']}")
        api = f"{aws.endpoint}/_aws/execute-api/{stack.host.partition('.')[0]}"
        print(f"api {api}")
        print(f"curl --aws-sigv4 aws:amz:us-east-1:execute-api --user test:test '{api}/v1/orgs/{ORG}/events?limit=5'")
        print(
            f"export AWS_ENDPOINT_URL={aws.endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1"
        )
        print("running; Ctrl-C stops the stack and keeps its data in aws-data", flush=True)
        aws.process.wait()


if __name__ == "__main__":
    main()
