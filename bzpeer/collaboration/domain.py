"""What can happen to an invitation, a conversation and a report. Each step is one transaction with its notices.

review -> open -> accepted (a conversation begins) | declined | expired | withdrawn
       -> refused
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from bzpeer.accounts.domain import block
from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.accounts.queries import has_blocked, has_confirmed_address
from bzpeer.claims.queries import owner_of, owner_profile
from bzpeer.collaboration.models import Conversation, DismissedSuggestion, Invitation, Message, Participant, Report
from bzpeer.collaboration.queries import unanswered_first_invitations
from researchers.models import Researcher
from works.models import Topic, Work

SHORTEST_PURPOSE, LONGEST_PURPOSE = 20, 2_000
LONGEST_STEP = 500
LONGEST_MESSAGE = 8_000
MOST_WORKS = 10
MESSAGES_AN_HOUR = 60
LIFETIME = timedelta(days=30)
REVIEWED_FROM, REFUSED_FROM = 3, 10
"""So many first invitations without an answer, and a moderator reads the next; so many, and there is no next."""

State = Invitation.State


class CollaborationRefused(Exception):
    """The step is not possible now. The message is a plain sentence for the person who tried; repeating does not help."""


@transaction.atomic
def invite(
    *, sender: User, researcher: Researcher, purpose: str, next_step: str, work: Work | None = None, topic: Topic | None = None
) -> Invitation:
    """Invite the owner of a record. From the fourth unanswered first invitation on a moderator reads it before it is passed on.

    Raises CollaborationRefused. A blocked sender reads the same as about somebody who is not open: a block is nobody's business.
    """
    purpose, next_step = purpose.strip(), next_step.strip()
    _check_words(purpose, next_step, work, topic)
    recipient = _open_owner(researcher, sender)
    # Counted under a lock on the sender, so that many at once do not slip below the limit.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=sender.pk)
    waiting = unanswered_first_invitations(sender)
    if waiting >= REFUSED_FROM:
        raise CollaborationRefused(
            f"{waiting} people you invited first have not answered. Wait for answers, or withdraw some, before you invite others."
        )
    held = waiting >= REVIEWED_FROM
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                sender=sender,
                recipient=recipient,
                researcher=researcher,
                work=work,
                topic=topic,
                subject=(work.title if work else str(topic)) or "Untitled",
                purpose=purpose,
                next_step=next_step,
                state=State.REVIEW if held else State.OPEN,
                expires_at=None if held else Now() + LIFETIME,
            )
    except IntegrityError as error:
        raise CollaborationRefused("You have invited this person already; the answer is theirs now.") from error
    if not held:
        _announce(invitation)
    return invitation


def _check_words(purpose: str, next_step: str, work: Work | None, topic: Topic | None) -> None:
    if not SHORTEST_PURPOSE <= len(purpose) <= LONGEST_PURPOSE:
        raise CollaborationRefused(f"Say in {SHORTEST_PURPOSE} to {LONGEST_PURPOSE:,} characters what you want to do together.")
    if not 3 <= len(next_step) <= LONGEST_STEP:
        raise CollaborationRefused(f"Say in at most {LONGEST_STEP} characters what would happen next.")
    if (work is None) == (topic is None):
        raise CollaborationRefused("Choose one work or one topic that this is about.")


def _open_owner(researcher: Researcher, sender: User) -> User:
    recipient, profile = owner_of(researcher.pk), owner_profile(researcher.pk)
    if not has_confirmed_address(sender):
        raise CollaborationRefused("Confirm your e-mail address first; the link is in the message we sent you.")
    if recipient is not None and recipient.pk == sender.pk:
        raise CollaborationRefused("This record is yours.")
    is_open = profile is not None and profile.open_to_collaborate
    if recipient is None or not is_open or not recipient.is_active or has_blocked(recipient, sender):
        raise CollaborationRefused("This person is not open to invitations now.")
    return recipient


def _announce(invitation: Invitation) -> None:
    notify(
        invitation.recipient,
        kind="invitation",
        key=f"invitation:{invitation.pk}",
        text=f"{invitation.sender} invites you to collaborate on “{invitation.subject[:120]}”.",
        url=f"/collaborations/invitations/{invitation.pk}/",
        actor=invitation.sender,
    )


@transaction.atomic
def accept(invitation: Invitation, *, by: User) -> Conversation:
    """Accept an invitation: a conversation of the two begins."""
    current = _to_answer(invitation, by)
    _settle(current, State.ACCEPTED)
    conversation = Conversation.objects.create(invitation=current, subject=current.subject)
    Participant.objects.bulk_create(
        Participant(conversation=conversation, user_id=user) for user in (current.sender_id, current.recipient_id)
    )
    notify(
        current.sender,
        kind="invitation",
        key=f"invitation:{current.pk}:answer",
        text=f"{by} accepted your invitation on “{current.subject[:120]}”.",
        url=f"/collaborations/{conversation.pk}/",
        actor=by,
    )
    return conversation


@transaction.atomic
def decline(invitation: Invitation, *, by: User, answer: str = "") -> Invitation:
    """Decline an invitation, with a reason or without."""
    current = _to_answer(invitation, by)
    current.answer = answer.strip()[:LONGEST_STEP]
    _settle(current, State.DECLINED)
    notify(
        current.sender,
        kind="invitation",
        key=f"invitation:{current.pk}:answer",
        text=f"Your invitation on “{current.subject[:120]}” was declined.",
        url=f"/collaborations/invitations/{current.pk}/",
        actor=by,
    )
    return current


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User) -> Invitation:
    """Take an unanswered invitation back."""
    current = _locked(invitation)
    if current.sender_id != by.pk or current.state not in (State.OPEN, State.REVIEW):
        raise CollaborationRefused(f"This invitation is {current.get_state_display()}; there is nothing to take back.")
    _settle(current, State.WITHDRAWN)
    return current


def expire_invitations() -> int:
    """Close invitations nobody answered in time, by the database's clock; return how many."""
    return Invitation.objects.filter(state=State.OPEN, expires_at__lt=Now()).update(state=State.EXPIRED, answered_at=Now())


@transaction.atomic
def pass_on(invitation: Invitation, *, by: User, may: bool, note: str = "") -> Invitation:
    """Let a moderator pass an invitation on, or not; `note` tells its sender why not."""
    current = _locked(invitation)
    if by.pk in (current.sender_id, current.recipient_id):
        raise CollaborationRefused("This invitation is to you or from you; another moderator must decide.")
    if current.state != State.REVIEW:
        raise CollaborationRefused(f"This invitation is {current.get_state_display()} already.")
    current.decided_by, current.decided_at = by, timezone.now()
    if may:
        current.expires_at = timezone.now() + LIFETIME
        current.state = State.OPEN
        current.save(update_fields=["decided_by", "decided_at", "expires_at", "state"])
        _announce(current)
        return current
    current.state, current.answered_at = State.REFUSED, current.decided_at  # one save, so that the audit has one event
    current.save(update_fields=["decided_by", "decided_at", "state", "answered_at"])
    notify(
        current.sender,
        kind="moderation",
        key=f"invitation:{current.pk}:refused",
        text=f"A moderator did not pass on your invitation. {note.strip()[:LONGEST_PURPOSE]}".strip(),
        url=f"/collaborations/invitations/{current.pk}/",
        actor=by,
    )
    return current


def _locked(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_for_update(of=("self",)).select_related("sender", "recipient").get(pk=invitation.pk)


def _to_answer(invitation: Invitation, by: User) -> Invitation:
    current = _locked(invitation)
    if current.recipient_id != by.pk:
        raise CollaborationRefused("This invitation is not to you.")
    if has_blocked(current.sender, by) or has_blocked(by, current.sender):
        raise CollaborationRefused("This invitation can no longer be answered.")
    if current.state != State.OPEN:
        raise CollaborationRefused(f"This invitation is {current.get_state_display()} already.")
    return current


def _settle(invitation: Invitation, state: State) -> None:
    invitation.state, invitation.answered_at = state, timezone.now()
    invitation.save(update_fields=["state", "answered_at", "answer"])


# --- conversations ----------------------------------------------------------------------------------


@transaction.atomic
def write(conversation: Conversation, *, author: User, body: str, works: Sequence[Work] = ()) -> Message:
    """Add a message. Raises CollaborationRefused for somebody who is not in it (any more), or who is blocked."""
    body = body.strip()
    if not body or len(body) > LONGEST_MESSAGE:
        raise CollaborationRefused(f"Write a message of at most {LONGEST_MESSAGE:,} characters.")
    if len(works) > MOST_WORKS:
        raise CollaborationRefused(f"Attach at most {MOST_WORKS} works to a message.")
    # Writers in one conversation take turns, so that its newest message is what it says.
    Conversation.objects.select_for_update(no_key=True).only("pk").get(pk=conversation.pk)
    present = list(Participant.objects.filter(conversation=conversation, left_at=None).select_related("user").order_by("pk"))
    others = [each.user for each in present if each.user_id != author.pk]
    if len(others) == len(present):
        raise CollaborationRefused("You are not in this conversation.")
    if not others:
        raise CollaborationRefused("The other person has left this conversation; nobody would read it.")
    if any(has_blocked(other, author) or has_blocked(author, other) for other in others):
        raise CollaborationRefused("You can no longer write in this conversation.")
    hour = Message.objects.filter(author=author, created_at__gt=Now() - timedelta(hours=1)).count()
    if hour >= MESSAGES_AN_HOUR:
        raise CollaborationRefused("That is many messages in an hour. Wait a little.")
    message = Message.objects.create(conversation=conversation, author=author, body=body)
    message.works.set(works)
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=Now())
    Participant.objects.filter(conversation=conversation, left_at=None).update(archived_at=None)
    Participant.objects.filter(conversation=conversation, user=author).update(read_up_to=message.pk)
    for other in others:
        notify(
            other,
            kind="message",
            key=f"message:{message.pk}",
            text=f"{author} wrote in “{conversation.subject[:120]}”.",
            url=f"/collaborations/{conversation.pk}/",
            actor=author,
        )
    return message


@transaction.atomic
def delete_message(message: Message, *, by: User) -> None:
    """Empty one's own message; that there was one stays visible."""
    if message.author_id != by.pk:
        raise CollaborationRefused("This message is not yours.")
    message.body, message.deleted_at = "", timezone.now()
    message.works.clear()
    message.save(update_fields=["body", "deleted_at"])


def see(participant: Participant, newest: int) -> None:
    """Remember the newest message somebody saw; it never goes back."""
    Participant.objects.filter(pk=participant.pk, read_up_to__lt=newest).update(read_up_to=newest)


def archive(participant: Participant, *, away: bool) -> None:
    """Put a conversation out of sight until somebody writes, or back."""
    Participant.objects.filter(pk=participant.pk).update(archived_at=Now() if away else None)


def leave(participant: Participant) -> None:
    """Leave a conversation for good; the other person reads that nobody is there any more."""
    Participant.objects.filter(pk=participant.pk, left_at=None).update(left_at=Now())


# --- suggestions ------------------------------------------------------------------------------------


def dismiss_suggestion(*, user: User, researcher: Researcher) -> None:
    """Suggest somebody to a member no more. Doing it twice is harmless."""
    DismissedSuggestion.objects.get_or_create(user=user, researcher=researcher)


def restore_suggestion(*, user: User, researcher: Researcher) -> None:
    """Let somebody be suggested again."""
    DismissedSuggestion.objects.filter(user=user, researcher=researcher).delete()


# --- reports ----------------------------------------------------------------------------------------


@transaction.atomic
def report(
    *, reporter: User, reason: str, invitation: Invitation | None = None, message: Message | None = None, and_block: bool = False
) -> Report:
    """Put an invitation or a message before the moderators; optionally block who wrote it at once."""
    reason = reason.strip()
    if not 5 <= len(reason) <= LONGEST_PURPOSE:
        raise CollaborationRefused("Say in a sentence what is wrong with it.")
    accused = invitation.sender if invitation else message.author if message else None
    if accused is None or accused.pk == reporter.pk:
        raise CollaborationRefused("There is nobody to report here.")
    try:
        with transaction.atomic():
            made = Report.objects.create(reporter=reporter, accused=accused, invitation=invitation, message=message, reason=reason)
    except IntegrityError as error:
        raise CollaborationRefused("You have reported this already; a moderator will look at it.") from error
    if and_block:
        block(user=reporter, other=accused)
    return made


@transaction.atomic
def decide_report(report: Report, *, by: User, upheld: bool, note: str) -> Report:
    """Let a moderator decide a report. An upheld one closes the invitation or empties the message."""
    current = Report.objects.select_for_update().get(pk=report.pk)
    if by.pk in (current.reporter_id, current.accused_id):
        raise CollaborationRefused("You are concerned yourself; another moderator must decide.")
    if current.state != Report.State.OPEN:
        raise CollaborationRefused(f"This report is {current.get_state_display()} already.")
    current.state = Report.State.UPHELD if upheld else Report.State.DISMISSED
    current.decided_by, current.decided_at, current.note = by, timezone.now(), note.strip()
    current.save(update_fields=["state", "decided_by", "decided_at", "note"])
    if upheld:
        _carry_out(current)
    for user in filter(None, (current.reporter, current.accused if upheld else None)):
        is_reporter = user.pk == current.reporter_id
        said = "Thank you: what you reported broke the rules and is gone." if is_reporter else "A moderator removed something you wrote."
        notify(
            user,
            kind="moderation",
            key=f"report:{current.pk}",
            text=said if upheld else "A moderator looked at what you reported and left it as it is.",
            url="/collaborations/",
        )
    return current


def _carry_out(report: Report) -> None:
    if report.invitation_id:
        Invitation.objects.filter(pk=report.invitation_id, state__in=(State.OPEN, State.REVIEW)).update(
            state=State.REFUSED, answered_at=Now()
        )
    if report.message_id:
        Message.objects.filter(pk=report.message_id).update(body="", deleted_at=Now())
