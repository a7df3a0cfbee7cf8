"""Invitations, conversations, blocks, reports: who may do what, and the limits."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from bzpeer.accounts.domain import block
from bzpeer.accounts.models import Block, Notification, User
from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.collaboration.domain import (
    REFUSED_FROM,
    REVIEWED_FROM,
    CollaborationRefused,
    accept,
    archive,
    decide_report,
    decline,
    delete_message,
    expire_invitations,
    invite,
    leave,
    pass_on,
    report,
    see,
    withdraw,
    write,
)
from bzpeer.collaboration.models import Conversation, Invitation, Message, Participant, Report
from bzpeer.collaboration.queries import conversations_of, place_in, received_by, seen_by, unanswered_first_invitations
from researchers.models import Researcher, VerificationLevel
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory

pytestmark = pytest.mark.django_db
PURPOSE = "I would like to test your escape rates on our data."


def open_record(owner: User | None = None, *, is_open: bool = True) -> tuple[Researcher, User]:
    """A claimed record whose owner is open to collaborate."""
    owner = owner or MemberFactory()
    researcher = ResearcherFactory(is_claimed=True, verification_level=VerificationLevel.CLAIMED)
    Claim.objects.create(user=owner, researcher=researcher, state=Claim.State.ACCEPTED, reason="mine", decided_at=timezone.now())
    OwnerProfile.objects.create(researcher=researcher, open_to_collaborate=is_open)
    return researcher, owner


def invited(sender: User, researcher: Researcher, **more) -> Invitation:
    said: dict[str, Any] = {"purpose": PURPOSE, "next_step": "A call in May.", "work": more.pop("work", None) or WorkFactory()}
    return invite(sender=sender, researcher=researcher, **said | more)


def talking() -> tuple[Conversation, User, User]:
    sender = MemberFactory()
    researcher, owner = open_record()
    return accept(invited(sender, researcher), by=owner), sender, owner


def test_an_invitation_leads_to_a_conversation_and_each_side_is_told():
    sender = MemberFactory(display_name="Ada")
    researcher, owner = open_record()

    invitation = invited(sender, researcher)
    conversation = accept(invitation, by=owner)
    message = write(conversation, author=sender, body="Shall we begin?", works=[WorkFactory()])

    assert [participant.user for participant in conversation.participants.order_by("pk")] == [sender, owner]
    assert message.works.count() == 1
    assert list(Notification.objects.filter(user=owner).order_by("pk").values_list("kind", flat=True)) == ["invitation", "message"]
    assert Notification.objects.get(user=sender).kind == "invitation"
    assert [each.to for each in mail.outbox] == [[owner.email], [sender.email], [owner.email]]
    assert conversations_of(owner).get().is_unread
    see(place_in(owner, conversation.pk).get(), message.pk)
    assert not conversations_of(owner).get().is_unread


def test_nobody_is_invited_who_is_not_open_or_not_there():
    sender = MemberFactory()
    closed, _owner = open_record(is_open=False)
    own, _ = open_record(sender)
    revoked, _ = open_record()
    Claim.objects.filter(researcher=revoked).update(state=Claim.State.REVOKED)

    for researcher, said in ((closed, "not open"), (ResearcherFactory(), "not open"), (revoked, "not open"), (own, "yours")):
        with pytest.raises(CollaborationRefused, match=said):
            invited(sender, researcher)
    with pytest.raises(CollaborationRefused, match="Confirm your"):
        invited(MemberFactory(confirmed=False), open_record()[0])


@pytest.mark.parametrize("wrong", [{"purpose": "Hi"}, {"purpose": "x" * 2001}, {"next_step": ""}, {"topic": "both"}])
def test_an_invitation_says_what_why_and_what_next(wrong):
    researcher, _ = open_record()
    with pytest.raises(CollaborationRefused):
        invited(MemberFactory(), researcher, **wrong)


def test_one_invitation_to_a_person_waits_at_a_time():
    sender = MemberFactory()
    researcher, owner = open_record()
    second, _ = open_record(owner)
    invitation = invited(sender, researcher)
    with pytest.raises(CollaborationRefused, match="already"):
        invited(sender, second)
    decline(invitation, by=owner, answer="No time this year.")
    assert invited(sender, second).state == Invitation.State.OPEN


def test_only_the_recipient_answers_and_only_once():
    sender = MemberFactory()
    researcher, owner = open_record()
    invitation = invited(sender, researcher)
    for stranger in (sender, MemberFactory()):
        with pytest.raises(CollaborationRefused):
            accept(invitation, by=stranger)
    decline(invitation, by=owner)
    with pytest.raises(CollaborationRefused, match="declined already"):
        accept(invitation, by=owner)
    with pytest.raises(CollaborationRefused):
        withdraw(invitation, by=sender)


def test_many_unanswered_invitations_are_read_by_a_moderator_and_more_are_refused():
    sender, moderator = MemberFactory(), MemberFactory(is_staff=True)
    states = []
    for _ in range(REFUSED_FROM):
        researcher, _owner = open_record()
        states.append(invited(sender, researcher).state)
    assert states == [Invitation.State.OPEN] * REVIEWED_FROM + [Invitation.State.REVIEW] * (REFUSED_FROM - REVIEWED_FROM)
    with pytest.raises(CollaborationRefused, match="have not answered"):
        invited(sender, open_record()[0])

    held = Invitation.objects.filter(state=Invitation.State.REVIEW).order_by("pk")
    first, last = held[0], held[1]
    assert not received_by(first.recipient).exists()
    assert not seen_by(first.recipient).filter(pk=first.pk).exists()
    assert not Notification.objects.filter(user=first.recipient).exists()
    pass_on(first, by=moderator, may=True)
    pass_on(last, by=moderator, may=False)
    assert received_by(first.recipient).exists()
    assert not received_by(last.recipient).exists()
    with pytest.raises(CollaborationRefused):
        pass_on(first, by=moderator, may=False)


def test_a_moderator_does_not_decide_their_own_invitation():
    sender = MemberFactory(is_staff=True)
    for _ in range(REVIEWED_FROM):
        invited(sender, open_record()[0])
    held = invited(sender, open_record()[0])
    for concerned in (sender, held.recipient):
        with pytest.raises(CollaborationRefused, match="another moderator"):
            pass_on(held, by=concerned, may=True)


def test_who_answered_before_does_not_count_against_a_sender():
    conversation, sender, owner = talking()
    second, _ = open_record(owner)
    invited(sender, second)
    assert unanswered_first_invitations(sender) == 0
    assert conversation.participants.count() == 2


def test_invitations_expire():
    sender = MemberFactory()
    researcher, owner = open_record()
    invitation = invited(sender, researcher)
    assert expire_invitations() == 0
    Invitation.objects.update(expires_at=Now() - timedelta(seconds=1))
    assert expire_invitations() == 1
    with pytest.raises(CollaborationRefused, match="expired"):
        accept(invitation, by=owner)


def test_a_blocked_member_reaches_the_blocker_by_no_path():
    conversation, sender, owner = talking()
    other_record, _ = open_record(owner)
    block(user=owner, other=sender)
    before = Notification.objects.filter(user=owner).count(), len(mail.outbox)

    with pytest.raises(CollaborationRefused, match="no longer"):
        write(conversation, author=sender, body="Hello?")
    with pytest.raises(CollaborationRefused, match="not open"):
        invited(sender, other_record)

    assert (Notification.objects.filter(user=owner).count(), len(mail.outbox)) == before


def test_strangers_neither_read_nor_write():
    conversation, sender, _ = talking()
    stranger = MemberFactory()
    with pytest.raises(CollaborationRefused, match="not in this"):
        write(conversation, author=stranger, body="Let me in")
    assert not place_in(stranger, conversation.pk).exists()
    message = write(conversation, author=sender, body="Private")
    with pytest.raises(CollaborationRefused, match="not yours"):
        delete_message(message, by=stranger)


def test_leaving_is_for_good_and_archiving_until_something_comes():
    conversation, sender, owner = talking()
    archive(place_in(owner, conversation.pk).get(), away=True)
    assert (conversations_of(owner).count(), conversations_of(owner, archived=True).count()) == (0, 1)
    write(conversation, author=sender, body="News")
    assert conversations_of(owner).count() == 1

    leave(place_in(owner, conversation.pk).get())
    assert not place_in(owner, conversation.pk).exists()
    with pytest.raises(CollaborationRefused, match="has left"):
        write(conversation, author=sender, body="Still there?")


def test_a_deleted_message_leaves_a_tombstone():
    conversation, sender, _ = talking()
    message = write(conversation, author=sender, body="Oops", works=[WorkFactory()])
    delete_message(message, by=sender)
    message.refresh_from_db()
    assert (message.body, message.works.count(), message.deleted_at is not None) == ("", 0, True)


def test_a_report_is_decided_by_somebody_else_and_carried_out():
    conversation, sender, owner = talking()
    message = write(conversation, author=sender, body="Rude words")
    made = report(reporter=owner, reason="It is rude.", message=message, and_block=True)
    with pytest.raises(CollaborationRefused, match="already"):
        report(reporter=owner, reason="It is rude.", message=message)
    assert Block.objects.get().blocked == sender
    for concerned in (sender, owner):
        with pytest.raises(CollaborationRefused, match="another moderator"):
            decide_report(made, by=concerned, upheld=False, note="")

    decide_report(made, by=MemberFactory(is_staff=True), upheld=True, note="Yes.")

    message.refresh_from_db()
    assert (message.body, Report.objects.get().state) == ("", Report.State.UPHELD)
    assert Notification.objects.filter(kind="moderation").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one_answer():
    sender = MemberFactory()
    researcher, owner = open_record()
    invitation = invited(sender, researcher)
    done = at_once(lambda: accept(invitation, by=owner), lambda: decline(invitation, by=owner), lambda: accept(invitation, by=owner))
    assert done.count(None) == 1
    assert Conversation.objects.count() <= 1


@pytest.mark.django_db(transaction=True)
def test_many_invitations_at_once_do_not_slip_below_the_limit():
    sender = MemberFactory()
    records = [open_record()[0] for _ in range(6)]
    works = [WorkFactory() for _ in records]
    at_once(*(lambda r=r, w=w: invited(sender, r, work=w) for r, w in zip(records, works, strict=True)))
    assert Invitation.objects.filter(state=Invitation.State.OPEN).count() == REVIEWED_FROM


def at_once(*steps) -> list[Exception | None]:
    """Start every step at the same moment in a thread of its own; return what each raised."""
    barrier = threading.Barrier(len(steps))
    raised: list[Exception | None] = [None] * len(steps)

    def go(place: int) -> None:
        barrier.wait()
        try:
            steps[place]()
        except CollaborationRefused as refusal:
            raised[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_messages_and_participants_go_with_their_conversation():
    conversation, sender, _ = talking()
    write(conversation, author=sender, body="Hello")
    conversation.delete()
    assert (Message.objects.count(), Participant.objects.count()) == (0, 0)
