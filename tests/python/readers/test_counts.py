"""DuckDB counts in the archive what the API returns. It may use the statistics of the files instead of their rows."""

import json
from collections import Counter

import pytest
from readers.conftest import ORGS

KEYS = {
    "strftime(make_timestamp(occurred_at_us), '%Y-%m-%d')": lambda event: event["occurred_at"][:10],
    "regexp_extract(path, 'month=([0-9-]+)', 1)": lambda event: event["occurred_at"][:7],
    "actor_id": lambda event: event["actor"]["id"],
    "action": lambda event: event["action"],
    "result": lambda event: event["result"],
}


@pytest.fixture(scope="module", params=ORGS)
def org(request):
    return request.param


@pytest.mark.parametrize("key, of", KEYS.items(), ids=KEYS)
def test_groups_have_as_many_rows_as_the_api_returns_events(duckdb, archive, org, key, of):
    counted = duckdb.query(f"SELECT {key}, count(*) FROM {duckdb.files} WHERE org_id = '{org}' GROUP BY 1")
    assert dict(counted) == Counter(of(json.loads(text)) for text in archive.events[org])


def test_ids_and_sequence_numbers_are_distinct_and_dense(duckdb, archive, org):
    files = f"read_parquet('{archive.folder}/*/org_id={org}/*.parquet', hive_partitioning = false)"
    count = len(archive.events[org])
    assert duckdb.query(f"SELECT count(*) FROM {files}") == [(count,)]
    assert duckdb.query(f"SELECT min(seq), max(seq) FROM {files}") == [(0, count - 1)]
    assert duckdb.query(f"SELECT count(DISTINCT id), count(DISTINCT seq) FROM {files}") == [(count, count)]
