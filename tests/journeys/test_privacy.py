"""A member takes a copy of their data and deletes their account; a stranger has a record about them removed. In a browser."""

import re
import zipfile

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from bzpeer.accounts.models import User
from bzpeer.privacy.erasing import erase_due
from bzpeer.privacy.models import AccountDeletion
from tests.factories.members import PASSWORD, MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def log_in(page: Page, origin: str, user: User) -> None:
    page.goto(f"{origin}/accounts/login/")
    page.get_by_label("Email", exact=False).fill(user.email)
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def confirm_oneself(page: Page) -> None:
    """Give the password once more, as steps that cannot be undone ask for it."""
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_export_then_delete(page: Page, live_server):
    member = MemberFactory(email="leaving@example.org", display_name="Lea Leaving")
    log_in(page, live_server.url, member)
    page.goto(f"{live_server.url}/settings/")
    page.locator("main").get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Make a copy").click()
    confirm_oneself(page)
    expect(page.get_by_text("The copy is ready")).to_be_visible()
    with page.expect_download() as loading:
        page.get_by_role("link", name=re.compile("^Download")).click()
    with zipfile.ZipFile(loading.value.path()) as archive:
        assert "leaving@example.org" in archive.read("everything.json").decode()

    page.goto(f"{live_server.url}/settings/delete/")
    expect(page.get_by_role("heading", name="What stays, and why")).to_be_visible()
    page.get_by_label("Take them back").check()
    page.get_by_label("Type “delete my account”").fill("delete my account")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Until then you can log in and keep it")).to_be_visible()
    assert "will be deleted" in mail.outbox[-1].subject

    log_in(page, live_server.url, member)
    page.goto(f"{live_server.url}/settings/delete/")
    page.get_by_role("button", name="Keep my account").click()
    confirm_oneself(page)
    expect(page.get_by_text("Your account stays")).to_be_visible()

    page.get_by_label("Type “delete my account”").fill("delete my account")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Until then you can log in and keep it")).to_be_visible()
    AccountDeletion.objects.update(due_at=timezone.now())
    assert erase_due() == 1
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Email", exact=False).fill("leaving@example.org")
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_text("do not fit")).to_be_visible()


def test_a_stranger_has_a_record_removed(page: Page, live_server):
    person, moderator = ResearcherFactory(display_name="Jane Gone"), MemberFactory(is_staff=True)
    WorkFactory(title="A paper that stays", authors=[person])
    profile = f"{live_server.url}/researchers/{person.pk}/jane-gone/"
    page.goto(f"{live_server.url}/about/removal/")
    page.get_by_label("The record").fill(profile)
    page.get_by_label("What you ask for").select_option("hide")
    page.get_by_label("Your name").fill("Jane Gone")
    page.get_by_label("Your e-mail address").fill("jane@university.example")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    link = re.search(r"/about/removal/confirm/\S+", str(mail.outbox[-1].body))
    assert link
    page.goto(live_server.url + link.group())
    page.get_by_role("button", name="Yes, I asked for this").click()
    expect(page.get_by_role("heading", name="Your request is with the moderators")).to_be_visible()

    log_in(page, live_server.url, moderator)
    page.goto(f"{live_server.url}/moderation/removals/")
    page.get_by_role("link", name=re.compile("Remove my profile")).click()
    page.get_by_role("button", name="Carry it out").click()
    expect(page.get_by_text("Carried out")).to_be_visible()
    answer = page.goto(profile)
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", name="This record is not shown here")).to_be_visible()
