"""Reads about invitations, conversations, reports and suggested collaborators. Each begins with whose they are."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from bzpeer.accounts.models import Block, User
from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.collaboration.models import Conversation, DismissedSuggestion, Invitation, Message, Participant, Report
from graph.suggestions import Suggestion, suggested_for

State = Invitation.State


def unanswered_first_invitations(sender: User) -> int:
    """Count people a member wrote to first and never heard from: open, held or expired invitations without a conversation between them."""
    heard = Participant.objects.filter(user=OuterRef("recipient"), conversation__participants__user=sender)
    waiting = Invitation.objects.filter(sender=sender, state__in=(State.OPEN, State.REVIEW, State.EXPIRED)).exclude(Exists(heard))
    answered = Invitation.objects.filter(sender=sender, recipient=OuterRef("recipient"), state__in=(State.ACCEPTED, State.DECLINED))
    return waiting.exclude(Exists(answered)).values("recipient").distinct().count()


def received_by(user: User) -> QuerySet[Invitation]:
    """Return what a member was asked and may see, newest first."""
    return Invitation.objects.filter(_reached(user)).select_related("sender", "researcher").order_by("-pk")


def _reached(user: User) -> Q:
    """Invitations to a member that arrived: no moderator holds them back, and the member has not blocked who sent them since."""
    unseen = Q(state__in=(State.REVIEW, State.REFUSED, State.WITHDRAWN))
    blocked = Q(sender__in=user.blocks.order_by().values("blocked")) & ~Q(state=State.ACCEPTED)
    return Q(recipient=user) & ~unseen & ~blocked


def sent_by(user: User) -> QuerySet[Invitation]:
    """Return what a member asked others, newest first."""
    return Invitation.objects.filter(sender=user).select_related("researcher", "conversation").order_by("-pk")


def seen_by(user: User) -> QuerySet[Invitation]:
    """Return the invitations a member may open: their own, and those that reached them."""
    return Invitation.objects.filter(Q(sender=user) | _reached(user)).select_related("sender", "recipient", "researcher", "work", "topic")


def conversations_of(user: User, *, archived: bool = False) -> QuerySet[Participant]:
    """Return a member's places in conversations they are in, the liveliest first, with `newest` and `is_unread`."""
    newest = Message.objects.filter(conversation=OuterRef("conversation")).order_by("-pk").values("pk")[:1]
    return (
        Participant.objects.filter(user=user, left_at=None, archived_at__isnull=not archived)
        .annotate(newest=Subquery(newest))
        .annotate(is_unread=Q(newest__gt=F("read_up_to")))
        .select_related("conversation")
        .prefetch_related("conversation__participants__user")
        .order_by("-conversation__last_message_at", "-pk")
    )


def place_in(user: User, conversation_id: int) -> QuerySet[Participant]:
    """Return a member's place in one conversation; empty for anybody who is not in it."""
    return Participant.objects.filter(user=user, conversation_id=conversation_id, left_at=None).select_related("conversation__invitation")


def messages_of(conversation: Conversation) -> QuerySet[Message]:
    """Return what was said, newest first."""
    return Message.objects.filter(conversation=conversation).select_related("author").prefetch_related("works").order_by("-pk")


def held_invitations() -> QuerySet[Invitation]:
    """Return what waits for a moderator, oldest first."""
    return Invitation.objects.filter(state=State.REVIEW).select_related("sender", "recipient", "researcher").order_by("created_at", "pk")


def open_reports() -> QuerySet[Report]:
    """Return undecided reports, oldest first."""
    related = ("reporter", "accused", "invitation", "message")
    return Report.objects.filter(state=Report.State.OPEN).select_related(*related).order_by("created_at", "pk")


@dataclass(frozen=True, kw_only=True)
class SuggestedCollaborator:
    """Somebody suggested to the owner of a record; `open_for` are the person's own words."""

    suggestion: Suggestion
    is_open: bool
    open_for: str


def suggested_collaborators(user: User, researcher_id: int) -> list[SuggestedCollaborator]:
    """Return whom a member might work with, for a record of theirs: those open to collaborate first, then the closest.

    Left out are their own records, whom they dismissed, and whoever blocked the other one.
    """
    dismissed = DismissedSuggestion.objects.filter(user=user).order_by().values_list("researcher_id", flat=True)
    kept_apart = Block.objects.filter(Q(blocker=user) | Q(blocked=user))
    owned = Claim.objects.filter(state=Claim.State.ACCEPTED).order_by().values_list("researcher_id", flat=True)
    theirs = owned.filter(Q(user__in=kept_apart.values("blocked")) | Q(user__in=kept_apart.values("blocker")) | Q(user=user))
    found = suggested_for(researcher_id, without=list(dismissed.union(theirs)))
    keys = [one.researcher.pk for one in found]
    stand = OwnerProfile.objects.filter(researcher__in=keys, researcher__claims__state=Claim.State.ACCEPTED, open_to_collaborate=True)
    words = dict(stand.order_by("pk").values_list("researcher_id", "open_for"))
    people = [
        SuggestedCollaborator(suggestion=one, is_open=one.researcher.pk in words, open_for=words.get(one.researcher.pk, ""))
        for one in found
    ]
    return sorted(people, key=lambda one: not one.is_open)


def dismissed_suggestions(user: User) -> QuerySet[DismissedSuggestion]:
    """Return whom a member does not want suggested, the latest first."""
    return DismissedSuggestion.objects.filter(user=user).select_related("researcher").order_by("-pk")
