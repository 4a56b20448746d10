"""The named queries of infra/athena: their SQL with parameters, and the tables that they read."""

import re
from pathlib import Path

import sqlglot
from sqlglot.tokens import TokenType

FOLDER = Path(__file__).parents[3] / "infra" / "athena"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))


def with_parameters(sql, parameters):
    """Replaces each `?` by a literal, as Athena does. Parameters have the names that the head of the query lists."""
    names = re.findall(r"^--   \d+ (.+?)  +'", sql, re.M)
    places = [token for token in sqlglot.tokenize(sql, read="athena") if token.token_type == TokenType.PLACEHOLDER]
    if names != list(parameters) or len(names) != len(places):
        raise ValueError(f"{len(places)} parameters, the head lists {names}, the case has {list(parameters)}")
    for place, value in reversed(list(zip(places, parameters.values()))):
        sql = sql[: place.start] + f"'{value}'" + sql[place.end + 1 :]
    return sql


def create_views(duckdb):
    """Creates the two tables of Glue: one with both columns of the path, one with its month and the file's org_id."""
    duckdb.query(f"CREATE VIEW events AS SELECT * FROM {duckdb.table}")
    month = "parse_path(path)[-3][7:] AS month"
    duckdb.query(f"CREATE VIEW all_events AS SELECT * EXCLUDE path, {month} FROM {duckdb.files}")


def day_of_incident(duckdb):
    """The day of the incident in the demo org, which depends on when the demo was loaded."""
    [(day,)] = duckdb.query("SELECT min(CAST(occurred_at AS date)) FROM events WHERE actor_id = 'key_backup_sync'")
    return str(day)
