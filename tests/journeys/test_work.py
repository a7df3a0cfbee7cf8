"""From the search field to a paper and on, in a browser: suggestions, mathematics, references, live imports."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from bzpeer.addresses import record_address
from bzpeer.pipeline import rebuild_everything
from tests.factories.members import PASSWORD, MemberFactory
from tests.factories.records import ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory
from works.models import ImportRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ABSTRACT = (
    r"We find $Δ\log L=\log[L(θ^s)/L(θ^*)]$ where \textit{volumization} holds, at 16\% or $50%$ of runs. "
    r"$\undefinedmacro x$ and $\frac{1}{$ stay readable; $\href{javascript:alert(1)}{here}$ leads nowhere."
)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about: script errors, refused styles, missing files."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def paper():
    topic = TopicFactory(display_name="Escape Rates")
    author = ResearcherFactory(display_name="Kangqiao Liu")
    work = WorkFactory(title="Power-law escape rate of $θ$ in SGD", abstract=ABSTRACT, authors=[author], topics=[topic])
    ReferenceFactory(citing=work, cited=WorkFactory(title="Flat minima", authors=[ResearcherFactory()]))
    rebuild_everything()
    return work


def test_search_suggests_and_the_keyboard_leads_to_the_work(page: Page, live_server, paper, complaints):
    page.goto(f"{live_server.url}/topics/")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search researchers")
    expect(field).to_be_focused()
    field.press_sequentially("power esc")
    options = page.get_by_role("option")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("Power-law escape rate of θ in SGD")
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press_sequentially("a")
    expect(options).to_have_count(1)
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(page).to_have_url(re.compile(record_address("work", paper.pk, paper.title)))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Power-law escape rate of")
    assert complaints == []


def test_mathematics_is_set_and_copied_as_its_source(page: Page, live_server, paper, complaints):
    page.goto(live_server.url + record_address("work", paper.pk, paper.title))
    abstract = page.locator(".prose").first
    expect(page.locator("h1 .katex")).to_have_count(1)
    expect(abstract.locator(".tex--set .katex").first).to_be_visible()
    expect(abstract.locator("em")).to_have_text("volumization")
    unread = abstract.locator(".tex:not(.tex--set)")
    expect(unread).to_have_text(r"\frac{1}{")
    expect(abstract.locator(".tex--set", has_text="undefinedmacro")).to_have_count(1)
    expect(abstract.locator(".katex-html", has_text="50%")).to_have_count(1)
    assert page.locator(".tex a").count() == 0
    copied = page.evaluate(
        """() => {
            const range = document.createRange();
            range.selectNodeContents(document.querySelector(".prose p"));
            getSelection().removeAllRanges(); getSelection().addRange(range);
            const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true, cancelable: true });
            document.dispatchEvent(event);
            return event.clipboardData.getData("text/plain");
        }"""
    )
    assert copied.startswith(r"We find $Δ\log L=\log[L(θ^s)/L(θ^*)]$ where volumization holds, at 16% or $50%$ of runs.")
    assert complaints == []


def test_hostile_mathematics_costs_nothing_and_leads_nowhere(page: Page, live_server, complaints):
    hostile = (
        r"$\def\a{\a\a}\a$",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\htmlStyle{position:fixed}{x}$",
        r"$\includegraphics{https://evil.example/x.png}$",
        r"$\rule{99999em}{99999em}$",
        "$" + "{" * 900 + "x" + "}" * 900 + "$",
        "$" + r"\frac{1}{" * 300 + "x" + "}" * 300 + "$",
        "$x" + "^y" * 3000 + "$",
        "$" + "x_1" * 20_000 + "$",
    )
    work = WorkFactory(title="Hostile $\\gdef\\x{\\x}\\x$", abstract=" and ".join(hostile))
    page.goto(live_server.url + record_address("work", work.pk, work.title))
    formulas = page.locator(".prose:not(.quick-summary__text) .tex")
    expect(formulas).to_have_count(len(hostile))
    expect(page.locator(".prose:not(.quick-summary__text) .tex[data-source]")).to_have_count(len(hostile), timeout=10_000)
    assert page.locator(".prose").locator("a, img, [style*=fixed]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []


def test_a_work_leads_to_its_author_topic_and_reference_without_scripts(browser, live_server, paper):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(live_server.url + record_address("work", paper.pk, paper.title))
    expect(page.locator(".prose").first).to_contain_text(r"Δ\log L=\log[L(θ^s)/L(θ^*)]")
    page.get_by_role("link", name="Escape Rates").click()
    expect(page.get_by_role("heading", name="Escape Rates", level=1)).to_be_visible()
    page.get_by_role("link", name="Kangqiao Liu").first.click()
    expect(page.get_by_role("heading", name="Kangqiao Liu", level=1)).to_be_visible()
    page.goto(f"{live_server.url}/search/?q=flat")
    page.get_by_role("link", name="Flat minima").click()
    expect(page.get_by_role("heading", name="Flat minima", level=1)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Power-law escape rate"))).to_be_visible()
    page.context.close()


def test_the_figures_of_a_running_import_move_by_themselves(page: Page, live_server, complaints):
    staff = MemberFactory(is_staff=True)
    run = ImportRun.objects.create(provider="arxiv", state="running", started_at=timezone.now(), counts={"read": 10, "written": 10})
    page.goto(f"{live_server.url}/accounts/login/?next=/imports/")
    page.get_by_label("Email").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    row = page.get_by_role("row", name=re.compile(f"arXiv {run.pk}"))
    expect(row).to_contain_text("running")
    ImportRun.objects.filter(pk=run.pk).update(counts={"read": 4321, "written": 4321}, state="finished", finished_at=timezone.now())
    expect(row).to_contain_text("4,321", timeout=8_000)
    expect(row).to_contain_text("finished")
    assert complaints == []
