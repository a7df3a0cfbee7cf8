"""Whether a slice costs the same in a small corpus and in a large one: the same records asked for among 1,000 and 100,000 works.

    python -m bench slice_growth         with services of its own
    python bench/slice_growth.py         over the database of DATABASE_URL, which must hold no work

The corpus is made up: groups of 10 people write 20 works with each other and cite each other's, so that a neighbourhood stays as
it is however many groups there are; 50 topics and 20 institutions are shared by all, so that these grow with the corpus.
Prints the median per kind of focus before and after, and their ratio. Times are of the whole request inside one process.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
django.setup()

from django.core.cache import cache  # noqa: E402  # Django must be set up first
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402

from graph.edges import rebuild_collaborations  # noqa: E402
from graph.models import Collaboration  # noqa: E402
from researchers.models import Affiliation, Institution, Researcher  # noqa: E402
from works.models import Authorship, Reference, Topic, Work, WorkTopic  # noqa: E402

SMALL, LARGE = 1_000, 100_000
MOST_RATIO = 1.5
TOPICS, INSTITUTIONS, GROUP_WORKS, GROUP_PEOPLE = 50, 20, 20, 10
ROUNDS = 25


def insert(model: type[models.Model], rows: str, **given: str) -> None:
    """Insert one row per row of `rows` (SQL); `given` are expressions, every other column that must have a value has its default."""
    values = dict(given)
    for field in model._meta.concrete_fields:
        if field.column is None or field.column in values or field.null or field.primary_key or field.generated or field.has_db_default():
            continue
        values[field.column] = literal(field)
    columns = ", ".join(values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values.values())} FROM {rows} ON CONFLICT DO NOTHING"
        )


def literal(field: "models.Field[Any, Any]") -> str:
    if isinstance(field, models.DateTimeField):
        return "now()"
    if isinstance(field, models.JSONField):
        return "'{}'::jsonb"
    value = field.get_default()
    if isinstance(value, bool | int | float):
        return str(value)
    return "'{}'" if isinstance(value, list) else "''"


def grow(first: int, last: int) -> None:
    """Add the works `first` to `last`, whose numbers are their keys, with everybody and everything they need."""
    works, groups = f"generate_series({first}, {last}) AS i", f"generate_series({first // GROUP_WORKS}, {last // GROUP_WORKS}) AS g"
    people = f"{groups}, generate_series(0, {GROUP_PEOPLE - 1}) AS p"
    person = f"1 + g * {GROUP_PEOPLE} + p"
    insert(Topic, f"generate_series(1, {TOPICS}) AS i", id="i", openalex_id="'T' || i", display_name="'Topic ' || i")
    insert(Institution, f"generate_series(1, {INSTITUTIONS}) AS i", id="i", openalex_id="'I' || i", display_name="'Institute ' || i")
    insert(Researcher, people, id=person, openalex_id=f"'A' || ({person})", display_name=f"'Person ' || ({person})", works_count="6")
    insert(
        Work, works, id="i", openalex_id="'W' || i", title="'Study of subject ' || i", publication_year="1990 + i % 30",
        cited_by_count="(i * 7919) % 997", type="'article'",
    )  # fmt: skip
    author = f"1 + (i / {GROUP_WORKS}) * {GROUP_PEOPLE} + (i * 3 + k * (1 + i % 4)) % {GROUP_PEOPLE}"
    insert(Authorship, f"{works}, generate_series(0, 2) AS k", work_id="i", position="k + 1", byline="'P'", researcher_id=author)
    insert(Reference, f"{works}, generate_series(1, 4) AS k", citing_id="i", raw_key="'openalex:W' || k",
           cited_id=f"CASE WHEN i % {GROUP_WORKS} > k THEN i - k END")  # fmt: skip
    insert(
        WorkTopic,
        f"{works}, generate_series(0, 1) AS k",
        work_id="i",
        topic_id=f"1 + (i * 31 + k * 7) % {TOPICS}",
        score="0.9 - k * 0.2",
        rank="k",
    )
    insert(
        Affiliation,
        people,
        researcher_id=person,
        institution_id=f"1 + (g * 7 + p) % {INSTITUTIONS}",
        evidence="'author_record'",
        years="ARRAY[2019, 2020]",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO works_authorshipinstitution (authorship_id, institution_id)
            SELECT a.id, f.institution_id FROM works_authorship a JOIN researchers_affiliation f ON f.researcher_id = a.researcher_id
             WHERE a.work_id BETWEEN %s AND %s ON CONFLICT DO NOTHING
            """,
            [first, last],
        )
    rebuild_collaborations(first_id=1 + (first // GROUP_WORKS) * GROUP_PEOPLE, last_id=(last // GROUP_WORKS + 1) * GROUP_PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


FOCI = {
    "researcher": [f"researcher:{key}" for key in (105, 118, 131, 142, 159)],
    "work": [f"work:{key}" for key in (205, 230, 255, 290, 310)],
    "several": ["researcher:105,118", "researcher:131,work:255"],
    "topic": ["topic:3", "topic:17", "topic:40"],
    "institution": ["institution:2", "institution:11"],
}


def medians() -> dict[tuple[str, str], float]:
    """Return milliseconds by kind of focus and shape, each record asked ROUNDS times; places are worked out each time."""
    client = Client(SERVER_NAME="localhost")
    found = {}
    for kind, foci in FOCI.items():
        for shape in ("radius=1&limit=150", "radius=2&limit=300"):
            times = []
            for turn in range(ROUNDS):
                cache.clear()
                started = time.perf_counter()
                answer = client.get(f"/api/v1/graph/slice/?focus={foci[turn % len(foci)]}&{shape}")
                times.append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, answer.content
            found[kind, shape] = statistics.median(times[len(foci) :])
    return found


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    if Work.objects.exists():
        print("This database holds works. The measurement needs an empty one; nothing was measured.")
        sys.exit(2)
    grow(1, SMALL)
    before = medians()
    grow(SMALL + 1, LARGE)
    after = medians()
    print(f"now {Work.objects.count():,} works, {Researcher.objects.count():,} people, {Collaboration.objects.count():,} collaborations")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; the times below are true only where nothing else runs")
    print(f"{'focus':12} {'shape':22} {f'{SMALL:,} works':>14} {f'{LARGE:,} works':>14} {'ratio':>6}")
    failed = False
    for name, took in before.items():
        # A topic or institution of a small corpus fills no pool: its slice itself grows until the pool bounds it.
        is_bounded = name[0] not in ("topic", "institution")
        ratio = after[name] / took
        failed |= is_bounded and ratio > MOST_RATIO
        note = "" if is_bounded else "  (the slice grows, too)"
        print(f"{name[0]:12} {name[1]:22} {took:11.1f} ms {after[name]:11.1f} ms {ratio:6.2f}{note}")
    print("FAILED" if failed else "OK", f"(a hundred times the corpus: at most {MOST_RATIO} times the time where the slice stays as it is)")
    sys.exit(failed)


if __name__ == "__main__":
    main()
