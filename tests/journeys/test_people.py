"""A stranger becomes a member, follows, claims, and is accepted: the whole way in a browser."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from bzpeer.pipeline import derive_all_pending
from tests.factories.members import PASSWORD, MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory
from works.models import RecordChange

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sign_up_follow_claim_and_be_accepted(page: Page, live_server, settings):
    settings.PORTAL_URL = live_server.url
    researcher = ResearcherFactory(openalex_id="A4242", display_name="Ada Example")
    WorkFactory(doi="10.1000/ada", authors=[researcher])
    RecordChange.objects.create(kind="researcher", record_id=researcher.pk)
    derive_all_pending()
    moderator = MemberFactory(is_staff=True, is_superuser=True)
    profile = f"{live_server.url}/researchers/{researcher.pk}/ada-example/"

    page.goto(profile)
    expect(page.get_by_role("heading", name="Ada Example", level=1)).to_be_visible()
    page.get_by_role("link", name="Log in to claim").click()
    page.get_by_role("link", name="Make an account").click()
    sign_up(page, "ada@example.org")
    confirm_address(page)
    log_in(page, "ada@example.org")

    page.goto(profile)
    page.get_by_role("button", name=re.compile("Follow")).first.click()
    expect(page.get_by_role("button", name=re.compile("Following"))).to_contain_text("1")

    page.get_by_role("link", name="This is me").click()
    page.get_by_label("How is this record yours?").fill("I am the only author of the paper on this record.")
    page.get_by_role("button", name="This is me").click()
    expect(page.get_by_text("in review").first).to_be_visible()
    log_out(page, live_server.url)

    log_in(page, moderator.email, live_server.url)
    page.goto(f"{live_server.url}/admin/claims/claim/")
    page.get_by_role("link", name="Ada Example").click()
    page.get_by_label("Decision").select_option("accept")
    page.get_by_label("Note").fill("Welcome.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The claim is accepted")).to_be_visible()
    derive_all_pending()

    page.goto(profile)
    expect(page.get_by_text("Claimed", exact=False).first).to_be_visible()
    expect(page.get_by_text("Verification L2").first).to_be_visible()
    researcher.refresh_from_db()
    assert researcher.trust_score == 16 + 1 + 5  # L2, one work with a DOI, claimed without a dispute
    assert "was accepted" in mail.outbox[-1].body


def sign_up(page: Page, address: str) -> None:
    page.get_by_label("Email", exact=False).fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()


def confirm_address(page: Page) -> None:
    link = re.search(r"http\S+/accounts/confirm-email/\S+", str(mail.outbox[-1].body))
    assert link, "the confirmation mail holds a link"
    page.goto(link.group())
    page.get_by_role("button", name="Yes, confirm it").click()


def log_in(page: Page, address: str, origin: str = "") -> None:
    if origin:
        page.goto(f"{origin}/accounts/login/")
    page.get_by_label("Email", exact=False).fill(address)
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()


def log_out(page: Page, origin: str) -> None:
    page.goto(f"{origin}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Log out").click()
