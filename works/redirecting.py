"""Ids that upstream merged: the old one leads to the new one, and two records here become one.

Upstream's word is kept (`UpstreamMerge`), because the three of it, the merged record and the surviving one come in any order:

    neither is here            the merge waits for one of them
    one of them is here        the old id leads to it; the survivor's own record replaces what the merged one said
    both are here              they become one, composed of the survivor's record; the merged one's digest stays, so that
                               the same record under the old id is recognised and changes nothing

An id that upstream uses again after it had merged it stands for another record only with grounds (`_is_another`):
otherwise the merge holds. People are told, because links that used the id were about the survivor.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from enum import Enum, auto

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

from researchers.domain import ClaimedRecord, merge_researchers
from researchers.models import Institution, InstitutionRedirect, NameForm, Researcher, ResearcherRedirect
from researchers.names import fold, name_key
from works.choosing import here_of
from works.composing import identity
from works.domain import merge_works
from works.drafts import AnyDraft, AuthorDraft, InstitutionDraft, Merged, WorkDraft
from works.keeping import kept_drafts
from works.matching import works_by_key
from works.models import Authorship, ImportProblem, ImportRun, RecordChange, UpstreamConflict, UpstreamRecord, Work, WorkMerge, WorkRedirect
from works.recomposing import recompose_works
from works.rulings import can_be_same
from works.withholding import follow_merge, listed_merges
from works.writing import before, resolve_waiting, write_changes

MOST_ROUNDS = 10
"""Merges that lead on to further ones are followed so far at once; chains of upstream are shorter."""
SHARED_AUTHORS = 0.5
"""The share of the shorter author list that must be in the other one, for two works of one title to be the same paper."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A merge as it is kept. `since`: from when on a record under the old id is later than the merge."""

    old_key: str
    new_key: str
    since: date
    is_settled: bool
    is_used_again: bool

    @property
    def kind(self) -> str:
        return _bare(self.old_key)[:1]


class Done(Enum):
    """What following a merge came to."""

    WAITS = auto()
    """Neither record is here, or the survivor's own is not."""
    KNOWN = auto()
    FOLLOWED = auto()
    REFUSED = auto()
    """The old id stands for another record now, or a person must decide."""


# --- in an import ---------------------------------------------------------------------------------


def follow_merges(cursor: CursorWrapper, merged: Sequence[Merged], *, run: ImportRun) -> Counter[str]:
    """Keep upstream's merges of works, researchers and institutions and carry out what concerns records here.

    The rest has no page and no redirect. Callers hold imports.
    """
    if not merged:
        return Counter()
    ours = {one.old_key: one for one in merged if _bare(one.old_key)[:1] in _FOLLOW}
    _note(cursor, list(ours.values()), run)
    for each in listed_merges(ours.values()):
        follow_merge(cursor, each.old_key, each.new_key)
    here = here_of(ours.values())
    counts: Counter[str] = Counter()
    noted = {one.old_key: one for one in _noted(cursor, "old_key = ANY(%s)", [list(ours)])}
    for each in merged:
        one = noted.get(each.old_key)
        is_here = one is not None and not here.isdisjoint((one.old_key, one.new_key))
        done = _follow(cursor, one, run) if one and is_here else Done.WAITS
        if is_here:
            here.add(each.new_key)
        counts["merged" if done is Done.FOLLOWED else "unchanged"] += 1
    return counts


def is_any_merged(cursor: CursorWrapper, drafts: Iterable[AnyDraft]) -> bool:
    """Tell whether a kept merge concerns one of these records or, if it waits, somebody they mention."""
    cursor.execute("SELECT EXISTS (SELECT 1 FROM works_upstreammerge)")
    if not cursor.fetchone()[0]:
        return False
    own, mentioned = _keys_of(drafts)
    return bool(_concerning(cursor, own, mentioned))


def free_reused_ids(cursor: CursorWrapper, drafts: Iterable[AnyDraft], *, run: ImportRun) -> None:
    """Let ids of people and institutions that upstream uses for somebody else lead no longer to whom it had merged them into.

    Call it before these records are written. Works are compared afterwards, see `follow_arrivals`.
    """
    told = {draft.key: draft for draft in drafts if isinstance(draft, AuthorDraft | InstitutionDraft) and not _is_brief(draft)}
    if not told:
        return
    for one in _noted(cursor, "old_key = ANY(%s) AND settled_at IS NOT NULL AND used_again_at IS NULL", [list(told)]):
        draft = told[one.old_key]
        if not _is_later(draft.upstream_updated, one):
            continue
        if isinstance(draft, AuthorDraft):
            person = _researcher(one.old_key)
            if person and Researcher.objects.get(pk=person).openalex_id != _bare(one.old_key) and _differs(_said_person(draft), person):
                ResearcherRedirect.objects.filter(key=one.old_key).delete()
                _use_again(cursor, one, run)
        else:
            place = _institution(one.old_key)
            held = Institution.objects.filter(pk=place or 0).first()
            if held and held.openalex_id != _bare(one.old_key) and _is_another_place(_said_place(draft), _held_place(held)):
                InstitutionRedirect.objects.filter(key=one.old_key).delete()
                _use_again(cursor, one, run)


def follow_arrivals(cursor: CursorWrapper, drafts: Iterable[AnyDraft], *, run: ImportRun) -> list[str]:
    """Carry out kept merges that concern records just written; return the old ids that were followed. Callers hold imports."""
    own, mentioned = _keys_of(drafts)
    seen: set[str] = set()
    followed: list[str] = []
    for _ in range(MOST_ROUNDS):
        due = [one for one in _concerning(cursor, own, mentioned) if one.old_key not in seen]
        if not due:
            break
        for one in due:
            seen.add(one.old_key)
            if _follow(cursor, one, run) is Done.FOLLOWED:
                followed.append(one.old_key)
        own, mentioned = set(), {key for one in due for key in (one.old_key, one.new_key)}
    return followed


def _keys_of(drafts: Iterable[AnyDraft]) -> tuple[set[str], set[str]]:
    """Return the keys of works that come as records, and of all else that merges may wait for."""
    own: set[str] = set()
    mentioned: set[str] = set()
    for draft in drafts:
        if not isinstance(draft, WorkDraft):
            mentioned.add(draft.key)
            own.add(draft.key)
            continue
        own.add(draft.key)
        mentioned.add(draft.key)
        for authorship in draft.authorships:
            if authorship.author:
                mentioned.add(authorship.author.key)
            mentioned.update(place.key for place in authorship.institutions)
    return own, mentioned


def _concerning(cursor: CursorWrapper, own: Collection[str], mentioned: Collection[str]) -> list[Noted]:
    return _noted(
        cursor,
        "used_again_at IS NULL AND (old_key = ANY(%s) OR settled_at IS NULL AND (old_key = ANY(%s) OR new_key = ANY(%s)))",
        [list(own), list(mentioned), list(mentioned)],
    )


# --- the kept merges ------------------------------------------------------------------------------


def _note(cursor: CursorWrapper, merged: Sequence[Merged], run: ImportRun) -> None:
    """Keep merges. A later word on the same id counts, and ends that the id was used again; the same word changes nothing."""
    cursor.execute(
        """
        INSERT INTO works_upstreammerge AS m (old_key, new_key, merged_on, keys, run_id, noted_at)
        SELECT said.*, '{}', %s, now() FROM unnest(%s::text[], %s::text[], %s::date[]) AS said
        ON CONFLICT (old_key) DO UPDATE
           SET new_key = EXCLUDED.new_key, merged_on = coalesce(EXCLUDED.merged_on, m.merged_on), run_id = EXCLUDED.run_id,
               noted_at = EXCLUDED.noted_at, used_again_at = NULL,
               settled_at = CASE WHEN m.new_key = EXCLUDED.new_key THEN m.settled_at END
         WHERE m.new_key <> EXCLUDED.new_key AND coalesce(EXCLUDED.merged_on >= m.merged_on, true)
            OR EXCLUDED.merged_on > m.merged_on OR m.merged_on IS NULL AND EXCLUDED.merged_on IS NOT NULL
        """,
        [run.pk, [one.old_key for one in merged], [one.new_key for one in merged], [one.on or None for one in merged]],
    )


def _noted(cursor: CursorWrapper, condition: str, parameters: Sequence[list[str]]) -> list[Noted]:
    cursor.execute(
        "SELECT old_key, new_key, coalesce(merged_on, noted_at::date), settled_at IS NOT NULL, used_again_at IS NOT NULL "
        f"FROM works_upstreammerge WHERE {condition} ORDER BY id",
        parameters,
    )
    return [
        Noted(old_key=old, new_key=new, since=since, is_settled=settled, is_used_again=again)
        for old, new, since, settled, again in cursor.fetchall()
    ]


def _follow(cursor: CursorWrapper, one: Noted, run: ImportRun) -> Done:
    if one.is_used_again or one.kind not in _FOLLOW:
        return Done.KNOWN
    done = _FOLLOW[one.kind](cursor, one, run)
    if not one.is_settled and done is not Done.WAITS and (one.kind != "W" or _has_own_record(one.new_key)):
        cursor.execute("UPDATE works_upstreammerge SET settled_at = now() WHERE old_key = %s AND settled_at IS NULL", [one.old_key])
    return done


def _use_again(cursor: CursorWrapper, one: Noted, run: ImportRun) -> Done:
    """Let the old id stand for another record, and tell people: links that used it were about the survivor."""
    cursor.execute(
        "UPDATE works_upstreammerge SET used_again_at = now(), settled_at = coalesce(settled_at, now()) WHERE old_key = %s", [one.old_key]
    )
    reason = (
        f"{one.old_key} was merged into {one.new_key} upstream and is used again for another record, which stands on its own here. "
        "A moderator is asked whether the two are one."
    )
    ImportProblem.objects.create(run=run, place=run.provider, key=one.old_key, reason=reason, is_quarantined=False)
    UpstreamConflict.objects.create(kind=UpstreamConflict.Kind.ID_USED_AGAIN, key=one.old_key, other_key=one.new_key)
    return Done.REFUSED


def _is_later(stamp: str, one: Noted) -> bool:
    """Tell whether a record, by upstream's own stamp, is younger than the merge of its id. One without a stamp is not."""
    return stamp[:10] > one.since.isoformat()


def _stamp_of(key: str) -> str:
    return UpstreamRecord.objects.filter(key=key).values_list("upstream_updated", flat=True).first() or ""


def _bare(key: str) -> str:
    return key.partition(":")[2]


# --- works ----------------------------------------------------------------------------------------


def _follow_work(cursor: CursorWrapper, one: Noted, run: ImportRun) -> Done:
    found = works_by_key(cursor, [one.old_key, one.new_key])
    old, new = found.get(one.old_key), found.get(one.new_key)
    if old is None:
        return Done.WAITS if new is None else _lead_to_work(cursor, one, new)
    kept = kept_drafts(cursor, [old]).get(one.old_key)
    draft = kept.draft if kept else None
    is_own = draft is not None or Work.objects.filter(pk=old, openalex_id=_bare(one.old_key)).exists()
    if not is_own:
        return _lead_to_work(cursor, one, old if new is None else new)
    is_later = _is_later(_stamp_of(one.old_key), one)
    if new is None or (new == old and not _has_draft(one.new_key)):
        # A younger record waits for the survivor to be compared with: upstream may mean another work by the id now.
        return Done.WAITS if is_later else _rename_work(cursor, one, old, draft)
    if old != new and is_later and not _is_same_paper(old, new):
        return _use_again(cursor, one, run)
    _seal(cursor, one, draft, work_id=new)
    _rename_in_merges(cursor, one)
    if old != new:
        _tie(one.new_key, to=old, work_id=new)
        write_changes(cursor, before(cursor, [old]).touched)  # who and what hung on it has one work less
        UpstreamRecord.objects.filter(record_id=old, draft__isnull=True, key__startswith="openalex:W").update(record_id=new)
        merge_works(keep=new, absorb=old)
    recompose_works(cursor, [new])  # with what people said about the absorbed one, and its records of other sources
    _lead_to_work(cursor, one, new)
    RecordChange.objects.create(kind="work", record_id=new)
    return Done.FOLLOWED


def _rename_work(cursor: CursorWrapper, one: Noted, work_id: int, draft: WorkDraft | None) -> Done:
    """Let the merged work go on under the survivor's id until the survivor's own record comes; the merge waits for that."""
    UpstreamRecord.objects.filter(key=one.new_key, draft__isnull=True).delete()
    seal = UpstreamRecord.objects.filter(key=one.old_key).first()
    if seal:
        # An empty digest lets the survivor's own record replace the draft whenever it comes.
        UpstreamRecord.objects.filter(pk=seal.pk).update(key=one.new_key, digest=b"", upstream_updated="", line_mark=None)
        seal.pk = None
        seal.draft, seal.record_id = None, work_id
        seal.save(force_insert=True)
    _keep_keys(cursor, one, draft)
    Work.objects.filter(pk=work_id).update(openalex_id=_bare(one.new_key))
    WorkRedirect.objects.filter(key=one.new_key).delete()
    _rename_in_merges(cursor, one)
    RecordChange.objects.create(kind="work", record_id=work_id)
    write_changes(cursor, resolve_waiting(cursor, [(one.new_key, work_id)]))
    _lead_to_work(cursor, one, work_id)
    return Done.FOLLOWED


def _seal(cursor: CursorWrapper, one: Noted, draft: WorkDraft | None, *, work_id: int) -> None:
    """Keep the merged record's digest without its draft: it is recognised when it comes again, and says nothing any more."""
    UpstreamRecord.objects.filter(key=one.old_key).update(draft=None, record_id=work_id)
    _keep_keys(cursor, one, draft)


def _keep_keys(cursor: CursorWrapper, one: Noted, draft: WorkDraft | None) -> None:
    if draft and (keys := sorted(identity(draft) - {one.old_key, one.new_key})):
        cursor.execute(
            "UPDATE works_upstreammerge SET keys = (SELECT array_agg(DISTINCT key ORDER BY key) FROM unnest(keys || %s::text[]) key) "
            "WHERE old_key = %s",
            [keys, one.old_key],
        )


def _lead_to_work(cursor: CursorWrapper, one: Noted, work_id: int) -> Done:
    """Let the old id, and what else led to the merged record, lead to a work: with them the references that waited for one."""
    cursor.execute("SELECT key FROM works_upstreammerge m, unnest(m.keys) AS key WHERE m.old_key = %s ORDER BY key", [one.old_key])
    further = [key for (key,) in cursor.fetchall()]
    taken = works_by_key(cursor, further) if further else {}
    free = [key for key in further if key not in taken]
    if citing := resolve_waiting(cursor, [(key, work_id) for key in (one.old_key, *free)]):
        write_changes(cursor, citing | {("citation", work_id)})
    WorkRedirect.objects.bulk_create([WorkRedirect(key=key, work_id=work_id) for key in free], ignore_conflicts=True)
    is_news = _lead(WorkRedirect, one.old_key, work_id=work_id)
    return Done.FOLLOWED if is_news or free else Done.KNOWN


def _has_draft(key: str) -> bool:
    return UpstreamRecord.objects.filter(key=key, draft__isnull=False).exists()


def _has_own_record(key: str) -> bool:
    """Tell whether a work's own record came, rather than that of one that was merged into it."""
    return UpstreamRecord.objects.filter(key=key).exclude(digest=b"").exists()


def _is_same_paper(one: int, other: int) -> bool:
    """Tell whether two works share a DOI or an arXiv id, or the title and authors."""
    works = Work.objects.in_bulk([one, other])
    mine, theirs = works[one], works[other]
    ids = [{f"doi:{work.doi}" if work.doi else "", f"arxiv:{work.arxiv_id}" if work.arxiv_id else ""} - {""} for work in (mine, theirs)]
    further = [
        set(WorkRedirect.objects.filter(work=work, key__regex="^(doi|arxiv):").values_list("key", flat=True)) for work in works.values()
    ]
    held = dict(zip(works, further, strict=True))
    if (ids[0] | held[one]) & (ids[1] | held[other]):
        return True
    if not mine.folded_title or mine.folded_title != theirs.folded_title:
        return False
    shorter, longer = sorted((_name_keys(one), _name_keys(other)), key=len)
    shared = sum(any(can_be_same(name, held_name) for held_name in longer) for name in shorter)
    return bool(shorter) and shared >= SHARED_AUTHORS * len(shorter)


def _name_keys(work_id: int) -> list[str]:
    return list(Authorship.objects.filter(work=work_id).order_by("position").values_list("name_key", flat=True))


def _rename_in_merges(cursor: CursorWrapper, one: Noted) -> None:
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


# --- people ---------------------------------------------------------------------------------------


class Named(msgspec.Struct, frozen=True):
    """Whom or what a record is about, as far as one is told from another by it: folded names or name keys, and an id of its own."""

    names: frozenset[str]
    own_id: str


def _follow_person(cursor: CursorWrapper, one: Noted, run: ImportRun) -> Done:
    """Ask the do-not-list first: a record that was removed takes along what upstream says is the same person."""
    return Done.KNOWN if follow_merge(cursor, one.old_key, one.new_key) else _follow_researcher(cursor, one, run)


def _follow_researcher(cursor: CursorWrapper, one: Noted, run: ImportRun) -> Done:
    old, new = (_researcher(key) for key in (one.old_key, one.new_key))
    if old is None or not Researcher.objects.filter(pk=old, openalex_id=_bare(one.old_key)).exists():
        return _lead_done(ResearcherRedirect, one, researcher_id=old if new is None else new)
    if old == new:
        return Done.KNOWN
    if new is None:
        return _rename_researcher(cursor, one, old)
    if _is_later(_stamp_of(one.old_key), one) and _differs(_held_person(old), new):
        return _use_again(cursor, one, run)
    try:
        merge_researchers(keep=new, absorb=old)
    except ClaimedRecord:
        reason = f"{one.old_key} was merged into {one.new_key} upstream, but the record here is claimed: a moderator must decide."
        ImportProblem.objects.create(run=run, place=run.provider, key=one.old_key, reason=reason, is_quarantined=False)
        UpstreamConflict.objects.create(kind=UpstreamConflict.Kind.CLAIMED_ABSORBED, key=one.old_key, other_key=one.new_key)
        return Done.REFUSED
    RecordChange.objects.create(kind="researcher", record_id=new)
    return Done.FOLLOWED


def _rename_researcher(cursor: CursorWrapper, one: Noted, key: int) -> Done:
    """Let the merged record go on under the survivor's id; whatever is said of the survivor counts for more."""
    if _is_later(_stamp_of(one.old_key), one):
        return Done.WAITS
    cursor.execute(
        "UPDATE researchers_researcher SET openalex_id = %s, provenance = CASE WHEN provenance ? 'openalex' "
        "THEN jsonb_set(provenance, '{openalex}', provenance->'openalex' || %s::jsonb) ELSE provenance END WHERE id = %s",
        [_bare(one.new_key), '{"brief": true, "as_of": ""}', key],
    )
    RecordChange.objects.create(kind="researcher", record_id=key)
    return _lead_done(ResearcherRedirect, one, researcher_id=key)


def _researcher(key: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT id FROM researchers_researcher WHERE openalex_id = %s), "
            "(SELECT researcher_id FROM researchers_researcherredirect WHERE key = %s))",
            [_bare(key), key],
        )
        return cursor.fetchone()[0]  # type: ignore[no-any-return]  # a row of one column always comes


def _said_person(draft: AuthorDraft) -> Named:
    return Named(frozenset(name_key(name) for name in (draft.display_name, *draft.other_names)), draft.orcid)


def _held_person(key: int) -> Named:
    person = Researcher.objects.get(pk=key)
    forms = NameForm.objects.filter(researcher=key).values_list("name", flat=True)
    return Named(frozenset(name_key(name) for name in (person.display_name, *forms)), person.orcid or "")


def _differs(said: Named, person: int) -> bool:
    """Tell whether a record is about somebody else: another ORCID iD, or, where they give none to compare, no name that can be theirs."""
    held = _held_person(person)
    if said.own_id and held.own_id:
        return said.own_id != held.own_id
    return not any(can_be_same(one, other) for one in said.names for other in held.names)


# --- institutions ---------------------------------------------------------------------------------


def _follow_institution(cursor: CursorWrapper, one: Noted, run: ImportRun) -> Done:
    old, new = (_institution(key) for key in (one.old_key, one.new_key))
    if old is None or not Institution.objects.filter(pk=old, openalex_id=_bare(one.old_key)).exists():
        return _lead_done(InstitutionRedirect, one, institution_id=old if new is None else new)
    if old == new:
        return Done.KNOWN
    is_later = _is_later(_stamp_of(one.old_key), one)
    if new is None:
        if is_later:
            return Done.WAITS
        Institution.objects.filter(pk=old).update(openalex_id=_bare(one.new_key))
        return _lead_done(InstitutionRedirect, one, institution_id=old)
    if is_later and _is_another_place(*(_held_place(Institution.objects.get(pk=key)) for key in (old, new))):
        return _use_again(cursor, one, run)
    merge_institutions(cursor, keep=new, absorb=old)
    return _lead_done(InstitutionRedirect, one, institution_id=new)


def _institution(key: str) -> int | None:
    own = Institution.objects.filter(openalex_id=_bare(key)).values_list("pk", flat=True).first()
    return own or InstitutionRedirect.objects.filter(key=key).values_list("institution_id", flat=True).first()


def _said_place(draft: InstitutionDraft) -> Named:
    return Named(frozenset(fold(name) for name in (draft.display_name, *draft.other_names)), draft.ror)


def _held_place(place: Institution) -> Named:
    return Named(frozenset(fold(name) for name in (place.display_name, *place.other_names)), place.ror or "")


def _is_another_place(one: Named, other: Named) -> bool:
    if one.own_id and other.own_id:
        return one.own_id != other.own_id
    return one.names.isdisjoint(other.names)


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


def _lead_done(redirect: type[ResearcherRedirect | InstitutionRedirect], one: Noted, **target: int | None) -> Done:
    if None in target.values():
        return Done.WAITS
    return Done.FOLLOWED if _lead(redirect, one.old_key, **target) else Done.KNOWN


def _is_brief(draft: AuthorDraft | InstitutionDraft) -> bool:
    return draft.is_brief


def _lead(redirect: type[WorkRedirect | ResearcherRedirect | InstitutionRedirect], key: str, **target: int | None) -> bool:
    """Let `key` lead to the target; return whether that is news."""
    ((column, row),) = target.items()
    table = redirect._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS held (key, {column}) VALUES (%s, %s) "
            f"ON CONFLICT (key) DO UPDATE SET {column} = EXCLUDED.{column} WHERE held.{column} <> EXCLUDED.{column}",
            [key, row],
        )
        return bool(cursor.rowcount)


_FOLLOW: dict[str, Callable[[CursorWrapper, Noted, ImportRun], Done]] = {
    "W": _follow_work,
    "A": _follow_person,
    "I": _follow_institution,
}
