"""DuckDB, pyarrow, Spark by both of its readers and the API give the same rows, types and order of a fixed archive."""

import json
from hashlib import sha256

import fixed
import pyarrow.parquet as pq
import rows
from readers import DuckDB, PyArrow, Spark, SparkRecords

ID, OCCURRED_AT = 0, list(rows.COLUMNS).index("occurred_at")


def make(service):
    """Records and archives; gives what was sent, by id."""
    service.provision(fixed.ORG)
    sent = {}
    for events in fixed.rounds():
        ids = service.record(fixed.ORG, [event.json for event in events])
        sent |= zip(ids, events, strict=True)
        service.archive_all()
    return sent


def check(report, service, sent, orgs):
    answered = {org: service.events(org) for org in orgs}
    check_sent(report, answered[fixed.ORG], sent)
    texts = {json.loads(text)["id"]: text for org in orgs for text in answered[org]}
    report.equal("the API's pages hold each event once", len(texts), sum(map(len, answered.values())))

    found = {reader: reader(service.archive) for reader in (PyArrow, DuckDB, Spark, SparkRecords)}
    report.equal("required columns", found[PyArrow].found_required(), rows.REQUIRED)
    base = found[PyArrow].rows()
    seqs = {row[ID]: row[rows.SEQ] for row in base}
    expected = [rows.of_event(texts[id], seqs.get(id)) for id in sorted(texts)]
    for reader, archive in found.items():
        name = reader.__name__
        report.equal(f"{name}: types", archive.found_types(), reader.types)
        report.equal_rows(f"{name}: rows, as the API", archive.rows(), expected, rows.COLUMNS)
        days = [(*row, day_of(texts[row[ID]])) for row in expected]
        report.equal_rows(f"{name}: rows of the partitioned table", archive.partitioned(), days, [*rows.COLUMNS, "dt"])
    check_order(report, base, answered)
    for path in sorted(service.archive.glob("*/*/*")):
        check_file(report, path, service.archive)
    return len(base)


def day_of(event_text):
    return json.loads(event_text)["occurred_at"][:10]


def check_sent(report, answered, sent):
    """What the API gives is what was sent, so that equal readers cannot be equally wrong."""
    names = [name for name in rows.COLUMNS if name not in ("seq", "ingested_at")]
    found, expected = [], []
    for text in answered:
        row = dict(zip(rows.COLUMNS, rows.of_event(text, None)))
        found.append(tuple(row[name] for name in names))
    for id in sorted(sent):
        row = {"id": id, "org_id": fixed.ORG} | sent[id].columns
        row["occurred_at"] = row["occurred_at_us"] = rows.micros(row["occurred_at"])
        expected.append(tuple(row[name] for name in names))
    report.equal_rows("the API gives what was sent, oldest first", found, expected, names)


def check_order(report, base, answered):
    report.equal("ids ascend as instants do", base, sorted(base, key=lambda row: (row[OCCURRED_AT], row[ID])))
    for org, texts in answered.items():
        seqs = sorted(row[rows.SEQ] for row in base if row[rows.ORG] == org)
        report.equal(f"{org}: seq is dense", seqs, list(range(len(texts))))


def check_file(report, path, archive):
    """A file holds what its path says, in the order of ids and of seq."""
    place = path.relative_to(archive)
    day, org = place.parts[0].removeprefix("dt="), place.parts[1].removeprefix("org_id=")
    first_seq, count, digest = path.name.removesuffix(".parquet").split("-")
    columns = pq.read_table(path, columns=["id", "org_id", "seq", "occurred_at"], partitioning=None).to_pydict()
    found = {
        "orgs": set(columns["org_id"]),
        "days": {str(at.date()) for at in columns["occurred_at"]},
        "ids": columns["id"],
        "seq": columns["seq"],
        "sha256": sha256(path.read_bytes()).hexdigest()[: len(digest)],
    }
    seq = list(range(int(first_seq), int(first_seq) + int(count)))
    ids = sorted(set(columns["id"]))
    report.equal(str(place), found, {"orgs": {org}, "days": {day}, "ids": ids, "seq": seq, "sha256": digest})
