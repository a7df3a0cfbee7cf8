"""A member proves a record is theirs, in a browser: by ORCID, by an institution's mail, by a page; and a dispute."""

import os
import re
from pathlib import Path

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from bzpeer.claims.evidence import page_token
from bzpeer.claims.models import ClaimEvidence
from bzpeer.claims.tasks import sweep_proof_pages
from researchers.models import Researcher
from tests.bzpeer.claims.test_fetching import host
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import AffiliationFactory, InstitutionFactory, ResearcherFactory, WorkFactory
from tests.journeys.test_people import log_in, log_out
from tests.orcid_login import SANDBOX_ID, orcid_server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def record() -> Researcher:
    found = ResearcherFactory(display_name="Josiah Carberry", orcid=SANDBOX_ID)
    AffiliationFactory(
        researcher=found, institution=InstitutionFactory(display_name="Brown University", homepage_url="https://www.brown.edu/")
    )
    WorkFactory(title="On cracked pots", authors=[found])
    return found


def looked_at(page: Page, name: str) -> None:
    """Check that nothing is wider than the window, on a desk and on a phone; keep pictures where they are asked for."""
    folder = os.environ.get("SHOTS")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        if folder:
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def start(page: Page, origin: str, record: Researcher, member, way: str) -> None:
    log_in(page, member.email, origin)
    page.goto(f"{origin}/researchers/{record.pk}/josiah-carberry/")
    page.get_by_role("link", name="This is me").click()
    looked_at(page, f"start-{way.rsplit(maxsplit=1)[-1]}")
    page.get_by_role("button", name=way).click()


def test_claim_by_orcid(page: Page, live_server, record, settings):
    with orcid_server() as server:
        settings.ORCID_URL = server.url
        app = {"client_id": "APP-1", "secret": "s"}
        settings.SOCIALACCOUNT_PROVIDERS = {"orcid": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": rules | {"form-action": ["'self'", server.url]}}
        start(page, live_server.url, record, MemberFactory(), "Prove it by ORCID")
        page.get_by_role("button", name="Link my ORCID iD").click()
        if page.get_by_label("Password").count():
            page.get_by_label("Password").fill("correct horse battery")
            page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Compare my iD").click()
        expect(page.get_by_text("The record is yours.")).to_be_visible()
        expect(page.get_by_text("Verification L3").first).to_be_visible()
        looked_at(page, "owned")


def test_a_stranger_signs_up_by_orcid_and_claims_at_once(page: Page, live_server, record, settings):
    settings.PORTAL_URL = live_server.url
    with orcid_server() as server:
        settings.ORCID_URL = server.url
        app = {"client_id": "APP-1", "secret": "s"}
        settings.SOCIALACCOUNT_PROVIDERS = {"orcid": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": rules | {"form-action": ["'self'", server.url]}}
        page.goto(f"{live_server.url}/researchers/{record.pk}/josiah-carberry/")
        page.get_by_role("link", name="Log in to claim").click()
        page.get_by_role("button", name="Continue with ORCID").click()
        expect(page.get_by_role("heading", name="Finish your account")).to_be_visible()
        looked_at(page, "finish")
        page.get_by_label("Email").fill("josiah@example.org")
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        link = re.search(r"http\S+/accounts/confirm-email/\S+", str(mail.outbox[-1].body))
        assert link
        page.goto(link.group())
        page.get_by_role("button", name="Yes, confirm it").click()
        expect(page.get_by_text("is confirmed as yours")).to_be_visible()
        if page.get_by_role("button", name="Continue with ORCID").count():
            page.get_by_role("button", name="Continue with ORCID").click()
        expect(page.get_by_text("You", exact=True).first).to_be_visible()
        page.goto(f"{live_server.url}/researchers/{record.pk}/josiah-carberry/")
        page.get_by_role("link", name="This is me").click()
        page.get_by_role("button", name="Prove it by ORCID").click()
        expect(page.get_by_text("Yours since")).to_be_visible()
        expect(page.get_by_text("Verification L3").first).to_be_visible()


def test_claim_by_institutional_mail(page: Page, live_server, record, settings):
    settings.PORTAL_URL = live_server.url
    start(page, live_server.url, record, MemberFactory(), "Prove it by mail")
    page.get_by_label("Your address there").fill("josiah.carberry@brown.edu")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("We sent a link")).to_be_visible()
    looked_at(page, "mail-sent")
    link = re.search(r"http\S+/claims/confirm/\S+", str(mail.outbox[-1].body))
    assert link
    page.goto(link.group())
    looked_at(page, "confirm")
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_text("The record is yours.")).to_be_visible()
    expect(page.get_by_text("Verification L3").first).to_be_visible()


def test_claim_by_proof_page(page: Page, live_server, record, settings):
    start(page, live_server.url, record, MemberFactory(), "Prove it by a page")
    page.get_by_label("Your page").fill("https://www.brown.edu/people/carberry")
    page.get_by_role("button", name="Use this page").click()
    token = page.locator("code").inner_text()
    evidence = ClaimEvidence.objects.get()
    assert token == page_token(evidence)
    page.get_by_role("button", name="Look at the page").click()
    looked_at(page, "page-waiting")
    body = f"<h1>Josiah Carberry</h1><p>{token}</p>".encode()
    with host(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as (_, reach, asked):
        settings.CLAIM_PAGE_REACH = reach
        port = next(iter(reach.ports))
        ClaimEvidence.objects.update(value=f"http://www.brown.edu:{port}/people/carberry")
        assert sweep_proof_pages() == 1
    assert b"/people/carberry" in asked[0]
    page.reload()
    expect(page.get_by_text("Verification L3").first).to_be_visible()


def test_a_dispute_is_decided_for_the_challenger(page: Page, live_server, record):
    owner, challenger, moderator = owned(record), MemberFactory(display_name="J. Carberry"), MemberFactory(is_staff=True)
    log_in(page, challenger.email, live_server.url)
    page.goto(f"{live_server.url}/researchers/{record.pk}/claim/")
    page.get_by_label("How is this record yours?").fill("I wrote about cracked pots for fifty years.")
    page.get_by_role("button", name="This is me").click()
    expect(page.get_by_text("Somebody else owns this record")).to_be_visible()
    log_out(page, live_server.url)

    log_in(page, owner.user.email, live_server.url)
    page.goto(f"{live_server.url}/notifications/")
    page.get_by_role("link", name=re.compile("Somebody else claims the record")).click()
    expect(page.get_by_text("Somebody else claims this record, too.")).to_be_visible()
    looked_at(page, "disputed")
    log_out(page, live_server.url)

    log_in(page, moderator.email, live_server.url)
    page.goto(f"{live_server.url}/moderation/claims/")
    expect(page.get_by_text("Dispute", exact=True)).to_be_visible()
    looked_at(page, "queue")
    page.get_by_role("link", name="Josiah Carberry").click()
    looked_at(page, "review")
    page.get_by_label("In your own words").fill("The papers name this person's institution.")
    page.get_by_role("button", name="Decide for this applicant").click()
    expect(page.get_by_text("The other claim is revoked")).to_be_visible()
    log_out(page, live_server.url)

    log_in(page, challenger.email, live_server.url)
    page.goto(f"{live_server.url}/claims/")
    looked_at(page, "claims")
    page.get_by_role("link", name="Josiah Carberry").click()
    expect(page.get_by_role("heading", name="Who edits with you")).to_be_visible()
    page.goto(f"{live_server.url}/claims/missing/?q={SANDBOX_ID}")
    looked_at(page, "missing")
