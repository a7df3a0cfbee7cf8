"""An owner edits their profile, sorts out 300 works and looks at their trust, in a browser with and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.curation.models import Assertion, Proposal
from bzpeer.pipeline import derive_all_pending
from researchers.domain import mark_verified
from researchers.models import Researcher, VerificationLevel
from tests.factories.members import PASSWORD, MemberFactory
from tests.factories.records import AuthorshipFactory, ResearcherFactory, WorkFactory
from works.models import Authorship, RecordChange

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> Researcher:
    person = ResearcherFactory(display_name="Ada Byron")
    Claim.objects.create(
        user=MemberFactory(email="ada@example.org"), researcher=person, state="accepted", decided_at="2026-01-01T00:00:00Z", reason="x"
    )
    mark_verified(person, level=VerificationLevel.CLAIMED, is_claimed=True)
    return person


def give_works(person: Researcher, number: int) -> None:
    """One venue for all: a factory's own would be one each."""
    first = WorkFactory(title="On engines 000", authors=[person])
    for each in range(1, number):
        AuthorshipFactory(researcher=person, work=WorkFactory(title=f"On engines {each:03}", source=first.source))
    RecordChange.objects.create(kind="researcher", record_id=person.pk)
    derive_all_pending()


def log_in(page: Page, origin: str) -> None:
    page.goto(f"{origin}/accounts/login/")
    page.get_by_label("Email", exact=False).fill("ada@example.org")
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile("^(?!.*login).*$"))


def test_an_owner_writes_their_profile_and_it_is_shown(page: Page, live_server, ada):
    give_works(ada, 3)
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-byron/")
    page.get_by_role("link", name="Edit this profile").click()
    page.get_by_label("In your own words").fill("I write <b>programs</b> for x<y engines.")
    page.get_by_role("button", name="Keep the biography").click()
    expect(page.get_by_text("with your word for it and the date")).to_be_visible()

    page.get_by_label("Name", exact=True).first.fill("Home page")
    page.get_by_label("Address").first.fill("javascript:alert(1)")
    page.get_by_role("button", name="Keep the links").click()
    expect(page.get_by_text("An address starts with https://")).to_be_visible()
    expect(page.get_by_label("Name", exact=True).first).to_have_value("Home page")
    page.get_by_label("Address").first.fill("https://example.org/ada")
    page.get_by_role("button", name="Keep the links").click()
    expect(page.get_by_text("Your links are kept")).to_be_visible()

    for number in ("001", "002"):
        page.get_by_label("Find one of your works").fill(number)
        page.get_by_role("button", name="Find").click()
        page.get_by_role("button", name=re.compile(f"^Show first.*{number}$")).click()
        expect(page.locator(".owner__chosen")).to_contain_text(f"On engines {number}")
    page.get_by_role("button", name=re.compile("^Up.*002$")).click()
    expect(page.locator(".owner__chosen .row__name").first).to_contain_text("On engines 002")
    expect(page.locator(".owner__chosen li").first).to_have_attribute("draggable", "true")
    page.locator(".owner__chosen .row__name").first.hover()
    page.mouse.down()
    for _ in range(2):  # a browser tells of a drag only once it went on
        page.locator(".owner__chosen .row__name").last.hover(position={"x": 5, "y": 20})
    page.mouse.up()
    expect(page.get_by_text("The order is kept")).to_be_visible()
    expect(page.locator(".owner__chosen .row__name").first).to_contain_text("On engines 001")

    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-byron/")
    expect(page.get_by_text("I write <b>programs</b> for x<y engines.")).to_be_visible()
    expect(page.get_by_role("heading", name="Chosen by the owner")).to_be_visible()
    expect(page.get_by_role("link", name="Home page")).to_have_attribute("rel", "nofollow ugc noopener")


def test_two_tabs_are_told_of_each_other(page: Page, live_server, ada):
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/researchers/{ada.pk}/x/edit/")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("One a line").fill("Engines")
    other.get_by_role("button", name="Keep the interests").click()
    expect(other.get_by_text("Your research interests are kept")).to_be_visible()
    page.get_by_label("One a line").fill("Poetry")
    page.get_by_role("button", name="Keep the interests").click()
    expect(page.get_by_text("Somebody changed this meanwhile")).to_be_visible()
    assert OwnerProfile.objects.get().interests == ["Engines"]


def test_three_hundred_works_are_confirmed_and_undone_by_keyboard(page: Page, live_server, ada):
    give_works(ada, 300)
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/researchers/{ada.pk}/x/correct/#works")
    page.get_by_role("button", name="Choose all on this page").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-pick] input:checked")).to_have_count(100)
    page.locator("[data-pick] input").nth(3).focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-pick] input:checked")).to_have_count(99)
    page.get_by_role("button", name="These are mine").press("Enter")
    expect(page.get_by_text("99 works are confirmed.")).to_be_visible(timeout=60_000)
    assert Assertion.objects.filter(withdrawn_at__isnull=True).count() == 99
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Undone: 99 works stand as before.")).to_be_visible(timeout=60_000)
    assert not Assertion.objects.filter(withdrawn_at__isnull=True).exists()


def test_everything_works_without_scripts(browser: Browser, live_server, ada):
    give_works(ada, 4)
    ResearcherFactory(display_name="A. Byron")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/researchers/{ada.pk}/x/edit/")
    page.get_by_label("I am open to collaborate").check()
    page.get_by_label("What for").fill("Engines")
    page.get_by_role("button", name="Keep this").click()
    page.get_by_role("link", name="Names, affiliations, works").click()
    page.get_by_label("On engines 002").check()
    page.get_by_role("button", name="These are not mine").click()
    assert Authorship.objects.filter(researcher=ada).count() == 3
    page.get_by_role("button", name="Undo").click()
    assert Authorship.objects.filter(researcher=ada).count() == 4
    page.get_by_role("link", name="Merge or split").click()
    page.get_by_label("Find it").fill("Byron")
    page.get_by_role("button", name="Find").first.click()
    page.get_by_label("A. Byron").check()
    page.get_by_role("button", name="Ask to merge").click()
    expect(page.get_by_role("heading", name="Proposals on this record")).to_be_visible()
    assert Proposal.objects.get().kind == "merge_researchers"
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-byron/trust/")
    expect(page.get_by_text("Trust 21 - Emerging")).to_be_visible()
    context.close()
