"""How long the pages of works, topics, institutions and venues take on the server, beside a trivial request in the same run.

    python -m bench work_page      with services of its own
    python bench/work_page.py      over whatever the database of DATABASE_URL holds

An empty database is filled as bench/slices.py fills it: with the 49,264 papers of hep-1991-1996 and made-up topics and
institutions, the largest of which holds a third of all works. Times are of the whole request of a visitor inside one
process: routing, statements and template. Each page is asked for once before it is measured.

Prints median and 95th percentile of the strongest records and of a random sample, the processor time of this process a page
(the database has its own), the number of statements, and the ratio to `GET /healthz`. It fails where the median of works is
above MOST_MILLISECONDS or a work costs more than MOST_QUERIES.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.slices import filled  # sets Django up  # isort: skip

from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bzpeer.addresses import record_address
from researchers.models import Institution
from works.models import Source, Topic, Work

STRONGEST, SAMPLE = 20, 100
SEED = 20261121
MOST_QUERIES, MOST_MILLISECONDS = 14, 60.0


def milliseconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    answer = client.get(address)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, (address, answer.status_code)
    return took


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def told(name: str, client: Client, addresses: Sequence[str], *, trivial: float) -> tuple[float, int]:
    """Print a line and return median and statements."""
    for address in addresses:
        milliseconds(client, address)
    busy = time.process_time()
    taken = sorted(milliseconds(client, address) for address in addresses)
    busy = (time.process_time() - busy) * 1000 / len(addresses)
    median, late, most = statistics.median(taken), taken[int(len(taken) * 0.95)], max(queries(client, each) for each in addresses[:10])
    print(
        f"{name:28} {len(taken):4} pages  median {median:6.1f} ms  95 % {late:6.1f} ms  {busy:5.1f} ms of ours  "
        f"{most:3} statements  ratio {median / trivial:5.1f}"
    )
    return median, most


def _strongest(model: type[Model], by: str) -> list[int]:
    return list(model._default_manager.order_by(f"-{by}", "pk").values_list("pk", flat=True)[:STRONGEST])


def _some(model: type[Model]) -> list[int]:
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    return random.Random(SEED).sample(keys, min(SAMPLE, len(keys)))  # a sample, no secret


def _addresses(kind: str, model: type[Model], keys: Sequence[int], label: Callable[..., str]) -> list[str]:
    found = model._default_manager.in_bulk(keys)
    return [record_address(kind, key, label(found[key])) for key in keys]


def main() -> int:
    if not filled():
        return 0
    client = Client(headers={"host": "localhost"})
    trivial = statistics.median(milliseconds(client, "/healthz") for _ in range(50))
    print(f"{Work.objects.count():,} works; load {os.getloadavg()[0]:.1f}; GET /healthz {trivial:.2f} ms")
    works = [
        told(name, client, _addresses("work", Work, keys, lambda found: found.title), trivial=trivial)
        for name, keys in (
            ("works, a random sample", _some(Work)),
            ("works, most cited", _strongest(Work, "cited_by_count")),
            ("works, longest lists", _strongest(Work, "references_count")),
        )
    ]
    for name, kind, model, by in (
        ("topics, the largest", "topic", Topic, "works_count"),
        ("institutions, the largest", "institution", Institution, "works_count"),
        ("venues", "source", Source, "pk"),
    ):
        if keys := _strongest(model, by):
            told(name, client, _addresses(kind, model, keys, lambda found: found.display_name), trivial=trivial)
    slow, many = works[0][0] > MOST_MILLISECONDS, max(most for _, most in works) > MOST_QUERIES
    print(f"Budget: median of works at most {MOST_MILLISECONDS:.0f} ms: {'NO' if slow else 'yes'}; "
          f"at most {MOST_QUERIES} statements: {'NO' if many else 'yes'}")  # fmt: skip
    return 1 if slow or many else 0


if __name__ == "__main__":
    raise SystemExit(main())
