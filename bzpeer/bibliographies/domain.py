"""Bringing a list, looking its entries up, and adding what is somebody's own.

    bring -> (a worker or at once) read and look up -> the owner decides -> confirmed | proposed | asked for -> undone

Whoever calls has obtained the record through `queries.record_to_add_to`. A work is put on the record only where it is recognised
beyond doubt and its byline can be the owner's; anything else is proposed to moderators with its grounds. What is not here is asked
for as an import and looked up again when that is over.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.curation.assertions import AssertionRefused, confirm_authorship, withdraw
from bzpeer.curation.domain import propose
from bzpeer.curation.models import Proposal
from researchers.models import NameForm, Researcher
from works.citations import Citation, Fault, Reading, UnreadableList
from works.models import Authorship, ImportRun, Work
from works.recognising import Recognition, Verdict, own_byline, recognised, verdict
from works.runs import ask_for
from works.sources import bibtex, lists, orcid, ris
from works.sources.http import BadQuery, UpstreamBusy, UpstreamError
from works.tasks import ring

AT_ONCE = 300
"""Entries looked up while the member waits; more are left to a worker."""
CHUNK = 200
LEASE = timedelta(seconds=120)
MOST_ATTEMPTS = 3
ASK_AGAIN = timedelta(minutes=1)
"""When ORCID is asked again that failed without naming a time, MOST_ATTEMPTS times in all."""
AT_A_TIME = 200
"""Entries decided on in one go: each waits for the turn of imports."""
_RESTED = (ImportRun.State.FINISHED, ImportRun.State.FAILED, ImportRun.State.CANCELLED)

Finding = Entry.Finding
State = Entry.State


class AddingRefused(Exception):
    """This cannot be done. The message is a plain sentence for the person; repeating does not help."""


# --- bringing ---------------------------------------------------------------------------------------


def bring(*, by: User, researcher: Researcher, content: bytes, name: str = "") -> Bibliography:
    """Keep a file or pasted text as a bibliography; the same content again gives the one that is there. Raises UnreadableList."""
    text = lists.text_of(content)
    kind, reading = _read(text)
    if not reading.citations and not reading.faults:
        raise UnreadableList("It holds no entry, no DOI and no arXiv id.")
    with transaction.atomic():
        bibliography, is_new = Bibliography.objects.get_or_create(
            user=by,
            researcher=researcher,
            sha256=hashlib.sha256(content).hexdigest(),
            defaults={"kind": kind, "name": _file_name(name), "size": len(content)},
        )
        if is_new:
            _keep(bibliography, reading.citations, reading.faults)
    if is_new and len(reading.citations) <= AT_ONCE:
        look_up(bibliography)
    return bibliography


def bring_from_orcid(*, by: User, researcher: Researcher) -> Bibliography:
    """Ask for the works on the record's ORCID iD; a worker fetches them. One that is being read already is returned."""
    if not researcher.orcid:
        raise AddingRefused("This record has no ORCID iD. Log in with ORCID or ask for it to be added, then try again.")
    waiting = Bibliography.objects.filter(
        user=by, researcher=researcher, kind=Bibliography.Kind.ORCID, state=Bibliography.State.WAITING
    ).first()
    return waiting or Bibliography.objects.create(user=by, researcher=researcher, kind=Bibliography.Kind.ORCID, name=researcher.orcid)


def _read(text: str) -> tuple[Bibliography.Kind, Reading]:
    """Tell what a text is by its content, whatever its name says."""
    if ris.is_one(text):
        return Bibliography.Kind.RIS, ris.read(text)
    if bibtex.is_one(text):
        return Bibliography.Kind.BIBTEX, bibtex.read(text)
    return Bibliography.Kind.IDS, lists.read(text)


def _file_name(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[-120:]


def _keep(bibliography: Bibliography, citations: Sequence[Citation], faults: Sequence[Fault]) -> None:
    in_order: list[Citation | Fault] = sorted([*citations, *faults], key=lambda each: each.line)
    Entry.objects.bulk_create([_entry(bibliography, number, each) for number, each in enumerate(in_order, 1)], batch_size=1000)


def _entry(bibliography: Bibliography, number: int, read: Citation | Fault) -> Entry:
    entry = Entry(bibliography=bibliography, number=number, line=read.line)
    if isinstance(read, Citation):
        entry.citation = msgspec.to_builtins(read)
    else:
        entry.finding, entry.shown, entry.reason = Finding.UNREADABLE, read.shown, read.reason
    return entry


# --- reading in the background ----------------------------------------------------------------------


def read_on(bibliography_id: int) -> bool:
    """Read a waiting bibliography to its end, if nobody else does; return whether it was ours. Harmless when called twice."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    waiting = Bibliography.objects.filter(free, pk=bibliography_id, state=Bibliography.State.WAITING)
    waiting.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=Bibliography.State.FAILED, note="Reading it stopped several times without a word. Tell whoever runs this portal."
    )
    if not waiting.update(lease_until=Now() + LEASE, attempts=F("attempts") + 1):
        return False
    bibliography = Bibliography.objects.select_related("researcher").get(pk=bibliography_id)
    if bibliography.kind == Bibliography.Kind.ORCID and not bibliography.entries.exists() and not _fetched(bibliography):
        return True
    look_up(bibliography)
    return True


def _fetched(bibliography: Bibliography) -> bool:
    """Fetch the works of an ORCID record; note why it cannot be done."""
    try:
        found = orcid.fetch_works(bibliography.name, base_url=settings.ORCID_API_URL)
    except (UpstreamError, BadQuery) as error:
        if isinstance(error, UpstreamBusy) and bibliography.attempts < MOST_ATTEMPTS:
            wait = ASK_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)
            Bibliography.objects.filter(pk=bibliography.pk).update(lease_until=Now() + wait, note=str(error))
        else:
            _ended(bibliography, Bibliography.State.FAILED, str(error))
        return False
    # The list is this person's: their name stands for the authors, whom ORCID's list does not tell.
    named = [
        msgspec.structs.replace(each, authors=(bibliography.researcher.display_name,), has_more_authors=True) for each in found.citations
    ]
    notes: list[str] = []
    if found.orcid != bibliography.name:
        notes.append(f"ORCID says that {bibliography.name} was merged into {found.orcid}.")
    if found.left_out:
        notes.append(f"{found.left_out:,} works beyond the first {lists.MOST_ENTRIES:,} were left out.")
    if not found.citations and not found.faults:
        notes.append("This ORCID record shows no works to the public.")
    with transaction.atomic():
        _keep(bibliography, named, found.faults)
        Bibliography.objects.filter(pk=bibliography.pk).update(note=" ".join(notes))
    bibliography.refresh_from_db()
    return True


def _ended(bibliography: Bibliography, state: Bibliography.State, note: str = "") -> None:
    note = note or bibliography.note
    Bibliography.objects.filter(pk=bibliography.pk).update(state=state, note=note, lease_until=None)
    bibliography.refresh_from_db()


# --- looking up -------------------------------------------------------------------------------------


def look_up(bibliography: Bibliography, *, again: bool = False) -> None:
    """Say for each entry that nothing was decided about what is here; only for new ones, or `again` for all."""
    entries = Entry.objects.filter(bibliography=bibliography, state=State.OPEN).exclude(finding=Finding.UNREADABLE)
    if not again:
        entries = entries.filter(finding=Finding.UNSEEN)
    keys = list(entries.order_by("number").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        _look_up(bibliography, list(Entry.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("number")))
        Bibliography.objects.filter(pk=bibliography.pk, lease_until__isnull=False).update(lease_until=Now() + LEASE, attempts=1)
    _ended(bibliography, Bibliography.State.READY)


def _look_up(bibliography: Bibliography, entries: list[Entry]) -> None:
    citations = [citation_of(entry) for entry in entries]
    person = bibliography.researcher
    answers = recognised(citations)
    bylines = _bylines({each.work_id for answer in answers for each in answer})
    names = names_of(person)
    said = _said_before(bibliography, entries)
    for entry, citation, answer in zip(entries, citations, answers, strict=True):
        _settle(entry, citation, answer, _Own(person=person, names=names, bylines=bylines))
        identity = _identity(entry, citation)
        if identity in said and entry.finding not in (Finding.YOURS, Finding.UNKNOWN):
            entry.finding, entry.reason = Finding.REPEATED, f"The same as entry {said[identity]}."
        elif identity:
            said[identity] = entry.number
    Entry.objects.bulk_update(entries, ["finding", "candidates", "reason"], batch_size=500)


@dataclass(frozen=True, kw_only=True)
class _Own:
    """What tells a person's own byline: the record, its name forms, the bylines of the works in question."""

    person: Researcher
    names: list[str]
    bylines: Mapping[int, list[Authorship]]

    def byline(self, work_id: int) -> dict[str, Any]:
        """Return position and print of the one byline that can be theirs."""
        there = self.bylines.get(work_id, [])
        found = own_byline([each.byline for each in there], self.names)
        return {"position": None, "byline": ""} if found is None else {"position": there[found].position, "byline": there[found].byline}

    def has(self, work_id: int) -> bool:
        return any(each.researcher_id == self.person.pk for each in self.bylines.get(work_id, []))


def _settle(entry: Entry, citation: Citation, answer: Sequence[Recognition], own: _Own) -> None:
    """Set what was found for an entry."""
    entry.candidates = [
        {"work": each.work_id, "score": each.score, **own.byline(each.work_id), "grounds": msgspec.to_builtins(each.grounds)}
        for each in answer
    ]
    entry.reason = ""
    match verdict(answer):
        case Verdict.CERTAIN if own.has(answer[0].work_id):
            entry.finding = Finding.YOURS
        case Verdict.CERTAIN if entry.candidates[0]["position"] is not None:
            entry.finding = Finding.MATCHED
        case Verdict.CERTAIN:
            entry.finding = Finding.NAMELESS
        case Verdict.UNCERTAIN:
            entry.finding = Finding.YOURS if all(own.has(each.work_id) for each in answer) else Finding.SEVERAL
        case _ if entry.run_id is not None:
            entry.finding, entry.reason = Finding.ABSENT, _why_absent(entry, citation)
        case _ if citation.keys:
            entry.finding = Finding.FETCHABLE
        case _:
            entry.finding = Finding.UNKNOWN
            entry.reason = "No work here has this title, and the entry names no DOI or arXiv id by which it could be fetched."


def _why_absent(entry: Entry, citation: Citation) -> str:
    if entry.run and entry.run.state == ImportRun.State.FAILED:
        return f"It could not be fetched: {entry.run.error}"
    return f"{'OpenAlex' if citation.doi else 'arXiv'} has no work {citation.doi or citation.arxiv_id}. Check the id."


def _identity(entry: Entry, citation: Citation) -> str:
    """Return what makes two entries of a list the same: the work they mean beyond doubt, else an id."""
    if entry.finding in (Finding.MATCHED, Finding.NAMELESS):
        return f"id:{entry.candidates[0]['work']}"
    return citation.keys[0] if citation.keys and not entry.candidates else ""


def _said_before(bibliography: Bibliography, entries: list[Entry]) -> dict[str, int]:
    """Return the identities of the entries that were looked up earlier."""
    others = Entry.objects.filter(bibliography=bibliography).exclude(pk__in=[entry.pk for entry in entries])
    settled = others.filter(finding__in=(Finding.MATCHED, Finding.NAMELESS, Finding.FETCHABLE, Finding.ABSENT)).order_by("number")
    return {_identity(entry, citation_of(entry)): entry.number for entry in settled}


def citation_of(entry: Entry) -> Citation:
    """Return what an entry says."""
    return msgspec.convert(entry.citation, Citation)


def names_of(researcher: Researcher) -> list[str]:
    """Return every form of a researcher's name."""
    forms = NameForm.objects.filter(researcher=researcher).order_by("pk").values_list("name", flat=True)
    return list(dict.fromkeys([researcher.display_name, *forms]))


def _bylines(work_ids: Iterable[int]) -> dict[int, list[Authorship]]:
    found: dict[int, list[Authorship]] = {}
    for byline in Authorship.objects.filter(work_id__in=list(work_ids)).order_by("work_id", "position"):
        found.setdefault(byline.work_id, []).append(byline)
    return found


# --- deciding ---------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Outcome:
    """What became of the entries somebody ticked."""

    confirmed: int = 0
    proposed: int = 0
    asked: int = 0
    refused: int = 0


def take_in(
    *, by: User, bibliography: Bibliography, chosen: Mapping[int, int | None], positions: Mapping[int, int] | None = None
) -> Outcome:
    """Act on entries: `chosen` leads from an entry's key to the work meant, None to fetch it; `positions` to the byline that is theirs.

    Entries are taken one by one, so that one that is refused keeps no other from being added; it says why.
    """
    entries = Entry.objects.filter(bibliography=bibliography, pk__in=list(chosen)[:AT_A_TIME], state=State.OPEN).order_by("number")
    outcome = Outcome()
    to_fetch = []
    for entry in entries.select_related("bibliography__researcher"):
        work_id = chosen[entry.pk]
        if work_id is None:
            if entry.finding in (Finding.FETCHABLE, Finding.ABSENT):
                to_fetch.append(entry)
            continue
        candidate = next((each for each in entry.candidates if each["work"] == work_id), None)
        if candidate is not None:
            _take_one(entry, candidate, by, (positions or {}).get(entry.pk), outcome)
    _fetch(to_fetch, outcome)
    return outcome


def _take_one(entry: Entry, candidate: dict[str, Any], by: User, position: int | None, outcome: Outcome) -> None:
    person = entry.bibliography.researcher
    is_own_choice = candidate["position"] is None or position is not None
    authorship = Authorship.objects.filter(work_id=candidate["work"], position=position or candidate["position"] or 0).first()
    if candidate["position"] is not None and position is None and (authorship is None or authorship.byline != candidate["byline"]):
        _look_up(entry.bibliography, [entry])
        entry.reason = "The work has changed since this list was looked up. Look at it once more."
        entry.save(update_fields=["reason"])
        outcome.refused += 1
        return
    if authorship is None:
        # Which byline is theirs must be said first: the row asks for it from now on.
        entry.finding, entry.candidates = Finding.NAMELESS, [candidate]
        entry.reason = "Say which of its authors you are."
        entry.save(update_fields=["finding", "candidates", "reason"])
        outcome.refused += 1
        return
    try:
        if entry.finding != Finding.MATCHED or is_own_choice or entry.candidates[0] is not candidate:
            raise AssertionRefused("")
        entry.assertion = confirm_authorship(by=by, researcher=person, authorship=authorship, note=_said_where(entry))
        entry.state, entry.reason = State.CONFIRMED, ""
        outcome.confirmed += 1
    except AssertionRefused as refusal:
        entry.proposal = _proposed(entry, candidate, authorship, by, str(refusal))
        entry.state, entry.reason = State.PROPOSED, str(refusal)
        outcome.proposed += 1
    entry.work_id, entry.decided_at = candidate["work"], timezone.now()
    entry.save(update_fields=["assertion", "proposal", "state", "reason", "work", "decided_at"])


def _proposed(entry: Entry, candidate: dict[str, Any], authorship: Authorship, by: User, doubt: str) -> Proposal:
    grounds = [{"label": each["label"], "detail": each.get("detail", "")} for each in candidate["grounds"]]
    grounds.append({"label": "on a list the owner brought", "detail": _said_where(entry)})
    grounds.append({"label": "the byline in question", "detail": authorship.byline})
    if doubt:
        grounds.append({"label": "not added at once", "detail": doubt})
    person = entry.bibliography.researcher
    return propose(
        kind=Proposal.Kind.ADD_AUTHORSHIP,
        fingerprint=f"add_authorship:{person.pk}:{candidate['work']}:{authorship.position}",
        grounds=grounds,
        researcher=person,
        work=Work.objects.get(pk=candidate["work"]),
        payload={"authorship": authorship.pk, "position": authorship.position},
        score=candidate["score"],
        proposed_by=by,
    )


def _said_where(entry: Entry) -> str:
    listed = entry.bibliography
    name = f" {listed.name}" if listed.name else ""
    return f"{listed.get_kind_display()}{name}, entry {entry.number}"


def _fetch(entries: Sequence[Entry], outcome: Outcome) -> None:
    """Ask OpenAlex for DOIs and arXiv for its ids, one import each."""
    dois = [(entry, doi) for entry in entries if (doi := citation_of(entry).doi)]
    papers = [(entry, citation_of(entry).arxiv_id) for entry in entries if not citation_of(entry).doi]
    for provider, name, wanted in (("openalex", "dois", dois), ("arxiv", "ids", papers)):
        if not wanted:
            continue
        with transaction.atomic():
            run = ask_for(provider=provider, **{name: list(dict.fromkeys(value for _, value in wanted))})
            Entry.objects.filter(pk__in=[entry.pk for entry, _ in wanted]).update(state=State.ASKED, run=run, decided_at=Now(), reason="")
        ring(run.pk)
        outcome.asked += len(wanted)


def settle_arrivals(*, limit: int = 20) -> int:
    """Look up again what was asked for, where its import is over; return the number of bibliographies concerned."""
    over = Entry.objects.filter(state=State.ASKED).filter(Q(run__state__in=_RESTED) | Q(run__isnull=True))
    keys = list(over.order_by("bibliography_id").values_list("bibliography_id", flat=True).distinct()[:limit])
    for bibliography in Bibliography.objects.filter(pk__in=keys).select_related("researcher").order_by("pk"):
        arrived = list(over.filter(bibliography=bibliography).select_related("run").order_by("number")[:CHUNK])
        _look_up(bibliography, arrived)
        for entry in arrived:
            entry.state = State.OPEN
        Entry.objects.bulk_update(arrived, ["state"])
    return len(keys)


# --- undoing ----------------------------------------------------------------------------------------


@transaction.atomic
def undo(*, by: User, entry: Entry) -> None:
    """Take back what was decided about an entry: the record holds again what sources say. Raises AddingRefused if it is too late."""
    current = Entry.objects.select_for_update(of=("self",)).select_related("assertion", "proposal", "run").get(pk=entry.pk)
    if current.state == State.CONFIRMED and current.assertion and current.assertion.withdrawn_at is None:
        withdraw(by=by, assertion=current.assertion)
    elif current.state == State.PROPOSED and current.proposal:
        # Deleted, not closed: one that is decided never comes back, and this one may. Its history stays in the audit.
        deleted, _ = Proposal.objects.filter(pk=current.proposal.pk, state=Proposal.State.OPEN).delete()
        if not deleted:
            raise AddingRefused(f"The proposal is decided already: {current.proposal.get_state_display()}.")
    elif current.state == State.ASKED and current.run and current.run.state not in _RESTED:
        raise AddingRefused("It is being fetched; wait until that is over.")
    current.state, current.finding, current.reason = State.OPEN, Finding.UNSEEN, ""
    current.assertion = current.proposal = current.work = current.decided_at = None
    current.save()
    _look_up(current.bibliography, [current])
