"""A stranger's first visit to the demo: from the front page by search to a profile, into the graph, and on to a paper."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_front_page_through_a_profile_and_its_graph_to_a_work(page: Page, live_server):
    call_command("demo", verbosity=0)
    page.goto(live_server.url)
    page.get_by_label("Search researchers, works, topics, institutions").fill("kangq liu")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Kangqiao Liu").first.click()

    expect(page.get_by_role("heading", level=1, name="Kangqiao Liu")).to_be_visible()
    expect(page.get_by_text("Trust 13 - Unverified")).to_be_visible()
    expect(page.get_by_text("Affiliation not imported").first).to_be_visible()
    expect(page.locator(".card--work")).to_have_count(2)

    figure = page.locator("[data-explorer=embedded]")
    figure.scroll_into_view_if_needed()
    expect(page.locator("[data-explorer][data-layout=done]")).to_be_visible()
    before = shown(page)
    page.get_by_placeholder("Find in the picture").fill("Masahito Ueda")
    page.keyboard.press("Enter")
    page.locator(".explorer__surface").press("e")
    expect(page.get_by_role("button", name="Collapse")).to_be_visible()
    assert shown(page) > before

    page.get_by_placeholder("Find in the picture").fill("Power-law escape")
    page.keyboard.press("Enter")
    page.locator(".explorer__surface").press("Enter")
    page.wait_for_url(re.compile("/works/"))
    expect(page.get_by_role("heading", level=1, name="Power-law escape rate of SGD")).to_be_visible()
    expect(page.locator(".katex").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def shown(page: Page) -> int:
    """Return how many researchers the legend counts in the picture."""
    words = page.get_by_role("button", name=re.compile(r"^Researchers \d+")).inner_text()
    return int(re.sub(r"\D", "", words))
