"""The commands and the policy of infra/README.md, exactly as written."""

import json
import os
import re

from sam.aws import ROOT

# `sam` asks for confirmation before each change. `audit` is the program under test.
PRELUDE = """
set -euo pipefail
stack={stack}
sam() {{ printf 'y\\ny\\ny\\n' | command sam "$@"; }}
audit() {{ {audit} "$@"; }}
{output}
"""


def blocks():
    """The shell blocks of the runbook, each without its indentation."""
    text = (ROOT / "infra" / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^( *)```sh\n(.*?)^ *```", text, re.M | re.S)
    return [re.sub(rf"^{indent}", "", block, flags=re.M) for indent, block in found]


def policy_of_a_caller(api_arn):
    """The statements of the policy that the runbook shows for a caller, for one API."""
    text = (ROOT / "infra" / "README.md").read_text(encoding="utf-8")
    [policy] = [each for each in re.findall(r"^```json\n(.*?)^```", text, re.M | re.S) if "execute-api:Invoke" in each]
    return json.loads(policy.replace("<ApiArn>", api_arn))["Statement"]


def block(phrase):
    """The first block that contains a phrase."""
    found = [each for each in blocks() if phrase in each]
    assert found, f"infra/README.md has no commands with {phrase!r}"
    return found[0]


def run(stack, commands):
    """Runs commands of the runbook as an operator would: among the project's files, confirming each question."""
    output = next(line for line in block("output()").splitlines() if line.startswith("output()"))
    script = PRELUDE.format(stack=stack.name, audit=os.environ["AUDIT_BIN"], output=output) + commands
    return stack.aws.run("bash", "-c", script, cwd=stack.project).stdout
