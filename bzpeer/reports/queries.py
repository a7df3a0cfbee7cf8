"""Reads about reports. Nothing here costs more when the corpus grows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from bzpeer.reports.findings import Variable
from bzpeer.reports.models import Answer, Batch, CorpusCount, FindingRow, Run, Standing, Text
from bzpeer.reports.standing import EVERY_WORK
from researchers.models import Institution
from works.models import Authorship, Source, Topic, Work, WorkTopic

RUNS_SHOWN = 6
TEXTS_SHOWN = 20
FACETS = ("year", "venue", "topic", "institution")
ROWS = 40
"""Venues, topics or institutions in a view of the corpus: those with the most works. Years are shown all."""
_LONG = ("text__text", "text__lines", "text__sections", "raw_answer")


def runs_on(work_id: int) -> list[Run]:
    """Return the newest finished runs over a work's texts with their rows, the latest first; without the texts themselves."""
    finished = Run.objects.filter(text__work=work_id, text__state=Text.State.READY, state=Run.State.FINISHED)
    rows = Prefetch("rows", queryset=FindingRow.objects.order_by("pk"))
    return list(finished.select_related("text").defer(*_LONG).prefetch_related(rows).order_by("-text_id", "engine", "-pk")[:RUNS_SHOWN])


def standing_on(work_id: int) -> Standing | None:
    """Return what stands for a work."""
    return Standing.objects.filter(work=work_id).first()


def score_of(work_id: int) -> str:
    """Return what the work's page says of its report in one query: "5 of 7", "theory", "" where there is none."""
    results = Standing.objects.filter(work=work_id).values_list("results", flat=True).first()
    if results is None:
        return ""
    score = results.get("score", "")
    return f"{score} of 7 documented" if score.isdigit() else "a work of theory"


def answers_on(work_id: int) -> list[Answer]:
    """Return what authors answered and did not withdraw, the newest first."""
    shown = (Answer.State.OPEN, Answer.State.UPHELD, Answer.State.REFUSED)
    return list(Answer.objects.filter(work=work_id, state__in=shown).select_related("decided_by").order_by("-pk")[:100])


def texts_on(work_id: int) -> list[Text]:
    """Return the texts of a work, the newest first, without their words."""
    return list(
        Text.objects.filter(work=work_id)
        .exclude(state=Text.State.DISCARDED)
        .defer("text", "lines", "sections")
        .order_by("-pk")[:TEXTS_SHOWN]
    )


def runs_waiting_on(work_id: int) -> list[Run]:
    """Return the runs over a work's texts that are not finished."""
    waiting = Run.objects.filter(text__work=work_id).exclude(state=Run.State.FINISHED)
    return list(waiting.select_related("text").defer(*_LONG).order_by("-pk")[:TEXTS_SHOWN])


def waiting_answers() -> QuerySet[Answer]:
    """Return the answers a moderator should look at, the oldest first."""
    return Answer.objects.filter(state=Answer.State.OPEN).select_related("user", "work").order_by("created_at", "pk")


def works_with(*, code: bool, data: bool) -> QuerySet[Standing]:
    """Return keys of works whose standing report says that their code, their data, or both are open."""
    found = Standing.objects.all()
    if code:
        found = found.filter(has_code=True)
    if data:
        found = found.filter(has_data=True)
    return found.values("work_id")  # type: ignore[return-value]  # rows of one column, for a subquery


# --- the corpus -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A year, venue, topic or institution with its works by result of one variable. `key` 0: not known."""

    key: int
    name: str
    results: dict[str, int]

    @property
    def works(self) -> int:
        return sum(self.results.values())


def whole_corpus() -> dict[str, dict[str, int]]:
    """Return {variable: {result: works}} over everything that has a report, "score" among the variables."""
    rows = CorpusCount.objects.filter(facet="all", works__gt=0).order_by("variable", "result").values_list("variable", "result", "works")
    found: dict[str, dict[str, int]] = {}
    for variable, result, works in rows:
        found.setdefault(variable, {})[result] = works
    return found


def counted_by(facet: str, variable: Variable) -> list[Counted]:
    """Return the works of a facet by the results of one variable: years in order, of the others those with the most works."""
    counted = CorpusCount.objects.filter(facet=facet, works__gt=0)
    keys = counted.filter(variable=EVERY_WORK).order_by("-works", "key").values_list("key", flat=True)
    chosen = list(keys if facet == "year" else keys.exclude(key=0)[:ROWS])
    counts = counted.filter(variable=variable.value)
    results: dict[int, dict[str, int]] = {key: {} for key in (sorted(chosen) if facet == "year" else chosen)}
    for key, result, works in counts.filter(key__in=chosen).order_by("key", "result").values_list("key", "result", "works"):
        results[key][result] = works
    names = _names(facet, chosen)
    return [Counted(key=key, name=names.get(key, "gone"), results=found) for key, found in results.items()]


def _names(facet: str, keys: Collection[int]) -> dict[int, str]:
    if facet == "year":
        return {key: str(key) if key else "no year" for key in keys}
    models = {"venue": Source, "topic": Topic, "institution": Institution}
    return dict(models[facet]._default_manager.filter(pk__in=keys).values_list("pk", "display_name"))


def progress_of(batch: Batch) -> dict[str, int]:
    """Return {state: runs} of a batch."""
    return dict(Run.objects.filter(batch=batch).order_by().values_list("state").annotate(number=Count("pk")))


def works_without_text(*, topic: int | None, limit: int) -> list[Work]:
    """Return the newest works with an arXiv id and an open licence of which there is no text, also none that failed."""
    open_licence = Q(license__istartswith="cc") | Q(license__icontains="creativecommons.org/") | Q(license="public-domain")
    works = Work.objects.filter(open_licence, ~Exists(Text.objects.filter(work=OuterRef("pk"))), arxiv_id__isnull=False)
    if topic is not None:
        works = works.filter(pk__in=WorkTopic.objects.filter(topic=topic).values("work"))
    return list(works.order_by(F("publication_date").desc(nulls_last=True), "-pk")[:limit])


def work_named(key: int) -> Work | None:
    """Return a work with its venue."""
    return Work.objects.select_related("source").filter(pk=key).first()


def bylines_on(work_id: int, *, most: int) -> Sequence[tuple[str, int | None, str | None]]:
    """Return the first names printed on a work, each with the key and name of the record it belongs to."""
    return list(
        Authorship.objects.filter(work=work_id)
        .order_by("position")
        .values_list("byline", "researcher_id", "researcher__display_name")[: most + 1]
    )
