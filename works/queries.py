"""What pages read about works, topics, institutions and imports.

Everything costs a fixed number of queries, and every list is bounded or read a page at a time.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from researchers.models import Affiliation, Institution, InstitutionRedirect, Researcher
from researchers.searching import best_matches, prefixes, words_of
from works.bibliography import with_authors_total
from works.models import (
    Authorship,
    AuthorshipInstitution,
    ImportProblem,
    ImportRun,
    KeyTerm,
    Reference,
    Topic,
    Work,
    WorkFunder,
    WorkRedirect,
    WorkTopic,
)

COUNTED = 10_000
"""A list says "more than 10,000" beyond this: counting on would cost more than the number is worth."""

# --- one work -------------------------------------------------------------------------------------


def work_with_source(key: int) -> Work | None:
    """Return the work with its venue and `authors_total`."""
    return with_authors_total(Work.objects.filter(pk=key)).select_related("source", "generated_summary").first()


def work_known_as(key: str) -> Work | None:
    """Return the work that an id leads to, its own or a former one: "doi:10.…", "arxiv:…", "openalex:W…", "id:12"."""
    kind, _, value = key.partition(":")
    column = {"doi": "doi", "arxiv": "arxiv_id", "openalex": "openalex_id"}.get(kind)
    found = Work.objects.filter(**{column: value}).first() if column else None
    if found is None:
        moved = WorkRedirect.objects.filter(key=key).select_related("work").first()
        found = moved.work if moved else None
    return found


def other_keys_of(work: Work) -> list[str]:
    """Return further ids of the same paper that lead here."""
    return list(WorkRedirect.objects.filter(work=work).order_by("key").values_list("key", flat=True)[:20])


def bylines_from(work: Work, *, first: int, limit: int) -> list[Authorship]:
    """Return bylines in print order from position `first` on, with their researchers and `institutions` at hand."""
    bylines = list(
        Authorship.objects.filter(work=work, position__gte=first).select_related("researcher").order_by("position", "pk")[:limit]
    )
    links = AuthorshipInstitution.objects.filter(authorship__in=bylines).select_related("institution").order_by("pk")
    found: dict[int, list[Institution]] = {}
    for link in links:
        found.setdefault(link.authorship_id, []).append(link.institution)
    for byline in bylines:
        byline.institutions = found.get(byline.pk, [])  # type: ignore[attr-defined]  # carried to the template beside the row
    return bylines


def topics_on(work: Work) -> list[WorkTopic]:
    """Return the topics of a work, the primary one first."""
    return list(WorkTopic.objects.filter(work=work).select_related("topic").order_by("rank", "pk"))


class ReferenceCount(TypedDict):
    """References of a work: those whose work is in this portal, and the others."""

    here: int
    elsewhere: int


def reference_count(work: Work) -> ReferenceCount:
    """Return how many references of a work are here and elsewhere."""
    rows = Reference.objects.filter(citing=work).aggregate(
        here=Count("cited", distinct=True), elsewhere=Count("pk", filter=Q(cited__isnull=True))
    )
    return ReferenceCount(here=rows["here"], elsewhere=rows["elsewhere"])


# --- lists of works -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WorkFilter:
    """Which works are asked for; None and "" mean any."""

    year: int | None = None
    type: str = ""
    topic: int | None = None
    institution: int | None = None
    source: int | None = None
    funder: int | None = None
    term: int | None = None
    open_access: bool = False
    among: QuerySet[Any] | None = None
    """Keys of works, chosen by somebody who knows more about them."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a list was left: what the last row was sorted by, and its key. `date` is None for an undated work."""

    key: int
    date: "date | None" = None
    citations: int | None = None


def works_chosen(chosen: WorkFilter) -> QuerySet[Work]:
    """Return the works of a filter, unordered."""
    works = Work.objects.all()
    if chosen.year is not None:
        works = works.filter(publication_year=chosen.year)
    if chosen.type:
        works = works.filter(type=chosen.type)
    if chosen.open_access:
        works = works.filter(is_oa=True)
    if chosen.topic is not None:
        works = works.filter(pk__in=WorkTopic.objects.filter(topic_id=chosen.topic).values("work_id"))
    if chosen.institution is not None:
        works = works.filter(pk__in=_works_at(chosen.institution))
    if chosen.source is not None:
        works = works.filter(source_id=chosen.source)
    if chosen.funder is not None:
        works = works.filter(pk__in=WorkFunder.objects.filter(funder_id=chosen.funder).values("work_id"))
    if chosen.among is not None:
        works = works.filter(pk__in=chosen.among)
    if chosen.term is not None:
        works = works.filter(pk__in=KeyTerm.objects.filter(key=chosen.term).values("work_id"))
    return works


def works_listed(chosen: WorkFilter, *, sort: str, after: Place | None, limit: int) -> list[Work]:
    """Return the next `limit` works, newest first or most cited first; each order is an index."""
    works = with_authors_total(works_chosen(chosen)).select_related("source")
    if sort == "cited":
        if after is not None and after.citations is not None:
            works = works.filter(Q(cited_by_count__lt=after.citations) | Q(cited_by_count=after.citations, pk__gt=after.key))
        return list(works.order_by(F("cited_by_count").desc(), "pk")[:limit])
    if after is not None and after.date is not None:
        older = Q(publication_date__lt=after.date) | Q(publication_date=after.date, pk__lt=after.key)
        works = works.filter(older | Q(publication_date__isnull=True))
    elif after is not None:
        works = works.filter(publication_date__isnull=True, pk__lt=after.key)
    return list(_newest(works)[:limit])


def number_of(works: QuerySet[Work]) -> int:
    """Return the number of rows, at most COUNTED + 1."""
    return works.order_by().values("pk")[: COUNTED + 1].count()


# --- topics ---------------------------------------------------------------------------------------


def topic_by_openalex_id(openalex_id: str) -> Topic | None:
    """Return the topic with this OpenAlex id."""
    return Topic.objects.filter(openalex_id=openalex_id).first()


def topics_with_works() -> list[Topic]:
    """Return every topic of the portal, domain by domain and field by field, the largest first (some 4,500 at most)."""
    return list(
        Topic.objects.order_by("domain_name", "field_name", F("works_count").desc(), "display_name", "pk").only(
            "display_name", "domain_name", "field_id", "field_name", "subfield_name", "works_count", "researchers_count"
        )
    )


def siblings_of(topic: Topic, *, limit: int) -> list[Topic]:
    """Return the largest other topics of the same subfield."""
    if topic.subfield_id is None:
        return []
    same = Topic.objects.filter(subfield_id=topic.subfield_id).exclude(pk=topic.pk)
    return list(same.order_by(F("works_count").desc(), "display_name", "pk")[:limit])


# --- institutions ---------------------------------------------------------------------------------


def institution_known_as(key: str) -> Institution | None:
    """Return the institution that an id leads to: "ror:…", "openalex:I…" or a former "id:12"."""
    kind, _, value = key.partition(":")
    column = {"ror": "ror", "openalex": "openalex_id"}.get(kind)
    found = Institution.objects.filter(**{column: value}).first() if column else None
    if found is None:
        moved = InstitutionRedirect.objects.filter(key=key).select_related("institution").first()
        found = moved.institution if moved else None
    return found


def institutions_listed(*, country: str, after: tuple[int, int] | None, limit: int) -> list[Institution]:
    """Return institutions by number of works; `after` is (works, key) of the last row shown."""
    institutions = Institution.objects.all()
    if country:
        institutions = institutions.filter(country_code=country)
    if after is not None:
        institutions = institutions.filter(Q(works_count__lt=after[0]) | Q(works_count=after[0], pk__gt=after[1]))
    return list(institutions.order_by(F("works_count").desc(), "pk")[:limit])


def countries() -> list[tuple[str, int]]:
    """Return country codes with their number of institutions, in alphabetical order."""
    rows = Institution.objects.exclude(country_code="").order_by("country_code").values_list("country_code").annotate(number=Count("pk"))
    return list(rows)


def researchers_at(institution: Institution, *, limit: int) -> list[tuple[Researcher, list[Affiliation]]]:
    """Return the researchers with an affiliation there, those with most works first, each with the rows that say so."""
    there = Affiliation.objects.filter(institution=institution)
    people = list(
        Researcher.objects.filter(Exists(there.filter(researcher=OuterRef("pk")))).order_by(F("works_count").desc(), "pk")[:limit]
    )
    rows: dict[int, list[Affiliation]] = {}
    for row in there.filter(researcher__in=people).order_by("researcher_id", "evidence"):
        rows.setdefault(row.researcher_id, []).append(row)
    return [(person, rows[person.pk]) for person in people]


@dataclass(frozen=True, kw_only=True)
class Family:
    """What an institution belongs to and what belongs to it, as far as they are here; `has_more` children than are listed."""

    above: list[Institution]
    below: list[Institution]
    has_more: bool


def family_of(institution: Institution, *, most: int) -> Family:
    """Return the institutions above and at most `most` below one, those with most works first."""
    own = institution.openalex_id
    above = [key for key in institution.lineage if key != own]
    below = Institution.objects.filter(lineage__contains=[own]).exclude(pk=institution.pk) if own else Institution.objects.none()
    found = list(below.order_by(F("works_count").desc(), "pk")[: most + 1])
    return Family(
        above=list(Institution.objects.filter(openalex_id__in=above).order_by("display_name", "pk")) if above else [],
        below=found[:most],
        has_more=len(found) > most,
    )


# --- imports --------------------------------------------------------------------------------------


def import_runs(*, before: int | None, limit: int) -> list[ImportRun]:
    """Return imports with `problems_total` and `quarantined_total`, the newest first, older than run `before`."""
    runs = ImportRun.objects.all()
    if before is not None:
        runs = runs.filter(pk__lt=before)
    return list(_with_problems(runs).order_by("-pk")[:limit])


def import_run(key: int) -> ImportRun | None:
    """Return one import with its totals."""
    return _with_problems(ImportRun.objects.filter(pk=key)).first()


class Reason(TypedDict):
    """Why records were set aside, and how many."""

    reason: str
    is_quarantined: bool
    records: int


def problem_reasons(run: ImportRun, *, limit: int) -> list[Reason]:
    """Return the reasons of an import's problems, the most frequent first."""
    rows = (
        ImportProblem.objects.filter(run=run)
        .order_by()
        .values("reason", "is_quarantined")
        .annotate(records=Count("pk"))
        .order_by("-records", "reason")
    )
    return [Reason(**row) for row in rows[:limit]]


def problems_of(run: ImportRun, *, reason: str, after: int | None, limit: int) -> list[ImportProblem]:
    """Return problems of an import in the order they were met, of one reason or ("") of all."""
    problems = ImportProblem.objects.filter(run=run)
    if reason:
        problems = problems.filter(reason=reason)
    if after is not None:
        problems = problems.filter(pk__gt=after)
    return list(problems.order_by("pk")[:limit])


# --- search ---------------------------------------------------------------------------------------


def works_titled(text: str) -> QuerySet[Work]:
    """Return the works with a title in which every given word begins a word, best match first, then by citations here."""
    return best_matches(Work.objects.all(), text, column="folded_title", then_by="cited_by_count")


def works_arrived(text: str) -> QuerySet[Work]:
    """Return the works that `works_titled` finds, those that reached this portal last first. Nothing for a text without words."""
    words = words_of(text)
    return Work.objects.filter(search=prefixes(words)).order_by("-pk") if words else Work.objects.none()


def topics_named(text: str) -> QuerySet[Topic]:
    """Return the topics whose name or keywords hold every given word or its beginning, best match first, then by works."""
    return best_matches(Topic.objects.all(), text, column="folded_names", then_by="works_count")


# --- parts ----------------------------------------------------------------------------------------


def _newest(works: QuerySet[Work]) -> QuerySet[Work]:
    return works.order_by(F("publication_date").desc(nulls_last=True), F("pk").desc())


def _works_at(institution_id: int) -> QuerySet[Authorship, Any]:
    return Authorship.objects.filter(institution_links__institution_id=institution_id).values("work_id")


def _with_problems(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    return runs.annotate(
        problems_total=Count("problems"),
        quarantined_total=Count("problems", filter=Q(problems__is_quarantined=True)),
    )
