"""A reader in a browser: from the front page to a profile and through it."""

import re

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from bzpeer.pipeline import rebuild_everything
from researchers.models import Researcher
from tests.factories.records import ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> Researcher:
    """A researcher with 23 works of three years, two types and one long abstract, and two collaborators."""
    ada, bo, cy = (ResearcherFactory(display_name=name) for name in ("Ada Example", "Bo Example", "Cy Example"))
    topic = TopicFactory(display_name="Noise")
    for number in range(22):
        WorkFactory(
            title=f"Study {number:02}",
            publication_year=2019 + number % 2,
            authors=[ada, bo],
            topics=[topic],
            type=("article", "preprint")[number % 2],
        )
    newest = WorkFactory(
        title=r"Noise at $Δ\log L=\log[L(θ^s)/L(θ^*)]$",
        abstract="A long sentence about noise and its many causes. " * 30,
        authors=[ada, cy],
    )
    ReferenceFactory(cited=newest)
    rebuild_everything()
    return ada


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains of: errors of scripts, refusals by the content security policy, requests to elsewhere."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "WebGL" not in message.text and "GPU" not in message.text:
            found.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if re.match(r"(https?://localhost|https?://127\.0\.0\.1|data:|blob:)", request.url) else found.append(request.url)
        ),
    )
    return found


def test_from_the_front_page_by_search_to_a_profile_and_its_works(page: Page, live_server, ada, complaints):
    page.goto(live_server.url)
    page.get_by_label("Search researchers, works, topics, institutions").fill("exam ada")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Ada Example").first.click()
    expect(page.get_by_role("heading", level=1, name="Ada Example")).to_be_visible()

    expect(page.locator(".card")).to_have_count(20)
    expect(page.locator(".card__title .katex").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^2019: 11 works")).click()
    expect(page.locator(".card")).to_have_count(11)
    page.get_by_label("Type").select_option("preprint")
    expect(page.get_by_text("No work fits these filters")).to_be_visible()
    page.get_by_role("link", name=re.compile("^2019")).and_(page.locator(".chip")).click()
    expect(page.locator(".card")).to_have_count(11)
    expect(page.locator(".card__type").first).to_contain_text("Preprint")
    assert complaints == []


def test_the_score_and_a_count_open_into_their_grounds_by_keyboard(page: Page, live_server, ada, complaints):
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-example/")
    expect(page.get_by_role("img", name=re.compile(r"^Trust \d+ of 100, "))).to_be_visible()
    page.get_by_text("What it is made of").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It does not judge the quality of the research")).to_be_visible()

    why = page.locator(".count").first.get_by_text("why?")
    why.focus()
    page.keyboard.press("Enter")
    note = page.locator(".count").first.locator(".why__note")
    expect(note).to_be_visible()
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(page.locator(".count").first.locator("summary")).to_be_focused()
    assert complaints == []


def test_a_long_abstract_opens_in_place_and_a_short_one_has_no_switch(page: Page, live_server, ada):
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-example/")
    long, short = page.locator(".card").first, page.locator(".card").nth(1)
    text = long.locator(".clamp")
    before = text.bounding_box()
    long.get_by_text("more", exact=True).click()
    after = text.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"] * 2
    expect(long.get_by_text("less", exact=True)).to_be_visible()
    expect(short.get_by_text("more", exact=True)).to_be_hidden()


def test_the_scheme_is_chosen_once_and_kept_without_a_flash(page: Page, live_server, ada):
    page.emulate_media(color_scheme="light")
    page.goto(live_server.url)
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Use the dark scheme").click()
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert light != dark
    page.goto(f"{live_server.url}/researchers/", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.get_by_role("button", name="Use the light scheme")).to_be_visible()


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("path", ["/", "/researchers/", "profile"])
def test_no_page_is_wider_than_the_screen(page: Page, live_server, ada, width, path):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(live_server.url + (f"/researchers/{ada.pk}/ada-example/" if path == "profile" else path))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_profile_reads_whole_without_scripts(browser, live_server, ada):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-example/")
    expect(page.locator(".card")).to_have_count(20)
    page.get_by_label("Type").select_option("preprint")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("11 published items of 23")).to_be_visible()
    page.locator(".card").first.get_by_text("more", exact=True).click()
    expect(page.locator(".card").first.get_by_text("less", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("scheme"))).to_have_count(0)
    context.close()


def test_a_printed_profile_leaves_the_controls_out(page: Page, live_server, ada):
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-example/")
    page.emulate_media(media="print")
    for control in (".masthead", ".filters", ".pager", ".why >> nth=0", ".panel .button"):
        expect(page.locator(control)).to_be_hidden()
    expect(page.get_by_role("heading", level=1, name="Ada Example")).to_be_visible()
    expect(page.locator(".card").first).to_be_visible()
