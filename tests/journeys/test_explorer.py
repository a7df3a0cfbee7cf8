"""The explorer in a browser: the picture by keyboard and pointer, and the table that equals it."""

import re

import pytest
from playwright.sync_api import Page, expect

from bzpeer.savedviews.models import SavedView
from tests.factories.members import MemberFactory
from tests.factories.records import (
    AffiliationFactory,
    InstitutionFactory,
    ResearcherFactory,
    TopicFactory,
    WorkFactory,
    collaborate,
)
from tests.journeys.test_exploring import inspected, settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SURFACE = ".explorer__surface"


@pytest.fixture
def ada():
    """Ada wrote with Ben, and Ben with Cleo, whom Ada does not know."""
    ada, ben, cleo = (ResearcherFactory(display_name=name, works_count=2) for name in ("Ada Example", "Ben Partner", "Cleo Beyond"))
    topic = TopicFactory(display_name="Quiet Graphs", works_count=2)
    WorkFactory(title="What Ada and Ben found", authors=[ada, ben], topics=[topic])
    WorkFactory(title="What Ben and Cleo found", authors=[ben, cleo])
    AffiliationFactory(researcher=ada, institution=InstitutionFactory(display_name="University of Tables"))
    collaborate(ada, ben)
    collaborate(ben, cleo)
    return ada


@pytest.fixture(autouse=True)
def _no_question_left_open(page: Page, live_server):
    """A request still running when the tables are emptied would deadlock with it."""
    yield
    page.wait_for_load_state("networkidle")


@pytest.fixture
def troubles(page: Page):
    """What the console and the page complained about; the content security policy speaks there too."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def answered(page: Page, base: str, focus: str) -> tuple[set[str], set[tuple[str, str, str]]]:
    """Return the nodes and edges of the API's answer."""
    answer = page.request.get(f"{base}/api/v1/graph/slice/?focus={focus}&limit=180").json()
    return {node["id"] for node in answer["nodes"]}, {(edge["source"], edge["target"], edge["kind"]) for edge in answer["edges"]}


def tabled(page: Page) -> tuple[set[str], set[tuple[str, str, str]]]:
    """Return the nodes and edges of the table on the page."""
    nodes = page.locator("tr[data-node]").evaluate_all("rows => rows.map(row => row.dataset.node)")
    edges = page.locator("tr[data-source]").evaluate_all(
        "rows => rows.map(row => [row.dataset.source, row.dataset.target, row.dataset.kind])"
    )
    return set(nodes), {tuple(edge) for edge in edges}


def test_table_has_exactly_the_nodes_and_edges_of_the_answer(page: Page, live_server, ada, troubles):
    focus = f"researcher:{ada.pk}"
    page.goto(f"{live_server.url}/explore/?focus={focus}")
    settled(page)
    page.get_by_role("button", name="Table", exact=True).click()
    nodes, edges = answered(page, live_server.url, focus)
    assert len(nodes) == 5
    assert tabled(page) == (nodes, edges)
    page.get_by_role("button", name="Works 1").click()
    hidden = {node for node in nodes if node.startswith("work:")}
    assert tabled(page) == (nodes - hidden, {edge for edge in edges if not hidden & {edge[0], edge[1]}})
    assert troubles == []


def test_expanding_by_keyboard_adds_what_is_beyond_and_undo_takes_it_away(page: Page, live_server, ada, troubles):
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}")
    settled(page)
    before = placed(page)
    find(page, "ben")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Collapse")).to_be_visible()
    settled(page)
    after = placed(page)
    assert len(after) == len(before) + 2  # Cleo and the work with her
    assert {node: after[node] for node in before} == before  # what stood there did not move
    address = page.url
    assert "expanded=researcher:" in address
    page.locator(SURFACE).press("u")
    page.keyboard.press("t")
    assert tabled(page)[0] == set(before)

    focus = f"researcher:{ada.pk}"
    kept = {"name": "Beyond Ben", "focus": focus, "state": {"address": f"?{address.partition('?')[2]}"}}
    view = SavedView.objects.create(owner=MemberFactory(), is_public=True, **kept)
    page.goto("about:blank")
    page.goto(f"{address}&saved={view.pk}")
    expect(page.get_by_role("button", name="Collapse")).to_be_visible()
    settled(page)
    assert set(placed(page)) == set(after)
    page.locator(SURFACE).press("t")
    expect(page).to_have_url(re.compile(rf"&view=table&saved={view.pk}$"))
    page.reload()
    expect(page.get_by_text("Beyond Ben")).to_be_visible()
    settled(page)
    assert troubles == []


def test_arrow_keys_walk_along_relations_and_enter_opens_the_page(page: Page, live_server, ada):
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}")
    settled(page)
    page.focus(SURFACE)
    page.keyboard.press("ArrowRight")
    panel = page.get_by_role("complementary", name="Selected record")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Ada Example")
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        if panel.get_by_role("heading", level=2).inner_text() != "Ada Example":
            break
    name = panel.get_by_role("heading", level=2).inner_text()
    assert name != "Ada Example"
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/explore/" not in address)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_clicking_a_node_selects_it_and_dragging_holds_it_in_place(page: Page, live_server, ada):
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}")
    settled(page)
    box = page.locator(SURFACE).bounding_box()
    assert box is not None
    x, y = on_stage(page, f"researcher:{ada.pk}")
    page.mouse.click(box["x"] + x, box["y"] + y)
    expect(page.get_by_role("complementary", name="Selected record")).to_contain_text("Ada Example")
    settled(page)  # the panel that came may have moved the view
    now = page.locator(SURFACE).bounding_box()
    assert now is not None
    width = now["width"]
    x, y = on_stage(page, f"researcher:{ada.pk}")
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x - 60, box["y"] + y - 40, steps=4)
    page.mouse.up()
    settled(page)
    after = page.locator(SURFACE).bounding_box()
    assert after is not None
    moved = on_stage(page, f"researcher:{ada.pk}")
    # Told from the middle of the stage, which is narrower once the panel stands beside it.
    assert (moved[0] - after["width"] / 2, moved[1]) == pytest.approx((x - 60 - width / 2, y - 40), abs=1.5)
    expect(page.get_by_role("complementary", name="Selected record")).to_contain_text("Held where you put it")


def test_a_failure_is_said_in_words_and_trying_again_works(page: Page, live_server, ada):
    page.route("**/api/v1/graph/slice/**", lambda route: route.fulfill(status=503))
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}")
    expect(page.get_by_text("The portal could not work this out just now.").first).to_be_visible()
    page.unroute("**/api/v1/graph/slice/**")
    page.get_by_role("button", name="Try again").click()
    settled(page)
    assert len(placed(page)) == 5


def test_embedded_explorer_starts_when_it_comes_into_view(page: Page, live_server, ada, troubles):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1200, "height": 300})
    page.goto(f"{live_server.url}/researchers/{ada.pk}/ada-example/")
    figure = page.locator("[data-explorer=embedded]")
    expect(figure).to_have_count(1)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/graph/slice/" in url or ("/explorer-" in url and url.endswith(".js"))]
    figure.scroll_into_view_if_needed()
    settled(page)
    expect(figure.get_by_role("button", name="Researchers 2")).to_be_visible()
    assert troubles == []


def test_webgl_takes_over_without_moving_anything(page: Page, live_server, ada, troubles):
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}&renderer=webgl")
    settled(page)
    before = placed(page)
    expect(page.locator("[data-explorer][data-renderer=webgl]")).to_be_visible()
    assert placed(page) == before
    assert page.locator(".explorer__layer canvas.sigma-nodes").count() == 1
    assert troubles == []


def test_without_scripts_the_page_is_a_table(browser, live_server, ada):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}")
    people = page.get_by_role("region", name="Researchers").get_by_role("table")
    expect(people).to_contain_text("Ben Partner")
    expect(people.get_by_role("row")).to_have_count(2)  # its head, and Ben
    context.close()


def find(page: Page, words: str) -> None:
    """Find a node by name and select it."""
    field = page.get_by_role("combobox", name="Find in the picture")
    field.fill(words)
    field.press("Enter")
    expect(page.locator(SURFACE)).to_be_focused()


def placed(page: Page) -> dict[str, tuple[float, float]]:
    """Return where every drawn node stands in the plane."""
    found = page.evaluate("document.querySelector('[data-explorer]').explorer.inspect()")
    places = {name: (at["x"], at["y"]) for name, at in found["places"]}
    return {node: places[node] for node in found["nodes"]}


def on_stage(page: Page, node: str) -> tuple[float, float]:
    """Return where a node is drawn, in pixels of the stage."""
    found = page.evaluate("document.querySelector('[data-explorer]').explorer.inspect()")
    x, y = placed(page)[node]
    view, box = found["view"], page.locator(SURFACE).bounding_box()
    assert box is not None
    return (x - view["x"]) * view["k"] + box["width"] / 2, (y - view["y"]) * view["k"] + box["height"] / 2


def test_fingers_tap_rest_and_pinch(browser, live_server, ada):
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{live_server.url}/explore/?focus=researcher:{ada.pk}")
    settled(page)
    touch = context.new_cdp_session(page)
    box = page.locator(SURFACE).bounding_box()
    assert box is not None

    def fingers(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + y, "id": finger} for finger, (x, y) in enumerate(at)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    middle = box["width"] / 2, box["height"] / 2
    before = inspected(page)["view"]["k"]
    fingers("touchStart", (middle[0] - 30, middle[1]), (middle[0] + 30, middle[1]))
    fingers("touchMove", (middle[0] - 60, middle[1]), (middle[0] + 60, middle[1]))
    fingers("touchEnd")
    assert inspected(page)["view"]["k"] == pytest.approx(2 * before, rel=0.01)
    page.get_by_role("button", name="Show everything").click()

    x, y = on_stage(page, f"researcher:{ada.pk}")
    page.touchscreen.tap(box["x"] + x, box["y"] + y)
    panel = page.get_by_role("complementary", name="Selected record")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Ada Example")

    ben = next(node for node, name in zip(inspected(page)["nodes"], inspected(page)["names"], strict=True) if name == "Ben Partner")
    page.get_by_role("button", name="Show everything").click()  # above the sheet
    fingers("touchStart", on_stage(page, ben))
    expect(panel).to_contain_text("2 records selected")
    fingers("touchEnd")
    expect(panel).to_contain_text("2 records selected")
    for deed in ("How are they connected?", "Hide them", "Hide all others"):
        expect(panel.get_by_role("button", name=deed)).to_be_in_viewport(ratio=1)
    panel.get_by_role("button", name="How are they connected?").tap()
    expect(panel).to_contain_text("Connected in 1 step")
    panel.get_by_role("button", name="Hide all others").tap()
    settled(page)
    assert set(inspected(page)["names"]) == {"Ada Example", "Ben Partner"}
    page.wait_for_load_state("networkidle")
    context.close()
