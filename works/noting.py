"""What an upstream says beside its records: that some are gone or back, and words about a whole question."""

from collections.abc import Collection, Iterable

from django.db import connection, transaction
from django.db.models.functions import Now

from works.drafts import Merged, Quarantined, Read
from works.models import ImportProblem, ImportRun, UpstreamRecord
from works.sources.http import Gone, Page

_PLACE = {"openalex": "OpenAlex API", "arxiv": "arXiv"}


@transaction.atomic
def note_page(run: ImportRun, page: Page) -> None:
    """Write down what a page says beside its records. Harmless when repeated."""
    note_gone(run, page.gone)
    _note(run, ((sentence, "") for sentence in page.notes))
    _note_back(keys_of(page.reads))


def note_gone(run: ImportRun, gone: Collection[Gone]) -> None:
    """Remember since when upstream has these records no longer; what we know of them stays. Keys we never had are passed over."""
    if not gone:
        return
    reasons = {each.key: each.reason for each in gone}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE works_upstreamrecord SET gone_at = now() WHERE key = ANY(%s) AND gone_at IS NULL RETURNING key", [list(reasons)]
        )
        found = sorted(key for (key,) in cursor.fetchall())
    _note(run, ((reasons[key], key) for key in found))


def note_checked(keys: Collection[str]) -> None:
    """Say that upstream was asked of these records now, changed or not: the stalest are asked of first."""
    if keys:
        UpstreamRecord.objects.filter(key__in=keys).update(imported_at=Now())


def notes_after(run: ImportRun, last: int) -> list[tuple[int, str]]:
    """Return (key, sentence) of what was noted about the run's whole question since the note `last`."""
    notes = ImportProblem.objects.filter(run=run, key="", is_quarantined=False, pk__gt=last)
    return list(notes.order_by("pk").values_list("pk", "reason"))


def keys_of(reads: Iterable[Read]) -> list[str]:
    """Return the keys of the records among these."""
    return [read.key for read in reads if not isinstance(read, Quarantined | Merged)]


def _note_back(keys: Collection[str]) -> None:
    if keys:
        UpstreamRecord.objects.filter(key__in=keys, gone_at__isnull=False).update(gone_at=None)


def _note(run: ImportRun, said: Iterable[tuple[str, str]]) -> None:
    known = None
    for reason, key in said:
        if known is None:
            known = set(ImportProblem.objects.filter(run=run, is_quarantined=False).values_list("reason", "key"))
        if (reason, key) not in known:
            place = _PLACE.get(run.provider, run.provider)
            ImportProblem.objects.create(run=run, place=place, key=key, reason=reason, is_quarantined=False)
