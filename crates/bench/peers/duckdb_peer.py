"""Runs queries in DuckDB: a JSON request in each line of the input, a JSON response in each line of the output."""

import json
import resource
import sys
import time

import duckdb

connection = duckdb.connect()
# Otherwise it is printed into the responses.
connection.execute("SET enable_progress_bar = false")
for line in sys.stdin:
    request = json.loads(line)
    milliseconds, rows = [], []
    for _ in range(request["runs"]):
        start = time.perf_counter()
        rows = connection.execute(request["sql"]).fetchall()
        milliseconds.append((time.perf_counter() - start) * 1000)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ms": milliseconds, "ids": [str(row[0]) for row in rows], "peak_kib": peak_kib}), flush=True)
