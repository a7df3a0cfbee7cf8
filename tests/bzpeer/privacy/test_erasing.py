"""Deleting an account leaves nothing of it: rows, history, mail, sessions, files."""

from datetime import timedelta

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.collaboration.models import Message
from bzpeer.curation.models import Assertion
from bzpeer.privacy.erasing import DeletionRefused, ask_for_deletion, erase_due, erase_member, keep_account, kept_files_about
from bzpeer.privacy.inventory import is_history
from bzpeer.privacy.models import AccountDeletion, Erasure
from researchers.models import NameForm
from tests.bzpeer.privacy.marked import marked_member
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db


def places_of(*marks):
    """Every table and column of the database in which one of the marks stands."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND is_generated = 'NEVER' ORDER BY 1, 2"
        )
        for table, column in cursor.fetchall():
            for mark in marks:
                cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t."{column}"::text ILIKE %s)', [f"%{mark}%"])
                if cursor.fetchone()[0]:
                    found.append((table, column, mark))
    return found


def references_to(user_id):
    """Every column with a reference to members, tables of the audit included, in which the key still stands."""
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    columns = [(model, field.name) for model in models for field in model._meta.fields if field.is_relation and field.related_model is User]
    return [f"{model._meta.label}.{name}" for model, name in columns if model._base_manager.filter(**{name: user_id}).exists()]


@pytest.mark.parametrize("keeps", [True, False])
def test_nothing_of_an_erased_member_is_left(keeps):
    marked = marked_member()
    key = marked.user.pk
    assert len({place[:2] for place in places_of("zqxj")}) > 20  # the test has something to find

    erase_member(marked.user, keeps_corrections=keeps)

    assert places_of("zqxj", "203.0.113.77", "0000-0002-1825-0097") == []
    assert references_to(key) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pghistory_context WHERE metadata -> 'user' = to_jsonb(%s)", [key])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM researchers_researcher WHERE jsonb_path_exists(asserted, '$.*.by ? (@ != null)')")
        assert cursor.fetchone() == (0,)


def test_records_are_unclaimed_and_messages_become_tombstones():
    marked = marked_member()
    erase_member(marked.user, keeps_corrections=True)
    marked.record.refresh_from_db()
    assert (marked.record.is_claimed, marked.record.verification_level, marked.record.biography) == (False, 1, "")
    assert not OwnerProfile.objects.filter(researcher=marked.record).exists()
    assert not Claim.objects.filter(researcher=marked.record).exists()
    tombstone, other = Message.objects.order_by("pk")
    assert (tombstone.author, tombstone.body, tombstone.deleted_at is not None, tombstone.works.count()) == (None, "", True, 0)
    assert (other.author, other.body) == (marked.other, "qyothersmessage")


@pytest.mark.parametrize(("keeps", "names"), [(True, ["Paula Q. Public"]), (False, [])])
def test_corrections_stay_without_a_name_or_are_taken_back(keeps, names):
    marked = marked_member()
    erase_member(marked.user, keeps_corrections=keeps)
    assert list(NameForm.objects.filter(researcher=marked.record, kind="owner").values_list("name", flat=True)) == names
    assert list(Assertion.objects.values_list("user", "subject", "note")) == [(None, name, "") for name in names]


def test_others_keep_what_is_theirs():
    marked = marked_member()
    before = {model._meta.label: model._base_manager.count() for model in apps.get_models() if is_history(model)}
    erase_member(marked.user, keeps_corrections=True)
    assert User.objects.filter(pk=marked.other.pk).exists()
    assert Claim.objects.filter(user=marked.other, state="accepted").exists()
    assert apps.get_model("claims", "ClaimEvent").objects.filter(user=marked.other.pk).exists()
    assert before["claims.ClaimEvent"] > apps.get_model("claims", "ClaimEvent").objects.count() > 0


def test_what_remains_on_record_says_nothing_about_whom():
    marked = marked_member()
    done = erase_member(marked.user, keeps_corrections=True)
    assert Erasure.objects.get() == done
    assert done.rows["collaboration.Message.author"] == 1
    assert all(isinstance(count, int) for count in done.rows.values())


def test_a_deletion_waits_a_week_and_can_be_taken_back():
    member = MemberFactory()
    asked = ask_for_deletion(member, keeps_corrections=True, session_key=None)
    assert timedelta(days=6, hours=23) < asked.due_at - timezone.now() <= timedelta(days=7)
    assert "will be deleted" in mail.outbox[-1].subject
    assert erase_due() == 0
    assert keep_account(member)
    assert not keep_account(member)
    AccountDeletion.objects.update(due_at=timezone.now())
    assert (erase_due(), User.objects.filter(pk=member.pk).exists()) == (0, True)


def test_asking_twice_does_not_put_the_day_off():
    member = MemberFactory()
    first = ask_for_deletion(member, keeps_corrections=True, session_key=None)
    again = ask_for_deletion(member, keeps_corrections=False, session_key=None)
    assert (again.due_at, len(mail.outbox)) == (first.due_at, 1)


def test_an_account_goes_on_its_day():
    member, other = MemberFactory.create_batch(2)
    ask_for_deletion(member, keeps_corrections=True, session_key=None)
    ask_for_deletion(other, keeps_corrections=True, session_key=None)
    AccountDeletion.objects.filter(user=member).update(due_at=timezone.now() - timedelta(seconds=1))
    assert erase_due() == 1
    assert list(User.objects.all()) == [other]


def test_the_last_administrator_cannot_go():
    boss = MemberFactory(is_superuser=True)
    with pytest.raises(DeletionRefused, match="only administrator"):
        ask_for_deletion(boss, keeps_corrections=True, session_key=None)
    MemberFactory(is_superuser=True)
    ask_for_deletion(boss, keeps_corrections=True, session_key=None)


def test_all_sessions_end(client):
    marked = marked_member()
    client.force_login(marked.user)
    assert client.get("/settings/").status_code == 200
    erase_member(marked.user, keeps_corrections=True)
    assert client.get("/settings/").status_code == 302


def test_kept_messages_are_deleted(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "bzpeer.accounts.mail.KeepingEmailBackend"
    member, other = MemberFactory(email="zqxj@example.org", display_name="Zqxj Name"), MemberFactory()
    mail.send_mail("For them", "Hello", None, ["ZQXJ@example.org"])
    mail.send_mail("About them", "Zqxj Name wrote to you.", None, [other.email])
    mail.send_mail("For somebody else", "Hello", None, [other.email])
    assert len(kept_files_about(member)) == 2
    ask_for_deletion(member, keeps_corrections=True, session_key=None)
    AccountDeletion.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert erase_due() == 1
    assert [path.read_text().count("somebody else") for path in tmp_path.glob("*.eml")] == [1]


def test_an_erasure_that_fails_leaves_the_account_whole_and_is_tried_again(monkeypatch, caplog):
    marked = marked_member()
    ask_for_deletion(marked.user, keeps_corrections=True, session_key=None)
    AccountDeletion.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    with monkeypatch.context() as patch:
        patch.setattr(User, "delete", lambda self: 1 / 0)
        assert erase_due() == 0
    assert "zqxj" not in " ".join(record.getMessage() for record in caplog.records)
    assert Message.objects.filter(body="zqxjmessage").exists()
    assert erase_due() == 1


def test_requests_of_a_member_leave_no_address_in_the_logs(client, caplog):
    member = MemberFactory(email="zqxj-logged@secret.example")
    with caplog.at_level("DEBUG"):
        client.post("/accounts/login/", {"login": member.email, "password": "wrong"})
        client.force_login(member)
        client.get("/settings/delete/")
        erase_member(member, keeps_corrections=True)
    shown = [record for record in caplog.records if record.name.startswith("bzpeer")]
    assert "zqxj-logged" not in " ".join(record.getMessage() for record in shown)


def test_the_cache_holds_nothing_that_names_a_member(client):
    marked = marked_member()
    for password in ("wrong", "wrong again"):
        client.post("/accounts/login/", {"login": marked.user.email, "password": password})
    client.post("/accounts/password/reset/", {"email": marked.user.email})
    client.force_login(marked.user)
    for address in ("/", "/settings/", "/claims/", "/notifications/", "/feed/", f"/researchers/{marked.record.pk}/paula-public/"):
        client.get(address)
    erase_member(marked.user, keeps_corrections=False)
    with redis.Redis.from_url(settings.CACHE_URL) as held:
        stored = [(key, held.dump(key) or b"") for key in held.scan_iter(count=1000)]
    assert [key for key, value in stored if b"zqxj-login" in key + value or b"zqxjdisplayname" in key + value] == []
