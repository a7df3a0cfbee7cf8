"""Versions of a work and what its records tell differently: what is known of how it changed, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bzpeer.pages.cards import type_label
from bzpeer.pages.licences import licence_name
from bzpeer.typesetting import plain
from researchers.names import fold
from works.drafts import WorkDraft
from works.facts import StoredRecord

NAMES_TOLD = 4


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field of which the records of one work say different things: (record, what it says) in the records' order."""

    label: str
    told: tuple[tuple[str, str], ...]


def differences(records: Sequence[StoredRecord]) -> list[Difference]:
    """Return what the records of a work tell differently. A record that is silent about a field does not differ in it."""
    drafts = [(_named(record.key), record.draft) for record in records if record.draft is not None]
    found = []
    for label, says, seen_as in _FIELDS:
        told = [(name, says(draft)) for name, draft in drafts]
        told = [(name, value) for name, value in told if value]
        if len({seen_as(value) for _, value in told}) > 1:
            found.append(Difference(label=label, told=tuple((name, _shortened(label, value)) for name, value in told)))
    return found


def _named(key: str) -> str:
    kind, _, value = key.partition(":")
    return f"{'arXiv' if kind == 'arxiv' else 'OpenAlex'} {value}"


def _authors(draft: WorkDraft) -> str:
    return "; ".join(each.byline for each in draft.authorships if each.byline)


def _families(authors: str) -> str:
    """Two spellings of a name ("K. Liu", "Kangqiao Liu") are no change of authors: the last words are compared."""
    return ";".join(sorted(fold(name.partition(",")[0] if "," in name else name).rpartition(" ")[2] for name in authors.split("; ")))


def _same(value: str) -> str:
    return value


_FIELDS: tuple[tuple[str, Callable[[WorkDraft], str], Callable[[str], str]], ...] = (
    ("Title", lambda draft: plain(draft.title), fold),
    ("Authors", _authors, _families),
    ("Abstract", lambda draft: plain(draft.abstract), fold),
    ("Type", lambda draft: type_label(draft.type) if draft.type else "", _same),
    ("Date", lambda draft: draft.publication_date or str(draft.publication_year or ""), _same),
    ("Venue", lambda draft: draft.source.display_name if draft.source else "", fold),
    ("DOI", lambda draft: draft.doi, _same),
    ("Licence", lambda draft: licence_name(draft.license), _same),
    ("Categories", lambda draft: ", ".join(draft.categories), _same),
)


def _shortened(label: str, value: str) -> str:
    if label == "Abstract":
        return f"{len(value.split()):,} words, from “{' '.join(value.split()[:8])} …”"
    if label == "Authors":
        names = value.split("; ")
        return f"{len(names):,}: {'; '.join(names[:NAMES_TOLD])}{' …' if len(names) > NAMES_TOLD else ''}"
    return value
