"""Who sees which part of a claimed profile: everybody, members, or its owner alone.

`OwnerProfile.hidden` holds "part:audience" for each part that not everybody sees. What is public in the sources (name, ids,
works) is not a part: it is not the owner's to hide here, only to have removed (`removing`).
"""

from collections.abc import Mapping
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from bzpeer.accounts.models import User
from bzpeer.claims.models import OwnerProfile
from bzpeer.claims.queries import owner_profile
from researchers.models import Researcher

Audience = Literal["everybody", "members", "owner"]
AUDIENCES: dict[str, str] = {"everybody": "Everybody", "members": "Members of this portal", "owner": "Only me"}
PARTS: dict[str, str] = {
    "biography": "Biography",
    "interests": "Research interests",
    "links": "Links",
    "highlights": "Highlighted works",
    "affiliations": "Affiliations",
    "names": "Other forms of the name",
    "followers": "Number of followers",
}
NOTHING: frozenset[str] = frozenset()


def audiences(profile: OwnerProfile | None) -> dict[str, str]:
    """Return the audience of every part."""
    said = dict(entry.partition(":")[::2] for entry in (profile.hidden if profile else ()))
    return {part: said[part] if said.get(part) in AUDIENCES else "everybody" for part in PARTS}


def hidden_from(viewer: User | AnonymousUser, profile: OwnerProfile | None, *, is_owner: bool) -> frozenset[str]:
    """Return the parts of a profile that a viewer does not see."""
    if profile is None or not profile.hidden or is_owner:
        return NOTHING
    seen = {"everybody", "members"} if isinstance(viewer, User) else {"everybody"}
    return frozenset(part for part, audience in audiences(profile).items() if audience not in seen)


def hidden_parts(researcher: Researcher, viewer: User | AnonymousUser, *, is_owner: bool = False) -> frozenset[str]:
    """The same for a record; asks the database for claimed ones only."""
    return hidden_from(viewer, owner_profile(researcher.pk), is_owner=is_owner) if researcher.is_claimed else NOTHING


@transaction.atomic
def choose_visibility(*, researcher: Researcher, by: User, choices: Mapping[str, str]) -> OwnerProfile:
    """Store who sees which part; parts and audiences that are not known are left out."""
    profile, _ = OwnerProfile.objects.get_or_create(researcher=researcher)
    profile = OwnerProfile.objects.select_for_update().get(pk=profile.pk)
    profile.hidden = [f"{part}:{choices[part]}" for part in PARTS if choices.get(part) in ("members", "owner")]
    profile.updated_by = by
    profile.save(update_fields=["hidden", "updated_by", "updated_at"])
    return profile
