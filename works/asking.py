"""Asking upstream for one record again, at a person's wish: in the background, and not more often than helps."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from researchers.models import Researcher
from works.models import ImportRun, Reference, Work
from works.runs import ask_for
from works.tasks import ring

REST = timedelta(hours=12)
"""Upstream's records change rarely; within this time the same question brings the same answer."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What to ask whom about one record."""

    provider: str
    parameters: dict[str, Any]

    @property
    def spoken(self) -> str:
        return {"openalex": "OpenAlex", "arxiv": "arXiv"}[self.provider]


def question_about_researcher(researcher: Researcher) -> Question | None:
    """Return what brings a researcher's record and works again; None where no source knows the record by an id."""
    if researcher.openalex_id:
        return Question(provider="openalex", parameters={"author": researcher.openalex_id})
    return Question(provider="openalex", parameters={"orcid": researcher.orcid}) if researcher.orcid else None


def question_about_work(work: Work) -> Question | None:
    """The same for a work."""
    if work.openalex_id:
        return Question(provider="openalex", parameters={"works": [work.openalex_id]})
    return Question(provider="arxiv", parameters={"ids": [work.arxiv_id]}) if work.arxiv_id else None


NEIGHBOURS_ASKED = 500
"""References brought at one wish; the works that cite it are as many (CITING_FETCHED)."""


def questions_about_neighbours(work: Work) -> list[Question]:
    """Return what brings the references of a work that are not here, and the works that cite it. [] where no source can be asked."""
    missing = Reference.objects.filter(citing=work, cited__isnull=True, raw_key__startswith="openalex:").order_by("raw_key")
    keys = [key.removeprefix("openalex:") for key in missing.values_list("raw_key", flat=True)[:NEIGHBOURS_ASKED]]
    questions = [Question(provider="openalex", parameters={"works": keys})] if keys else []
    if work.openalex_id:
        questions.append(Question(provider="openalex", parameters={"cites": work.openalex_id}))
    return questions


def question_about_key(key: str) -> Question | None:
    """Return what brings the work that "openalex:W…", "doi:10.…" or "arxiv:…" names."""
    kind, _, value = key.partition(":")
    match kind:
        case "openalex":
            return Question(provider="openalex", parameters={"works": [value]})
        case "doi":
            return Question(provider="openalex", parameters={"dois": [value]})
        case "arxiv":
            return Question(provider="arxiv", parameters={"ids": [value]})
    return None


def asked_lately(question: Question) -> ImportRun | None:
    """Return the newest run that asked the same within REST, unless it failed."""
    same = ImportRun.objects.filter(provider=question.provider, parameters=question.parameters, created_at__gt=Now() - REST)
    return same.exclude(state__in=(ImportRun.State.FAILED, ImportRun.State.CANCELLED)).order_by("-pk").first()


def ask_again(question: Question) -> ImportRun:
    """Start asking in the background; return the run, or the one that asked the same lately."""
    lately = asked_lately(question)
    if lately is not None:
        return lately
    run = ask_for(provider=question.provider, **question.parameters)
    ring(run.pk)
    return run
