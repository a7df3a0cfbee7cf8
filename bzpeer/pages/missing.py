""" "My record is not here": looking it up by an iD, an arXiv id or a DOI, and asking for it to be imported."""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.addresses import record_address
from bzpeer.pages.members import member
from bzpeer.typesetting import plain
from researchers.models import Researcher
from researchers.queries import researcher_by_orcid, researchers_named
from works import identifiers
from works.asking import Question, ask_again, asked_lately
from works.models import Authorship, ImportRun, Work
from works.queries import work_known_as

LONGEST = 300
ASKED_A_DAY = 10
DAY = 86_400
SHOWN = 12
BYLINES = 60


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is here by a search: records to claim, and the work they were found on."""

    records: list[tuple[Researcher, str]]
    work: tuple[str, str] | None = None


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def missing(request: HttpRequest) -> HttpResponse:
    """Look a record up by what its owner knows of it; a POST has it imported, or asks moderators in words."""
    if request.method == "POST":
        return _ask(request)
    asked = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    question = _question(asked)
    run = asked_lately(question) if question else None
    context: dict[str, Any] = {
        "asked": asked,
        "found": _found(asked) if asked else None,
        "source": question.spoken if question else "",
        "run": run,
        "is_running": run is not None and run.state in (ImportRun.State.QUEUED, ImportRun.State.RUNNING),
    }
    return render(request, "claims/missing.html", context)


def _question(asked: str) -> Question | None:
    """Return what brings the record: an author by iD, a paper by arXiv id or DOI, an arXiv author by full name."""
    if not asked:
        return None
    if orcid := identifiers.orcid(asked):
        return Question(provider="openalex", parameters={"orcid": orcid})
    if arxiv_id := identifiers.arxiv_id(asked):
        return Question(provider="arxiv", parameters={"ids": [arxiv_id]})
    if doi := identifiers.doi(asked):
        return Question(provider="openalex", parameters={"dois": [doi]})
    words = asked.split()
    if 2 <= len(words) <= 6 and all(any(sign.isalpha() for sign in word) for word in words) and not any(map(str.isdigit, asked)):
        return Question(provider="arxiv", parameters={"author": " ".join(words)})
    return None


def _found(asked: str) -> Found:
    if orcid := identifiers.orcid(asked):
        record = researcher_by_orcid(orcid)
        return Found(records=_described([record] if record else []))
    work = _work(asked)
    if work:
        bylines = Authorship.objects.filter(work=work, researcher__isnull=False).select_related("researcher").order_by("position")[:BYLINES]
        return Found(
            records=_described([byline.researcher for byline in bylines if byline.researcher]),
            work=(plain(work.title) or "Untitled", record_address("work", work.pk, work.title)),
        )
    return Found(records=_described(list(researchers_named(asked)[:SHOWN])))


def _work(asked: str) -> Work | None:
    if arxiv_id := identifiers.arxiv_id(asked):
        return work_known_as(f"arxiv:{arxiv_id}")
    doi = identifiers.doi(asked)
    return work_known_as(f"doi:{doi}") if doi else None


def _described(records: list[Researcher]) -> list[tuple[Researcher, str]]:
    return [(record, record_address("researcher", record.pk, record.display_name)) for record in dict.fromkeys(records)]


def _ask(request: HttpRequest) -> HttpResponse:
    user, asked = member(request), request.POST.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    if request.POST.get("way") == "write":
        return _write(request, user, asked)
    question = _question(asked)
    if question is None:
        messages.error(request, "Name an ORCID iD, an arXiv id, a DOI, or an author's full name.")
    elif _is_too_much(user):
        messages.error(request, "You have asked often enough for today. Try again tomorrow, or write to the moderators.")
    else:
        ask_again(question)
        messages.success(request, f"{question.spoken} is asked. Come back to this page in a minute or two.")
    return redirect(f"{reverse('missing_record')}?{urlencode({'q': asked})}")


def _write(request: HttpRequest, user: User, asked: str) -> HttpResponse:
    words = " ".join(request.POST.get("words", "").replace("\x00", " ").split())[:1_000]
    if len(words) < 20:
        messages.error(request, "Say in a sentence or two which papers are yours.")
    elif _is_too_much(user):
        messages.error(request, "You have asked often enough for today. Try again tomorrow.")
    else:
        for staff in User.objects.filter(is_staff=True, is_active=True).order_by("pk")[:20]:
            key = f"missing:{user.pk}:{crc32((asked + words).encode()):x}"
            text = f"{user} (member {user.pk}) misses a record here: {words}"
            notify(staff, kind="moderation", key=key, text=text, url=f"{reverse('missing_record')}?{urlencode({'q': asked})}")
        messages.success(request, "The moderators are told. They answer by mail.")
    return redirect(f"{reverse('missing_record')}?{urlencode({'q': asked})}")


def _is_too_much(user: User) -> bool:
    """Count what a member asks for in a day; upstream's patience is shared by everybody here."""
    key = f"missing:{user.pk}"
    cache.add(key, 0, DAY)
    return int(cache.incr(key)) > ASKED_A_DAY
