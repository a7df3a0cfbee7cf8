"""Reads about bibliographies. Who may see one is decided here: nothing is obtained without a viewer."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet

from bzpeer.accounts.models import User
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.claims.queries import edited_records
from researchers.models import Researcher
from works.models import Authorship, Work

BYLINES = 60
"""To choose one's own from, where no name on a work is one's own."""


def record_to_add_to(viewer: User | AnonymousUser, key: int) -> Researcher | None:
    """Return the record if the viewer may say which works are on it: its owner, whom they let edit it, and staff."""
    if not isinstance(viewer, User):
        return None
    records = Researcher.objects.filter(pk=key)
    if not viewer.is_staff:
        records = records.filter(pk__in=edited_records(viewer).order_by().values("researcher"))
    return records.first()


def bibliographies_for(viewer: User, researcher: Researcher, *, limit: int) -> list[Bibliography]:
    """Return the lists the viewer brought for a record, the newest first, with `entries_total`."""
    found = Bibliography.objects.filter(user=viewer, researcher=researcher).annotate(entries_total=Count("entries"))
    return list(found.order_by("-pk")[:limit])


def bibliography_for(viewer: User, researcher: Researcher, key: int) -> Bibliography | None:
    """Return a list of this record: one's own, or any for staff."""
    found = Bibliography.objects.filter(pk=key, researcher=researcher).select_related("user")
    return found.first() if viewer.is_staff else found.filter(user=viewer).first()


def counts_of(bibliography: Bibliography) -> dict[str, int]:
    """Return the number of entries by finding, those decided on under their state."""
    rows = Entry.objects.filter(bibliography=bibliography).order_by().values_list("state", "finding").annotate(number=Count("pk"))
    counts: dict[str, int] = {}
    for state, finding, number in rows:
        key = finding if state == Entry.State.OPEN else state
        counts[key] = counts.get(key, 0) + number
    return counts


def entries_of(bibliography: Bibliography, *, kind: str) -> QuerySet[Entry]:
    """Return the entries of one finding (open ones) or one state, or ("") all, in the order of the list."""
    entries = Entry.objects.filter(bibliography=bibliography).select_related("proposal", "run").order_by("number")
    if kind in Entry.State.values and kind != Entry.State.OPEN:
        return entries.filter(state=kind)
    return entries.filter(finding=kind, state=Entry.State.OPEN) if kind in Entry.Finding.values else entries


@dataclass(frozen=True, kw_only=True)
class WorksNamed:
    """The works that entries name, by key, with their first bylines."""

    works: dict[int, Work] = field(default_factory=dict)
    bylines: dict[int, list[Authorship]] = field(default_factory=dict)


def works_named(entries: list[Entry]) -> WorksNamed:
    """Return the works that entries name or were decided on, with their first BYLINES bylines."""
    keys = {each["work"] for entry in entries for each in entry.candidates} | {entry.work_id for entry in entries if entry.work_id}
    named = WorksNamed(works=Work.objects.filter(pk__in=keys).select_related("source").in_bulk())
    for byline in Authorship.objects.filter(work_id__in=keys, position__lte=BYLINES).order_by("work_id", "position"):
        named.bylines.setdefault(byline.work_id, []).append(byline)
    return named
