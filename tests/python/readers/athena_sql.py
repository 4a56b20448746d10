"""Translates Athena's SQL to DuckDB's, for the readers and for the emulator of `sam`."""

import sqlglot
from sqlglot import exp


def to_duckdb(sql):
    return sqlglot.parse_one(sql, read="athena").transform(same_meaning).sql("duckdb")


def same_meaning(node):
    # Athena's max_by returns the value of the last row, null or not; DuckDB's arg_max skips nulls.
    if isinstance(node, exp.ArgMax):
        return exp.Anonymous(this="arg_max_null", expressions=[node.this, node.expression])
    # Athena's normalize is DuckDB's nfc_normalize.
    if isinstance(node, exp.Normalize):
        return exp.Anonymous(this="nfc_normalize", expressions=[node.this])
    # DuckDB counts with 128 bits.
    if isinstance(node, exp.CountIf):
        return exp.cast(node, "bigint")
    return node
