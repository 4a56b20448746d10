"""Operations by the commands of infra/README.md: kills, restores, deleting the stack and deploying it again."""

import os
import random
import re
import signal
import time

import pytest
from sam import runbook
from sam.aws import BREAK_GLASS, Stack
from sam.caller import Caller

ORGS = [f"drill-{number}" for number in range(3)]


def event(batch, number):
    # Of 20 months, so that a pass publishes many segments.
    year, month = divmod(number % 20, 12)
    return {"occurred_at": f"{2025 + year}-{month + 1:02}-15T00:00:{number % 60:02}Z", "actor": {"id": "a"},
            "action": "drill.run", "result": "succeeded", "idempotency_key": f"{batch}-{number}"}  # fmt: skip


@pytest.fixture(scope="module")
def recorded():
    """The ids of all events that the drills recorded, by org."""
    return {org: set() for org in ORGS}


def record(platform, recorded, batches, count=500):
    for org in ORGS:
        for batch in batches:
            recorded[org].update(platform.record(org, [event(batch, number) for number in range(count)]))


def assert_nothing_lost_or_doubled(platform, audit, recorded):
    for org, ids in recorded.items():
        found = platform.ids(org)
        assert len(found) == len(set(found)), f"{org}: doubled"
        assert set(found) == ids, f"{org}: {len(ids - set(found))} lost, {len(set(found) - ids)} unknown"
        assert audit("check", "--org", org).stdout.endswith("no problems found\n"), org


def test_a_pass_whose_function_is_killed_is_finished_by_its_retries_or_the_next(stack, platform, audit, recorded):
    seed = int(os.environ.get("AUDIT_SEED", time.time_ns() % 1_000_000))
    print(f"AUDIT_SEED={seed}")
    chance, kills = random.Random(seed), 0
    for org in ORGS:
        platform.register(org)
    record(platform, recorded, range(4))
    execution = stack.start_pass()
    states = stack.aws.client("stepfunctions")
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        time.sleep(chance.uniform(0.05, 0.6))
        if kills < 3:
            for pid in stack.aws.functions_of(f"{stack.name}-compact"):
                os.kill(pid, signal.SIGKILL)
                kills += 1
    assert kills > 0, "the pass ended before its function was killed"
    ended = stack.wait(execution)["status"]
    print(f"{kills} kills, the pass {ended}")
    if ended != "SUCCEEDED":
        assert stack.archive()["status"] == "SUCCEEDED"
    assert stack.hot_rows() == 0
    assert_nothing_lost_or_doubled(platform, audit, recorded)


def test_after_a_clean_stop_everything_is_there(stack, platform, audit, recorded):
    stack.aws.stop()
    stack.aws.start()
    assert_nothing_lost_or_doubled(platform, audit, recorded)


def test_stores_killed_in_the_middle_of_a_pass_are_mended_by_a_rebuild(stack, platform, audit, recorded):
    """After a kill the bucket is newer than the tables, which are those of the last clean stop: as after a restore."""
    record(platform, recorded, range(4, 8))
    stack.aws.stop()
    stack.aws.start()
    before = len(list(stack.archive_folder.rglob("*.parquet")))
    stack.start_pass()
    deadline = time.monotonic() + 60
    while len(list(stack.archive_folder.rglob("*.parquet"))) < before + 8:
        assert time.monotonic() < deadline, "the pass publishes nothing"
        time.sleep(0.02)
    stack.aws.kill()
    stack.aws.start()
    broken = [audit("check", "--org", org, check=False).returncode for org in ORGS]
    assert 2 in broken, "the kill left nothing to repair"
    audit("ledger", "rebuild", "--all")
    assert stack.archive()["status"] == "SUCCEEDED"
    assert stack.hot_rows() == 0
    assert_nothing_lost_or_doubled(platform, audit, recorded)


RESTORE = "to=$from-restored"


def restore(table):
    """The commands up to the deployment that restore a table to the present."""
    commands = runbook.block(RESTORE).replace("EventsTable", table)
    if table == "OrgsTable":
        commands = commands.replace("sam deploy", f"{runbook.block('SET id_key')}\nsam deploy", 1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return re.sub(r"--restore-date-time \S+", f"--restore-date-time {now}", commands)


@pytest.mark.parametrize("table", ["OrgsTable", "EventsTable"])
def test_a_table_is_restored(stack, platform, audit, recorded, table):
    record(platform, recorded, [f"before {table}"], 5)
    runbook.run(stack, restore(table))
    stack.read_outputs()
    assert stack.outputs[table].endswith("-restored")
    record(platform, recorded, [f"after {table}"], 5)
    assert_nothing_lost_or_doubled(platform, audit, recorded)


def test_a_ledger_is_restored_and_rebuilt(stack, platform, audit, recorded):
    commands = runbook.block("audit ledger rebuild --all")
    gap = next(line for line in commands.splitlines() if line.startswith("# … the commands above"))
    printed = runbook.run(stack, commands.replace(gap, restore("LedgerTable")))
    stack.read_outputs()
    assert stack.outputs["LedgerTable"].endswith("-restored")
    for org in ORGS:
        assert f"\n{org}: " in printed, f"{org} was not rebuilt"
    assert stack.archive()["status"] == "SUCCEEDED"
    assert_nothing_lost_or_doubled(platform, audit, recorded)


def keep(stack):
    """Parameters that name the tables and the bucket which the stack uses now."""
    names = ("OrgsTable", "EventsTable", "LedgerTable")
    return [
        *(f"{name}Name={stack.outputs[name]}" for name in names),
        f"ArchiveBucketName={stack.outputs['ArchiveBucket']}",
    ]


def test_the_stack_is_torn_down_without_losing_events_and_comes_back_under_another_name(stack, audit, recorded):
    commands = runbook.block("sam delete")
    start = next(line for line in commands.splitlines() if "start-execution" in line)
    # The comment of the runbook, "wait for it", as a command.
    waited = commands.replace(
        start,
        start
        + "\n"
        + """
        arn=$(output ArchivePass)
        while [ -n "$(aws stepfunctions list-executions --state-machine-arn $arn --status-filter RUNNING --query 'executions[].status' --output text)" ]
        do sleep 0.2; done""",
    )
    kept = keep(stack)
    runbook.run(stack, waited)
    client = stack.aws.client
    assert client("lambda").list_functions()["Functions"] == []
    assert stack.outputs["EventsTable"] in client("dynamodb").list_tables()["TableNames"]
    assert stack.outputs["ArchiveBucket"] in [each["Name"] for each in client("s3").list_buckets()["Buckets"]]
    # The emulator names tables without a random part, and a new stack of the same name would empty them.
    again = Stack(stack.aws, stack.project / ".aws-sam" / "build", "audit-again")
    again.deploy(BREAK_GLASS, *kept)
    platform = Caller(again, ("test", "test"))
    assert again.hot_rows() == 0, "the forced pass left rows hot"
    for org, ids in recorded.items():
        assert set(platform.ids(org)) == ids, org
        stored = again.variables
        assert audit("check", "--org", org, **stored).stdout.endswith("no problems found\n"), org
