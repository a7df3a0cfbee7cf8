"""Invite somebody, talk, attach a work, be blocked, and reach them no more: the whole way in two browsers."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, expect

from bzpeer.accounts.models import Notification, User
from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.collaboration.models import Invitation, Message
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory
from tests.journeys.test_people import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_invitation_then_conversation_then_block(page: Page, browser: Browser, live_server, settings):
    settings.PORTAL_URL = live_server.url
    person, owner, sender = (
        ResearcherFactory(display_name="Ada Example"),
        MemberFactory(display_name="Ada"),
        MemberFactory(display_name="Bob"),
    )
    work = WorkFactory(title="On heat", authors=[person])
    Claim.objects.create(user=owner, researcher=person, reason="It is my record.", state="accepted", decided_at="2026-01-01T00:00Z")
    type(person).objects.filter(pk=person.pk).update(is_claimed=True, verification_level=2)
    OwnerProfile.objects.create(researcher=person, open_to_collaborate=True, open_for="Data")
    profile = f"{live_server.url}/researchers/{person.pk}/ada-example/"

    log_in(page, sender.email, live_server.url)
    page.goto(profile)
    page.get_by_role("link", name="Invite to collaborate").click()
    page.get_by_label("What would you do together").fill("We would measure heat in two ways and compare.")
    page.locator("select[name=about]").select_option(label="On heat")
    page.get_by_label("What would happen next").fill("A call next week.")
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_text("Your invitation is sent.")).to_be_visible()
    assert mail.outbox[-1].to == [owner.email]

    theirs = browser.new_context().new_page()
    log_in(theirs, owner.email, live_server.url)
    expect(theirs.locator(".masthead__notices")).to_contain_text("1")
    theirs.goto(f"{live_server.url}/notifications/")
    theirs.get_by_role("link", name=re.compile("Bob invites you")).click()
    theirs.get_by_role("button", name="Accept").click()
    theirs.get_by_label("Your message").fill("Gladly; begin with this.")
    theirs.get_by_label("Attach works").fill(f"{live_server.url}/works/{work.pk}/on-heat/")
    theirs.get_by_role("button", name="Send").click()
    expect(theirs.locator(".talk__works")).to_contain_text("On heat")

    talk = theirs.url
    page.goto(talk)
    expect(page.get_by_text("Gladly; begin with this.")).to_be_visible()
    page.get_by_label("Your message").fill("Thank you.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".talk__message--mine")).to_contain_text("Thank you.")

    theirs.goto(talk)  # whoever reads a conversation has read its notices
    theirs.goto(live_server.url)
    expect(theirs.locator(".masthead__notices .tally")).to_have_count(0)
    theirs.goto(talk)
    theirs.get_by_text("Archive, leave or block").click()
    theirs.get_by_role("button", name="Block").click()
    expect(theirs.get_by_text("Nothing they do here reaches you any more")).to_be_visible()

    _reaches_nobody(page, talk, f"{live_server.url}/researchers/{person.pk}/invite/", owner)
    theirs.goto(talk)
    expect(theirs.get_by_text("With somebody you blocked.")).to_be_visible()
    theirs.context.close()


def _reaches_nobody(page: Page, talk: str, invite: str, owner: User) -> None:
    before = Notification.objects.filter(user=owner).count(), len(mail.outbox)
    page.goto(talk)
    page.get_by_label("Your message").fill("Hello?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("You can no longer write in this conversation.").first).to_be_visible()
    page.goto(invite)
    page.get_by_label("What would you do together").fill("Please, let us talk about heat again.")
    page.locator("select[name=about]").select_option(label="On heat")
    page.get_by_label("What would happen next").fill("A call.")
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_text("not open to invitations").first).to_be_visible()
    assert (Invitation.objects.count(), Message.objects.count()) == (1, 2)
    assert (Notification.objects.filter(user=owner).count(), len(mail.outbox)) == before
