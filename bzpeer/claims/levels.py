"""The verification level of claimed records, from the rows that stand behind it (design decision 8).

L2 an accepted claim; L3 with a proof by ORCID iD, address or page; L4 with a confirmed work and two vouches of close
collaborators who are proved themselves, or one of an institution; L5 checked by staff. A vouch counts by the voucher's
own proof, never by vouches for the voucher: a ring of accounts that vouch for each other lifts nobody.
"""

from collections.abc import Collection

from django.conf import settings
from django.db import connection, transaction

from bzpeer.claims.models import Vouch
from researchers.domain import mark_verified
from researchers.models import Researcher, VerificationLevel
from works.models import RecordChange

VOUCHES_NEEDED = 2

_PROVED = "EXISTS (SELECT FROM claims_claimevidence e WHERE e.claim_id = {claim}.id AND e.is_enough)"
_LEVELS = f"""
    SELECT r.id, r.is_claimed, r.verification_level,
           CASE WHEN c.checked_at IS NOT NULL THEN 5
                WHEN NOT {_PROVED.format(claim="c")} THEN 2
                WHEN EXISTS (SELECT FROM works_authorshipruling m WHERE m.researcher_id = r.id AND m.verdict = 'mine')
                 AND (EXISTS (SELECT FROM claims_vouch v WHERE v.claim_id = c.id AND v.withdrawn_at IS NULL AND v.is_institution)
                      OR (SELECT count(DISTINCT v.user_id) FROM claims_vouch v
                            JOIN claims_claim vc ON vc.user_id = v.user_id AND vc.researcher_id = v.researcher_id AND vc.state = 'accepted'
                            JOIN graph_collaboration g ON g.researcher_id = r.id AND g.collaborator_id = v.researcher_id
                           WHERE v.claim_id = c.id AND v.withdrawn_at IS NULL AND v.user_id <> c.user_id
                             AND g.works >= %(close)s AND {_PROVED.format(claim="vc")}) >= %(needed)s) THEN 4
                ELSE 3 END
      FROM claims_claim c JOIN researchers_researcher r ON r.id = c.researcher_id
     WHERE c.state = 'accepted' AND r.id = ANY(%(ids)s)
     ORDER BY r.id
"""


def settle_levels(researcher_ids: Collection[int]) -> list[int]:
    """Bring the level of claimed records among these in line with claims, proofs and vouches; return those that changed.

    Records whose owner vouches for others are told on (`RecordChange`), so that trust comes to those, too. The changed
    ones themselves are left to the caller.
    """
    changed = [key for key in _differing(researcher_ids) if _settle(key)]
    if changed:
        tell_vouched_by(changed)
    return changed


def tell_vouched_by(researcher_ids: Collection[int]) -> None:
    """Mark the records whose owners these vouch for: their level is settled with their trust, within seconds.

    Not at once, because their rows would be locked out of order.
    """
    given = Vouch.objects.filter(researcher__in=researcher_ids, withdrawn_at__isnull=True).order_by("claim__researcher")
    told = given.values_list("claim__researcher", flat=True).distinct()
    RecordChange.objects.bulk_create(RecordChange(kind="researcher", record_id=key) for key in told)


def settle_level(researcher_id: int) -> bool:
    """Do it for one record at once, and mark it for trust when something changed."""
    changed = settle_levels([researcher_id])
    if changed:
        RecordChange.objects.create(kind="researcher", record_id=researcher_id)
    return bool(changed)


def _differing(researcher_ids: Collection[int]) -> list[int]:
    return [key for key, claimed, level, due in _rows(researcher_ids) if not claimed or level != due]


def _rows(researcher_ids: Collection[int]) -> list[tuple[int, bool, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_LEVELS, {"ids": list(researcher_ids), "close": settings.CLOSE_COLLABORATOR_WORKS, "needed": VOUCHES_NEEDED})
        return list(cursor.fetchall())


@transaction.atomic
def _settle(researcher_id: int) -> bool:
    """Look again under the record's lock: claims are decided under it, too."""
    researcher = Researcher.objects.select_for_update(no_key=True).filter(pk=researcher_id).first()
    for _, claimed, level, due in _rows([researcher_id]) if researcher else []:
        if researcher and (not claimed or level != due):
            mark_verified(researcher, level=VerificationLevel(due), is_claimed=True)
            return True
    return False
