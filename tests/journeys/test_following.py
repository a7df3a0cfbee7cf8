"""Follow, be told of a new work, read why, get it by mail, and end the mail with one click: the whole way in a browser."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from bzpeer.accounts.models import User
from bzpeer.feeds.models import Reader
from bzpeer.feeds.tasks import write_digests
from bzpeer.pipeline import derive_all_pending
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory
from tests.journeys.test_people import log_in
from works.models import RecordChange

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def imported(**fields):
    """Bring a work as an import leaves it, and derive what follows."""
    work = WorkFactory(publication_date=timezone.now().date() - timedelta(days=3), **fields)
    RecordChange.objects.create(kind="work", record_id=work.pk)
    derive_all_pending()
    return work


def test_follow_then_feed_then_digest_then_unsubscribe(page: Page, live_server, settings):
    settings.PORTAL_URL = live_server.url
    person, topic = ResearcherFactory(display_name="Ada Example"), TopicFactory(display_name="Heat")
    imported(title="An earlier work", authors=[person], topics=[topic])
    member = MemberFactory()
    profile = f"{live_server.url}/researchers/{person.pk}/ada-example/"

    # the login that begins at the button leads back to the profile
    page.goto(profile)
    page.get_by_role("button", name=re.compile("Follow")).first.click()
    log_in(page, member.email)
    expect(page).to_have_url(profile)

    # follow, undo, follow again, without leaving the page
    page.locator("form[data-follow=here]").wait_for()
    page.get_by_role("button", name=re.compile("Follow")).first.click()
    expect(page.get_by_role("button", name=re.compile("Following"))).to_contain_text("1")
    expect(page.locator(".follow__said")).to_contain_text("You follow Ada Example.")
    page.locator("form.follow").get_by_role("button", name="Undo").click()
    expect(page.locator(".follow__said")).to_contain_text("You no longer follow Ada Example.")
    expect(page.locator("[data-follow-count]")).to_have_text("0")
    page.locator("form.follow button[type=submit]").click()
    expect(page.get_by_role("button", name=re.compile("Following"))).to_contain_text("1")

    # a topic and a search, too
    page.goto(f"{live_server.url}/topics/{topic.pk}/heat/")
    page.locator("form[data-follow=here]").wait_for()
    page.locator("form.follow button[type=submit]").click()
    expect(page.get_by_role("button", name=re.compile("Following"))).to_contain_text("1")
    page.goto(f"{live_server.url}/search/?q=entropy")
    page.get_by_text("Follow this search").click()
    page.get_by_label("Call it").fill("Entropy watch")
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_text("You follow this search")).to_be_visible()

    # what was there before is no news; digests every day from now on
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Feed", exact=True).click()
    expect(page.get_by_text("Nothing new yet")).to_be_visible()
    page.get_by_role("link", name="By mail or in a feed reader").click()
    page.get_by_label("Every day").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choices are stored.")).to_be_visible()

    # an import brings a work
    imported(title="On entropy production", authors=[person], topics=[topic])
    page.goto(f"{live_server.url}/feed/")
    expect(page.get_by_role("link", name="On entropy production")).to_be_visible()
    expect(page.get_by_text("An earlier work")).to_have_count(0)
    why = page.locator(".feed__why")
    expect(why).to_contain_text(
        "because you follow Ada Example, who wrote it, you follow the topic Heat, and your search Entropy watch finds it"
    )

    _by_mail_once_and_no_more(page, member)


def _by_mail_once_and_no_more(page: Page, member: User) -> None:
    assert [write_digests(), write_digests()] == [1, 0]
    message = mail.outbox[-1]
    assert message.to == [member.email]
    assert "On entropy production" in message.body
    assert "Because you follow Ada Example, who wrote it" in message.body

    # one click ends it, also for somebody who is logged in nowhere
    page.context.clear_cookies()
    page.goto(message.extra_headers["List-Unsubscribe"].strip("<>"))
    assert Reader.objects.get(user=member).digest == "daily"
    page.get_by_role("button", name="Stop them").click()
    expect(page.get_by_role("heading", name="No more digests")).to_be_visible()
    assert Reader.objects.get(user=member).digest == "off"


@pytest.mark.parametrize("browser_context_args", [{"java_script_enabled": False}], indirect=False)
def test_the_button_works_without_scripts(page: Page, live_server):
    person, member = ResearcherFactory(display_name="Ada Example"), MemberFactory()
    log_in(page, member.email, live_server.url)
    page.goto(f"{live_server.url}/researchers/{person.pk}/ada-example/")
    page.locator("form.follow button[type=submit]").click()
    expect(page.locator(".message")).to_have_text("You follow Ada Example.")  # the page came again
    expect(page.get_by_role("button", name=re.compile("Following"))).to_contain_text("1")
    page.locator("form.follow button[type=submit]").click()
    expect(page.locator(".message")).to_have_text("You no longer follow Ada Example.")
