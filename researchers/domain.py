"""What can happen to a researcher record itself."""

from collections.abc import Collection, Mapping

from django.db import connection

from researchers.merging import final_targets, move_rows
from researchers.models import Affiliation, AffiliationDenial, NameForm, Researcher, ResearcherRedirect, TrustSnapshot, VerificationLevel
from researchers.searching import searchable


class ClaimedRecord(Exception):
    """A claimed record cannot be taken into another one by a machine: a moderator decides. Trying again does not help."""


def unclaimed_level(researcher: Researcher) -> VerificationLevel:
    """Return the level of a record nobody has claimed: L1 with a stable external id, else L0."""
    has_stable_id = bool(researcher.openalex_id or researcher.orcid)
    return VerificationLevel.RECORD if has_stable_id else VerificationLevel.BYLINE


def mark_verified(researcher: Researcher, *, level: VerificationLevel | None, is_claimed: bool) -> None:
    """Store what the claims say about a record; `level=None` returns it to the level of an unclaimed one.

    Writes nothing else: whoever calls this also writes the `RecordChange` that brings trust up to date.
    """
    researcher.is_claimed = is_claimed
    researcher.verification_level = unclaimed_level(researcher) if level is None else level
    researcher.save(update_fields=["is_claimed", "verification_level"])


def settle_unclaimed_levels(researcher_ids: Collection[int] | None = None) -> int:
    """Give unclaimed records the level their external ids earn, for some or all; return how many changed."""
    scope = "" if researcher_ids is None else "AND id = ANY(%(ids)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE researchers_researcher
               SET verification_level = CASE WHEN openalex_id IS NOT NULL OR orcid IS NOT NULL THEN 1 ELSE 0 END
             WHERE NOT is_claimed {scope}
               AND verification_level <> CASE WHEN openalex_id IS NOT NULL OR orcid IS NOT NULL THEN 1 ELSE 0 END
            """,
            {"ids": list(researcher_ids or ())},
        )
        return int(cursor.rowcount)


def merge_researchers(*, keep: int, absorb: int) -> None:
    """Make one record of two: everything of `absorb` moves to `keep`, and its keys lead there from now on.

    Raises ClaimedRecord when somebody has claimed `absorb`. The caller writes the `RecordChange` of `keep`.
    """
    if Researcher.objects.filter(pk=absorb, is_claimed=True).exists():
        raise ClaimedRecord(f"researcher {absorb} is claimed")
    absorb_researchers({absorb: keep})


def absorb_researchers(pairs: Mapping[int, int]) -> None:
    """Take each key of `pairs` into its value, many at once. The keys must be unclaimed records."""
    targets = final_targets(pairs)
    if not targets:
        return
    arrays = [list(targets), list(targets.values())]
    with connection.cursor() as cursor:
        for statement in _MOVES:
            cursor.execute(f"WITH moved (old, new) AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[])) {statement}", arrays)
    move_rows(Researcher, targets, leave=_MOVED_BY_STATEMENT)
    Researcher.objects.filter(pk__in=list(targets)).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE researchers_researcher r SET orcid = substr(d.key, 7) FROM researchers_researcherredirect d "
            "WHERE r.orcid IS NULL AND r.id = ANY(%s) AND d.researcher_id = r.id AND d.key LIKE 'orcid:%%' AND d.key = "
            "(SELECT min(o.key) FROM researchers_researcherredirect o WHERE o.researcher_id = r.id AND o.key LIKE 'orcid:%%')",
            [list(targets.values())],
        )
    spell_out_names(set(targets.values()))


def spell_out_names(researcher_ids: Collection[int]) -> int:
    """Make anew what searches find records by, from the name shown and every known form; return how many rows changed.

    Whoever adds, removes or moves name forms calls this. Rows are locked by key.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, folded_names, display_name, (SELECT array_agg(f.name) FROM researchers_nameform f WHERE f.researcher_id = t.id) "
            "FROM researchers_researcher t WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [list(researcher_ids)],
        )
        fresh = ((key, held, searchable([shown, *(forms or ())])) for key, held, shown, forms in cursor.fetchall())
        changed = [(key, spelled) for key, held, spelled in fresh if spelled != held]
        if changed:
            cursor.execute(
                "UPDATE researchers_researcher r SET folded_names = s.names FROM unnest(%s::bigint[], %s::text[]) s (id, names) "
                "WHERE s.id = r.id",
                [[key for key, _ in changed], [spelled for _, spelled in changed]],
            )
    return len(changed)


_MOVED_BY_STATEMENT = frozenset({NameForm, Affiliation, AffiliationDenial, ResearcherRedirect, TrustSnapshot})

_MOVES = (
    "UPDATE researchers_researcher k SET asserted = o.asserted || k.asserted, "
    "display_name = CASE WHEN o.asserted ? 'display_name' AND NOT k.asserted ? 'display_name' THEN o.display_name ELSE k.display_name END, "
    "biography = CASE WHEN k.biography = '' THEN o.biography ELSE k.biography END "
    "FROM moved JOIN researchers_researcher o ON o.id = moved.old WHERE k.id = moved.new AND (o.asserted <> '{}' OR o.biography <> '')",
    "INSERT INTO researchers_affiliationdenial (researcher_id, institution_id) SELECT moved.new, f.institution_id "
    "FROM researchers_affiliationdenial f JOIN moved ON moved.old = f.researcher_id ORDER BY f.id "
    "ON CONFLICT (researcher_id, institution_id) DO NOTHING",
    "INSERT INTO researchers_nameform (researcher_id, name, kind, source, role) SELECT moved.new, f.name, f.kind, f.source, f.role "
    "FROM researchers_nameform f JOIN moved ON moved.old = f.researcher_id ORDER BY f.id ON CONFLICT (researcher_id, name) DO NOTHING",
    "INSERT INTO researchers_affiliation (researcher_id, institution_id, evidence, years, is_last_known) "
    "SELECT moved.new, f.institution_id, f.evidence, f.years, f.is_last_known "
    "FROM researchers_affiliation f JOIN moved ON moved.old = f.researcher_id ORDER BY f.id "
    "ON CONFLICT (researcher_id, institution_id, evidence) DO NOTHING",
    "UPDATE researchers_researcherredirect d SET researcher_id = moved.new FROM moved WHERE d.researcher_id = moved.old",
    "INSERT INTO researchers_researcherredirect (key, researcher_id) SELECT k.key, moved.new "
    "FROM moved JOIN researchers_researcher r ON r.id = moved.old "
    "CROSS JOIN LATERAL (VALUES ('id:' || r.id), ('openalex:' || r.openalex_id), ('orcid:' || r.orcid)) k (key) "
    "WHERE k.key IS NOT NULL ON CONFLICT (key) DO UPDATE SET researcher_id = EXCLUDED.researcher_id",
)
"""What belongs to a record, moved table by table; a name form or affiliation both have stays once."""
