"""Proposals."""

import pytest
from django.utils import timezone

from bzpeer.curation.domain import propose
from bzpeer.curation.models import Proposal
from tests.factories.records import WorkFactory

pytestmark = pytest.mark.django_db
GROUNDS = [{"label": "same title", "detail": "Noise and fluctuation"}]


def same_works(work, other, **more):
    fields = {"kind": Proposal.Kind.MERGE_WORKS, "fingerprint": f"merge_works:{work.pk},{other.pk}", "grounds": GROUNDS}
    return propose(work=work, other_work=other, **fields | more)


def test_a_proposal_stands_once_and_follows_its_detector_while_open():
    work, other = WorkFactory.create_batch(2)

    first = same_works(work, other, score=0.6)
    second = same_works(work, other, score=0.8)

    assert (first.pk, second.score, Proposal.objects.count()) == (second.pk, 0.8, 1)


def test_a_decided_proposal_does_not_come_back():
    work, other = WorkFactory.create_batch(2)
    same_works(work, other, score=0.6)
    Proposal.objects.update(state=Proposal.State.REJECTED, decided_at=timezone.now())

    again = same_works(work, other, score=0.9)

    assert (again.state, again.score, Proposal.objects.count()) == (Proposal.State.REJECTED, 0.6, 1)
