"""A dry run over a snapshot: everything is read and chosen as an import would, nothing is written."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import F

from works.batching import Batch, batches
from works.choosing import Filters, check_of, checked, choice_of, here_of
from works.drafts import AnyDraft, AuthorDraft, InstitutionDraft, Line, Read, WorkDraft
from works.importing import BATCH_RECORDS
from works.keeping import kept_seals
from works.models import ImportRun
from works.sources import merged_ids
from works.sources.files import UnreadableFile
from works.sources.lines import Lines, Place
from works.sources.openalex_snapshot import KINDS, MERGED_IDS, Chosen, PartReader, Snapshot, SnapshotFile
from works.sources.slicing import only, wanted_works

ASSUMED_RATE = 400.0
"""Records a second, where no import has been measured here yet."""
LIST_LINES = 5_000
_LETTERS = {"authors": "A", "institutions": "I", "sources": "S", "topics": "T", "funders": "F"}
Heard = Callable[[str, int, int], None]
"""Called now and then with the file at hand, the bytes of files read and those of all files."""


@dataclass(kw_only=True)
class Rehearsal:
    """What an import would do: by kind of record, `read`, `chosen`, `new`, `changed`, `unchanged`, `set aside`."""

    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    @property
    def to_write(self) -> int:
        return sum(counts["new"] + counts["changed"] for counts in self.kinds.values())


def rehearse(snapshot: Snapshot, filters: Filters, *, heard: Heard) -> Rehearsal:
    """Read a snapshot as an import with these filters would. Raises BadFilter."""
    filters = checked(filters)
    chosen = choice_of(filters, snapshot)
    this = _Rehearsing(snapshot, filters, frozenset(chosen.get("institutions", ())), heard)
    for kind in ("works", *(kind for kind in KINDS if kind != "works")) if filters.as_told() else KINDS:
        for file in snapshot.of(kind):
            this.read(file)
    for file in snapshot.of(MERGED_IDS):
        this.read_list(file)
    this.done.unreadable += [f"{file.path} is named in the manifest, but it is not there." for file in snapshot.files if not file.is_there]
    return this.done


def rate_here() -> tuple[float, int | None]:
    """Return the records a second that the last large import wrote, and its number; an assumption and None if there is none."""
    over = ImportRun.objects.filter(state=ImportRun.State.FINISHED, counts__written__gte=1_000, finished_at__gt=F("started_at"))
    run = over.order_by("-pk").first()
    if run is None or run.finished_at is None or run.started_at is None:
        return ASSUMED_RATE, None
    return run.counts["written"] / max((run.finished_at - run.started_at).total_seconds(), 0.1), run.pk


def _parsed(reads: Iterable[Read | Line]) -> Iterator[Read]:
    return (read.parse() if isinstance(read, Line) else read for read in reads)


class _Rehearsing:
    def __init__(self, snapshot: Snapshot, filters: Filters, institutions: frozenset[str], heard: Heard) -> None:
        self.done = Rehearsal()
        self._snapshot, self._filters, self._institutions, self._heard = snapshot, filters, institutions, heard
        self._mentioned: dict[str, set[int]] = {letter: set() for letter in _LETTERS.values()}
        self._is_slice = bool(filters.as_told())
        self._bytes = 0
        self._whole = sum(file.size for file in snapshot.files if file.is_there)

    def read(self, file: SnapshotFile) -> None:
        counts = self.done.kinds.setdefault(file.kind, Counter())
        maybe, surely = self._tests(file.kind)
        with Lines(self._snapshot.root / file.path, start=Place()) as lines:
            reader = PartReader(lines, name=file.path, maybe=maybe, surely=surely)
            self._take(file, counts, _parsed(reader.reads(until=float("inf"))))
            counts["read"] += reader.passed_over
        self._bytes += file.size

    def read_list(self, file: SnapshotFile) -> None:
        counts = self.done.kinds.setdefault(MERGED_IDS, Counter())
        try:
            with Lines(self._snapshot.root / file.path, start=Place()) as lines:
                reader = merged_ids.ListReader(lines, name=file.path, passed_over=0)
                while not reader.is_over:
                    some = reader.some(LIST_LINES)
                    here = here_of(some)
                    counts["read"] += len(some)
                    counts["chosen"] += sum(getattr(one, "old_key", "") in here or getattr(one, "new_key", "") in here for one in some)
        except UnreadableFile as error:
            self.done.unreadable.append(str(error))
        self._bytes += file.size

    def _tests(self, kind: str) -> tuple[Chosen | None, Callable[[object], bool] | None]:
        if not self._is_slice:
            return None, None
        if kind == "works":
            return wanted_works(self._filters, institutions=self._institutions)
        is_here, mentioned = check_of(kind), self._mentioned[_LETTERS[kind]]
        return only(lambda number: number in mentioned or is_here(number)), None

    def _take(self, file: SnapshotFile, counts: Counter[str], reads: Iterator[Read]) -> None:
        try:
            for batch in batches(reads, size=BATCH_RECORDS, where=file.path):
                self._count(counts, batch)
                self._heard(file.path, self._bytes, self._whole)
        except UnreadableFile as error:
            self.done.unreadable.append(str(error))

    def _count(self, counts: Counter[str], batch: Batch) -> None:
        with connection.cursor() as cursor:
            seals = kept_seals(cursor, list(batch.drafts))
        counts.update(read=batch.read, chosen=batch.read)
        counts["set aside"] += len(batch.set_aside)
        counts["unchanged"] += batch.repeated
        self.done.reasons.update(one.reason for one in batch.set_aside)
        for key, draft in batch.drafts.items():
            seal = seals.get(key)
            counts["new" if seal is None else "unchanged" if seal.covers(draft, batch.digests[key]) else "changed"] += 1
            if self._is_slice and isinstance(draft, WorkDraft):
                self._note(draft)

    def _note(self, work: WorkDraft) -> None:
        """Remember whom and what a chosen work mentions: the import would know them by the time their own records come."""
        mentioned: list[AnyDraft | None] = [work.source, *(each.topic for each in work.topics), *(each.funder for each in work.funding)]
        for authorship in work.authorships:
            mentioned += [authorship.author, *authorship.institutions]
        for draft in mentioned:
            self._note_one(draft)

    def _note_one(self, draft: AnyDraft | None) -> None:
        letter, number = (draft.key.removeprefix("openalex:")[:1], draft.key[10:]) if draft is not None else ("", "")
        if letter in self._mentioned and number.isdecimal():
            self._mentioned[letter].add(int(number))
        if isinstance(draft, AuthorDraft):
            for affiliation in draft.affiliations:
                self._note_one(affiliation.institution)
        elif isinstance(draft, InstitutionDraft):
            self._mentioned["I"].update(int(key[1:]) for key in draft.lineage if key[1:].isdecimal())
