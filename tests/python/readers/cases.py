"""A call of a named query, and the rows that it must return."""

from dataclasses import dataclass


@dataclass
class Case:
    query: str
    # By the names in the head of the query.
    parameters: dict
    rows: list
    # The columns compared; None for all.
    columns: list | None = None
    # Only rows with this value are compared; None for all.
    about: str | None = None


def months(first, last):
    """The parameters for the months of two days."""
    return {"first month": first[:7], "last month": last[:7]}


def range_of_days(first, last):
    """The parameters for the range from one day to another."""
    return months(first, last) | {"first day": first, "last day": last}


def days(org, first, last, **more):
    """The parameters that most queries have, and more by their names."""
    return {"org_id": org} | range_of_days(first, last) | more
