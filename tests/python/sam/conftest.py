"""The emulator, the deployed stack, a caller that may use all routes, and `audit serve` beside it."""

import os
from pathlib import Path

import boto3
import pytest
from sam.aws import BREAK_GLASS, ROOT, Aws, Stack
from sam.caller import Caller, allow, create_user
from support.pair import OrgsTable, Pair

# What `sam build` made. A run with a deliberate fault has a changed copy.
BUILT = Path(os.environ.get("AUDIT_BUILT", ROOT / ".aws-sam" / "build")).resolve()


@pytest.fixture(scope="session")
def stack(processes):
    aws = Aws(processes, os.environ["EMULATOR_PYTHON"])
    aws.start()
    made = Stack(aws, BUILT)
    made.deploy(BREAK_GLASS)
    return made


@pytest.fixture(scope="session")
def platform(stack):
    """A caller that may use every route."""
    return Caller(
        stack, create_user(stack.aws, "platform", [allow("execute-api:Invoke", f"{stack.outputs['ApiArn']}/*")])
    )


@pytest.fixture(scope="session")
def pair(stack, platform, serve):
    reference = serve("reference")
    deployed = OrgsTable(stack.aws.client("dynamodb"), stack.outputs["OrgsTable"])
    # Any key is accepted.
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    local = boto3.client("dynamodb", endpoint_url=reference.dynamodb, **keys)
    return Pair(platform, reference, deployed, OrgsTable(local, "audit-orgs"))


@pytest.fixture(scope="session")
def audit(stack):
    """Runs the command `audit` on the tables and buckets of the stack."""

    def run(*words, key=None, check=True, **variables):
        return stack.aws.run(os.environ["AUDIT_BIN"], *words, key=key, check=check, **{**stack.variables, **variables})

    return run
