"""What can happen to a collection. Adding and taking out twice is harmless."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from bzpeer.accounts.models import User
from bzpeer.collections.models import CollectedWork, Collection
from works.models import Work

LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_NOTE = 120, 2_000, 2_000
MOST_COLLECTIONS, MOST_WORKS = 200, 2_000


class CollectionRefused(Exception):
    """The step is not possible. The message is a plain sentence for the person who tried; repeating does not help."""


@transaction.atomic
def begin_collection(*, owner: User, name: str, description: str = "", is_shared: bool = False) -> Collection:
    """Make an empty collection. Raises CollectionRefused for a name that is empty, too long or taken."""
    name, description = _words(name, description)
    # Counted under a lock on the member, so that many at once do not slip below the limit.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=owner.pk)
    if Collection.objects.filter(owner=owner).count() >= MOST_COLLECTIONS:
        raise CollectionRefused(f"You have {MOST_COLLECTIONS} collections; delete one you do not need.")
    try:
        with transaction.atomic():
            return Collection.objects.create(owner=owner, name=name, description=description, is_shared=is_shared)
    except IntegrityError as error:
        raise CollectionRefused(f"You have a collection named “{name}” already.") from error


@transaction.atomic
def change_collection(collection: Collection, *, name: str, description: str, is_shared: bool) -> Collection:
    """Rename, describe, share or hide a collection."""
    collection.name, collection.description = _words(name, description)
    collection.is_shared = is_shared
    try:
        with transaction.atomic():
            collection.save(update_fields=["name", "description", "is_shared"])
    except IntegrityError as error:
        raise CollectionRefused(f"You have a collection named “{collection.name}” already.") from error
    return collection


def delete_collection(collection: Collection) -> None:
    """Delete a collection with its notes; the works stay on the portal."""
    collection.delete()


@transaction.atomic
def collect(*, collection: Collection, work: Work, note: str | None = None) -> CollectedWork:
    """Put a work into a collection; a note given replaces the one there is."""
    held = Collection.objects.select_for_update().get(pk=collection.pk)
    entry = CollectedWork.objects.filter(collection=held, work=work).first()
    if entry is None:
        if CollectedWork.objects.filter(collection=held).count() >= MOST_WORKS:
            raise CollectionRefused(f"A collection holds at most {MOST_WORKS:,} works.")
        entry = CollectedWork.objects.create(collection=held, work=work)
        Collection.objects.filter(pk=held.pk).update(changed_at=Now())
    if note is not None and entry.note != (said := _note(note)):
        entry.note = said
        entry.save(update_fields=["note"])
    return entry


@transaction.atomic
def take_out(*, collection: Collection, work: Work) -> str:
    """Take a work out of a collection; return the note about it, for putting it back."""
    entry = CollectedWork.objects.select_for_update().filter(collection=collection, work=work).first()
    if entry is None:
        return ""
    entry.delete()
    Collection.objects.filter(pk=collection.pk).update(changed_at=Now())
    return entry.note


@transaction.atomic
def collect_in(*, work: Work, owner: User, chosen: Iterable[int]) -> int:
    """Make a member's chosen collections, and no other of theirs, hold a work; return how many hold it."""
    kept = set(Collection.objects.filter(owner=owner, pk__in=list(chosen)).values_list("pk", flat=True))
    for collection in Collection.objects.filter(owner=owner).filter(entries__work=work).exclude(pk__in=kept):
        take_out(collection=collection, work=work)
    for collection in Collection.objects.filter(pk__in=kept).order_by("pk"):
        collect(collection=collection, work=work)
    return len(kept)


def _words(name: str, description: str) -> tuple[str, str]:
    name, description = " ".join(name.replace("\x00", " ").split()), description.replace("\x00", "").strip()
    if not name or len(name) > LONGEST_NAME:
        raise CollectionRefused(f"Give the collection a name of at most {LONGEST_NAME} characters.")
    if len(description) > LONGEST_DESCRIPTION:
        raise CollectionRefused(f"A description has at most {LONGEST_DESCRIPTION:,} characters.")
    return name, description


def _note(note: str) -> str:
    note = note.replace("\x00", "").strip()
    if len(note) > LONGEST_NOTE:
        raise CollectionRefused(f"A note has at most {LONGEST_NOTE:,} characters.")
    return note
