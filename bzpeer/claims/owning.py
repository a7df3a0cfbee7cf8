"""What the owner of a record says about themselves, and whom they let say it. Each step is one transaction, audited by pghistory.

Two pages open at once: every step carries the version it saw, and is refused when somebody changed the profile meanwhile.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from bzpeer.accounts.models import User
from bzpeer.claims.links import MOST_LINKS, LinkRefused, checked_link
from bzpeer.claims.models import MOST_HIGHLIGHTS, Highlight, OwnerProfile
from bzpeer.claims.queries import may_edit_record, owner_of, owns_record
from researchers.models import Researcher
from works.models import Authorship

LONGEST_OPEN_FOR = 500
MOST_INTERESTS = 12
LONGEST_INTEREST = 80


class ProfileRefused(Exception):
    """What was said cannot be taken in. The message is a plain sentence for the person; repeating does not help."""


class ChangedMeanwhile(ProfileRefused):
    """Somebody changed the same thing since the page was opened; looking again and repeating helps."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this meanwhile. The page shows how it stands now; make your change again if it is still needed.")


@transaction.atomic
def say_openness(*, by: User, researcher: Researcher, seen: int, is_open: bool, open_for: str) -> OwnerProfile:
    """Open the record to invitations, or close it. Only the owner can: nobody opens somebody else's door."""
    profile = _held(by=by, researcher=researcher, seen=seen)
    if not owns_record(by, researcher.pk):
        raise ProfileRefused("Only the owner says whether they are open to collaborate.")
    profile.open_to_collaborate = is_open
    profile.open_for = _plain(open_for, most=LONGEST_OPEN_FOR, lines=True)
    return _kept(profile, by=by)


@transaction.atomic
def say_interests(*, by: User, researcher: Researcher, seen: int, interests: Iterable[str]) -> OwnerProfile:
    """Set the research interests, each once, in the order given."""
    said = list(dict.fromkeys(text for each in interests if (text := _plain(each, most=LONGEST_INTEREST))))
    if len(said) > MOST_INTERESTS:
        raise ProfileRefused(f"There is room for {MOST_INTERESTS} interests.")
    profile = _held(by=by, researcher=researcher, seen=seen)
    profile.interests = said
    return _kept(profile, by=by)


@transaction.atomic
def say_links(*, by: User, researcher: Researcher, seen: int, links: Iterable[tuple[str, str]]) -> OwnerProfile:
    """Set the links, as (label, address); one without an address is left out."""
    given = [(label, url) for label, url in links if url.strip()]
    if len(given) > MOST_LINKS:
        raise ProfileRefused(f"There is room for {MOST_LINKS} links.")
    try:
        checked = [checked_link(label=label, url=url) for label, url in given]
    except LinkRefused as refusal:
        raise ProfileRefused(str(refusal)) from refusal
    profile = _held(by=by, researcher=researcher, seen=seen)
    profile.links = [{"label": link.label, "url": link.url} for link in checked]
    return _kept(profile, by=by)


# --- highlights -------------------------------------------------------------------------------------


@transaction.atomic
def add_highlight(*, by: User, researcher: Researcher, seen: int, work_id: int) -> OwnerProfile:
    """Show a work of the record first, after those chosen before."""
    profile = _held(by=by, researcher=researcher, seen=seen)
    chosen = chosen_works(profile)
    if work_id in chosen:
        raise ProfileRefused("This work is chosen already.")
    if len(chosen) >= MOST_HIGHLIGHTS:
        raise ProfileRefused(f"You have chosen {MOST_HIGHLIGHTS} works, the most there can be. Take one away first.")
    return _chosen(profile, [*chosen, work_id], by=by)


@transaction.atomic
def remove_highlight(*, by: User, researcher: Researcher, seen: int, work_id: int) -> OwnerProfile:
    """Take a work away from those shown first."""
    profile = _held(by=by, researcher=researcher, seen=seen)
    return _chosen(profile, [key for key in chosen_works(profile) if key != work_id], by=by)


@transaction.atomic
def move_highlight(*, by: User, researcher: Researcher, seen: int, work_id: int, steps: int) -> OwnerProfile:
    """Move a chosen work up (negative) or down; beyond the ends it stays at the end."""
    profile = _held(by=by, researcher=researcher, seen=seen)
    chosen = chosen_works(profile)
    if work_id not in chosen:
        raise ProfileRefused("This work is not among those chosen.")
    place = min(max(chosen.index(work_id) + steps, 0), len(chosen) - 1)
    rest = [key for key in chosen if key != work_id]
    return _chosen(profile, [*rest[:place], work_id, *rest[place:]], by=by)


@transaction.atomic
def order_highlights(*, by: User, researcher: Researcher, seen: int, work_ids: Sequence[int]) -> OwnerProfile:
    """Put the chosen works in this order. The same works must be named, each once."""
    profile = _held(by=by, researcher=researcher, seen=seen)
    if sorted(work_ids) != sorted(chosen_works(profile)):
        raise ChangedMeanwhile
    return _chosen(profile, work_ids, by=by)


def chosen_works(profile: OwnerProfile) -> list[int]:
    """Return the own keys of the works chosen, in order."""
    return list(Highlight.objects.filter(profile=profile).order_by("position").values_list("work_id", flat=True))


def _chosen(profile: OwnerProfile, work_ids: Sequence[int], *, by: User) -> OwnerProfile:
    """Store the choice in this order, without those works that left the record."""
    there = set(Authorship.objects.filter(researcher=profile.researcher_id, work__in=work_ids).values_list("work_id", flat=True))
    if work_ids and work_ids[-1] not in there and not Highlight.objects.filter(profile=profile, work=work_ids[-1]).exists():
        raise ProfileRefused("This work is not on the record.")
    kept = [key for key in work_ids if key in there]
    held = {row.work_id: row for row in Highlight.objects.filter(profile=profile)}
    Highlight.objects.filter(pk__in=[row.pk for key, row in held.items() if key not in kept]).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS one_highlight_per_position DEFERRED")
    for position, key in enumerate(kept, start=1):
        row = held.get(key)
        if row is None:
            Highlight.objects.create(profile=profile, work_id=key, position=position)
        elif row.position != position:
            row.position = position
            row.save(update_fields=["position"])
    return _kept(profile, by=by)


# --- inside -----------------------------------------------------------------------------------------


def _held(*, by: User, researcher: Researcher, seen: int) -> OwnerProfile:
    """Lock the record and return what its owner says, as the page saw it. Raises ProfileRefused, ChangedMeanwhile."""
    person = Researcher.objects.select_for_update(no_key=True).filter(pk=researcher.pk).first()
    if person is None or not may_edit_record(by, person.pk):  # under the lock that claims are decided under, too
        raise ProfileRefused("This record is not yours to edit any more.")
    profile, _ = OwnerProfile.objects.get_or_create(researcher=person, defaults={"updated_by": owner_of(person.pk)})
    if profile.version != seen:
        raise ChangedMeanwhile
    return profile


def _kept(profile: OwnerProfile, *, by: User) -> OwnerProfile:
    profile.version += 1
    # A delegate writes in the owner's name: what is said goes with the owner. Who typed it stands in the audit's context.
    profile.updated_by = owner_of(profile.researcher_id) or by
    profile.save()
    return profile


def _plain(text: str, *, most: int, lines: bool = False) -> str:
    text = re.sub(r"[ \t]+", " ", text.replace("\r\n", "\n").strip())
    if not lines:
        text = " ".join(text.split())
    if len(text) > most:
        raise ProfileRefused(f"That is longer than {most:,} characters.")
    odd = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")}
    if odd - {"\n", "\u200c", "\u200d"}:  # several scripts spell with the joiners
        raise ProfileRefused("It holds invisible characters; type it in plain text.")
    return text
