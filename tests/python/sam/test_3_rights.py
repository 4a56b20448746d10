"""Least privilege: a function needs every right of its role."""

import json
import time

import pytest
from sam.caller import allow, create_user

ORG = "rights"


def event(number):
    return {"occurred_at": "2026-11-20T00:00:00Z", "actor": {"id": "a"}, "action": "right.tested", "result": "succeeded",
            "idempotency_key": f"{time.time_ns()}-{number}"}  # fmt: skip


class Rights:
    """The policy of one role, from which one action at a time is removed."""

    def __init__(self, stack, logical_id):
        self.iam, self.role = stack.aws.client("iam"), stack.role(logical_id)
        (self.name,) = self.iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        self.document = self.iam.get_role_policy(RoleName=self.role, PolicyName=self.name)["PolicyDocument"]

    def all(self):
        for statement in self.document["Statement"]:
            for action in actions(statement):
                # Lambda writes the logs, and the emulated Lambda needs no right.
                if not action.startswith("logs:"):
                    yield statement["Sid"], action

    def put(self, document):
        self.iam.put_role_policy(RoleName=self.role, PolicyName=self.name, PolicyDocument=json.dumps(document))

    def without(self, sid, action, work):
        """Does the work while the role lacks one action."""
        kept = []
        for statement in self.document["Statement"]:
            left = [each for each in actions(statement) if (statement["Sid"], each) != (sid, action)]
            kept += [{**statement, "Action": left}] if left else []
        self.put({**self.document, "Statement": kept})
        try:
            return work()
        finally:
            self.put(self.document)


def actions(statement):
    return statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]


@pytest.fixture(scope="module")
def everything(stack, platform):
    """Does all that the functions do, for an org with hot and archived rows. Returns the outcome of each."""

    def status(method, target, body=None):
        return platform.request(
            method, target, json.dumps(body) if body else None, {"content-type": "application/json"}
        ).status

    def compact(task):
        try:
            outcome = stack.invoke_compact(task)
        except RuntimeError as error:
            return str(error)[:60]
        return "ok" if not outcome.get("failed_orgs") else "failed"

    def do():
        fresh, done = f"fresh-{time.time_ns()}", {}
        done["register"] = status("PUT", f"/v1/orgs/{fresh}", {"name": "O", "plan": "enterprise"})
        # The plan of a new org is in no function's cache yet.
        done["record, plan not cached"] = status("POST", f"/v1/orgs/{fresh}/events", event(0))
        done["search, plan not cached"] = status("GET", f"/v1/orgs/{fresh}/events")
        done["record"] = status("POST", f"/v1/orgs/{ORG}/events", {"events": [event(number) for number in range(3)]})
        done["search"] = status("GET", f"/v1/orgs/{ORG}/events?limit=1000")
        # Reads the filters of what the pass before archived.
        done["search an actor"] = status("GET", f"/v1/orgs/{ORG}/events?actor={fresh}")
        done["hot event"] = status("GET", f"/v1/orgs/{ORG}/events/{hot_id()}")
        done["archived event"] = status("GET", f"/v1/orgs/{ORG}/events/{archived}")
        done["proof"] = status("GET", f"/v1/orgs/{ORG}/events/{archived}/proof")
        done["org"] = status("GET", f"/v1/orgs/{ORG}")
        sessions = f"/v1/orgs/{fresh}/viewer-sessions"
        made = platform.request("POST", sessions, json.dumps({"viewer": {"id": "u"}}))
        done["make a session"], done["list sessions"] = made.status, status("GET", sessions)
        made = json.loads(made.text)
        done["view, plan not cached"] = view("/view/v1/events", made)
        done["view a hot event"] = view(f"/view/v1/events/{hot_id()}", viewer)
        done["view an archived event"] = view(f"/view/v1/events/{archived}", viewer)
        done["view a proof"] = view(f"/view/v1/events/{archived}/proof", viewer)
        # Reads what the pass before archived: an instance has cached older segments.
        done["view all events"] = view("/view/v1/events?limit=1000", viewer)
        # Before any instance has cached that it is recorded.
        done["view a new filter"] = view(f"/view/v1/events?actor={fresh}", viewer)
        done["revoke sessions"] = status("DELETE", f"{sessions}?viewer=u")
        done["list"] = compact({"task": "list", "start": None})
        done["archive"] = compact({"task": "archive", "org_ids": [ORG], "force": True})
        return done

    def view(target, session):
        authorization = {"authorization": f"Bearer {session.get('token')}"}
        return platform.request("GET", target, headers=authorization, signed=False).status

    def hot_id():
        """A hot event's id, read from the table: the role under test may have no right to search."""
        for shard in range(4):
            items = stack.aws.client("dynamodb").query(
                TableName=stack.outputs["EventsTable"], KeyConditionExpression="pk = :pk", Limit=1,
                ExpressionAttributeValues={":pk": {"S": f"{ORG}#{shard}"}},
            )["Items"]  # fmt: skip
            if items:
                return items[0]["sk"]["S"].rpartition("#")[2]
        return "018dfb6c-7c00-7000-8000-000000000000"

    platform.register(ORG)
    (archived, *_) = platform.record(ORG, [event(number) for number in range(3)])
    assert stack.invoke_compact({"task": "archive", "org_ids": [ORG], "force": True})["failed_orgs"] == []
    viewer = platform.json("POST", f"/v1/orgs/{ORG}/viewer-sessions", {"viewer": {"id": "u"}}, status=201)
    return do


# A missing object is 404 in the emulator with and without this right; on AWS it would be 403, reported as such.
READERS = ("QueryRole", "ViewRole", "CompactRole")
NOT_SEEN_HERE = {(role, "DistinguishMissingObjects", "s3:ListBucket") for role in READERS}
# Deletes the items of a batch that becomes void, which needs staged objects that have expired.
NOT_SEEN_HERE |= {("CompactRole", "Ledger", "dynamodb:DeleteItem")}
# Ends a merge, whose sources are at least a day old.
NOT_SEEN_HERE |= {("CompactRole", "Ledger", "dynamodb:ConditionCheckItem"), ("CompactRole", "Replaced", "s3:DeleteObject")}
# Without a signature, proofs are late, and no outcome differs.
NOT_SEEN_HERE |= {("CompactRole", "Checkpoints", action) for action in ("kms:GetPublicKey", "kms:Sign")}


@pytest.mark.parametrize("role", ["IngestRole", "QueryRole", "ViewRole", "CompactRole"])
def test_each_right_of_a_role_is_needed(stack, everything, role):
    rights, needless = Rights(stack, role), []
    with_all = everything()
    assert {str(outcome) for outcome in with_all.values()} <= {"200", "201", "ok"}, with_all
    for sid, action in rights.all():
        found = rights.without(sid, action, everything)
        broken = {name: outcome for name, outcome in found.items() if outcome != with_all[name]}
        print(f"{role} without {action} of {sid}: {broken or 'nothing breaks'}")
        if not broken and (role, sid, action) not in NOT_SEEN_HERE:
            needless.append((sid, action))
    assert needless == []
    assert everything() == with_all, "with all rights again"


def test_a_log_line_names_the_cause_and_the_request_once(stack, platform, everything):
    """An operator reads the log: a refused right must not look like a network failure."""
    rights, started_ms = Rights(stack, "CompactRole"), int(time.time() * 1000)
    (sid, *_) = [sid for sid, action in rights.all() if action == "s3:PutObject"]
    platform.record(ORG, [event(0)])
    rights.without(
        sid, "s3:PutObject", lambda: stack.invoke_compact({"task": "archive", "org_ids": [ORG], "force": True})
    )
    logs, deadline = stack.aws.client("logs"), time.monotonic() + 20
    found = []
    while not found and time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{stack.name}-compact", startTime=started_ms)[
            "events"
        ]
        found = [line["message"] for line in events if "pass stopped" in line["message"]]
        time.sleep(0.2)
    assert found, "no line reports the pass"
    for text in found:
        line = json.loads(text[text.index("{") :])
        assert "PutObject" in line["error"] and "AccessDenied" in line["error"], line
        assert line["org_id"] == ORG
        assert text.count("requestId") == 1, text


def test_the_rights_that_the_runbook_lists_for_check_and_rebuild_suffice(stack, audit, platform):
    account = stack.outputs["ApiArn"].split(":")[4]
    tables = [
        f"arn:aws:dynamodb:us-east-1:{account}:table/{stack.outputs[name]}"
        for name in ("OrgsTable", "EventsTable", "LedgerTable")
    ]
    archive, staging = (f"arn:aws:s3:::{stack.outputs[name]}" for name in ("ArchiveBucket", "StagingBucket"))
    check = [allow(["dynamodb:GetItem", "dynamodb:Query"], tables), allow("s3:ListBucket", [archive, staging]),
             allow("s3:GetObject", [f"{archive}/*", f"{staging}/*"])]  # fmt: skip
    rebuild = [
        *check,
        allow(["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"], tables[2]),
        allow("s3:PutObject", f"{archive}/*"),
    ]
    checker, rebuilder = create_user(stack.aws, "checker", check), create_user(stack.aws, "rebuilder", rebuild)
    platform.record(ORG, [event(number) for number in range(5)])
    stack.invoke_compact({"task": "archive", "org_ids": [ORG], "force": True})
    assert audit("check", "--org", ORG, key=checker).returncode == 0
    lost = lose_ledger(stack, ORG)
    assert lost > 2
    assert audit("ledger", "rebuild", "--org", ORG, key=checker, check=False).returncode == 1
    assert audit("ledger", "rebuild", "--org", ORG, key=rebuilder).returncode == 0
    assert audit("check", "--org", ORG, key=checker).returncode == 0


def lose_ledger(stack, org):
    dynamodb, table = stack.aws.client("dynamodb"), stack.outputs["LedgerTable"]
    items = dynamodb.query(TableName=table, KeyConditionExpression="org_id = :org",
                           ExpressionAttributeValues={":org": {"S": org}})["Items"]  # fmt: skip
    for item in items:
        dynamodb.delete_item(TableName=table, Key={"org_id": item["org_id"], "sk": item["sk"]})
    return len(items)


def test_history_cannot_be_deleted_by_an_administrator(stack):
    s3, bucket = (
        stack.aws.client("s3", create_user(stack.aws, "administrator", [allow("*", "*")])),
        stack.outputs["ArchiveBucket"],
    )
    segment = stack.segments(ORG)[0]
    policy = stack.aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    version = stack.aws.client("s3").list_object_versions(Bucket=bucket, Prefix=segment)["Versions"][0]["VersionId"]
    for call, request in (
        (s3.delete_object, {"Key": segment}), (s3.delete_object, {"Key": segment, "VersionId": version}),
        (s3.put_bucket_policy, {"Policy": policy}), (s3.delete_bucket_policy, {}),
        (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Suspended"}}),
    ):  # fmt: skip
        with pytest.raises(s3.exceptions.ClientError) as refused:
            call(Bucket=bucket, **request)
        assert refused.value.response["Error"]["Code"] == "AccessDenied", request
    assert segment in stack.segments(ORG)


def test_a_published_object_cannot_be_overwritten_by_anybody(stack):
    key = create_user(stack.aws, "s3-all", [allow("s3:*", "*")])
    s3, bucket = stack.aws.client("s3", key), stack.outputs["ArchiveBucket"]
    segment = stack.segments(ORG)[0]
    source = {"Bucket": bucket, "Key": segment}

    def outcome(call, **request):
        try:
            call(Bucket=bucket, **request)
        except s3.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        return "stored"

    assert outcome(s3.put_object, Key=segment, Body=b"x") == "AccessDenied"
    assert outcome(s3.put_object, Key=segment, Body=b"x", IfNoneMatch="*") == "PreconditionFailed"
    assert outcome(s3.put_object, Key="events/new", Body=b"x") == "AccessDenied"
    assert outcome(s3.put_object, Key="events/new", Body=b"x", IfNoneMatch="*") == "stored"
    assert outcome(s3.copy_object, Key=segment, CopySource=source) == "AccessDenied"
    assert outcome(s3.copy_object, Key=segment, CopySource=source, IfNoneMatch="*") == "PreconditionFailed"
    stack.aws.client("s3").delete_object(Bucket=bucket, Key="events/new")
