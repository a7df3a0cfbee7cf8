"""Proposals as moderators decide them and as owners see them: what is proposed, why, and what would change."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.accounts.models import User
from bzpeer.accounts.queries import is_moderator
from bzpeer.addresses import record_address
from bzpeer.claims.queries import owns_record
from bzpeer.curation.deciding import DecisionRefused, accept, answer, concerns, may_answer, reject, undo
from bzpeer.curation.domain import IN_THEIR_WORDS
from bzpeer.curation.models import Proposal
from bzpeer.curation.queries import may_correct, proposals, proposals_on, waiting
from bzpeer.moderation.queries import canned_answers
from bzpeer.pages.answering import note_of
from bzpeer.pages.members import member
from bzpeer.pages.paging import numbered, page_number, whole_number
from bzpeer.pages.profile import year_ranges
from bzpeer.typesetting import plain
from researchers.models import Institution, Researcher
from researchers.queries import affiliations_of
from works.models import Authorship, Work
from works.queries import other_keys_of

ROWS_A_PAGE = 25
AUTHORS_SHOWN = 12
WORKS_SHOWN = 12
NAMES_SHOWN = 12
DECIDED = [Proposal.State.ACCEPTED, Proposal.State.REJECTED, Proposal.State.SUPERSEDED]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two records: what it is called, where it is, and its facts in a fixed order."""

    label: str
    address: str
    facts: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One fact of two records beside each other."""

    name: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        return self.one != self.other


@dataclass(frozen=True, kw_only=True)
class Group:
    """A part of a record that may be somebody of their own: its works."""

    number: int
    works: list[tuple[str, str, int | None]]
    total: int
    names: list[str] = field(default_factory=list)


@never_cache
@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits, the oldest first; `?state=` shows what was decided."""
    _moderator(request)
    state = request.GET.get("state", "")
    state = state if state in DECIDED else Proposal.State.OPEN
    kind = request.GET.get("kind", "")
    kind = kind if kind in Proposal.Kind.values else ""
    chosen = proposals(kind=kind, state=state)
    total = chosen.count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    context = {
        "rows": chosen[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        "total": total,
        "pager": numbered(request, page=page, total=total, size=ROWS_A_PAGE),
        "waiting": waiting(),
        "kind": kind,
        "state": state,
        "states": [Proposal.State.OPEN, *DECIDED],
    }
    return render(request, "curating/queue.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, key: int) -> HttpResponse:
    """Show one proposal with both records and its grounds; take the decision."""
    _moderator(request)
    found = get_object_or_404(proposals(state="") | proposals(), pk=key)
    if request.method == "POST":
        return _decide(request, found)
    sides = _sides(found)
    context = {
        "proposal": found,
        "sides": sides,
        "lines": _lines(sides),
        "groups": _groups(found),
        "is_own": concerns(found, member(request)),
        "given": list(found.answers.select_related("user").order_by("pk")),
        "answers": canned_answers("proposal"),
        "can_undo": found.state == Proposal.State.ACCEPTED and found.kind == Proposal.Kind.MERGE_WORKS,
    }
    return render(request, "curating/proposal.html", context)


def _moderator(request: HttpRequest) -> None:
    if not is_moderator(request.user):
        raise PermissionDenied("Only moderators see this page.")


def _decide(request: HttpRequest, found: Proposal) -> HttpResponse:
    by, note = member(request), note_of(request)
    try:
        match request.POST.get("decision"):
            case "accept":
                accept(found, by=by, note=note, keep_group=whole_number(request.POST.get("keep_group", "")) or 0)
                messages.success(request, "Accepted and carried out.")
            case "reject":
                reject(found, by=by, note=note)
                messages.success(request, "Rejected. The same is not proposed again.")
            case "undo":
                undo(found, by=by, note=note)
                messages.success(request, "Undone. The two works stand apart again.")
            case _:
                messages.error(request, "Nothing was chosen.")
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("proposal", key=found.pk)
    following = proposals(kind=found.kind).values_list("pk", flat=True).first()
    return redirect("proposal", key=following) if following and request.POST.get("onward") else redirect("proposals")


# --- owners -----------------------------------------------------------------------------------------


@never_cache
@login_required
@require_safe
def researcher_proposals(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show the owner what is proposed about their record and what became of it."""
    person = get_object_or_404(Researcher, pk=key)
    if not may_correct(request.user, person.pk):
        raise PermissionDenied("Only the owner of this record and staff see its proposals.")
    chosen = proposals_on(person.pk)
    total = chosen.count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    rows = list(chosen[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE])
    proposers = _without_words_of_blocked(rows, member(request))
    context = {
        "researcher": person,
        "is_owner": owns_record(request.user, person.pk),
        "address": record_address("researcher", person.pk, person.display_name),
        "rows": [
            (row, _sides(row), next((each for each in row.answers.all() if each.user_id == member(request).pk), None), proposers[row.pk])
            for row in rows
        ],
        "can_answer": may_answer(rows[0], member(request)) if rows else False,
        "pager": numbered(request, page=page, total=total, size=ROWS_A_PAGE),
        "total": total,
    }
    return render(request, "curating/of_researcher.html", context)


@login_required
@require_POST
def answer_proposal(request: HttpRequest, key: int, slug: str, proposal: int) -> HttpResponse:
    """Take the owner's answer in."""
    person = get_object_or_404(Researcher, pk=key)
    found = get_object_or_404(proposals_on(person.pk), pk=proposal)
    if not may_correct(request.user, person.pk):
        raise PermissionDenied("Only the owner of this record answers for it.")
    said = request.POST.get("answer", "")
    try:
        if said not in ("agree", "disagree"):
            raise DecisionRefused("Say whether you agree.")
        answer(found, by=member(request), agrees=said == "agree", note=request.POST.get("note", "").replace("\x00", ""))
        messages.success(request, "Your answer is kept; moderators read it before they decide.")
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("researcher_proposals", key=person.pk, slug="-")


def _without_words_of_blocked(rows: Sequence[Proposal], reader: User) -> dict[int, str]:
    """Take out what people wrote whom the reader blocked; return who proposed each, such people without their name."""
    blocked = set(reader.blocks.order_by().values_list("blocked", flat=True))
    for row in rows:
        if row.proposed_by_id in blocked:
            row.grounds = [ground for ground in row.grounds if ground["label"] != IN_THEIR_WORDS]
    return {row.pk: "somebody you blocked" if row.proposed_by_id in blocked else str(row.proposed_by or "the portal") for row in rows}


# --- what is shown ----------------------------------------------------------------------------------


def _sides(found: Proposal) -> list[Side]:
    """Return the records a proposal is about, two where there are two and they still differ."""
    works = [_work_side(work) for work in (found.work, found.other_work) if work]
    people = [_person_side(person) for person in (found.researcher, found.other_researcher) if person]
    places = [_place_side(place) for place in (found.institution, found.other_institution) if place]
    pair = works if len(works) == 2 else people if len(people) == 2 else places if len(places) == 2 else [*people, *works, *places]
    return pair[:1] if len(pair) == 2 and pair[0].address == pair[1].address else pair


def _lines(sides: Sequence[Side]) -> list[Line]:
    if len(sides) != 2 or sides[0].facts.keys() != sides[1].facts.keys():
        return []
    lines = [Line(name=name, one=value, other=sides[1].facts[name]) for name, value in sides[0].facts.items()]
    return [line for line in lines if line.one or line.other]


def _work_side(work: Work) -> Side:
    bylines = list(Authorship.objects.filter(work=work).order_by("position").values_list("byline", flat=True)[: AUTHORS_SHOWN + 1])
    more = " …" if len(bylines) > AUTHORS_SHOWN else ""
    return Side(
        label=plain(work.title) or "Untitled",
        address=record_address("work", work.pk, work.title),
        facts={
            "Title": plain(work.title),
            "Authors": "; ".join(bylines[:AUTHORS_SHOWN]) + more,
            "Date": work.publication_date.isoformat() if work.publication_date else str(work.publication_year or ""),
            "Type": work.type,
            "Venue": work.source.display_name if work.source else "",
            "DOI": work.doi or "",
            "arXiv": work.arxiv_id or "",
            "OpenAlex": work.openalex_id or "",
            "Other ids": ", ".join(key for key in other_keys_of(work) if not key.startswith("id:")),
            "Cited here": str(work.cited_by_count),
            "Abstract": plain(work.abstract)[:600],
        },
    )


def _person_side(person: Researcher) -> Side:
    names = person.name_forms.order_by("name").values_list("name", flat=True)[: NAMES_SHOWN + 1]
    works = Authorship.objects.filter(researcher=person).select_related("work").order_by("-work__publication_year", "pk")[:WORKS_SHOWN]
    return Side(
        label=person.display_name,
        address=record_address("researcher", person.pk, person.display_name),
        facts={
            "Name": person.display_name,
            "Names": "; ".join(names),
            "Claimed": "yes" if person.is_claimed else "no",
            "OpenAlex": person.openalex_id or "",
            "ORCID": person.orcid or "",
            "Works": f"{person.works_count:,}",
            "Affiliations": "; ".join(
                f"{row.institution.display_name} {year_ranges(row.years)}".strip() for row in affiliations_of(person.pk)[:NAMES_SHOWN]
            ),
            "Latest works": "; ".join(f"{plain(row.work.title)} ({row.work.publication_year or 'no year'})" for row in works),
        },
    )


def _place_side(place: Institution) -> Side:
    return Side(
        label=place.display_name,
        address=record_address("institution", place.pk, place.display_name),
        facts={
            "Name": place.display_name,
            "Country": place.country_code,
            "Type": place.type,
            "OpenAlex": place.openalex_id or "",
            "ROR": place.ror or "",
            "Website": place.homepage_url,
            "Works": f"{place.works_count:,}",
        },
    )


def _groups(found: Proposal) -> list[Group]:
    """Return the parts of a split with the works that are still on the record."""
    groups = found.payload.get("groups", []) if found.kind == Proposal.Kind.SPLIT_RESEARCHER else []
    keys = [key for group in groups for key in group]
    rows = Authorship.objects.filter(pk__in=keys).select_related("work").order_by("-work__publication_year", "pk")
    by_key = {row.pk: row for row in rows}
    return [_group(number, [row for key, row in by_key.items() if key in set(group)]) for number, group in enumerate(groups)]


def _group(number: int, rows: Sequence[Authorship]) -> Group:
    return Group(
        number=number,
        works=[
            (plain(row.work.title) or "Untitled", record_address("work", row.work_id, row.work.title), row.work.publication_year)
            for row in rows[:WORKS_SHOWN]
        ],
        total=len(rows),
        names=sorted({row.byline for row in rows})[:NAMES_SHOWN],
    )
