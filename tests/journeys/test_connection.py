"""From a profile to how two people are connected, and from one's own record to whom one might work with: in a browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from bzpeer.claims.models import OwnerProfile
from bzpeer.pipeline import rebuild_everything
from researchers.models import Researcher
from tests.bzpeer.pages.test_connection import own
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory
from tests.journeys.test_people import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> dict[str, Researcher]:
    """Ada wrote with Ben and Dan, both of them with Cleo."""
    made: dict[str, Researcher] = {name: ResearcherFactory(display_name=f"{name} Example") for name in ("Ada", "Ben", "Cleo", "Dan")}
    noise = TopicFactory(display_name="Noise")
    for one, other, title in (
        ("Ada", "Ben", "Escape rates"),
        ("Ada", "Ben", "Noise of small batches"),
        ("Ben", "Cleo", "Infinite width"),
        ("Ada", "Dan", "Thermodynamic relations"),
        ("Dan", "Cleo", "Power laws of markets"),
    ):
        WorkFactory(title=title, authors=[made[one], made[other]], topics=[noise])
    rebuild_everything()
    return made


def test_a_visitor_finds_how_two_people_are_connected_without_scripts(browser: Browser, live_server, people):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/researchers/{people['Cleo'].pk}/cleo-example/")
    page.get_by_role("link", name="How am I connected?").click()
    expect(page.get_by_role("heading", name="How are you connected?")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("ada")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Ada Example").click()
    expect(page.get_by_role("heading", name="Two steps apart")).to_be_visible()
    expect(names(page)).to_have_text(["Ada Example", "Ben Example", "Cleo Example"])
    expect(page.get_by_role("link", name="Noise of small batches")).to_be_visible()

    page.get_by_role("link", name=re.compile("Without this person ?: Ben Example")).click()
    expect(names(page)).to_have_text(["Ada Example", "Dan Example", "Cleo Example"])
    page.get_by_role("link", name=re.compile("Without Ben Example")).click()
    expect(names(page)).to_have_text(["Ada Example", "Ben Example", "Cleo Example"])

    page.get_by_role("list").get_by_role("link", name="Dan Example", exact=True).click()
    expect(names(page)).to_have_text(["Ada Example", "Dan Example", "Cleo Example"])
    page.get_by_role("link", name="Begin at Cleo Example").click()
    expect(names(page)).to_have_text(["Cleo Example", "Ben Example", "Ada Example"])
    page.get_by_role("link", name="Infinite width").click()
    expect(page.get_by_role("heading", name="Infinite width", level=1)).to_be_visible()
    context.close()


def test_an_owner_begins_from_themselves_and_says_no_to_a_suggestion(page: Page, live_server, people):
    ada = MemberFactory()
    own(ada, people["Ada"])
    own(MemberFactory(), people["Cleo"])
    OwnerProfile.objects.create(researcher=people["Cleo"], open_to_collaborate=True, open_for="theory")
    log_in(page, ada.email, live_server.url)
    expect(page.get_by_role("link", name="Notifications")).to_be_visible()

    page.goto(f"{live_server.url}/researchers/{people['Cleo'].pk}/cleo-example/")
    page.get_by_role("link", name="How am I connected?").click()
    expect(page.get_by_text("From you, Ada Example,")).to_be_visible()
    expect(names(page)).to_have_text(["Ada Example", "Ben Example", "Cleo Example"])
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()  # the script that applies a choice at once has begun
    page.get_by_label("Works that count").select_option("Up to 3 authors")
    expect(page).to_have_url(re.compile("max_authors=3"))
    expect(names(page)).to_have_count(3)

    page.goto(f"{live_server.url}/researchers/{people['Ada'].pk}/ada-example/")
    suggested = page.get_by_role("region", name="Suggested collaborators")
    expect(suggested).to_contain_text("Wrote with Ben Example and Dan Example, as you did. Shares Noise.")
    suggested.get_by_role("link", name="All suggestions").click()
    expect(page.get_by_role("link", name="Invite Cleo Example")).to_be_visible()
    page.get_by_role("button", name=re.compile("Not for me ?: Cleo Example")).click()
    expect(page.get_by_text("Nobody to suggest yet")).to_be_visible()
    page.get_by_role("button", name=re.compile("Suggest again ?: Cleo Example")).click()
    expect(page.get_by_role("button", name=re.compile("Not for me ?: Cleo Example"))).to_be_visible()


def names(page: Page):
    """The people of the drawn chain, in order."""
    return page.locator(".chain__name")
