"""What a researcher published, as this portal knows it: the list, its years and types, its topics.

Everything here costs a fixed number of queries, whatever the number of works.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypedDict

from django.db import connection
from django.db.models import Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Collate, Lower

from works.models import Authorship, Work, WorkTopic

ORDERS = {
    "newest": ("Newest first", (F("publication_year").desc(nulls_last=True), Collate(Lower("title"), "C"), F("pk"))),
    "oldest": ("Oldest first", (F("publication_year").asc(nulls_last=True), Collate(Lower("title"), "C"), F("pk"))),
    "cited": ("Most cited here", (F("cited_by_count").desc(), F("publication_year").desc(nulls_last=True), F("pk"))),
    "title": ("Title", (Collate(Lower("title"), "C"), F("pk"))),
}
"""Ways to sort a list of works: key in the address -> (words, expressions)."""

BYLINES_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which of the works are asked for: None or "" means any. `together` is the key of a co-author."""

    year: int | None = None
    type: str = ""
    together: int | None = None
    order: str = "newest"

    @property
    def is_narrowed(self) -> bool:
        return self.year is not None or self.type != "" or self.together is not None


class YearCount(TypedDict):
    """Works of one year and type, and the citations they have in this portal."""

    publication_year: int | None
    type: str
    works: int
    citations: int


def works_of(researcher_id: int, selection: Selection, *, first: int, most: int) -> QuerySet[Work]:
    """Return at most `most` of the researcher's works from number `first` on (0 is the first), each once.

    They carry `authors_total` (bylines) and the source. Only keys are sorted, so that a far page of many works stays cheap.
    """
    works = Work.objects.filter(_has_byline_of(researcher_id)).filter(*_together(selection))
    if selection.year is not None:
        works = works.filter(publication_year=selection.year)
    if selection.type:
        works = works.filter(type=selection.type)
    order = ORDERS[selection.order][1]
    page = works.order_by(*order).values("pk")[first : first + most]
    return with_authors_total(Work.objects.filter(pk__in=page).select_related("source")).order_by(*order)


def with_authors_total(works: QuerySet[Work]) -> QuerySet[Work]:
    """Annotate the number of bylines, which may be thousands and is therefore never counted in Python."""
    bylines = (
        Authorship.objects.filter(work=OuterRef("pk"))
        .order_by()
        .annotate(total=Func(F("pk"), function="COUNT", output_field=IntegerField()))
        .values("total")
    )
    return works.annotate(authors_total=Coalesce(Subquery(bylines), 0))


def year_counts(researcher_id: int, selection: Selection | None = None) -> list[YearCount]:
    """Return works and citations by year and type, oldest year first, undated last.

    Of a selection only `together` narrows the counts: years and types are what they are counted by.
    """
    rows = (
        Work.objects.filter(_has_byline_of(researcher_id))
        .filter(*(_together(selection) if selection else ()))
        .order_by(F("publication_year").asc(nulls_last=True), "type")
        .values("publication_year", "type")
        .annotate(works=Count("pk"), cited=Sum("cited_by_count"))
    )
    return [
        YearCount(publication_year=row["publication_year"], type=row["type"], works=row["works"], citations=row["cited"]) for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class TopicOfWorks:
    """A topic and how many of the works in question carry it."""

    key: int
    display_name: str
    works: int


def topics_of(researcher_id: int, *, limit: int) -> list[TopicOfWorks]:
    """Return the topics of the researcher's works, the most frequent first."""
    rows = (
        WorkTopic.objects.filter(work__in=Work.objects.filter(_has_byline_of(researcher_id)))
        .values("topic_id", "topic__display_name")
        .annotate(works=Count("pk"))
        .order_by("-works", "topic__display_name", "topic_id")[:limit]
    )
    return [TopicOfWorks(key=row["topic_id"], display_name=row["topic__display_name"], works=row["works"]) for row in rows]


_MAIN_TOPICS = """
    SELECT researcher_id, topic_id, display_name, works FROM (
        SELECT recent.researcher_id, wt.topic_id, t.display_name, count(*) AS works,
               row_number() OVER (PARTITION BY recent.researcher_id ORDER BY count(*) DESC, t.display_name, wt.topic_id) AS place
          FROM unnest(%(ids)s::bigint[]) AS asked(id)
          CROSS JOIN LATERAL (
               SELECT researcher_id, work_id FROM works_authorship
                WHERE researcher_id = asked.id ORDER BY work_id DESC LIMIT %(works)s
          ) AS recent
          JOIN works_worktopic wt ON wt.work_id = recent.work_id
          JOIN works_topic t ON t.id = wt.topic_id
         GROUP BY recent.researcher_id, wt.topic_id, t.display_name
    ) AS ranked
     WHERE place <= %(each)s ORDER BY researcher_id, place
"""
_WORKS_LOOKED_AT = 100


def main_topics(researcher_ids: Collection[int], *, each: int) -> dict[int, list[TopicOfWorks]]:
    """Return the most frequent topics among the 100 newest works of each researcher.

    The bound keeps a list of people who wrote thousands of works as cheap as any other.
    """
    found: dict[int, list[TopicOfWorks]] = {key: [] for key in researcher_ids}
    with connection.cursor() as cursor:
        cursor.execute(_MAIN_TOPICS, {"ids": list(researcher_ids), "works": _WORKS_LOOKED_AT, "each": each})
        for researcher_id, key, display_name, works in cursor.fetchall():
            found[researcher_id].append(TopicOfWorks(key=key, display_name=display_name, works=works))
    return found


def bylines_of(works: Iterable[Work], *, always: int | None = None) -> dict[int, list[Authorship]]:
    """Return the first bylines of each work in print order, and the byline of researcher `always` wherever it stands."""
    shown = Q(position__lte=BYLINES_SHOWN)
    if always is not None:
        shown |= Q(researcher_id=always)
    bylines: dict[int, list[Authorship]] = {work.pk: [] for work in works}
    for byline in (
        Authorship.objects.filter(shown, work_id__in=list(bylines)).select_related("researcher").order_by("work_id", "position", "pk")
    ):
        bylines[byline.work_id].append(byline)
    return bylines


def first_bylines(work_ids: Collection[int], *, most: int) -> dict[int, list[str]]:
    """Return the first `most` printed names of each work, in print order, by one query."""
    names: dict[int, list[str]] = {key: [] for key in work_ids}
    printed = Authorship.objects.filter(work_id__in=list(work_ids), position__lte=most).order_by("work_id", "position", "pk")
    for work_id, byline in printed.values_list("work_id", "byline"):
        names[work_id].append(byline)
    return names


def _together(selection: Selection) -> tuple[Q, ...]:
    return () if selection.together is None else (_has_byline_of(selection.together),)


def _has_byline_of(researcher_id: int) -> Q:
    return Q(pk__in=Authorship.objects.filter(researcher_id=researcher_id).values("work_id"))
