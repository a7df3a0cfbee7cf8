"""The audit: one event for each step of a moderator, in its transaction; nobody changes it afterwards."""

import pghistory
import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.utils import timezone

from bzpeer.claims.domain import accept_claim, reject_claim, revoke_claim
from bzpeer.claims.models import Claim
from bzpeer.collaboration.domain import CollaborationRefused, decide_report, pass_on
from bzpeer.curation.deciding import reject
from bzpeer.curation.domain import propose_merge
from bzpeer.privacy.models import RemovalRequest
from bzpeer.privacy.removing import grant, refuse
from tests.bzpeer.pages.test_moderating import held, reported
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db


def history(row):
    """Return the audit rows of one row, oldest first."""
    model = apps.get_model(row._meta.app_label, f"{type(row).__name__}Event")
    return list(model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id"))


def in_review():
    return Claim.objects.create(user=MemberFactory(), researcher=ResearcherFactory(), reason="It is mine.", state="review")


def removal_asked():
    return RemovalRequest.objects.create(
        researcher=ResearcherFactory(),
        ask="hide",
        name="Ada",
        address="ada@example.org",
        state="open",
        proof="mail",
        verified_at=timezone.now(),
    )


def test_each_step_of_a_moderator_leaves_one_event_that_names_them():
    by = moderator()
    accepted, rejected = in_review(), in_review()
    proposal = propose_merge(
        one=ResearcherFactory(), other=ResearcherFactory(), grounds=[{"label": "Same name", "detail": "Ada"}], score=0.9
    )
    steps = [
        (accepted, lambda: accept_claim(accepted, by=by, note="Proved.")),
        (accepted, lambda: revoke_claim(accepted, by=by, note="A mistake.")),
        (rejected, lambda: reject_claim(rejected, by=by, note="Not proved.")),
        (row := reported(), lambda: decide_report(row, by=by, upheld=True, note="It attacks a person.")),
        (one := held(), lambda: pass_on(one, by=by, may=True)),
        (two := held(), lambda: pass_on(two, by=by, may=False, note="Too general.")),
        (proposal, lambda: reject(proposal, by=by, note="Not the same.")),
        (kept := removal_asked(), lambda: refuse(kept, by=by, note="A namesake.")),
        (gone := removal_asked(), lambda: grant(gone, by=by, note="It is gone.")),
    ]
    for subject, take in steps:
        before = len(history(subject))
        take()
        made = history(subject)[before:]
        decided = [event for event in made if event.decided_by_id == by.pk]
        assert decided, subject
        assert len({event.state for event in made}) == 1, subject


def test_a_step_that_is_refused_or_rolled_back_leaves_none():
    by, row = moderator(), held()
    before = len(history(row))
    with pytest.raises(CollaborationRefused):
        pass_on(row, by=row.sender, may=True)
    with transaction.atomic():
        pass_on(row, by=by, may=True)
        transaction.set_rollback(True)
    assert len(history(row)) == before


def events():
    return [
        model for model in apps.get_models() if issubclass(model, pghistory.models.Event) and not model._meta.proxy and model._meta.managed
    ]


def test_every_table_of_the_audit_refuses_changes():
    protected = {model for model, trigger in pgtrigger.registered() if trigger.name == "append_only"}
    assert events()
    assert set(events()) <= protected


def test_nobody_changes_what_was_written_and_erasing_says_so():
    row = held()
    model = type(history(row)[0])
    for change in (lambda: model.objects.update(purpose="Other words."), lambda: model.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            change()
    assert history(row)[0].purpose == row.purpose
    with pgtrigger.ignore():
        model.objects.filter(pgh_obj_id=row.pk).delete()
    assert history(row) == []
