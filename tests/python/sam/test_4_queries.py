"""The named queries through Athena, over the deployed bucket: each returns the rows that DuckDB returns."""

import re
import time
from datetime import datetime, timezone

import pytest
from readers import demo, expected, named_queries, story
from readers.athena_sql import to_duckdb
from readers.engines import DuckDB
from sam.demo_events import copy_demo


@pytest.fixture(scope="module")
def archive(stack, platform, serve):
    """The demo org of `audit serve --demo` and the story of `readers`, recorded in the stack and archived there."""
    copy_demo(serve("demo", "--demo"), platform)
    for org, made in story.ORGS.items():
        platform.register(org)
        platform.record(org, made)
    execution = stack.archive()
    assert execution["status"] == "SUCCEEDED", execution
    duckdb = DuckDB(stack.archive_folder)
    named_queries.create_views(duckdb)
    return duckdb


def athena(stack, sql, parameters=()):
    client = stack.aws.client("athena")
    given = {"ExecutionParameters": [f"'{value}'" for value in parameters]} if parameters else {}
    started = client.start_query_execution(
        QueryString=sql, WorkGroup=stack.outputs["Workgroup"],
        QueryExecutionContext={"Database": stack.outputs["Database"]}, **given,
    )["QueryExecutionId"]  # fmt: skip
    while True:
        status = client.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    assert status["State"] == "SUCCEEDED", status
    (head, *rows) = client.get_query_results(QueryExecutionId=started, MaxResults=1000)["ResultSet"]["Rows"]
    text = lambda row: [cell.get("VarCharValue") for cell in row["Data"]]
    return text(head), [text(row) for row in rows]


def as_text(value):
    """A value of DuckDB as the emulator's Athena writes it."""
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(timezone.utc)
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def cases(archive):
    return [*expected.CASES, *demo.cases(named_queries.day_of_incident(archive))]


def test_every_named_query_returns_through_athena_what_duckdb_returns(stack, archive):
    client = stack.aws.client("athena")
    ids = client.list_named_queries(WorkGroup=stack.outputs["Workgroup"])["NamedQueryIds"]
    queries = {
        query["Name"]: query["QueryString"] for query in client.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]
    }
    assert set(queries) == set(named_queries.NAMES)
    found = 0
    for case in cases(archive):
        columns, rows = athena(stack, queries[case.query], case.parameters.values())
        wanted = archive.connection.sql(to_duckdb(named_queries.with_parameters(queries[case.query], case.parameters)))
        assert columns == wanted.columns, case
        wanted = [[as_text(value) for value in row] for row in wanted.fetchall()]
        assert rows == wanted, case
        found += len(rows)
    assert found > 50, "the cases find too few rows"


def test_the_projection_of_each_table_names_the_folders_of_the_segments(stack, archive):
    """The emulator lists the folders and ignores the projection, so the projection is compared with the folders."""
    glue, folders = stack.aws.client("glue"), {key.rpartition("/")[0] for key in stack.segments()}
    assert folders
    for table in glue.get_tables(DatabaseName=stack.outputs["Database"])["TableList"]:
        template = table["Parameters"]["storage.location.template"]
        for folder in folders:
            values = dict(part.split("=", 1) for part in folder.split("/") if "=" in part)
            named = re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], template)
            path = f"s3://{stack.outputs['ArchiveBucket']}/{folder}/"
            assert path.startswith(named), f"{table['Name']} reads {named}, the segments are in {path}"


def test_both_tables_count_every_archived_event(stack, archive, platform):
    count = athena(stack, f"SELECT count(*) FROM events WHERE org_id = '{demo.ORG}'")[1]
    assert count == [[str(len(platform.ids(demo.ORG)))]]
    by_org = athena(stack, "SELECT org_id, count(*) FROM all_events GROUP BY org_id")[1]
    assert dict(by_org)[demo.ORG] == count[0][0]
    assert athena(stack, "SELECT count(*) FROM events WHERE org_id = 'unknown'")[1] == [["0"]]
