"""Counts the archive in a folder with DuckDB, and prints JSON: duckdb_counts.py FOLDER ORG EVERY."""

import json
import sys

import duckdb

folder, org, every = sys.argv[1], sys.argv[2], int(sys.argv[3])
database = duckdb.connect()
database.execute(f"""
    CREATE VIEW events AS
    SELECT * FROM read_parquet('{folder}/dt=*/org_id={org}/*.parquet', hive_partitioning = false, filename = true)
""")


def rows(query):
    return database.execute(query).fetchall()


def counts(key):
    return dict(rows(f"SELECT {key}, count(*) FROM events GROUP BY 1"))


columns = {name: kind for name, kind, *_ in rows("DESCRIBE SELECT * FROM events") if name != "filename"}
# Instants as microseconds: Python's own types would round or need a time zone database.
shown = [f"epoch_us({name}) AS {name}" if kind.startswith("TIMESTAMP") else name for name, kind in columns.items()]
some = f"SELECT {', '.join(shown)} FROM events QUALIFY row_number() OVER (ORDER BY id) % {every} = 0 ORDER BY id"
print(
    json.dumps(
        {
            "types": columns,
            "days": counts("strftime(make_timestamp(occurred_at_us), '%Y-%m-%d')"),
            "folders": counts("regexp_extract(filename, 'dt=([0-9-]+)', 1)"),
            "actors": counts("actor_id"),
            "actions": counts("action"),
            "results": counts("result"),
            "ids": rows("SELECT count(DISTINCT id) FROM events")[0][0],
            "numbers": rows("SELECT min(seq), max(seq), count(DISTINCT seq) FROM events")[0],
            "rows": [dict(zip(columns, row)) for row in rows(some)],
        }
    )
)
