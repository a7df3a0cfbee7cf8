"""A kept dump is taken for as long as migrating would give the same."""

import threading

import pytest

from tests import migrated


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "works" / "migrations").mkdir(parents=True)
    (tmp_path / "works" / "migrations" / "0001_first.py").write_text("one")
    (tmp_path / "works" / "models.py").write_text("one")
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "path", ["works/migrations/0001_first.py", "works/migrations/0002_next.py", "requirements/dev.txt", "bzpeer/settings.py"]
)
def test_a_dump_is_made_anew_when_what_it_depends_on_changes(root, path):
    before = migrated._mark()
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("two")
    assert migrated._mark() != before


def test_a_dump_is_kept_when_anything_else_changes(root):
    before = migrated._mark()
    (root / "works" / "models.py").write_text("two")
    assert migrated._mark() == before


def test_one_at_a_time_makes_a_dump(tmp_path):
    entered = threading.Event()

    def second() -> None:
        with migrated._alone(tmp_path):
            entered.set()

    with migrated._alone(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        assert not entered.wait(0.2)
    other.join(5)
    assert entered.is_set()
