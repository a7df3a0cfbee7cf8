"""What imports set aside, by reason, with the record as received and a way to try it again."""

from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import ParseError, indent, tostring

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bzpeer.accounts.models import User
from bzpeer.pages.imports import staff_only
from bzpeer.pages.members import member
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from works.problems import ProblemKind, can_be_tried, problem, problem_kinds, problems_listed, problems_resolved
from works.redriving import MOST_ATTEMPTS, Chosen, ask_to_redrive, can_be_asked_for
from works.runs import PROVIDERS
from works.tasks import ring

KINDS_SHOWN = 40
PROBLEMS_A_PAGE = 25
COUNTED = 10_000
_LONGEST_KIND = 200


@require_safe
@never_cache
@staff_only
def problems(request: HttpRequest) -> HttpResponse:
    """Show open problems by reason, and those of one reason, provider or run."""
    chosen = _chosen(request.GET)
    is_resolved = request.GET.get("state") == "resolved"
    after = whole_number(request.GET.get("after", ""), digits=18)
    limit = PROBLEMS_A_PAGE + 1
    found = problems_resolved(after=after, limit=limit) if is_resolved else problems_listed(chosen, after=after, limit=limit)
    kinds = problem_kinds(chosen, limit=KINDS_SHOWN + 1)
    more = found[PROBLEMS_A_PAGE - 1].pk if len(found) > PROBLEMS_A_PAGE else None
    context: dict[str, Any] = {
        "kinds": [
            (kind, with_parameters(request, kind=kind.kind, state=None) + "#problems", _by_provider(kind)) for kind in kinds[:KINDS_SHOWN]
        ],
        "has_more_kinds": len(kinds) > KINDS_SHOWN,
        "providers": [(name, provider.spoken) for name, provider in PROVIDERS.items()],
        "chosen": chosen,
        "every_kind": with_parameters(request, kind=None) + "#problems",
        "is_resolved": is_resolved,
        "problems": found[:PROBLEMS_A_PAGE],
        "redrivable": 0 if is_resolved else can_be_tried(chosen, most=COUNTED),
        "counted": COUNTED,
        "most_attempts": MOST_ATTEMPTS,
        "pager": Pager(
            place="",
            previous=with_parameters(request) + "#problems" if after else "",
            next=with_parameters(request, after=more) + "#problems" if more else "",
            back_label="Back to the start",
            on_label="More",
        ),
    }
    return render(request, "problems/problems.html", context)


@require_safe
@never_cache
@staff_only
def one_problem(request: HttpRequest, key: int) -> HttpResponse:
    """Show one problem with the whole record as it was kept."""
    found = problem(key)
    if found is None:
        raise Http404("No problem has this address.")
    raw, language = pretty(found.raw)
    context = {
        "problem": found,
        "raw": raw,
        "language": language,
        "provider": PROVIDERS[found.run.provider].spoken if found.run.provider in PROVIDERS else found.run.provider,
        "can_be_tried": found.is_quarantined and found.resolved_at is None and found.attempts < MOST_ATTEMPTS,
        "can_be_asked_for": can_be_asked_for(found),
        "most_attempts": MOST_ATTEMPTS,
        "by": User.objects.filter(pk=found.redriven_by).first() if found.redriven_by else None,
        "same_kind": f"{reverse('problems')}?{urlencode({'kind': found.kind})}#problems",
    }
    return render(request, "problems/problem.html", context)


@require_POST
@staff_only
def redrive(request: HttpRequest) -> HttpResponse:
    """Try one problem again, or all of a reason, in the background."""
    one = whole_number(request.POST.get("problem", ""), digits=18)
    chosen = Chosen(problem=one) if one is not None else _chosen(request.POST)
    runs = ask_to_redrive(chosen, by=member(request).pk, anew=request.POST.get("anew") == "1")
    for run in runs:
        ring(run.pk)
    if not runs:
        messages.info(request, f"Nothing to try again: what is left was tried {MOST_ATTEMPTS} times, or its record was stored.")
    else:
        messages.success(request, "It is tried again in the background. Each problem says here what came of it.")
    if one is not None:
        return redirect("problem", key=one)
    asked = {"kind": chosen.kind, "provider": chosen.provider, "run": chosen.run or ""}
    return redirect(f"{reverse('problems')}?{urlencode({name: value for name, value in asked.items() if value})}")


def _chosen(asked: Any) -> Chosen:
    provider = asked.get("provider", "")
    return Chosen(
        kind=asked.get("kind", "").replace("\x00", "")[:_LONGEST_KIND],
        provider=provider if provider in PROVIDERS else "",
        run=whole_number(asked.get("run", ""), digits=18),
    )


def _by_provider(kind: ProblemKind) -> str:
    """Return "OpenAlex 3, arXiv 1" where more than one provider is concerned."""
    named = [f"{PROVIDERS[name].spoken if name in PROVIDERS else name} {number:,}" for name, number in kind.by_provider.items()]
    return ", ".join(named)


def pretty(raw: str) -> tuple[str, str]:
    """Return a kept record with its lines indented where it is whole JSON or XML, else as it is; and the name of its format."""
    text = raw.strip()
    if text.startswith(("{", "[")):
        try:
            return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode(), "JSON"
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return raw, ""
    if text.startswith("<"):
        try:
            element = fromstring(text, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError):
            return raw, ""
        indent(element)
        return tostring(element, encoding="unicode"), "XML"
    return raw, ""
