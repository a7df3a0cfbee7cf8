"""Claims for tests: owned records, proved records."""

from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.claims.levels import settle_levels
from bzpeer.claims.models import Claim, ClaimEvidence
from researchers.models import Researcher
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory


def owned(researcher: Researcher | None = None, *, user: User | None = None, proved: bool = False) -> Claim:
    """Return an accepted claim as the steps would have left it; `proved` at L3."""
    record = researcher or ResearcherFactory()
    claim = Claim.objects.create(
        user=user or MemberFactory(), researcher=record, state="accepted", reason="It is mine.", decided_at=timezone.now()
    )
    if proved:
        ClaimEvidence.objects.create(
            claim=claim, kind="orcid", value="0000-0002-1825-0097", state="proved", proved_at=timezone.now(), is_enough=True
        )
    settle_levels([record.pk])
    record.refresh_from_db()
    return claim
