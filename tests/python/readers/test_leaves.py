"""The leaves of all events and the tree of each org, recomputed from the Parquet files, are those of the service."""

import pytest
from readers import leaves
from readers.conftest import ORGS


@pytest.fixture(scope="session")
def found(archive):
    """Each range of each file, with the leaves of its rows, by org and in the order of the sequence numbers."""
    found = {org: [] for org in ORGS}
    for path in archive.folder.glob("*/*/*"):
        found[path.parent.name.removeprefix("org_id=")] += leaves.of_file(path)
    return {org: sorted(ranges, key=lambda pair: pair[0].first_seq) for org, ranges in found.items()}


def test_the_roots_are_those_of_the_reference_implementation():
    """Those of Certificate Transparency, of no entry and of eight."""
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [leaves.sha256(b"\0", bytes.fromhex(entry)) for entry in entries]
    assert leaves.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaves.root(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("org", ORGS)
def test_every_range_has_the_digest_in_its_footer(found, org):
    assert found[org]
    for one, rows in found[org]:
        assert leaves.digest(one.first_seq, rows) == one.digest, f"{one.first_seq} and {one.rows - 1} after it"


@pytest.mark.parametrize("org", ORGS)
def test_the_ranges_of_an_org_tile_its_tree(found, archive, org):
    size = 0
    for one, _ in found[org]:
        assert one.first_seq == size
        size += one.rows
    tree = [leaf for _, rows in found[org] for leaf in rows]
    assert len(tree) == len(set(tree)) == len(archive.events[org])
    print(f"{org}: {size} leaves, root {leaves.root(tree).hex()}")


def test_no_seed_is_used_twice(found):
    seeds = [one.seed for ranges in found.values() for one, _ in ranges]
    assert None not in seeds and len(set(seeds)) == len(seeds)
