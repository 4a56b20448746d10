"""Independent implementations verify the log of each org: Python from the Parquet files, Go from the log's objects."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from readers import leaves
from readers.conftest import ORGS

GO = Path(__file__).parents[2] / "go"
# Proofs of events per org.
PROOFS = 20


@pytest.fixture(scope="session")
def key(archive):
    return archive.served.request("GET", "/v1/log/key").text.strip()


def log_of(archive, org):
    """The folder of the org's log."""
    (folder,) = archive.folder.parent.glob(f"log/org_id={org}/*")
    return folder


def checkpoints(log):
    return [path.read_text() for path in sorted(log.glob("checkpoint/*"))]


def save_proofs(archive, org, folder):
    """Saves events of the org and their proofs; returns the paths of the proofs."""
    paths = []
    events = archive.events[org]
    for number, text in enumerate(events[:: max(1, len(events) // PROOFS)]):
        proof = archive.served.request("GET", f"/v1/orgs/{org}/events/{event_id(text)}/proof")
        assert (proof.status, proof.media_type) == (200, "text/plain; charset=utf-8"), proof.text
        event = archive.served.request("GET", f"/v1/orgs/{org}/events/{event_id(text)}")
        (folder / f"{number}.json").write_text(event.text)
        (folder / f"{number}.tlog-proof").write_text(proof.text)
        paths.append(folder / f"{number}.tlog-proof")
    return paths


def event_id(text):
    return text.partition('"id":"')[2].partition('"')[0]


@pytest.fixture(scope="session")
def verify_with_go(tmp_path_factory):
    """Runs the Go program; returns the completed process."""
    program = tmp_path_factory.mktemp("go") / "verify"
    subprocess.run(["go", "build", "-o", program, "."], cwd=GO, env=os.environ | {"GOTOOLCHAIN": "local"}, check=True)
    return lambda *arguments: subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session")
def saved(archive, tmp_path_factory):
    """For each org its leaves, recomputed from the files, the file of them, and the paths of saved proofs."""
    saved = {}
    for org in ORGS:
        folder = tmp_path_factory.mktemp(org)
        computed = leaves.of_org(archive.folder, org)
        (folder / "leaves").write_text("\n".join(base64.b64encode(leaf).decode() for leaf in computed))
        saved[org] = computed, folder / "leaves", save_proofs(archive, org, folder)
    return saved


@pytest.mark.parametrize("org", ORGS)
def test_python_recomputes_the_root_of_every_checkpoint_from_the_files(archive, saved, org):
    computed, _, _ = saved[org]
    sizes = []
    for checkpoint in checkpoints(log_of(archive, org)):
        size, root = leaves.signed_tree(checkpoint)
        assert leaves.root(computed[:size]) == root, f"the checkpoint of {size} events"
        sizes.append(size)
    assert sizes and sizes == sorted(set(sizes)) and sizes[-1] == len(computed) == len(archive.events[org])


@pytest.mark.parametrize("org", ORGS)
def test_go_verifies_checkpoints_tiles_leaves_and_proofs(archive, saved, key, verify_with_go, org):
    computed, file, proofs = saved[org]
    log = log_of(archive, org)
    ran = verify_with_go("-key", key, "-log", log, "-leaves", file, *proofs)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        f"{len(checkpoints(log))} checkpoints verified, the newest of {len(computed)} events",
        f"{len(computed)} leaves verified",
        f"{len(proofs)} proofs verified",
    ]


def test_go_refuses_another_key_an_altered_tile_and_exchanged_leaves(archive, saved, key, verify_with_go, tmp_path):
    org = ORGS[0]
    computed, file, _ = saved[org]
    log = log_of(archive, org)
    swapped = tmp_path / "leaves"
    lines = file.read_text().split("\n")
    swapped.write_text("\n".join([lines[1], lines[0], *lines[2:]]))
    assert "event 0" in verify_with_go("-key", key, "-log", log, "-leaves", swapped).stderr
    name, _, public = key.split("+", 2)
    other = base64.b64encode(base64.b64decode(public)[:-1] + b"\0").decode()
    id_of = leaves.sha256(name.encode() + b"\n", base64.b64decode(other))[:4].hex()
    assert verify_with_go("-key", f"{name}+{id_of}+{other}", "-log", log).returncode != 0
    copy = tmp_path / log.name
    shutil.copytree(log, copy)
    newest = max(copy.glob("checkpoint/*"))
    for tile in copy.glob("tile/0/**/*"):
        if tile.is_file():
            tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    assert verify_with_go("-key", key, "-log", copy, "-leaves", file).returncode != 0, newest


@pytest.mark.parametrize("org", ORGS)
def test_audit_verify_agrees(archive, saved, key, org):
    """On the whole archive, against an older checkpoint, and on single events."""
    log = log_of(archive, org)
    paths = sorted(log.glob("checkpoint/*"))
    command = [os.environ["AUDIT_BIN"], "verify"]
    whole = [*command, "archive", archive.folder, "--org", org, "--key", key, "--checkpoint", paths[-1]]
    ran = subprocess.run([*whole, "--older", paths[0]], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "verified"), ran.stdout + ran.stderr
    for proof in saved[org][2]:
        one = [*command, "event", proof.with_suffix(".json"), "--proof", proof, "--key", key]
        ran = subprocess.run([*one, "--older", paths[0], "--log", log], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "verified"), ran.stdout + ran.stderr


def test_audit_verify_refuses_what_was_altered_and_says_what_could_not_be_read(archive, saved, key, tmp_path):
    org = ORGS[0]
    proof = saved[org][2][1]
    newest = max(log_of(archive, org).glob("checkpoint/*"))
    event = proof.with_suffix(".json")
    altered = tmp_path / "altered.json"
    altered.write_text(event.read_text().replace('"result":"', '"result":"not '))
    forged = tmp_path / "checkpoint"
    forged.write_text(newest.read_text().replace(org_root(newest), base64.b64encode(bytes(32)).decode()))

    def verify(*arguments, with_key=key):
        command = [os.environ["AUDIT_BIN"], "verify", *arguments, "--key", with_key]
        ran = subprocess.run(command, capture_output=True, text=True)
        return ran.returncode, ran.stdout + ran.stderr

    assert verify("event", event, "--proof", proof)[0] == 0
    code, said = verify("event", altered, "--proof", proof)
    assert (code, said.splitlines()[-1]) == (2, "NOT VERIFIED") and "does not contain this event" in said
    code, said = verify("archive", archive.folder, "--org", org, "--checkpoint", forged)
    assert code == 2 and "a signature of the note is invalid" in said
    code, said = verify("archive", tmp_path, "--org", org, "--checkpoint", newest)
    assert code == 2 and "are missing: no file contains them" in said
    code, said = verify("archive", tmp_path / "nothing", "--org", org, "--checkpoint", newest)
    assert code == 1 and "cannot read" in said
    assert verify("event", event, "--proof", proof, with_key=key[:-2])[0] == 64


def org_root(checkpoint):
    return checkpoint.read_text().split("\n")[2]


def test_the_script_for_auditors_compares_the_files_with_a_checkpoint(archive, tmp_path):
    org = ORGS[0]
    path = max(log_of(archive, org).glob("checkpoint/*"))
    script = [sys.executable, leaves.__file__, archive.folder, org]
    ran = subprocess.run([*script, path], capture_output=True, text=True)
    assert ran.returncode == 0 and "have the root that the checkpoint states" in ran.stdout, ran.stderr
    other = tmp_path / "checkpoint"
    lines = path.read_text().split("\n")
    other.write_text("\n".join([lines[0], str(int(lines[1]) - 1), *lines[2:]]))
    assert subprocess.run([*script, other], capture_output=True).returncode != 0
