"""The pages for one's own data: copy and deletion, each behind a fresh proof of who one is."""

import time

import pytest
from django.urls import reverse

from bzpeer.accounts.models import User
from bzpeer.privacy.exporting import ask_for_export, make_export
from bzpeer.privacy.models import AccountDeletion, DataExport
from tests.factories.members import PASSWORD, MemberFactory

pytestmark = pytest.mark.django_db


def fresh(client, user: User) -> None:
    """Log in as somebody who has just given their password."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def test_a_copy_is_made_and_downloaded(client):
    member = MemberFactory()
    fresh(client, member)
    client.post("/settings/export/")
    made = DataExport.objects.get(user=member)
    page = client.get("/settings/export/").content.decode()
    assert reverse("download_export", args=[made.pk]) in page
    answer = client.get(reverse("download_export", args=[made.pk]))
    body = b"".join(answer.streaming_content)
    assert (answer["Content-Type"], body[:2], len(body)) == ("application/zip", b"PK", made.size)
    assert "no-store" in answer["Cache-Control"]


def test_nobody_else_downloads_a_copy(client):
    asked = ask_for_export(MemberFactory())
    make_export(asked.pk)
    address = reverse("download_export", args=[asked.pk])
    assert client.get(address).status_code == 302
    fresh(client, MemberFactory(is_staff=True, is_superuser=True))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/settings/export/", "/settings/delete/"])
def test_an_old_session_must_prove_who_it_is(client, address):
    member = MemberFactory()
    fresh(client, member)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600}]
    session.save()
    answer = client.post(address, {"typed": "delete my account", "corrections": "keep"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not DataExport.objects.exists()
    assert not AccountDeletion.objects.exists()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post(address, {"typed": "delete my account", "corrections": "keep"})
    assert DataExport.objects.exists() or AccountDeletion.objects.exists()


def test_a_large_copy_is_made_by_a_worker(client, monkeypatch):
    rung = []
    monkeypatch.setattr("bzpeer.pages.privacy.is_small", lambda user: False)
    monkeypatch.setattr("bzpeer.pages.privacy.ring", rung.append)
    fresh(client, MemberFactory())
    page = client.post("/settings/export/", follow=True).content.decode()
    assert ("being made" in page, rung) == (True, [DataExport.objects.get().pk])


def test_deletion_takes_the_right_words_and_can_be_taken_back(client):
    member = MemberFactory()
    fresh(client, member)
    wrong = client.post("/settings/delete/", {"typed": "yes", "corrections": "keep"})
    assert (wrong.status_code, AccountDeletion.objects.count()) == (422, 0)
    client.post("/settings/delete/", {"typed": " Delete  my account", "corrections": "withdraw"})
    assert not AccountDeletion.objects.get(user=member).keeps_corrections
    assert client.get("/settings/").status_code == 302  # logged out
    fresh(client, member)
    assert "Keep my account" in client.get("/settings/delete/").content.decode()
    client.post("/settings/delete/", {"step": "keep"})
    assert not AccountDeletion.objects.exists()


def test_the_settings_lead_to_both(client):
    fresh(client, MemberFactory())
    page = client.get("/settings/").content.decode()
    assert all(reverse(name) in page for name in ("export", "delete_account", "removal"))
