"""DuckDB, pyarrow, both readers of Spark, and the API return the same rows, types and order."""

import json
from datetime import timedelta
from hashlib import sha256

import pyarrow.parquet as pq
import pytest
from readers import fixed, rows, story
from readers.rows import assert_same

ID, OCCURRED_AT = 0, list(rows.COLUMNS).index("occurred_at")


def at_month(row):
    return str(rows.EPOCH + timedelta(microseconds=row[OCCURRED_AT]))[:7]


@pytest.fixture(scope="session")
def base(pyarrow):
    """The rows of the archive as pyarrow reads them."""
    return pyarrow.rows()


@pytest.fixture(scope="session")
def expected(returned, base):
    """The rows of the archive by the API's events, which do not contain `seq`."""
    seqs = {row[ID]: row[rows.SEQ] for row in base}
    return [rows.of_event(returned[id], seqs.get(id)) for id in sorted(returned)]


def test_the_api_returns_the_fixed_events_as_sent_oldest_first(archive):
    """Otherwise all readers could be equally wrong."""
    names = [name for name in rows.COLUMNS if name not in ("seq", "ingested_at")]
    found, expected = [], []
    for text in archive.events[fixed.ORG]:
        row = dict(zip(rows.COLUMNS, rows.of_event(text, None)))
        found.append(tuple(row[name] for name in names))
    for id in sorted(archive.sent):
        row = {"id": id, "org_id": fixed.ORG, "salt": None} | archive.sent[id].columns
        row["occurred_at"] = row["occurred_at_us"] = rows.micros(row["occurred_at"])
        expected.append(tuple(row[name] for name in names))
    assert_same(found, expected, names)


def test_the_required_columns_are_not_nullable(pyarrow):
    assert pyarrow.found_required() == rows.REQUIRED


def test_an_engine_finds_the_types_of_all_columns(engine):
    assert engine.found_types() == engine.types


def test_an_engine_returns_the_rows_of_the_api(engine, expected):
    assert_same(engine.rows(), expected, rows.COLUMNS)


def test_an_engine_returns_the_rows_of_the_partitioned_table_with_their_months(engine, expected, returned):
    with_months = [(*row, json.loads(returned[row[ID]])["occurred_at"][:7]) for row in expected]
    assert_same(engine.partitioned(), with_months, [*rows.COLUMNS, "month"])


def test_an_engine_finds_the_rows_of_one_month_and_org_by_the_columns_of_the_path(engine, expected):
    places = {(at_month(row), row[rows.ORG]) for row in expected}
    assert {org for _, org in places} >= set(story.ORGS)
    for month, org in sorted(places)[::3]:
        of_place = sum(1 for row in expected if (at_month(row), row[rows.ORG]) == (month, org))
        assert engine.count(month, org) == of_place, (month, org)


def test_ids_are_in_the_order_of_instants(base):
    assert base == sorted(base, key=lambda row: (row[OCCURRED_AT], row[ID]))


def test_the_sequence_numbers_of_each_org_are_dense(base, archive):
    for org, texts in archive.events.items():
        assert sorted(row[rows.SEQ] for row in base if row[rows.ORG] == org) == list(range(len(texts))), org


def test_every_file_contains_what_its_path_names_in_the_order_of_ids_and_sequence_numbers(archive):
    files = sorted(archive.folder.glob("*/*/*"))
    assert files
    for path in files:
        place = path.relative_to(archive.folder)
        month, org = place.parts[0].removeprefix("month="), place.parts[1].removeprefix("org_id=")
        first_seq, count, digest = path.name.removesuffix(".parquet").split("-")
        columns = pq.read_table(path, columns=["id", "org_id", "seq", "occurred_at"], partitioning=None).to_pydict()
        assert set(columns["org_id"]) == {org}, place
        assert {str(at.date())[:7] for at in columns["occurred_at"]} == {month}, place
        assert columns["id"] == sorted(set(columns["id"])), place
        assert columns["seq"] == list(range(int(first_seq), int(first_seq) + int(count))), place
        assert sha256(path.read_bytes()).hexdigest()[: len(digest)] == digest, place
