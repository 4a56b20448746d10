"""The named queries, parsed as Athena's SQL and carried over to DuckDB, give the expected rows of a known story."""

import re
from pathlib import Path

import demo
import expected
import pyarrow as pa
import sqlglot
from readers import DuckDB
from sqlglot.tokens import TokenType

FOLDER = Path(__file__).parents[2] / "infra" / "athena"


def given(sql, parameters):
    """Puts literals in the place of each `?`, as Athena does, by the names that the query's head gives them."""
    names = re.findall(r"^--   \d+ (.+?)  +'", sql, re.M)
    places = [token for token in sqlglot.tokenize(sql, read="athena") if token.token_type == TokenType.PLACEHOLDER]
    if names != list(parameters) or len(names) != len(places):
        raise ValueError(f"{len(places)} parameters, described are {names}, the case gives {list(parameters)}")
    for place, value in reversed(list(zip(places, parameters.values()))):
        sql = sql[: place.start] + f"'{value}'" + sql[place.end + 1 :]
    return sql


def answer(archive, sql, labels):
    """Columns, and rows with labels in the place of ids and instants as text."""
    table = archive.connection.sql(sql).to_arrow_table()
    text = lambda c: c.cast(pa.timestamp("us")).cast(pa.string()) if pa.types.is_timestamp(c.type) else c
    columns = [text(column).to_pylist() for column in table.columns]
    return table.column_names, [tuple(labels.get(value, value) for value in row) for row in zip(*columns)]


def check_case(report, archive, case, labels):
    name = f"{case.query} {list(case.parameters.values())}"
    try:
        sql = to_duckdb(given((FOLDER / f"{case.query}.sql").read_text(), case.parameters))
        columns, rows = answer(archive, sql, labels)
        places = [columns.index(column) for column in case.columns or columns]
    except Exception as error:
        report.check(name, False, f"\n  {type(error).__name__}: {error}")
        return
    rows = [tuple(row[place] for place in places) for row in rows if case.about is None or case.about in row]
    report.equal_rows(name, rows, case.rows, case.columns or columns)


def create_views(archive):
    """Makes the two tables of Glue: with both columns of the path, or with its day and the file's org_id."""
    archive.query(f"CREATE VIEW events AS SELECT * FROM {archive.table}")
    day = "parse_path(path)[-3][4:] AS dt"
    archive.query(f"CREATE VIEW all_events AS SELECT * EXCLUDE path, {day} FROM {archive.files}")


def check(report, folder, labels):
    archive = DuckDB(folder)
    create_views(archive)
    [(day,)] = archive.query("SELECT min(dt) FROM events WHERE actor_id = 'key_backup_sync'")
    files = {path.stem for path in FOLDER.glob("*.sql")}
    for cases in (expected.CASES, demo.cases(day)):
        report.equal("the named queries that have a case", {case.query for case in cases}, files)
        for case in cases:
            check_case(report, archive, case, labels)
