"""The named queries, translated from Athena's SQL to DuckDB's, return the expected rows of a known story."""

import pyarrow as pa
import pytest
from readers import demo, expected, named_queries
from readers.athena_sql import to_duckdb
from readers.rows import assert_same


@pytest.fixture(scope="module")
def tables(duckdb):
    named_queries.create_views(duckdb)
    return duckdb


@pytest.fixture(scope="module")
def demo_cases(tables):
    return demo.cases(named_queries.day_of_incident(tables))


def run(tables, sql, labels):
    """Columns and rows, with labels instead of ids, and instants as text."""
    table = tables.connection.sql(sql).to_arrow_table()
    text = lambda c: c.cast(pa.timestamp("us")).cast(pa.string()) if pa.types.is_timestamp(c.type) else c
    columns = [text(column).to_pylist() for column in table.columns]
    return table.column_names, [tuple(labels.get(value, value) for value in row) for row in zip(*columns)]


def check(tables, case, labels):
    sql = (named_queries.FOLDER / f"{case.query}.sql").read_text()
    columns, rows = run(tables, to_duckdb(named_queries.with_parameters(sql, case.parameters)), labels)
    places = [columns.index(column) for column in case.columns or columns]
    rows = [tuple(row[place] for place in places) for row in rows if case.about is None or case.about in row]
    assert_same(rows, case.rows, case.columns or columns)


def test_every_named_query_has_a_case_in_the_story_and_in_the_demo(demo_cases):
    assert {case.query for case in expected.CASES} == set(named_queries.NAMES)
    assert {case.query for case in demo_cases} == set(named_queries.NAMES)


@pytest.mark.parametrize("case", expected.CASES, ids=lambda case: case.query)
def test_a_query_returns_its_rows_of_the_story(tables, archive, case):
    check(tables, case, archive.labels)


@pytest.mark.parametrize("query", named_queries.NAMES)
def test_a_query_returns_its_rows_of_the_incident_in_the_demo(tables, archive, demo_cases, query):
    cases = [case for case in demo_cases if case.query == query]
    assert cases
    for case in cases:
        check(tables, case, archive.labels)
