"""Deploys templates with deliberate faults, each of which a test must notice: `run sam --faults`."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sam.aws import ROOT
from support.template import Template

BUILT = ROOT / ".aws-sam" / "build"
TESTS = ["test_1_api.py", "test_2_callers.py", "test_3_rights.py", "test_4_queries.py"]


def statements(body, role):
    (policy,) = body["Resources"][role]["Properties"]["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


def missing_right(body):
    statement = statements(body, "QueryRole")["Events"]
    statement["Action"] = [action for action in statement["Action"] if action != "dynamodb:GetItem"]


def needless_right(body):
    statement = statements(body, "IngestRole")["Events"]
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    statement["Action"] = [*actions, "dynamodb:DeleteItem"]


def wrong_key_schema(body):
    properties = body["Resources"]["EventsTable"]["Properties"]
    properties["KeySchema"] = [{"AttributeName": "sk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}]


def route_without_its_function(body):
    del body["Resources"]["QueryFunction"]["Properties"]["Events"]["GetEvent"]


def open_route(body):
    event = body["Resources"]["QueryFunction"]["Properties"]["Events"]["GetEvents"]
    event["Properties"]["Auth"] = {"Authorizer": "NONE"}


def swapped_variables(body):
    variables = body["Resources"]["CompactFunction"]["Properties"]["Environment"]["Variables"]
    variables["ARCHIVE_BUCKET"], variables["STAGING_BUCKET"] = variables["STAGING_BUCKET"], variables["ARCHIVE_BUCKET"]


def other_folder(body):
    changed = 0
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::Glue::Table":
            parameters = resource["Properties"]["TableInput"]["Parameters"]
            text = json.dumps(parameters["storage.location.template"])
            parameters["storage.location.template"] = json.loads(text.replace("/events/", "/event/"))
            changed += text.count("/events/")
    assert changed, "no table names the folder events/"


def overwriting_allowed(body):
    policy = body["Resources"]["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"]
    policy["Statement"] = [each for each in policy["Statement"] if each["Sid"] != "CreateOnly"]


FAULTS = {
    "a right that a function needs is missing": missing_right,
    "a role has a right that nothing needs": needless_right,
    "the keys of the events table are exchanged": wrong_key_schema,
    "a route has no function": route_without_its_function,
    "a route needs no signature": open_route,
    "two environment variables of `compact` are exchanged": swapped_variables,
    "the projection of the Athena tables names another folder": other_folder,
    "a published object may be overwritten": overwriting_allowed,
}


def noticed_by(change):
    """Deploys the changed template. Returns up to three tests that fail."""
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "build"
        shutil.copytree(BUILT, built)
        body = Template(built / "template.yaml").body
        change(body)
        (built / "template.yaml").write_text(json.dumps(body), encoding="utf-8")
        command = ["pytest", "-q", "--maxfail=3", "--no-header", "--tb=line", *TESTS]
        environment = os.environ | {"AUDIT_BUILT": str(built)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parent)
        return re.findall(r"^(?:FAILED|ERROR) \S+?::(\w+)", done.stdout, re.M)


def main():
    unseen = []
    for title, change in FAULTS.items():
        names = list(dict.fromkeys(noticed_by(change)))
        print(f"| {title} | {', '.join(f'`{name}`' for name in names) or '**nothing**'} |", flush=True)
        unseen += [] if names else [title]
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
