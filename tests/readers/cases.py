"""What a named query is asked, and what it must answer."""

from dataclasses import dataclass


@dataclass
class Case:
    query: str
    # By the names that the head of the query gives them.
    parameters: dict
    rows: list
    # The columns compared; None for all.
    columns: list | None = None
    # Only rows with this value are compared; None for all.
    about: str | None = None


def days(org, first, last, **more):
    """The parameters of most queries, and more by their names."""
    return {"org_id": org, "first day": first, "last day": last} | more
