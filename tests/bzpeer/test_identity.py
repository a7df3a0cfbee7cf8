"""Root is given up for a user that reaches its folders. These tests need root to give up; others run as they are."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from bzpeer.identity import Identity, child_setup, service_identity

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
NOBODY = 65534


@pytest.fixture
def open_folder():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def run_as(identity: Identity | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    setup = child_setup(identity, death_signal=signal.SIGTERM)
    return subprocess.run(command, preexec_fn=setup, capture_output=True, text=True, check=False, cwd="/")


def test_an_ordinary_user_stays_who_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert service_identity(data=tmp_path, folders=[tmp_path]) is None


@needs_root
def test_root_becomes_nobody_without_any_capability_where_everybody_may_enter(open_folder):
    identity = service_identity(data=open_folder / "postgres", folders=[open_folder])

    assert identity is not None
    assert (identity.uid, identity.capability) == (NOBODY, None)
    answer = run_as(identity, ["grep", "-E", "^(Uid|CapEff):", "/proc/self/status"])
    assert answer.stdout.split() == ["Uid:", *["65534"] * 4, "CapEff:", "0" * 16]


@needs_root
def test_root_becomes_the_owner_of_the_data(open_folder):
    data = open_folder / "postgres"
    data.mkdir()
    os.chown(data, 1, 1)

    identity = service_identity(data=data, folders=[open_folder])

    assert identity is not None
    assert identity.uid == 1


@needs_root
def test_a_private_folder_on_the_way_is_passed_with_one_capability_and_no_more(open_folder):
    private = open_folder / "private"
    (private / "home").mkdir(parents=True)
    (private / "home" / "file").write_text("reached")
    private.chmod(0o700)

    identity = service_identity(data=private / "home" / "postgres", folders=[private / "home"])

    assert identity is not None
    assert (identity.uid, identity.capability is not None) == (NOBODY, True)
    assert run_as(Identity(NOBODY, NOBODY), ["cat", str(private / "home" / "file")]).returncode == 1
    assert run_as(identity, ["cat", str(private / "home" / "file")]).stdout == "reached"
    bits = int(run_as(identity, ["grep", "CapEff", "/proc/self/status"]).stdout.split()[1], 16)
    assert bits.bit_count() == 1


@needs_root
def test_folders_are_handed_over_whole_and_links_are_not_followed(open_folder):
    outside = open_folder / "outside"
    outside.write_text("")
    (open_folder / "data" / "deep").mkdir(parents=True)
    (open_folder / "data" / "link").symlink_to(outside)

    Identity(NOBODY, NOBODY).own(open_folder / "data")

    assert (open_folder / "data" / "deep").stat().st_uid == NOBODY
    assert outside.stat().st_uid == 0
