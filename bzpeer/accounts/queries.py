"""Reads about members."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser

from bzpeer.accounts.models import Block, Follow, SavedSearch, User
from researchers.searching import words_of

MODERATE = "curation.moderate"
"""The permission of moderators; the group "Moderators" has it. Superusers have every permission."""


def is_moderator(user: User | AnonymousUser) -> bool:
    """Tell whether the viewer decides what members ask: members of the group "Moderators", and staff."""
    return isinstance(user, User) and user.is_active and (user.is_staff or user.has_perm(MODERATE))


def follows(user: User | AnonymousUser, **target: int) -> bool:
    """Tell whether the viewer follows the record whose own key is given, e.g. topic=12; a visitor without account follows nothing."""
    return isinstance(user, User) and Follow.objects.filter(user=user, **{f"{column}_id": key for column, key in target.items()}).exists()


def saved_search(user: User | AnonymousUser, text: str) -> SavedSearch | None:
    """Return the viewer's saved search that looks for the same words."""
    words = search_words(text)
    return SavedSearch.objects.filter(user=user, words=words).first() if words and isinstance(user, User) else None


def search_words(text: str) -> str:
    """Return what a saved search compares with titles: each folded word as the beginning of one; "" for a text without words."""
    return " & ".join(f"'{word}':*" for word in words_of(text))


def has_confirmed_address(user: User) -> bool:
    """Tell whether the member confirmed their e-mail address."""
    return bool(EmailAddress.objects.filter(user=user, verified=True, email__iexact=user.email).exists())  # allauth has no types


def has_blocked(user: User, other: User) -> bool:
    """Tell whether `user` wants to hear nothing from `other`."""
    return Block.objects.filter(blocker=user, blocked=other).exists()
