"""Ids that upstream merged: the old one leads to the new one, and two records here become one."""

from collections import Counter
from collections.abc import Callable, Iterable

from django.db.backends.utils import CursorWrapper

from researchers.domain import ClaimedRecord, merge_researchers
from researchers.models import Institution, InstitutionRedirect, Researcher, ResearcherRedirect
from works.domain import merge_works
from works.drafts import Merged
from works.matching import works_by_key
from works.models import ImportProblem, ImportRun, RecordChange, UpstreamConflict, UpstreamRecord, Work, WorkMerge, WorkRedirect
from works.recomposing import recompose_works
from works.withholding import follow_merge
from works.writing import before, resolve_waiting, write_changes


def follow_merges(cursor: CursorWrapper, merged: Iterable[Merged], *, run: ImportRun) -> Counter[str]:
    """Carry out upstream's merges of works, researchers and institutions; the rest has no page and no redirect."""
    counts: Counter[str] = Counter()
    for one in merged:
        follow = _FOLLOW.get(one.old_key.removeprefix("openalex:")[:1])
        done = follow(cursor, one, run) if follow else False
        counts["merged" if done else "unchanged"] += 1
    return counts


def _bare(key: str) -> str:
    return key.partition(":")[2]


def _follow_work(cursor: CursorWrapper, one: Merged, run: ImportRun) -> bool:
    found = works_by_key(cursor, [one.old_key, one.new_key])
    old, new = found.get(one.old_key), found.get(one.new_key)
    if old is None:
        return new is not None and _lead_to_work(cursor, one.old_key, new)
    if new is None:
        Work.objects.filter(pk=old, openalex_id=_bare(one.old_key)).update(openalex_id=_bare(one.new_key))
        # An empty digest lets the survivor's own record replace the draft whenever it comes.
        UpstreamRecord.objects.filter(key=one.old_key).update(key=one.new_key, digest=b"")
        _rename_in_merges(cursor, one)
        RecordChange.objects.create(kind="work", record_id=old)
        write_changes(cursor, resolve_waiting(cursor, [(one.new_key, old)]))
        return _lead_to_work(cursor, one.old_key, old)
    UpstreamRecord.objects.filter(key=one.old_key).delete()
    _rename_in_merges(cursor, one)
    if old == new:
        return False
    _tie(one.new_key, to=old, work_id=new)
    write_changes(cursor, before(cursor, [old]).touched)  # who and what hung on it has one work less
    merge_works(keep=new, absorb=old)
    recompose_works(cursor, [new])  # with what people said about the absorbed one, and its records of other sources
    RecordChange.objects.create(kind="work", record_id=new)
    return True


def _lead_to_work(cursor: CursorWrapper, key: str, work_id: int) -> bool:
    """Let a key lead to a work, and with it the references that named the key while nothing here had it."""
    if citing := resolve_waiting(cursor, [(key, work_id)]):
        write_changes(cursor, citing | {("citation", work_id)})
    return _lead(WorkRedirect, key, work_id=work_id)


def _rename_in_merges(cursor: CursorWrapper, one: Merged) -> None:
    """Let merges made here name the surviving record, so that they hold."""
    for column in ("kept_drafts", "absorbed_drafts"):
        cursor.execute(
            f"UPDATE works_workmerge SET {column} = array_replace({column}, %s, %s) WHERE %s = ANY({column})",
            [one.old_key, one.new_key, one.old_key],
        )


def _tie(key: str, *, to: int, work_id: int) -> None:
    """Keep the other records of work `to` with the record `key`: the id that connected them exists no more."""
    others = list(UpstreamRecord.objects.filter(record_id=to, draft__isnull=False).order_by("key").values_list("key", flat=True))
    if others:
        WorkMerge.objects.create(kept_id=work_id, absorbed_id=to, kept_drafts=[key], absorbed_drafts=others, moved={"upstream": True})


def _follow_researcher(cursor: CursorWrapper, one: Merged, run: ImportRun) -> bool:
    if follow_merge(cursor, one.old_key, one.new_key):
        return False
    old, new = (_researcher(key) for key in (one.old_key, one.new_key))
    if old is None:
        return new is not None and _lead(ResearcherRedirect, one.old_key, researcher_id=new)
    if new is None:
        Researcher.objects.filter(pk=old).update(openalex_id=_bare(one.new_key))
        return _lead(ResearcherRedirect, one.old_key, researcher_id=old)
    if old == new:
        return False
    try:
        merge_researchers(keep=new, absorb=old)
    except ClaimedRecord:
        reason = f"{one.old_key} was merged into {one.new_key} upstream, but the record here is claimed: a moderator must decide."
        ImportProblem.objects.create(run=run, place=run.provider, key=one.old_key, reason=reason, is_quarantined=False)
        UpstreamConflict.objects.create(kind=UpstreamConflict.Kind.CLAIMED_ABSORBED, key=one.old_key, other_key=one.new_key)
        return False
    RecordChange.objects.create(kind="researcher", record_id=new)
    return True


def _researcher(key: str) -> int | None:
    own = Researcher.objects.filter(openalex_id=_bare(key)).values_list("pk", flat=True).first()
    return own or ResearcherRedirect.objects.filter(key=key).values_list("researcher_id", flat=True).first()


def _follow_institution(cursor: CursorWrapper, one: Merged, run: ImportRun) -> bool:
    new = Institution.objects.filter(openalex_id=_bare(one.new_key)).values_list("pk", flat=True).first()
    old = Institution.objects.filter(openalex_id=_bare(one.old_key)).values_list("pk", flat=True).first()
    if old is not None and new is None:
        Institution.objects.filter(pk=old).update(openalex_id=_bare(one.new_key))
        return _lead(InstitutionRedirect, one.old_key, institution_id=old)
    if new is None:
        return False
    if old is not None:
        merge_institutions(cursor, keep=new, absorb=old)
    return _lead(InstitutionRedirect, one.old_key, institution_id=new)


def merge_institutions(cursor: CursorWrapper, *, keep: int, absorb: int) -> None:
    """Make one institution of two: bylines, affiliations and keys lead to `keep`. Callers hold the import lock."""
    for table, holder in (("works_authorshipinstitution", "authorship_id"), ("researchers_affiliation", "researcher_id, evidence")):
        others = [column.strip() for column in holder.split(",")]
        same = " AND ".join(f"o.{column} = t.{column}" for column in others)
        cursor.execute(
            f"UPDATE {table} t SET institution_id = %(keep)s WHERE institution_id = %(absorb)s "
            f"AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.institution_id = %(keep)s AND {same})",
            {"keep": keep, "absorb": absorb},
        )
    cursor.execute(
        "UPDATE researchers_affiliation k SET is_last_known = k.is_last_known OR o.is_last_known, "
        "years = (SELECT array_agg(DISTINCT y ORDER BY y) FROM unnest(k.years || o.years) y) "
        "FROM researchers_affiliation o WHERE k.institution_id = %(keep)s AND o.institution_id = %(absorb)s "
        "AND (k.researcher_id, k.evidence) = (o.researcher_id, o.evidence) AND cardinality(k.years || o.years) > 0",
        {"keep": keep, "absorb": absorb},
    )
    cursor.execute(
        "INSERT INTO researchers_affiliationdenial (researcher_id, institution_id) "
        "SELECT researcher_id, %(keep)s FROM researchers_affiliationdenial WHERE institution_id = %(absorb)s "
        "ON CONFLICT (researcher_id, institution_id) DO NOTHING",
        {"keep": keep, "absorb": absorb},
    )
    InstitutionRedirect.objects.filter(institution_id=absorb).update(institution_id=keep)
    InstitutionRedirect.objects.create(key=f"id:{absorb}", institution_id=keep)
    Institution.objects.filter(pk=absorb).delete()
    RecordChange.objects.create(kind="institution", record_id=keep)


def _lead(redirect: type[WorkRedirect | ResearcherRedirect | InstitutionRedirect], key: str, **target: int) -> bool:
    """Let `key` lead to the target; return whether that is news."""
    if redirect.objects.filter(key=key, **target).exists():
        return False
    redirect.objects.update_or_create(key=key, defaults=target)
    return True


_FOLLOW: dict[str, Callable[[CursorWrapper, Merged, ImportRun], bool]] = {
    "W": _follow_work,
    "A": _follow_researcher,
    "I": _follow_institution,
}
