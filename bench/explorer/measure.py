# ruff: noqa: E501 -- the scripts of the pages under measurement stand as one line each
"""Measures the explorer beside other graph libraries on the same slices, in one run, and prints ratios.

    npm run build && npm --prefix bench/explorer install && python bench/explorer/measure.py

Everything is served on this machine to a headless Chromium that draws in software, so the ratios count, not the milliseconds.
"""

import gzip
import json
import math
import os
import random
import statistics
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
DIST = Path(os.environ.get("EXPLORER_DIST", ROOT / "static" / "dist"))
PEERS = Path(__file__).parent / "node_modules"
RUNS = 7
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".json": "application/json"}

PEER_PAGES = {
    "force-graph": (
        "force-graph/dist/force-graph.min.js",
        """
        const graph = new ForceGraph(document.getElementById("stage")).graphData({
          nodes: slice.nodes.map((n) => ({ id: n.id, name: n.label, weight: n.weight, fx: n.x * 600, fy: -n.y * 600 })),
          links: slice.edges.map((e) => ({ source: e.source, target: e.target })),
        }).nodeCanvasObjectMode(() => "after").nodeCanvasObject((n, pen) => { graph.hasDrawn = true; pen.font = "12px sans-serif"; pen.fillText(n.name, n.x + 6, n.y); });
        graph.onRenderFramePost(() => graph.hasDrawn && done());  // its first frames are empty
        """,
    ),
    "cytoscape": (
        "cytoscape/dist/cytoscape.min.js",
        """
        const graph = cytoscape({
          container: document.getElementById("stage"),
          elements: [...slice.nodes.map((n) => ({ data: { id: n.id, label: n.label }, position: { x: n.x * 600, y: -n.y * 600 } })),
                     ...slice.edges.map((e) => ({ data: { source: e.source, target: e.target } }))],
          style: [{ selector: "node", style: { label: "data(label)", "font-size": 12, width: 12, height: 12 } }, { selector: "edge", style: { width: 1 } }],
          layout: { name: "preset" },
        });
        graph.one("render", () => done());
        """,
    ),
}


def slice_of(nodes: int, *, seed: int = 3) -> dict[str, Any]:
    """Return a made-up neighbourhood in the shape of the API: people in groups, their works, topics, institutions."""
    chance = random.Random(seed)
    records: list[dict[str, Any]] = [{"id": "researcher:1", "kind": "researcher", "label": "Ada Example", "weight": 80}]
    edges: list[dict[str, Any]] = []
    groups = max(3, nodes // 25)
    people: list[list[str]] = [[] for _ in range(groups)]
    for number in range(2, nodes + 1):
        kind = chance.choices(["researcher", "work", "topic", "institution"], [40, 45, 9, 6])[0]
        group = chance.randrange(groups)
        record = f"{kind}:{number}"
        label = {
            "researcher": f"{chance.choice('ABCDEFGHKLMNPRST')}. {chance.choice(['Mori', 'Ueda', 'Lindqvist', 'Okonkwo', 'Salakhut', 'Ito'])}",
            "work": f"A study of {chance.choice(['power laws', 'noise', 'minima', 'escape rates'])} in {chance.choice(['deep networks', 'markets'])} {number}",
        }.get(kind, f"{kind.capitalize()} number {number}")
        records.append({"id": record, "kind": kind, "label": label, "weight": int(chance.paretovariate(1))})
        mates = people[group]
        if kind == "researcher":
            edges.append({"source": "researcher:1", "target": record, "kind": "collaborated", "weight": chance.randint(1, 9)})
            edges += [{"source": mate, "target": record, "kind": "collaborated", "weight": 1} for mate in mates[-3:]]
            mates.append(record)
        else:
            relation = {"work": "authored", "topic": "about", "institution": "affiliated"}[kind]
            for author in [*chance.sample(mates, min(2, len(mates))), "researcher:1"][: 2 if kind == "work" else 1]:
                edges.append({"source": author, "target": record, "kind": relation, "weight": 1})
    for place, made in enumerate(records):
        angle, distance = place * 2.399963, math.sqrt(place / nodes)
        made |= {
            "url": "/-/",
            "year": None,
            "degree": 1,
            "x": round(math.cos(angle) * distance, 4),
            "y": round(math.sin(angle) * distance, 4),
        }
    return {"focus": "researcher:1", "nodes": records, "edges": edges, "truncated": {}}


def around(answer: dict[str, Any], focus: str) -> dict[str, Any]:
    """Return what expanding a node adds to a slice: 30 works and people that hang on it alone and on each other."""
    fresh = slice_of(31, seed=int(focus.partition(":")[2]))
    names = {node["id"]: f"{node['kind']}:{node['id'].partition(':')[2]}{focus.partition(':')[2]:0>6}" for node in fresh["nodes"]}
    names["researcher:1"] = focus
    (own,) = (node for node in answer["nodes"] if node["id"] == focus)
    nodes = [own, *({**node, "id": names[node["id"]]} for node in fresh["nodes"] if node["id"] != "researcher:1")]
    edges = [{**edge, "source": names[edge["source"]], "target": names[edge["target"]]} for edge in fresh["edges"]]
    return {"focus": focus, "nodes": nodes, "edges": edges, "truncated": {}}


class Bench:
    """A browser and the server of one slice, both on this machine."""

    def __init__(self, browser: Browser, answer: dict[str, Any]) -> None:
        self.browser = browser
        self.manifest = json.loads((DIST / "manifest.json").read_text())
        self.answer = answer
        self.bodies: dict[str, bytes] = {}
        bench = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body, kind = bench.found(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                with suppress(ConnectionError):  # a page that was left
                    super().handle()

            def log_message(self, format: str, *args: object) -> None:
                """Keep the terminal for the figures."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = f"http://127.0.0.1:{self.server.server_port}"

    def found(self, address: str) -> tuple[bytes, str]:
        """Return what stands at an address, and its type."""
        path, _, query = address.partition("?")
        if path == "/slice/":
            (focus,) = parse_qs(query).get("focus", ["researcher:1"])
            return json.dumps(self.answer if focus == "researcher:1" else around(self.answer, focus)).encode(), "application/json"
        if path in self.bodies:
            return self.bodies[path], "text/html"
        file = DIST / path.removeprefix("/static/dist/") if path.startswith("/static/dist/") else PEERS / path.removeprefix("/peers/")
        return (file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream")) if file.is_file() else (b"", "text/plain")

    def page(self, path: str, body: str) -> Page:
        """Open a page of that body in a fresh context."""
        self.bodies[path.partition("?")[0]] = body.encode()
        page = self.browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(self.host + path)
        return page

    def explorer(self, *, embedded: bool = False) -> Page:
        """Open the explorer on the slice, as the page has it: the site's tokens and fonts, its parts preloaded."""
        names = ["static/pages/site.ts", f"static/explorer/{'embed' if embedded else 'full'}.ts"]
        kept = self.closure(names)
        head = "".join(
            f'<link rel="stylesheet" href="/static/dist/{file}">' for name in kept for file in self.manifest[name].get("css", [])
        )
        head += "".join(f'<link rel="modulepreload" href="/static/dist/{self.manifest[name]["file"]}">' for name in kept)
        head += '<link rel="preload" as="fetch" href="/slice/?focus=researcher:1&limit=300" crossorigin>'
        scripts = "".join(f'<script type="module" src="/static/dist/{self.manifest[name]["file"]}"></script>' for name in names)
        kind = "embedded" if embedded else "full"
        body = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Explorer</title>{head}<main class="main--explore"><h1 data-explorer-title>Ada Example</h1>
          <div class="explorer explorer--{kind}" data-explorer="{kind}" data-focus="researcher:1" data-slice-url="/slice/" data-limit="300" data-explore-url="/explore/"></div></main>
          <script>performance.mark("start")</script>{scripts}</html>"""
        page = self.page("/explore/?focus=researcher:1", body)
        page.wait_for_function("performance.getEntriesByName('explorer-first-picture').length > 0")
        return page

    def closure(self, names: Iterable[str]) -> list[str]:
        """Return entries with everything they import, what is imported first."""
        found: list[str] = []
        for name in names:
            found += [one for one in [*self.closure(self.manifest[name].get("imports", [])), name] if one not in found]
        return found

    def peer(self, name: str) -> Page:
        """Open a page where another library draws the slice."""
        script, code = PEER_PAGES[name]
        body = f"""<!doctype html><meta charset="utf-8"><link rel="preload" as="fetch" href="/slice/" crossorigin><style>html,body{{margin:0}}#stage{{width:1440px;height:776px}}</style><div id="stage"></div>
          <script>performance.mark("start")</script><script src="/peers/{script}"></script>
          <script>const done = () => performance.mark("first-picture");
          fetch("/slice/").then((answer) => answer.json()).then((slice) => {{ {code} }});</script>"""
        page = self.page("/peer/", body)
        page.wait_for_function("performance.getEntriesByName('first-picture').length > 0")
        return page


def first_picture(page: Page, mark: str) -> float:
    """Return milliseconds from the first script to the first drawn picture."""
    return float(page.evaluate(f"performance.getEntriesByName('{mark}')[0].startTime - performance.getEntriesByName('start')[0].startTime"))


def first_pictures(bench: Bench, names: Iterable[str]) -> dict[str, list[float]]:
    """Return the first pictures' times over RUNS rounds, each round one fresh page of everybody; one round before warms the browser."""
    times: dict[str, list[float]] = {name: [] for name in names}
    for run in range(RUNS + 1):
        for name, own in times.items():
            page = bench.explorer() if name == "explorer" else bench.peer(name)
            if run:
                own.append(first_picture(page, "explorer-first-picture" if name == "explorer" else "first-picture"))
            page.context.close()
    return times


def labels_at_every_zoom(page: Page) -> list[tuple[float, int, int]]:
    """Return (zoom, labels drawn, pairs that overlap) from far out to far in."""
    page.evaluate(STILL)
    found = []
    page.focus(".explorer__surface")
    for key in ["0", *["-"] * 4, *["+"] * 12]:
        page.keyboard.press(key)
        page.evaluate(STILL)
        state = page.evaluate("document.querySelector('[data-explorer]').explorer.inspect()")
        boxes = state["labels"]
        clashes = sum(
            a["left"] < b["right"] and b["left"] < a["right"] and a["top"] < b["bottom"] and b["top"] < a["bottom"]
            for place, a in enumerate(boxes)
            for b in boxes[place + 1 :]
        )
        found.append((state["view"]["k"], len(boxes), clashes))
    return found


def complaints(page: Page) -> list[str]:
    """Return what axe finds wrong with the explorer, with a record selected and every menu open in turn, as picture and as table."""
    page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text())
    page.focus(".explorer__surface")
    page.keyboard.press("ArrowRight")
    found: list[str] = []

    def look() -> None:
        result = page.evaluate("axe.run('[data-explorer]')")
        found.extend(f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"])

    for face in page.locator(".explorer__menu-face").all():
        face.click()
        look()
        face.click()
    page.locator("[data-shown=table]").click()
    look()
    for line in sorted(set(found)):
        print(f"  axe: {line}")
    return found


def tabled(page: Page) -> tuple[int, int]:
    """Return how many nodes, and how many edges, only one of picture and table has."""
    page.locator("[data-shown=table]").click()
    found = page.evaluate("document.querySelector('[data-explorer]').explorer.inspect()")
    nodes = page.locator("tr[data-node]").evaluate_all("rows => rows.map((row) => row.dataset.node)")
    # As the picture names them: who worked together stands in the order of the alphabet.
    read = """rows => rows.map(({ dataset: { source, kind, target } }) => {
      const turned = kind === "collaborated" && target < source;
      return turned ? `${target} ${kind} ${source}` : `${source} ${kind} ${target}`;
    })"""
    edges = page.locator("tr[data-source]").evaluate_all(read)
    return len(set(nodes) ^ set(found["nodes"])), len(set(edges) ^ set(found["edges"]))


def thread_time(page: Page) -> Callable[[], float]:
    """Return a clock of the page's main thread: milliseconds it has been running, whatever else this machine does."""
    metrics = page.context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    return lambda: float(next(m["value"] for m in metrics.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")) * 1_000


def busy(page: Page, act: str, frames: int) -> float:
    """Return the main thread's milliseconds per frame while `act(i)` runs once in each of `frames` frames."""
    thread = thread_time(page)
    before = thread()
    page.evaluate(
        f"""() => new Promise((resolve) => {{
          const surface = document.querySelector(".explorer__surface"), box = surface.getBoundingClientRect();
          const at = (type, x, y, buttons) => surface.dispatchEvent(new PointerEvent(type,
            {{ bubbles: true, pointerId: 1, pointerType: "mouse", button: 0, buttons, clientX: box.left + x, clientY: box.top + y }}));
          surface.setPointerCapture = () => undefined;
          let i = 0;
          const next = () => {{ if (i++ >= {frames}) return resolve(); ({act})(i, at, box); requestAnimationFrame(next); }};
          next();
        }})"""
    )
    return (thread() - before) / frames


def synchronous(page: Page, code: str) -> tuple[float, float]:
    """Return milliseconds of `code`, run 30 times in the page: the median by the clock, and of the main thread on average."""
    thread = thread_time(page)
    before = thread()
    clock = float(
        page.evaluate(
            f"""() => {{ const surface = document.querySelector(".explorer__surface"), box = surface.getBoundingClientRect();
            const explorer = document.querySelector("[data-explorer]").explorer; const found = explorer.inspect(); const places = new Map(found.places);
            const times = []; for (let i = 0; i < 30; i++) {{ const [id, at] = [found.nodes[(i * 7) % found.nodes.length], places.get(found.nodes[(i * 7) % found.nodes.length])];
            const x = (at.x - found.view.x) * found.view.k + box.width / 2 + box.left, y = (at.y - found.view.y) * found.view.k + box.height / 2 + box.top;
            const start = performance.now(); ({code})(surface, x, y, id); times.push(performance.now() - start); }}
            return times.sort((a, b) => a - b)[15]; }}"""
        )
    )
    return clock, (thread() - before) / 30


HOVER = """(surface, x, y) => surface.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse", clientX: x, clientY: y }))"""
SELECT = """(surface, x, y) => { surface.setPointerCapture = () => undefined;
  for (const type of ["pointerdown", "pointerup"]) surface.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, pointerType: "mouse", button: 0, clientX: x, clientY: y })); }"""
PAN = """(i, at) => { if (i === 1) at("pointerdown", 20, 20, 1); at("pointermove", 20 + i * 4, 20 + i * 2, 1); }"""


STILL = """() => new Promise((done) => {
  const look = () => (document.querySelector("[data-explorer]").explorer.inspect().isStill ? done(performance.now()) : requestAnimationFrame(look));
  look();
})"""


def longest_task(events: list[dict[str, Any]], since: float) -> tuple[float, float]:
    """Return the longest task of the page's main thread after a time of the trace, in milliseconds: by the clock, and of the processor."""
    (main,) = {(event["pid"], event["tid"]) for event in events if event["name"] == "explorer-first-picture" and event["ph"] in "IRn"}
    tasks = [
        (event["dur"] / 1_000, event.get("tdur", 0) / 1_000)
        for event in events
        if (event["pid"], event["tid"]) == main and event["ph"] == "X" and event["name"].endswith("RunTask") and event["ts"] > since
    ]
    return max(clock for clock, _ in tasks), max(processor for _, processor in tasks)


def settling(bench: Bench) -> tuple[float, float, float]:
    """Return milliseconds from the first picture until everything stands still, and the longest main-thread task on the way."""
    bench.browser.start_tracing(categories=["blink.user_timing", "toplevel"])
    page = bench.explorer()
    still = page.evaluate(STILL)
    first = page.evaluate("performance.getEntriesByName('explorer-first-picture')[0].startTime")
    page.context.close()
    events = json.loads(bench.browser.stop_tracing())["traceEvents"]
    (since,) = (event["ts"] for event in events if event["name"] == "explorer-first-picture")
    return still - first, *longest_task(events, since)


class Memory(NamedTuple):
    """What is alive after garbage collection, in megabytes, and the nodes of the document."""

    heap: float
    compiled: float  # of it machine code and what guides it: grows while code that runs often is compiled anew
    nodes: int


def collected(page: Page) -> Memory:
    """Return what is alive after garbage collection."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    chunks: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    session.detach()
    return Memory(used / 1e6, compiled_in(json.loads("".join(chunks))) / 1e6, counters["nodes"])


def compiled_in(snapshot: dict[str, Any]) -> int:
    """Return the bytes of compiled code in a snapshot of the heap."""
    meta, values = snapshot["snapshot"]["meta"], snapshot["nodes"]
    names, code = meta["node_fields"], meta["node_types"][0].index("code")
    kind, size = names.index("type"), names.index("self_size")
    return sum(values[at + size] for at in range(0, len(values), len(names)) if values[at + kind] == code)


def expanding(bench: Bench) -> tuple[float, dict[str, Memory]]:
    """Expand five nodes, collapse them, leave. Return how far what stood moved (share of the width), and memory at each stop."""
    page = bench.explorer()
    page.set_default_timeout(20_000)
    page.evaluate(STILL)
    inspect = "document.querySelector('[data-explorer]').explorer.inspect()"
    stops: dict[str, Memory] = {}
    farthest = 0.0

    def select(node: str) -> None:
        page.fill(".explorer__search-input", node)
        page.press(".explorer__search-input", "Enter")

    def round_of(names: list[str], key: str) -> None:
        nonlocal farthest
        for name in names:
            before = page.evaluate(inspect)
            select(name)
            page.keyboard.press(key)
            page.wait_for_function(f"{inspect}.nodes.length !== {len(before['nodes'])}")
            page.evaluate(STILL)
            page.keyboard.press("Escape")
            after = page.evaluate(inspect)
            stood, stand = dict(before["places"]), dict(after["places"])
            moved = [math.hypot(stand[one]["x"] - at["x"], stand[one]["y"] - at["y"]) for one, at in stood.items() if one in stand]
            if key == "e":
                farthest = max(farthest, max(moved) * after["view"]["k"] / 1_440)

    names = [node["label"] for node in bench.answer["nodes"] if node["kind"] == "topic"][:5]
    # Once before it counts: what is loaded when it is first needed stays.
    round_of(names[:1], "e")
    round_of(names[:1], "c")
    stops["before"] = collected(page)
    round_of(names, "e")
    stops["expanded"] = collected(page)
    round_of(names, "c")
    stops["collapsed"] = collected(page)
    blank = bench.page("/blank/", "<!doctype html><title>Nothing</title>")
    stops["an empty page"] = collected(blank)
    blank.context.close()
    page.evaluate("document.querySelector('[data-explorer]').explorer.destroy()")
    stops["taken away"] = collected(page)
    page.goto(f"{bench.host}/blank/")
    stops["left"] = collected(page)
    page.context.close()
    return farthest, stops


def packed(file: str) -> float:
    """Return the kilobytes of a built file as it travels."""
    return len(gzip.compress((DIST / file).read_bytes(), 9)) / 1_000


def sizes(bench: Bench) -> dict[str, float]:
    """Return the compressed kilobytes of what an embedded explorer loads that the page does not have without it."""
    site = bench.closure(["static/pages/site.ts"])

    def added(names: list[str], had: list[str]) -> float:
        new = [name for name in bench.closure(names) if name not in had]
        return sum(packed(bench.manifest[name]["file"]) for name in new)

    (furniture,) = (name for name, entry in bench.manifest.items() if entry.get("name") == "furniture")
    first = bench.closure(["static/explorer/embed.ts", "static/explorer/embedded.ts", furniture])
    code = "".join((DIST / bench.manifest[name]["file"]).read_text() for name in first)
    workers = [path.name for path in DIST.glob("layout.worker-*.js") if path.name in code]
    parts = {
        "explorer, drawing on canvas": added(first, site),
        "layout worker": sum(map(packed, workers)),
        "styles": sum(packed(file) for name in first for file in bench.manifest[name].get("css", [])),
        "sigma, where WebGL is fast": added(["static/explorer/scene/scene-webgl.ts"], [*site, *first]),
    }
    return parts | {"in all": sum(parts.values())}


def report() -> None:
    """Print every figure."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None, args=ARGUMENTS
        )
        small, large = Bench(browser, slice_of(300)), Bench(browser, slice_of(1_000))
        for name, kilobytes in sizes(small).items():
            print(f"size, gzip'd: {name:<28} {kilobytes:7.1f} kB")
        times = first_pictures(small, ("explorer", "force-graph", "cytoscape"))
        for name, own in times.items():
            ratio = statistics.median(mine / other for mine, other in zip(times["explorer"], own, strict=True))
            print(
                f"first picture, 300 nodes: {name:<12} {statistics.median(own):7.0f} ms (least {min(own):.0f})   explorer / it = {ratio:.2f}"
            )
        large_times = first_pictures(large, ("explorer",))["explorer"]
        print(f"first picture, 1,000 nodes: explorer {statistics.median(large_times):7.0f} ms (least {min(large_times):.0f})")
        rounds = [settling(small) for _ in range(3)]
        settled, longest, processor = (statistics.median(figures) for figures in zip(*rounds, strict=True))
        print(
            f"layout of 300 nodes stands {settled:.0f} ms after the first picture; longest main-thread task {longest:.0f} ms ({processor:.0f} ms of the processor)"
        )
        page = small.explorer()
        labels = labels_at_every_zoom(page)
        clashing = sum(clashes for _, _, clashes in labels)
        print(f"labels at the first view, 300 nodes: {labels[0][1]}; overlapping pairs at {len(labels)} zooms: {clashing}")
        print(f"what axe finds wrong: {len(complaints(page))}")
        page.context.close()
        page = large.explorer()
        page.evaluate(STILL)
        print(f"panning 1,000 nodes: {busy(page, PAN, 60):.1f} ms of the main thread per frame")
        for what, code in (("hover", HOVER), ("selection to side panel", SELECT)):
            clock, thread = synchronous(page, code)
            print(f"{what}: {clock:.1f} ms by the clock, {thread:.1f} ms of the main thread")
        nodes, edges = tabled(page)
        print(f"nodes and edges of the picture that the table lacks or adds: {nodes}, {edges}")
        page.context.close()
        farthest, stops = expanding(small)
        print(f"expanding five nodes moves what stands by at most {farthest:.1%} of the width")
        before = stops["before"]
        for stop, now in stops.items():
            whole, data = now.heap / before.heap, (now.heap - now.compiled) / (before.heap - before.compiled)
            print(
                f"memory, {stop:<14} {now.heap:6.2f} MB ({whole:.1%} of before; {data:.1%} without compiled code), {now.nodes} nodes of the document"
            )
        browser.close()


if __name__ == "__main__":
    report()
