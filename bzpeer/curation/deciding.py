"""What becomes of proposals. A decision carries out the change in the same transaction; pghistory writes its audit row.

open -> accepted (-> rejected, when a merge of works is undone)
     -> rejected
     -> superseded, when another change made it void
"""

from collections import Counter
from collections.abc import Callable, Sequence

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.claims.domain import take_over_proofs
from bzpeer.claims.models import Claim, ClaimDelegate
from bzpeer.claims.queries import owns_record
from bzpeer.curation.assertions import AssertionRefused, confirm_authorship, rule_bylines, withdraw
from bzpeer.curation.models import Answer, Assertion, Proposal
from researchers.domain import mark_verified, merge_researchers, spell_out_names
from researchers.models import Institution, InstitutionRedirect, NameForm, Researcher, ResearcherRedirect, VerificationLevel
from works.locking import hold_imports
from works.merging import CannotJoin, CannotPart, join_works, part_works
from works.models import Authorship, RecordChange, WorkMerge, WorkRedirect
from works.redirecting import merge_institutions

Kind = Proposal.Kind
State = Proposal.State
MOVED_AWAY = "moved_away"
"""The conflict about works that the source took from a claimed record; its owner decides as well as a moderator."""


class DecisionRefused(Exception):
    """The step is not possible now. The message is a plain sentence for the person who tried; repeating does not help."""


# --- deciding ---------------------------------------------------------------------------------------


def accept(proposal: Proposal, *, by: User | None, note: str = "", keep_group: int = 0) -> Proposal:
    """Carry a proposal out. `by=None` is the portal itself, for what is certain. `keep_group`: the part a split record keeps.

    Raises DecisionRefused when it is decided already, concerns the moderator's own record, or cannot be carried out.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                hold_imports(cursor)
            current = _taken(proposal, by=by)
            _CARRY_OUT[_what(current)](current, by, keep_group)
            _close(current, state=State.ACCEPTED, by=by, note=note)
            _supersede(current)
    except (CannotJoin, AssertionRefused) as refusal:
        raise DecisionRefused(str(refusal)) from refusal
    return current


@transaction.atomic
def reject(proposal: Proposal, *, by: User, note: str) -> Proposal:
    """Turn a proposal down; the same is never proposed again. `note` says why."""
    if not note.strip():
        raise DecisionRefused("Say why it is rejected; the note is shown to those it concerns.")
    current = _taken(proposal, by=by)
    return _close(current, state=State.REJECTED, by=by, note=note)


def undo(proposal: Proposal, *, by: User, note: str) -> Proposal:
    """Part two works again that an accepted proposal made one. Raises DecisionRefused when that is no longer possible."""
    if not note.strip():
        raise DecisionRefused("Say why the merge is undone.")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                hold_imports(cursor)
            current = Proposal.objects.select_for_update().get(pk=proposal.pk)
            _refuse_own(current, by)
            merge = WorkMerge.objects.filter(pk=current.payload.get("merge", 0)).first()
            if current.state != State.ACCEPTED or current.kind != Kind.MERGE_WORKS or merge is None:
                raise DecisionRefused("Only an accepted merge of works can be undone.")
            part_works(merge)
            current.refresh_from_db()
            return _close(current, state=State.REJECTED, by=by, note=f"Undone: {note.strip()}")
    except CannotPart as refusal:
        raise DecisionRefused(str(refusal)) from refusal


def answer(proposal: Proposal, *, by: User, agrees: bool, note: str = "") -> Answer:
    """Let the owner of a record say what they think of a proposal on it. Raises DecisionRefused for anybody else.

    On works that the source took from the record the owner's word decides: "mine" confirms them, anything else lets them go.
    """
    try:
        with transaction.atomic():
            if _what(proposal) == MOVED_AWAY:
                with connection.cursor() as cursor:
                    hold_imports(cursor)
            return _answer(proposal, by, agrees, note)
    except AssertionRefused as refusal:
        raise DecisionRefused(str(refusal)) from refusal


def _answer(proposal: Proposal, by: User, agrees: bool, note: str) -> Answer:
    current = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if current.state != State.OPEN:
        raise DecisionRefused(f"This proposal is {current.get_state_display()} already.")
    if not may_answer(current, by):
        raise DecisionRefused("Only the owner of a record can answer for it.")
    given, _ = Answer.objects.update_or_create(proposal=current, user=by, defaults={"agrees": agrees, "note": note.strip()[:2_000]})
    if _what(current) == MOVED_AWAY and current.researcher and owns_record(by, current.researcher.pk):
        for byline in _moved(current) if agrees else ():
            confirm_authorship(by=by, researcher=current.researcher, authorship=byline, note=given.note)
        _close(current, state=State.ACCEPTED if agrees else State.REJECTED, by=by, note=given.note)
    return given


def concerns(proposal: Proposal, user: User) -> bool:
    """Tell whether a proposal is about a record of the member's: one they claimed, accepted or in review, or edit for its owner."""
    lent = ClaimDelegate.objects.filter(user=user, state=ClaimDelegate.State.ACCEPTED, claim__state=Claim.State.ACCEPTED)
    return may_answer(proposal, user) or lent.filter(claim__researcher__in=_records(proposal)).exists()


def may_answer(proposal: Proposal, user: User) -> bool:
    """Tell whether a proposal is about a record the member has claimed, accepted or in review: then they say what they think of it."""
    open_states = [Claim.State.ACCEPTED, Claim.State.REVIEW]
    return Claim.objects.filter(user=user, researcher__in=_records(proposal), state__in=open_states).exists()


def _records(proposal: Proposal) -> list[int]:
    return [key for key in (proposal.researcher_id, proposal.other_researcher_id) if key]


def _taken(proposal: Proposal, *, by: User | None) -> Proposal:
    current = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if current.state != State.OPEN:
        raise DecisionRefused(f"This proposal is {current.get_state_display()} already.")
    if by:
        _refuse_own(current, by)
    return current


def _refuse_own(proposal: Proposal, by: User) -> None:
    if concerns(proposal, by):
        raise DecisionRefused("This concerns your own record; another moderator must decide it.")
    if proposal.proposed_by_id == by.pk:
        raise DecisionRefused("You proposed this; another moderator must decide it.")


def _close(proposal: Proposal, *, state: Proposal.State, by: User | None, note: str) -> Proposal:
    proposal.state, proposal.note = state, note.strip()
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.save(update_fields=["state", "note", "decided_by", "decided_at", "payload"])
    return proposal


def _supersede(decided: Proposal) -> None:
    """Close what became void: open proposals whose two records are one by now."""
    void = (
        Q(work__isnull=False, work=F("other_work"))
        | Q(researcher__isnull=False, researcher=F("other_researcher"))
        | Q(institution__isnull=False, institution=F("other_institution"))
    )
    Proposal.objects.filter(void, state=State.OPEN).exclude(pk=decided.pk).update(
        state=State.SUPERSEDED, decided_at=timezone.now(), note=f"Proposal {decided.pk} was accepted."
    )


# --- carrying out -----------------------------------------------------------------------------------


def _what(proposal: Proposal) -> str:
    return str(proposal.payload.get("conflict", "")) if proposal.kind == Kind.CONFLICT else proposal.kind


def _merge_works(proposal: Proposal, by: User | None, keep_group: int) -> None:
    if proposal.work_id is None or proposal.other_work_id is None or proposal.work_id == proposal.other_work_id:
        raise DecisionRefused("One of the two works is here no more.")
    pair = [proposal.work_id, proposal.other_work_id]
    merge = join_works(*pair)
    proposal.refresh_from_db()
    proposal.payload = proposal.payload | {"merge": merge.pk, "works": sorted(pair)}


def _merge_records(proposal: Proposal, by: User | None, keep_group: int) -> None:
    one, other = _both(proposal)
    join_records(one, other)


def _follow_upstream(proposal: Proposal, by: User | None, keep_group: int) -> None:
    """Carry out upstream's merge of a claimed record: the row that stays goes on under the id that is left."""
    one, other = _both(proposal)
    kept = join_records(one, other)
    old, new = str(proposal.payload["old"]), str(proposal.payload["new"])
    ResearcherRedirect.objects.filter(key=new).delete()
    Researcher.objects.filter(pk=kept.pk).update(openalex_id=new.partition(":")[2])
    ResearcherRedirect.objects.update_or_create(key=old, defaults={"researcher": kept})


def _both(proposal: Proposal) -> tuple[Researcher, Researcher]:
    keys = {key for key in (proposal.researcher_id, proposal.other_researcher_id) if key}
    found = list(Researcher.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    if len(found) != 2:
        raise DecisionRefused("One of the two records is here no more.")
    return found[0], found[1]


def join_records(one: Researcher, other: Researcher) -> Researcher:
    """Make one record of two and return it: the claimed one stays, else the one a source identifies, else the older one.

    Works, follows, names and redirects move along. Raises DecisionRefused when two people have claimed them.
    Callers hold the turn of imports.
    """
    keep, absorb = sorted((one, other), key=lambda record: (not record.is_claimed, not record.openalex_id, record.pk))
    if absorb.is_claimed:
        _give_claim_up(absorb, for_owner_of=keep)
    merge_researchers(keep=keep.pk, absorb=absorb.pk)
    spell_out_names([keep.pk])
    RecordChange.objects.create(kind="researcher", record_id=keep.pk)
    return Researcher.objects.get(pk=keep.pk)


def _give_claim_up(absorb: Researcher, *, for_owner_of: Researcher) -> None:
    """Close the claim of one of two records of the same owner."""
    theirs = Claim.objects.select_for_update().get(researcher=absorb, state=Claim.State.ACCEPTED)
    kept = Claim.objects.filter(researcher=for_owner_of, state=Claim.State.ACCEPTED, user=theirs.user_id).first()
    if kept is None:
        raise DecisionRefused("Two people have claimed these records. Revoke one of the claims first.")
    theirs.state = Claim.State.WITHDRAWN
    theirs.decision_note = f"Joined with the record “{for_owner_of.display_name}”, which you have claimed too."
    theirs.decided_at = timezone.now()
    theirs.save(update_fields=["state", "decision_note", "decided_at"])
    take_over_proofs(old=theirs, new=kept)
    mark_verified(absorb, level=VerificationLevel.BYLINE, is_claimed=False)


def _split(proposal: Proposal, by: User | None, keep_group: int) -> None:
    """Give each part but one a record of its own. Bylines that left the record meanwhile stay where they are."""
    if by is None or proposal.researcher is None:
        raise DecisionRefused("A person must decide this.")
    groups = [group for group in proposal.payload.get("groups", []) if group]
    if not 0 <= keep_group < len(groups):
        raise DecisionRefused("Say which part the record keeps.")
    moved = [_own_record(proposal.researcher, group, by) for number, group in enumerate(groups) if number != keep_group]
    if not any(moved):
        raise DecisionRefused("None of these works is on the record any more.")
    proposal.payload = proposal.payload | {"kept": keep_group, "records": [record.pk for record in moved if record]}


def _own_record(researcher: Researcher, group: Sequence[int], by: User) -> Researcher | None:
    bylines = list(Authorship.objects.select_for_update().filter(pk__in=group, researcher=researcher).order_by("pk"))
    if not bylines:
        return None
    printed = Counter(byline.byline for byline in bylines)
    shown = min(printed, key=lambda name: (-printed[name], name))
    key = next(byline.name_key for byline in bylines if byline.byline == shown)
    record = Researcher.objects.create(display_name=shown or "Unknown author", folded_names="", assembled=True, name_key=key)
    NameForm.objects.bulk_create(
        NameForm(researcher=record, name=name, kind=NameForm.Kind.BYLINE, source="arxiv") for name in sorted(printed)
    )
    spell_out_names([record.pk])
    rule_bylines(by=by, to=record, bylines=bylines, note=f"Split from “{researcher.display_name}” by a moderator's decision.")
    return record


def _add_authorship(proposal: Proposal, by: User | None, keep_group: int) -> None:
    if by is None or proposal.researcher is None or proposal.work is None:
        raise DecisionRefused("The work or the record is here no more.")
    bylines = Authorship.objects.select_for_update().filter(work=proposal.work).order_by("position")
    position = proposal.payload.get("position")
    found = bylines.filter(pk=proposal.payload.get("authorship", 0)).first() or (
        bylines.filter(position=position).first() if position else None
    )
    if found is None:
        raise DecisionRefused("The byline is on the work no more.")
    holder = found.researcher
    if holder and holder.is_claimed and holder.pk != proposal.researcher_id:
        raise DecisionRefused("The byline is on a record that somebody else claimed.")
    rule_bylines(by=by, to=proposal.researcher, bylines=[found], note=f"Proposal {proposal.pk} was accepted.")


def _keep_moved(proposal: Proposal, by: User | None, keep_group: int) -> None:
    """Give the works that the source moved back to the record they were on."""
    if by is None or proposal.researcher is None:
        raise DecisionRefused("A person must decide this.")
    rule_bylines(by=by, to=proposal.researcher, bylines=_moved(proposal), note=f"Proposal {proposal.pk} was accepted.")


def _moved(proposal: Proposal) -> list[Authorship]:
    """Return the bylines that went to the other record and are still there. Raises DecisionRefused if none is, or its owner has them."""
    works = proposal.payload.get("works", [])
    moved = [f"id:{key}" for key in works]
    here = [*works, *WorkRedirect.objects.filter(key__in=moved).order_by("key").values_list("work_id", flat=True)]
    bylines = Authorship.objects.select_for_update(of=("self",)).filter(work__in=here, researcher=proposal.other_researcher)
    found = list(bylines.order_by("work_id", "position"))
    if not found:
        raise DecisionRefused("None of these works is on the other record any more.")
    if proposal.other_researcher and proposal.other_researcher.is_claimed:
        raise DecisionRefused("The other record is claimed, too. Its owner must say first that the works are not theirs.")
    return found


def _join_institutions(proposal: Proposal, by: User | None, keep_group: int) -> None:
    if proposal.institution_id is None or proposal.other_institution_id is None or proposal.institution_id == proposal.other_institution_id:
        raise DecisionRefused("One of the two institutions is here no more.")
    keep, absorb = proposal.institution_id, proposal.other_institution_id
    former = Institution.objects.get(pk=absorb).openalex_id
    for column in ("institution", "other_institution"):
        Proposal.objects.filter(**{column: absorb}).update(**{column: keep})
    with connection.cursor() as cursor:
        merge_institutions(cursor, keep=keep, absorb=absorb)
    if former:
        InstitutionRedirect.objects.update_or_create(key=f"openalex:{former}", defaults={"institution_id": keep})
    proposal.refresh_from_db()


def _drop_byline(proposal: Proposal, by: User | None, keep_group: int) -> None:
    """Let a byline go that its source dropped: the owner's word on it is taken back."""
    said = Assertion.objects.filter(pk=proposal.payload.get("assertion", 0), withdrawn_at__isnull=True).first()
    if by is None or said is None:
        raise DecisionRefused("The owner took it back already.")
    withdraw(by=by, assertion=said)


_CARRY_OUT: dict[str, Callable[[Proposal, User | None, int], None]] = {
    Kind.MERGE_WORKS: _merge_works,
    Kind.MERGE_RESEARCHERS: _merge_records,
    Kind.SPLIT_RESEARCHER: _split,
    Kind.ADD_AUTHORSHIP: _add_authorship,
    "claimed_absorbed": _follow_upstream,
    "shared_orcid": _merge_records,
    "claimed_namesakes": _merge_records,
    "shared_ror": _join_institutions,
    "missing_byline": _drop_byline,
    "reused_work": _merge_works,
    "reused_author": _merge_records,
    "reused_institution": _join_institutions,
    MOVED_AWAY: _keep_moved,
}
"""What accepting does, by kind or, for conflicts, by what they are about."""
