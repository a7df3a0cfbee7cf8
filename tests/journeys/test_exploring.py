"""As a new user would: from a profile to how two people are connected, to a picture that is sent; by mouse, then by keyboard alone."""

from pathlib import Path
from typing import Any, Protocol

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Download, Locator, Page, expect

from researchers.models import Researcher
from tests.factories.records import AffiliationFactory, InstitutionFactory, ResearcherFactory, TopicFactory, WorkFactory, collaborate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HUBS = ("Everything", "University of Everybody")
STILL = """() => new Promise((done, fail) => {
  setTimeout(() => fail(new Error("the picture does not come to rest")), 20_000);
  const look = () => (document.querySelector("[data-explorer]").explorer.inspect().isStill ? done() : requestAnimationFrame(look));
  look();
})"""
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def ada() -> Researcher:
    """Ada wrote with Ben in three years, Ben with Cleo in 2022; all of it is about Everything, and Ada and Ben are at one place."""
    ada, ben, cleo = (ResearcherFactory(display_name=f"{name} Example", works_count=2) for name in ("Ada", "Ben", "Cleo"))
    everything = TopicFactory(display_name=HUBS[0], works_count=4)
    place = InstitutionFactory(display_name=HUBS[1])
    for title, year, authors in (
        ("Before all that", 2017, [ada, ben]),
        ("Noise of small batches", 2020, [ada, ben]),
        ("Escape rates", 2021, [ada, ben]),
        ("Infinite width", 2022, [ben, cleo]),
        ("After all that", 2024, [ada]),
    ):
        WorkFactory(title=title, publication_year=year, authors=authors, topics=[everything])
    for person in (ada, ben):
        AffiliationFactory(researcher=person, institution=place)
    collaborate(ada, ben, works=3, years=(2017, 2021))
    collaborate(ben, cleo, years=(2022, 2022))
    return ada


@pytest.fixture(autouse=True)
def _no_question_left_open(page: Page, live_server: Any):
    """A request still running when the tables are emptied would deadlock with it."""
    yield
    page.wait_for_load_state("networkidle")


class Hands(Protocol):
    """A way to do what the journey asks for."""

    def follow(self, link: Locator) -> None: ...
    def add(self, words: str) -> None: ...
    def years(self, first: int, last: int) -> None: ...
    def hide(self, name: str) -> None: ...
    def colour_by_community(self) -> None: ...
    def export_image(self) -> Download: ...
    def copy_link(self) -> None: ...


class Mouse:
    """By pointing and clicking; text is typed."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def follow(self, link: Locator) -> None:
        link.click()

    def add(self, words: str) -> None:
        self.page.get_by_role("combobox").fill(words)
        self.page.get_by_role("option", name=words).click()

    def years(self, first: int, last: int) -> None:
        menu(self.page, "Filter").click()
        self._slide("From year", first)
        self._slide("To year", last)
        menu(self.page, "Filter").click()

    def _slide(self, name: str, year: int) -> None:
        slider = self.page.get_by_role("slider", name=name)
        least, most = (int(slider.get_attribute(end) or 0) for end in ("min", "max"))
        box = slider.bounding_box()
        assert box is not None
        thumb = 16
        at = box["x"] + thumb / 2 + (box["width"] - thumb) * (year - least) / (most - least)
        self.page.mouse.click(at, box["y"] + box["height"] / 2)

    def hide(self, name: str) -> None:
        self.page.get_by_role("button", name="Show everything").click()  # beside the panel
        settled(self.page)
        x, y = on_page(self.page, name)
        self.page.mouse.click(x, y)
        self.page.get_by_role("complementary", name="Selected record").get_by_role("button", name="Hide", exact=True).click()

    def colour_by_community(self) -> None:
        menu(self.page, "Look").click()
        self.page.get_by_role("radio", name="Community", exact=True).check()
        menu(self.page, "Look").click()

    def export_image(self) -> Download:
        menu(self.page, "Share").click()
        with self.page.expect_download() as found:
            self.page.get_by_role("button", name="Image (PNG)").click()
        return found.value

    def copy_link(self) -> None:
        self.page.get_by_role("button", name="Copy link").click()


class Keyboard:
    """With no pointer at all: what is used is first reached by the Tab key, or by a key of the picture."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def _reach(self, wanted: Locator) -> None:
        for _ in range(150):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {wanted}")

    def _press(self, wanted: Locator, key: str = "Enter") -> None:
        self._reach(wanted)
        self.page.keyboard.press(key)

    def follow(self, link: Locator) -> None:
        self._press(link)

    def add(self, words: str) -> None:
        self._press(surface(self.page), "/")
        self.page.keyboard.type(words)
        expect(self.page.get_by_role("option", name=words)).to_be_visible()
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")

    def years(self, first: int, last: int) -> None:
        self._press(menu(self.page, "Filter"))
        for name, year in (("From year", first), ("To year", last)):
            slider = self.page.get_by_role("slider", name=name)
            self._reach(slider)
            way = year - int(slider.input_value())
            for _ in range(abs(way)):
                self.page.keyboard.press("ArrowRight" if way > 0 else "ArrowLeft")
        self.page.keyboard.press("Escape")
        expect(menu(self.page, "Filter")).to_be_focused()

    def hide(self, name: str) -> None:
        self._press(surface(self.page), "/")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        expect(surface(self.page)).to_be_focused()
        self.page.keyboard.press("h")

    def colour_by_community(self) -> None:
        self._press(menu(self.page, "Look"))
        self._press(self.page.get_by_role("radio", name="Kind", exact=True), "ArrowDown")
        self.page.keyboard.press("Escape")

    def export_image(self) -> Download:
        self._press(menu(self.page, "Share"))
        self._reach(self.page.get_by_role("button", name="Image (PNG)"))
        with self.page.expect_download() as found:
            self.page.keyboard.press("Enter")
        return found.value

    def copy_link(self) -> None:
        self._press(menu(self.page, "Share"), "Escape")
        self._press(menu(self.page, "Share"))
        self._press(self.page.get_by_role("button", name="Copy link"))


@pytest.mark.parametrize("hands_of", [Mouse, Keyboard])
def test_a_new_user_finds_a_connection_thins_it_out_and_sends_the_picture(page: Page, browser: Browser, live_server, ada, hands_of):
    hands: Hands = hands_of(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-example/")
    hands.follow(page.get_by_role("link", name="Open full explorer").last)
    page.wait_for_url("**/explore/**")
    settled(page)

    hands.add("Cleo Example")
    expect(page.get_by_role("region", name="How they are connected")).to_contain_text("Connected in 2 steps")
    settled(page)
    hands.years(2019, 2022)
    assert {"Before all that", "After all that"}.isdisjoint(drawn(page))
    for hub in HUBS:
        assert hub in drawn(page)
        settled(page)
        hands.hide(hub)
        expect(live(page)).to_contain_text("1 record hidden.")
    hands.colour_by_community()
    expect(page.get_by_role("group", name="Community: what the colours mean")).to_be_visible()
    names = drawn(page)
    assert names == {"Ada Example", "Ben Example", "Cleo Example", "Noise of small batches", "Escape rates"}

    image = hands.export_image()
    assert Path(image.path()).read_bytes().startswith(b"\x89PNG")
    hands.copy_link()
    expect(page.get_by_text("Copied. Whoever opens it sees this picture.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert complaints(page) == []

    other = browser.new_context()
    received = other.new_page()
    received.goto(link)
    settled(received)
    expect(received.get_by_role("region", name="How they are connected")).to_be_visible()
    assert drawn(received) == names
    assert edges(received) == edges(page)
    expect(received.get_by_role("group", name="Community: what the colours mean")).to_be_visible()
    received.wait_for_load_state("networkidle")
    other.close()


def surface(page: Page) -> Locator:
    """The picture as the keyboard meets it."""
    return page.get_by_role("application")


def menu(page: Page, name: str) -> Locator:
    """A button of the bar that opens choices."""
    return page.locator(".explorer__menu-face").filter(has_text=name)


def live(page: Page) -> Locator:
    """What is told to those who cannot see the picture."""
    return page.locator(".explorer > [aria-live=polite]")


def settled(page: Page) -> None:
    """Wait until nothing is loading and everything stands still."""
    expect(page.locator("[data-explorer].explorer--started")).to_be_visible(timeout=20_000)
    page.evaluate(STILL)


def inspected(page: Page) -> dict[str, Any]:
    """Return what the explorer says is drawn."""
    return page.evaluate("document.querySelector('[data-explorer]').explorer.inspect()")


def drawn(page: Page) -> set[str]:
    """Return the names of the records in the picture."""
    return set(inspected(page)["names"])


def edges(page: Page) -> set[str]:
    """Return the relations in the picture."""
    return set(inspected(page)["edges"])


def on_page(page: Page, name: str) -> tuple[float, float]:
    """Return where a record is drawn, in pixels of the page."""
    found = inspected(page)
    at = dict(found["places"])[found["nodes"][found["names"].index(name)]]
    view, box = found["view"], surface(page).bounding_box()
    assert box is not None
    return box["x"] + (at["x"] - view["x"]) * view["k"] + box["width"] / 2, box["y"] + (at["y"] - view["y"]) * view["k"] + box["height"] / 2


def complaints(page: Page) -> list[str]:
    """Return what axe finds wrong with the explorer as it stands."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('[data-explorer]')")
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]
