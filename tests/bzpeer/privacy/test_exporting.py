"""The copy of one's data: everything about me, nothing of others."""

import csv
import io
import json
import zipfile

import pytest

from bzpeer.privacy import exporting
from bzpeer.privacy.exporting import ExportRunning, ask_for_export, exports_of, forget_expired, make_export, pieces_of, safe_cell
from bzpeer.privacy.models import DataExport
from tests.bzpeer.privacy.marked import marked_member
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db


def opened(user):
    asked = ask_for_export(user)
    assert make_export(asked.pk)
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces_of(asked))))


def test_a_copy_holds_all_about_the_member_and_nothing_of_others():
    marked = marked_member()
    archive = opened(marked.user)
    text = archive.read("everything.json").decode()

    missing = {name for name, value in (marked.secrets | marked.public).items() if value not in text}
    assert missing == {"session", "subject"}  # a key of the login; mail is on its way, not kept for the member
    assert "qyothersmessage" not in text  # the other side of a conversation
    assert "qypurpose" in text  # said to the member alone
    assert marked.other.email not in text
    notices = {row["text"] for row in json.loads(text)["notices"]}
    others = [row for name, rows in json.loads(text).items() if name != "notices" for row in rows if "Otto Other" in str(row)]
    assert (others, "Otto Other accepted your invitation on" in str(notices)) == ([], True)  # notices were told to the member


def test_json_and_csv_hold_the_same_rows():
    archive = opened(marked_member().user)
    whole = json.loads(archive.read("everything.json"))
    for name, rows in whole.items():
        table = list(csv.reader(io.StringIO(archive.read(f"{name}.csv").decode(), newline="")))
        assert (table[0] if table else [], len(table)) == (list(rows[0]) if rows else [], len(rows) + 1 if rows else 0)
    assert {"account", "addresses", "claims", "claim_evidence", "messages", "follows", "corrections"} <= set(whole)
    assert "Tables and rows" in archive.read("README.txt").decode()


def test_secrets_of_the_login_are_in_no_copy():
    marked = marked_member()
    text = opened(marked.user).read("everything.json").decode()
    assert marked.user.password not in text
    assert not {"password", "session_key", "token_hash"} & {key for rows in json.loads(text).values() for row in rows for key in row}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell):
    assert safe_cell(cell) == f"'{cell}"


def test_a_formula_in_a_message_is_harmless_in_the_csv():
    marked = marked_member(mark="=cmd|zqxj")
    rows = list(csv.DictReader(io.StringIO(opened(marked.user).read("messages.csv").decode(), newline="")))
    assert [row["body"] for row in rows] == ["'=cmd|zqxjmessage"]


def test_one_copy_is_made_at_a_time():
    member = MemberFactory()
    ask_for_export(member)
    with pytest.raises(ExportRunning):
        ask_for_export(member)


def test_a_copy_that_fails_is_tried_again_and_given_up_in_the_end(monkeypatch):
    asked = ask_for_export(MemberFactory())

    def broken(*args):
        raise OSError("no room")

    monkeypatch.setattr(exporting, "write_export", broken)
    for _ in range(exporting.MOST_ATTEMPTS):
        with pytest.raises(OSError, match="no room"):
            make_export(asked.pk)
    assert not make_export(asked.pk)
    assert DataExport.objects.get().state == "failed"


def test_a_copy_is_deleted_after_its_time():
    member = MemberFactory()
    opened(member)
    assert forget_expired() == 0
    DataExport.objects.update(expires_at="2020-01-01T00:00Z")
    forget_expired()
    assert not exports_of(member).exists()


def test_a_copy_made_twice_by_two_workers_is_one():
    asked = ask_for_export(MemberFactory())
    assert (make_export(asked.pk), make_export(asked.pk)) == (True, False)


def test_older_copies_go_when_there_are_many():
    member = MemberFactory()
    for _ in range(exporting.MOST_KEPT + 2):
        opened(member)
    assert exports_of(member).count() == exporting.MOST_KEPT
