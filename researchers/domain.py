"""What can happen to a researcher record itself."""

from collections.abc import Collection

from django.db import connection

from researchers.models import Researcher, VerificationLevel


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
        return cursor.rowcount
