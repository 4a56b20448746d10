"""One archive for all tests: the demo org, the story of two orgs, and the fixed events, recorded over the API."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from readers import demo, engines, fixed, story
from support.served import Served

ORGS = (demo.ORG, fixed.ORG, *story.ORGS)


@dataclass
class Archive:
    served: Served
    # The label of each event of the story, by its id.
    labels: dict
    # The fixed events that were sent, by their ids.
    sent: dict
    # The JSON texts of all events as the API returns them, oldest first, by org.
    events: dict

    @property
    def folder(self) -> Path:
        return self.served.archive


@pytest.fixture(scope="session")
def archive(serve):
    served = serve("data", "--demo")
    labels, sent = {}, {}
    for org, events in story.ORGS.items():
        served.register(org)
        ids = served.record(org, events)
        labels |= zip(ids, (event["idempotency_key"] for event in events), strict=True)
    served.register(fixed.ORG)
    for events in fixed.rounds():
        ids = served.record(fixed.ORG, [event.json for event in events])
        sent |= zip(ids, events, strict=True)
        served.archive_now()
    return Archive(served, labels, sent, {org: served.events(org) for org in ORGS})


@pytest.fixture(scope="session")
def returned(archive):
    """The JSON text of every event of the API, by its id."""
    texts = {json.loads(text)["id"]: text for events in archive.events.values() for text in events}
    assert len(texts) == sum(map(len, archive.events.values())), "the API returned an event twice"
    return texts


@pytest.fixture(scope="session")
def duckdb(archive):
    return engines.DuckDB(archive.folder)


@pytest.fixture(scope="session")
def pyarrow(archive):
    return engines.PyArrow(archive.folder)


@pytest.fixture(scope="session", params=[engines.PyArrow, engines.DuckDB, engines.Spark, engines.SparkRecords])
def engine(request, archive):
    return request.param(archive.folder)
