"""How long a slice takes over the largest real graph of the shared data, beside a trivial API request in the same run.

    python -m bench slices         with services of its own
    python bench/slices.py         over whatever the database of DATABASE_URL holds

An empty database is filled with the 49,264 papers of hep-1991-1996 through the ordinary import. That graph has neither
topics nor institutions, so 400 and 300 of them are made up, unevenly: the largest topic holds a third of all works.

Prints median and 95th percentile per kind of focus (the ten strongest records and a random sample), the number of
statements, the bytes sent, and the ratio to `GET /api/v1/`, which answers without a query. Times are of the whole
request inside one process: routing, statements, JSON and, where named, gzip.
"""

import argparse
import os
import random
import statistics
import sys
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
django.setup()

from django.conf import settings  # noqa: E402  # Django must be set up first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from researchers.models import Institution, Researcher  # noqa: E402
from works.models import Topic, Work  # noqa: E402

KINDS = (
    ("researcher", Researcher, "works_count"),
    ("work", Work, "cited_by_count"),
    ("topic", Topic, "works_count"),
    ("institution", Institution, "works_count"),
)
SHAPES = ((1, 150), (1, 300), (2, 300), (3, 300))
MOST_QUERIES, MOST_MILLISECONDS = 7, 25.0


def milliseconds(client: Client, address: str, **headers: str) -> tuple[float, int]:
    started = time.perf_counter()
    answer = client.get(address, headers=headers)
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, answer.content
    return took, len(answer.content)


def filled() -> bool:
    """Fill an empty database; return False when there is nothing to fill it with."""
    if Work.objects.exists():
        return True
    corpus = Path(os.environ.get("BZPEER_SHARED_DATA", settings.BASE_DIR.parent / "shared" / "data")) / "hep-1991-1996" / "works.jsonl.gz"
    if not corpus.exists():
        print(f"No corpus at {corpus}; set BZPEER_SHARED_DATA. Nothing was measured.")
        return False
    call_command("import", "openalex", "--file", str(corpus))
    with connection.cursor() as cursor:
        cursor.execute(_MADE_UP)
    call_command("derive", "--all")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return True


_MADE_UP = """
    INSERT INTO works_topic (openalex_id, display_name, folded_names, description, keywords,
                             subfield_name, field_name, domain_name, provenance, works_count, researchers_count)
    SELECT 'T' || i, 'Topic ' || i, 'topic ' || i, '', '{}', '', '', '', '{}', 0, 0 FROM generate_series(1, 400) AS i;
    INSERT INTO works_worktopic (work_id, topic_id, score, rank)
    SELECT DISTINCT ON (w.id, t.id) w.id, t.id, 1 - k / 10.0, k
      FROM works_work w CROSS JOIN generate_series(1, 3) AS k
      JOIN works_topic t ON t.openalex_id = 'T' || (1 + floor(399 * power(((w.id * 7919 + k * 104729) % 10007) / 10007.0, 3)))
     ORDER BY w.id, t.id, k;
    INSERT INTO researchers_institution (openalex_id, display_name, folded_names, country_code, type,
                                         homepage_url, lineage, provenance, works_count, researchers_count)
    SELECT 'I' || i, 'Institute ' || i, 'institute ' || i, 'CH', '', '', '{}', '{}', 0, 0 FROM generate_series(1, 300) AS i;
    INSERT INTO works_authorshipinstitution (authorship_id, institution_id)
    SELECT a.id, i.id FROM works_authorship a
      JOIN researchers_institution i ON i.openalex_id = 'I' || (1 + floor(299 * power(((a.researcher_id * 7919) % 10007) / 10007.0, 3)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=60, help="records per kind besides the ten strongest")
    sample = parser.parse_args().sample
    if not filled():
        return
    random.seed(7)
    client = Client(SERVER_NAME="localhost")
    trivial = statistics.median(milliseconds(client, "/api/v1/")[0] for _ in range(50))
    print(f"{Work.objects.count():,} works, {Researcher.objects.count():,} researchers; a trivial API request takes {trivial:.1f} ms")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; the times below are true only where nothing else runs")
    print(f"{'focus':12} {'radius':>6} {'limit':>5} {'median ms':>10} {'p95 ms':>8} {'gzip ms':>8} {'ratio':>6} {'queries':>7} {'kB':>6}")
    failed = False
    for kind, model, weight in KINDS:
        keys = list(model.objects.order_by(f"-{weight}", "pk").values_list("pk", flat=True))
        chosen = keys[:10] + random.sample(keys[10:], min(sample, len(keys[10:])))
        for radius, limit in SHAPES if chosen else ():
            addresses = [f"/api/v1/graph/slice/?focus={kind}:{key}&radius={radius}&limit={limit}" for key in chosen]
            for address in addresses[:5]:
                milliseconds(client, address)
            plain = [milliseconds(client, address) for address in addresses]
            packed = [milliseconds(client, address, **{"Accept-Encoding": "gzip"})[0] for address in addresses]
            with CaptureQueriesContext(connection) as queries:
                client.get(addresses[0])
            statements = sum(not query["sql"].startswith(("BEGIN", "COMMIT")) for query in queries)
            times = sorted(took for took, _ in plain)
            median, p95 = statistics.median(times), times[int(len(times) * 0.95)]
            size = statistics.median(size for _, size in plain) / 1000
            print(
                f"{kind:12} {radius:6} {limit:5} {median:10.1f} {p95:8.1f} {statistics.median(packed):8.1f} "
                f"{median / trivial:6.1f} {statements:7} {size:6.1f}"
            )
            failed |= statements > MOST_QUERIES or (radius == 1 and limit == 150 and median > MOST_MILLISECONDS)
    print(
        "FAILED" if failed else "OK", f"(at most {MOST_QUERIES} statements; radius 1, limit 150: median at most {MOST_MILLISECONDS:.0f} ms)"
    )
    sys.exit(failed)


if __name__ == "__main__":
    main()
