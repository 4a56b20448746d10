"""The leaves and the Merkle trees of archived events, from Parquet files and nothing else.

    python leaves.py FOLDER ORG CHECKPOINT

compares the root of the first rows of an org with the one that a checkpoint states. It does not verify the signature.
The recipe is in the header of `crates/core/src/leaf.rs`. This is a second implementation of it.
"""

import base64
import hashlib
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

OPEN = ["org_id", "actor_type", "action", "category", "target_type", "result"]
SEALED = [
    "actor_id", "actor_name", "actor_email", "target_id", "target_name", "failure_reason", "ip", "user_agent",
    "request_id", "details",
]  # fmt: skip
COLUMNS = ["id", "seq", "ingested_at", "salt", *OPEN, *SEALED]
RANGE_BYTES = 8 + 4 + 1 + 32 + 32


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def open_text(text):
    return b"\xff\xff" if text is None else len(text.encode()).to_bytes(2) + text.encode()


def sealed(salt, number, text):
    key = sha256(b"\x10", salt, bytes([number]))[:16]
    return sha256(b"\x11", key, bytes([number]), b"\0" if text is None else b"\1" + text.encode())


def leaf(row, seed):
    salt = row["salt"] or sha256(b"\x0f", seed, row["seq"].to_bytes(8))[:16]
    entry = [b"\1", uuid.UUID(row["id"]).bytes, row["ingested_at"].to_bytes(8, signed=True)]
    entry += [open_text(row[name]) for name in OPEN]
    entry += [sealed(salt, number, row[name]) for number, name in enumerate(SEALED, 1)]
    return sha256(b"\0", *entry)


def root(leaves):
    """The root of a tree, as RFC 6962 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root(leaves[:left]), root(leaves[left:]))


def digest(first, leaves):
    """The digest of a range: over the roots of the largest complete subtrees of the org's tree."""
    roots, at = [], 0
    while at < len(leaves):
        fits = 1 << (len(leaves) - at).bit_length() - 1
        aligned = (first + at) & -(first + at) or fits
        roots.append(root(leaves[at : at + min(fits, aligned)]))
        at += min(fits, aligned)
    return sha256(*roots)


@dataclass
class Range:
    """A range of sequence numbers, as the footer of a file states it."""

    first_seq: int
    rows: int
    seed: bytes
    digest: bytes


def ranges(metadata):
    stored = base64.b64decode(metadata[b"audit.ranges"], validate=True)
    assert stored and len(stored) % RANGE_BYTES == 0
    for at in range(0, len(stored), RANGE_BYTES):
        one = stored[at : at + RANGE_BYTES]
        yield Range(int.from_bytes(one[:8]), int.from_bytes(one[8:12]), one[13:45] if one[12] else None, one[45:])


def of_file(path):
    """The ranges of a file, each with the leaves of its rows."""
    file = pq.ParquetFile(path)
    table = file.read(columns=COLUMNS)
    table = table.set_column(table.column_names.index("ingested_at"), "ingested_at", table["ingested_at"].cast("int64"))
    rows = {row["seq"]: row for row in table.to_pylist()}
    for one in ranges(file.metadata.metadata):
        yield one, [leaf(rows.pop(seq), one.seed) for seq in range(one.first_seq, one.first_seq + one.rows)]
    assert not rows, f"rows of {path} are in no range"


def of_org(folder, org):
    """The leaves of an org in the order of its tree. A row that is in two files, as during a merge, is the same in both."""
    found = {}
    for path in sorted(Path(folder).rglob(f"org_id={org}/*.parquet")):
        for one, leaves in of_file(path):
            assert digest(one.first_seq, leaves) == one.digest, f"rows of {path} were altered"
            for seq, hash in enumerate(leaves, one.first_seq):
                assert found.setdefault(seq, hash) == hash, f"row {seq} has another content in {path}"
    assert len(found) == max(found, default=-1) + 1, "rows are missing"
    return [found[seq] for seq in range(len(found))]


def signed_tree(checkpoint):
    """The size and the root that a checkpoint states, its signatures not verified."""
    _, size, stated = checkpoint.split("\n\n")[0].split("\n")
    return int(size), base64.b64decode(stated, validate=True)


if __name__ == "__main__":
    folder, org, checkpoint = sys.argv[1:]
    size, stated = signed_tree(Path(checkpoint).read_text())
    leaves = of_org(folder, org)
    assert len(leaves) >= size, f"there are {len(leaves)} rows, and the checkpoint has {size}"
    assert root(leaves[:size]) == stated, "the rows have another root than the checkpoint states"
    print(f"{size} rows have the root that the checkpoint states; its signature was not verified")
