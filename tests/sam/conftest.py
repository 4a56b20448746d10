"""What every test takes: the emulator, the deployed stack, a caller with all routes, and `audit serve` beside it."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "lambda"), str(ROOT / "tests" / "readers")]

from aws import BREAK_GLASS, Aws, Stack  # noqa: E402
from caller import Caller, allow, create_user  # noqa: E402
from pair import Pair  # noqa: E402
from processes import Processes  # noqa: E402
from served import Served  # noqa: E402

AUDIT = Path(os.environ["AUDIT_BIN"])
# What `sam build` made; a deliberate fault has a copy of it.
BUILT = Path(os.environ.get("AUDIT_BUILT", ROOT / ".aws-sam" / "build")).resolve()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sam")


@pytest.fixture(scope="session")
def aws(folder):
    made = Aws(folder / "aws", os.environ["EMULATOR_PYTHON"])
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="session")
def stack(aws):
    made = Stack(aws, BUILT)
    made.deploy(BREAK_GLASS)
    return made


@pytest.fixture(scope="session")
def platform(stack):
    """A caller who may use every route."""
    return Caller(stack, create_user(stack.aws, "platform", [allow("execute-api:Invoke", f"{stack.outputs['ApiArn']}/*")]))


@pytest.fixture(scope="session")
def reference(folder):
    """`audit serve`, whose answers the deployed API's are compared with."""
    (folder / "serve").mkdir()
    processes = Processes(str(folder / "serve"))
    yield Served(processes, str(AUDIT), "reference")
    processes.stop_all()


@pytest.fixture(scope="session")
def pair(platform, reference):
    return Pair(platform, reference)


@pytest.fixture(scope="session")
def audit(stack):
    """Runs the command `audit` against the stack's tables and buckets."""

    def run(*words, key=None, check=True, **variables):
        return stack.aws.run(AUDIT, *words, key=key, check=check, **{**stack.variables, **variables})

    return run
