"""What is missing on a record and how to mend it, for staff and for the owner of the record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.queries import may_edit_record, owns_byline_of
from bzpeer.curation.models import Proposal
from bzpeer.pages.licences import licence_name
from bzpeer.pages.members import member
from bzpeer.pages.paging import Pager, numbered, page_number, with_parameters
from bzpeer.pages.profile import span
from bzpeer.typesetting import plain
from researchers.models import Affiliation, Researcher
from researchers.queries import affiliations_of
from works.asking import Question, ask_again, asked_lately, question_about_researcher, question_about_work
from works.models import Authorship, ImportRun, Work
from works.quality import (
    BylineState,
    Completeness,
    Doubtful,
    Spelling,
    byline_state,
    bylines_lacking,
    completeness,
    doubtful_works,
    share_complete,
    unusual_spellings,
    upstream_records_of,
    works_by_keys,
    works_lacking,
    works_printing,
)
from works.queries import reference_count, topics_on, work_with_source

ROWS_A_PAGE = 20
PROPOSALS_SHOWN = 50
AFFILIATION_LAG = 1
"""Years: the newest works come before the author record that knows where they were written."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """A way to mend something: where it leads and what it says."""

    words: str
    address: str
    is_away: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a section's list."""

    name: str
    address: str = ""
    fact: str = ""
    more: str = ""
    mend: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One thing that may be missing or doubtful: how often it is, what it means, how to mend it.

    `whole` is how often it could be there; 0 where there is no such number, and then it does not count for the share.
    `rows` reads the rows of its list (from a number on, so many).
    """

    key: str
    title: str
    missing: int
    whole: int
    said: str
    remedy: str
    doors: tuple[Door, ...] = ()
    listed: int = 0
    rows: Callable[[int, int], list[Row]] | None = None

    @property
    def share(self) -> int:
        return share_complete([self.missing], whole=self.whole)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Whether upstream can be asked for the record again, and what was asked lately."""

    question: Question | None
    lately: ImportRun | None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the template shows."""

    kicker: str
    title: str
    address: str
    sections: Sequence[Section]
    asking: Asking
    is_owner: bool
    notes: Sequence[str] = field(default=())
    doors: Sequence[Door] = field(default=())
    researcher: Researcher | None = None

    @property
    def wanting(self) -> list[Section]:
        return [section for section in self.sections if section.missing]

    @property
    def complete(self) -> list[Section]:
        return [section for section in self.sections if not section.missing]

    @property
    def share(self) -> int:
        measured = [section for section in self.sections if section.whole]
        return share_complete((section.missing for section in measured), whole=sum(section.whole for section in measured))

    @property
    def whole(self) -> int:
        return sum(section.whole for section in self.sections)

    @property
    def missing(self) -> int:
        return sum(section.missing for section in self.sections if section.whole)


# --- a researcher -------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def researcher_quality(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show what a researcher's record lacks. POST asks upstream for it again."""
    person = get_object_or_404(Researcher, pk=key)
    is_owner = may_edit_record(member(request), person.pk)
    if not (is_owner or member(request).is_staff):
        raise PermissionDenied("Only the owner of a record and the staff of this portal see this page.")
    question = question_about_researcher(person)
    address = record_address("researcher", person.pk, person.display_name)
    if request.method == "POST":
        return _asked(request, question, back=f"{address}quality/")
    if slug != slug_of(person.display_name):
        return redirect(f"{address}quality/", permanent=True)
    sheet = Sheet(
        kicker="Researcher profile",
        title=person.display_name,
        address=address,
        sections=_researcher_sections(person, printed=request.GET.get("printed", "")),
        asking=_asking(question),
        is_owner=is_owner,
        doors=(_correcting(person, "Correct this record"), _adding(person)),
        researcher=person,
    )
    return _shown(request, sheet)


def _researcher_sections(person: Researcher, *, printed: str) -> list[Section]:
    """Return what the page looks for; `printed` is a spelling of the name whose works are asked for, or ""."""
    state = completeness(person.pk)
    doubtful = doubtful_works(person.pk, works=state.works)
    proposals = _proposals_about(person)
    return [
        _orcid(person),
        _affiliation(person, affiliations_of(person.pk), state),
        *_lacking(person, state),
        _spellings(person, unusual_spellings(person), printed=printed),
        _proposed(
            "missing",
            "Works likely missing",
            [each for each in proposals if each.kind == Proposal.Kind.ADD_AUTHORSHIP],
            said="Works that seem to belong to this record and are not on it.",
            doors=(_adding(person), _answering(person)),
        ),
        _not_theirs(person, doubtful, [each for each in proposals if each.kind == Proposal.Kind.SPLIT_RESEARCHER]),
        _proposed(
            "duplicates",
            "Possible duplicates",
            [each for each in proposals if each.kind in (Proposal.Kind.MERGE_RESEARCHERS, Proposal.Kind.MERGE_WORKS)],
            said="Records of the same person, or of the same work, that seem to stand here twice.",
            doors=(_answering(person),),
        ),
    ]


def _orcid(person: Researcher) -> Section:
    return Section(
        key="orcid",
        title="ORCID iD",
        missing=0 if person.orcid else 1,
        whole=1,
        said="No ORCID iD is known of this record." if not person.orcid else "",
        remedy="Add these works to your ORCID record: OpenAlex links the iD to the author, and the next import brings it here.",
        doors=(Door(words="Your ORCID record", address="https://orcid.org/my-orcid", is_away=True),),
    )


def _correcting(person: Researcher, words: str) -> Door:
    return Door(words=words, address=reverse("correct_researcher", kwargs=_named(person)))


def _adding(person: Researcher) -> Door:
    return Door(words="Add works", address=reverse("add_works", kwargs=_named(person)))


def _answering(person: Researcher) -> Door:
    return Door(words="Answer the proposals", address=reverse("researcher_proposals", kwargs=_named(person)))


def _named(person: Researcher) -> dict[str, Any]:
    return {"key": person.pk, "slug": slug_of(person.display_name)}


def _affiliation(person: Researcher, affiliations: Sequence[Affiliation], state: Completeness) -> Section:
    latest = max((year for row in affiliations for year in row.years), default=None)
    if not affiliations:
        said = "No institution is known."
    elif latest is not None and state.latest_year is not None and latest + AFFILIATION_LAG < state.latest_year:
        said = f"The last affiliation is of {latest}, the latest work of {state.latest_year}."
    else:
        said = ""
    return Section(
        key="affiliation",
        title="Affiliation up to date",
        missing=1 if said else 0,
        whole=1,
        said=said,
        remedy="It comes with the author record or with bylines that name an institution; the owner can add it.",
        doors=(_correcting(person, "Add an affiliation"),),
    )


_LACKS = {
    "abstract": (
        "Abstracts",
        "without an abstract",
        "The publisher gives it to Crossref, from where OpenAlex takes it; arXiv always has one.",
    ),
    "id": ("DOI or arXiv id", "with neither DOI nor arXiv id", "Without an id nobody can tell safely which paper is meant. Add the DOI."),
    "date": ("Full date", "without a full date", "The year alone comes from old records. The publisher's record has the day."),
    "topics": ("Topics", "without a topic", "OpenAlex's classifier needs an abstract or a telling title."),
    "references": ("References", "without a reference list", "Publishers deposit reference lists at Crossref; some keep them closed."),
    "institution": (
        "Institution with the byline",
        "whose byline names no institution",
        "OpenAlex reads institutions from the printed affiliation. Its page of the work has a form for corrections.",
    ),
}


def _lacking(person: Researcher, state: Completeness) -> list[Section]:
    def rows_of(key: str) -> Callable[[int, int], list[Row]]:
        return lambda first, most: [_work_row(work) for work in works_lacking(person.pk, key, first=first, most=most)]

    return [
        Section(
            key=key,
            title=title,
            missing=state.lacking[key],
            whole=state.works,
            said=f"{_works(state.lacking[key])} {what}." if state.lacking[key] else "",
            remedy=remedy,
            listed=state.lacking[key],
            rows=rows_of(key),
        )
        for key, (title, what, remedy) in _LACKS.items()
    ]


def _spellings(person: Researcher, found: Sequence[Spelling], *, printed: str) -> Section:
    asked = next((form for form in found if form.byline == printed), None)

    def rows(first: int, most: int) -> list[Row]:
        if asked is not None:
            return [_work_row(work) for work in works_printing(person.pk, asked.byline, first=first, most=most)]
        return [_spelling_row(form) for form in found[first : first + most]]

    return Section(
        key="spellings",
        title="Unusual spellings of the name",
        missing=len(found),
        whole=0,
        said=f"{len(found):,} printed form{'' if len(found) == 1 else 's'} that no known name of this record explains." if found else "",
        remedy="A form may be another name of yours, or the byline may be somebody else's: look at the works that print it.",
        doors=(
            *((Door(words=f"Works that print “{asked.byline}”; see all forms", address="?show=spellings#spellings"),) if asked else ()),
            _correcting(person, "Add a name, or say which works are yours"),
        ),
        listed=asked.works if asked else len(found),
        rows=rows,
    )


def _spelling_row(form: Spelling) -> Row:
    return Row(
        name=form.byline,
        address=f"?{urlencode({'show': 'spellings', 'printed': form.byline})}#spellings",
        fact=_works(form.works),
        more=span(form.first_year, form.last_year) if form.first_year and form.last_year else "years unknown",
    )


def _not_theirs(person: Researcher, doubtful: Sequence[Doubtful], splits: Sequence[Proposal]) -> Section:
    reasons = {each.work_id: each.reason for each in doubtful}
    total = len(splits) + len(doubtful)

    def rows(first: int, most: int) -> list[Row]:
        shown = [_proposal_row(each) for each in splits[first : first + most]]
        start, left = max(first - len(splits), 0), most - len(shown)
        keys = [each.work_id for each in doubtful]
        return shown + ([_work_row(work, more=reasons[work.pk]) for work in works_by_keys(keys, first=start, most=left)] if left else [])

    return Section(
        key="others",
        title="Works likely not theirs",
        missing=total,
        whole=0,
        said=f"{total:,} sign{'' if total == 1 else 's'} that works of somebody else of this name are on the record." if total else "",
        remedy="Unusual is not wrong: a first paper in a new field looks the same. Say of each whether it is theirs.",
        doors=(_correcting(person, "Say which works are yours"), *((_answering(person),) if splits else ())),
        listed=total,
        rows=rows,
    )


def _proposals_about(person: Researcher) -> list[Proposal]:
    theirs = Authorship.objects.filter(researcher=person).values("work_id")
    about = Q(researcher=person) | Q(other_researcher=person) | Q(kind=Proposal.Kind.MERGE_WORKS, work__in=theirs)
    return _open_proposals(about)


def _open_proposals(about: Q) -> list[Proposal]:
    rows = Proposal.objects.filter(about, state=Proposal.State.OPEN).select_related("researcher", "other_researcher", "work", "other_work")
    return list(rows.order_by("kind", "-score", "pk")[:PROPOSALS_SHOWN])


def _proposed(key: str, title: str, proposals: Sequence[Proposal], *, said: str, doors: tuple[Door, ...] = ()) -> Section:
    """Return the section of some proposals; `doors` are where they are decided."""
    return Section(
        key=key,
        title=title,
        missing=len(proposals),
        whole=0,
        said=said if proposals else "",
        remedy="Each is a proposal with its grounds; nothing changes before a person decides it.",
        doors=doors,
        listed=len(proposals),
        rows=lambda first, most: [_proposal_row(each) for each in proposals[first : first + most]],
    )


def _proposal_row(proposal: Proposal) -> Row:
    ends = [(each, each.title or "Untitled", "work") for each in (proposal.work, proposal.other_work) if each]
    people = [(each, each.display_name, "researcher") for each in (proposal.researcher, proposal.other_researcher) if each]
    shown = ends or people
    last, label, kind = shown[-1]
    grounds = [f"{ground.get('label', '')}: {ground.get('detail', '')}" for ground in proposal.grounds if isinstance(ground, dict)]
    return Row(
        name=" and ".join(plain(name) for _, name, _ in shown),
        address=record_address(kind, last.pk, label),
        fact=f"{round(proposal.score * 100)} % likely" if proposal.score is not None else "",
        more=f"{proposal.get_kind_display().capitalize()}. {'; '.join(grounds[:4])}"[:400],
    )


# --- a work -------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def work_quality(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show what a work's record lacks. POST asks upstream for it again."""
    work = work_with_source(key)
    if work is None:
        work = get_object_or_404(Work, pk=key)
    is_owner = owns_byline_of(member(request), work.pk)
    if not (is_owner or member(request).is_staff):
        raise PermissionDenied("Only authors who own their record and the staff of this portal see this page.")
    question = question_about_work(work)
    address = record_address("work", work.pk, work.title)
    if request.method == "POST":
        return _asked(request, question, back=f"{address}quality/")
    if slug != slug_of(work.title):
        return redirect(f"{address}quality/", permanent=True)
    sheet = Sheet(
        kicker="Work",
        title=plain(work.title) or "Untitled",
        address=address,
        sections=_work_sections(work, is_staff=member(request).is_staff),
        asking=_asking(question),
        is_owner=is_owner,
        doors=(Door(words="Correct this work", address=f"{address}correct/"),),
        notes=_upstream_notes(work),
    )
    return _shown(request, sheet)


def _work_sections(work: Work, *, is_staff: bool) -> list[Section]:
    listed, state = reference_count(work), byline_state(work)
    proposals = _open_proposals(Q(work=work) | Q(other_work=work))
    return [
        _value("title", "Title", work.title, "No source gives a title.", "A work without a title cannot be found. Ask the source for it."),
        _value("abstract", "Abstract", work.abstract, "No source gives an abstract.", _LACKS["abstract"][2]),
        _value("id", "DOI or arXiv id", work.doi or work.arxiv_id, "Neither is known.", _LACKS["id"][2]),
        _value("date", "Full date", work.publication_date, "Only the year is known, or nothing.", _LACKS["date"][2]),
        _value(
            "venue", "Venue", work.source or work.journal_ref, "Where it appeared is not known.", "It comes with the publisher's record."
        ),
        _value("topics", "Topics", topics_on(work), "It has no topic.", _LACKS["topics"][2]),
        _value("references", "References", listed["here"] + listed["elsewhere"], "No reference list is known.", _LACKS["references"][2]),
        _value(
            "licence",
            "Licence",
            licence_name(work.license),
            "Its licence is not known.",
            "It comes with the publisher's record or arXiv's.",
        ),
        _value("language", "Language", work.language, "Its language is not known.", "OpenAlex reads it from title and abstract."),
        *_byline_sections(work, state),
        _proposed(
            "duplicates",
            "Possible duplicates and open questions",
            proposals,
            said="Proposals that concern this work.",
            doors=(Door(words="Decide them", address=reverse("proposals")),) if is_staff else (),
        ),
    ]


def _value(key: str, title: str, value: object, said: str, remedy: str) -> Section:
    return Section(key=key, title=title, missing=0 if value else 1, whole=1, said="" if value else said, remedy=remedy)


_BYLINE_REMEDIES = {
    "unresolved": "An author takes the byline from their own record, or the source gives it an author id.",
    "orcid": "Authors add the work to their ORCID record; publishers deposit iDs, too.",
}


def _byline_sections(work: Work, state: BylineState) -> list[Section]:
    def rows_of(lack: str) -> Callable[[int, int], list[Row]]:
        return lambda first, most: [_byline_row(row) for row in bylines_lacking(work, lack, first=first, most=most)]

    found = (
        ("unresolved", "Bylines with a record", state.unresolved, "tied to no researcher's record", _BYLINE_REMEDIES["unresolved"]),
        ("institution", "Bylines with an institution", state.without_institution, "without a known institution", _LACKS["institution"][2]),
        ("orcid", "Bylines with an ORCID iD", state.without_orcid, "without an ORCID iD", _BYLINE_REMEDIES["orcid"]),
    )
    return [
        Section(
            key=key,
            title=title,
            missing=missing,
            whole=state.total,
            said=f"{missing:,} of {state.total:,} byline{'' if state.total == 1 else 's'} {'is' if missing == 1 else 'are'} {what}."
            if missing
            else "",
            remedy=remedy,
            listed=missing,
            rows=rows_of(key),
        )
        for key, title, missing, what, remedy in found
    ]


def _byline_row(row: Authorship) -> Row:
    person = row.researcher
    return Row(
        name=row.byline,
        address=record_address("researcher", person.pk, person.display_name) if person else "",
        fact=f"author {row.position:,}",
        more=plain("; ".join(row.raw_affiliations))[:300],
    )


def _upstream_notes(work: Work) -> list[str]:
    """Say when each source's record was read, and which source has it no longer."""
    notes = []
    for record in upstream_records_of(work):
        told = f"{record.key} was last read on {record.imported_at:%d %B %Y}"
        if record.upstream_updated:
            told += f"; the source changed it on {record.upstream_updated[:10]}"
        notes.append(f"{told}; the source has it no longer since {record.gone_at:%d %B %Y}." if record.gone_at else f"{told}.")
    return notes


# --- both -----------------------------------------------------------------------------------------------------------


def _works(number: int) -> str:
    return f"{number:,} work{'' if number == 1 else 's'}"


def _work_row(work: Work, *, more: str = "") -> Row:
    address = record_address("work", work.pk, work.title)
    return Row(
        name=plain(work.title) or "Untitled",
        address=address,
        fact=str(work.publication_year or "no year"),
        more=more or (work.source.display_name if work.source else ""),
        mend=f"{address}quality/",
    )


def _asking(question: Question | None) -> Asking:
    return Asking(question=question, lately=asked_lately(question) if question else None)


def _asked(request: HttpRequest, question: Question | None, *, back: str) -> HttpResponse:
    if question is None:
        messages.error(request, "No source knows this record by an id, so none can be asked for it.")
    elif asked_lately(question) is not None:
        messages.info(request, f"{question.spoken} was asked for this record within the last hours; asking again brings the same answer.")
    else:
        ask_again(question)
        messages.success(
            request, f"{question.spoken} is asked for this record in the background. What it answers shows here within minutes."
        )
    return redirect(back)


def _shown(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Answer with the page; `?show=` opens the list of one section."""
    wanted = request.GET.get("show", "")
    chosen = next((section for section in sheet.wanting if section.key == wanted and section.rows), None)
    rows: list[Row] = []
    pager = Pager(place="")
    if chosen is not None and chosen.rows is not None:
        page = page_number(request, total=chosen.listed, size=ROWS_A_PAGE)
        pager = numbered(request, page=page, total=chosen.listed, size=ROWS_A_PAGE, anchor=f"#{chosen.key}")
        rows = chosen.rows((page - 1) * ROWS_A_PAGE, ROWS_A_PAGE)
    openings = {
        section.key: with_parameters(request, show=section.key, printed=None) + f"#{section.key}"
        for section in sheet.wanting
        if section.rows
    }
    context: dict[str, Any] = {
        "sheet": sheet,
        "sections": [(section, openings.get(section.key, "")) for section in sheet.wanting],
        "chosen": chosen.key if chosen else "",
        "closing": with_parameters(request, show=None, printed=None) + (f"#{chosen.key}" if chosen else ""),
        "rows": rows,
        "pager": pager,
    }
    return render(request, "quality/record.html", context)
