"""What people said about bylines, found again in whatever author list a source sends.

A ruling names its byline by what was printed when it was made. Sources respell names, insert authors and exchange
author ids, so it is looked for by the strongest trace first: printed name and place, printed name, author id, a name
that can be the same in the same place, and last the only name that can be the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

from researchers.names import name_key
from works.drafts import AuthorshipDraft
from works.models import AuthorshipRuling

Verdict = AuthorshipRuling.Verdict


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word on one byline, see `works.models.AuthorshipRuling`."""

    id: int
    work_id: int
    researcher_id: int
    verdict: str
    byline: str
    name_key: str
    position: int
    author_id: str
    stub_id: int | None
    created_at: datetime

    def grounds(self, author_id: str = "", *, is_missing: bool = False) -> dict[str, Any]:
        """Return what an authorship keeps as its grounds. `is_missing`: the source no longer prints the byline."""
        said: dict[str, Any] = {"ruling": self.id, "verdict": self.verdict, "said": self.created_at.date().isoformat()}
        return said | ({"author_id": author_id} if author_id else {}) | ({"missing": True} if is_missing else {})


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of one byline: whose it is, if anybody's, and the denials."""

    mine: Ruling | None
    denials: tuple[Ruling, ...]

    def denies(self, researcher_id: int | None) -> bool:
        return any(denial.researcher_id == researcher_id for denial in self.denials)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Rulings of one work by the position of their byline, and those "mine" whose byline is printed no more."""

    ruled: Mapping[int, Ruled] = {}
    lost: tuple[Ruling, ...] = ()


NOTHING_SAID = Settled()


def rulings_on(cursor: CursorWrapper, work_ids: Sequence[int]) -> dict[int, list[Ruling]]:
    """Return the rulings of these works, by work, the oldest first."""
    columns = Ruling.__struct_fields__
    cursor.execute(
        f"SELECT {', '.join(columns)} FROM works_authorshipruling WHERE work_id = ANY(%s) ORDER BY work_id, id", [list(work_ids)]
    )
    found: dict[int, list[Ruling]] = defaultdict(list)
    for row in cursor.fetchall():
        ruling = Ruling(**dict(zip(columns, row, strict=True)))
        found[ruling.work_id].append(ruling)
    return found


def note_missing(work_ids: Collection[int]) -> None:
    """Note for a moderator which confirmed bylines of these works their source prints no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO works_upstreamconflict (kind, key, other_key, detail, noted_at) "
            "SELECT 'missing_byline', 'ruling:' || g.id, '', '{}', now() FROM works_authorshipruling g "
            "JOIN works_authorship a ON a.work_id = g.work_id AND a.grounds @> jsonb_build_object('ruling', g.id, 'missing', true) "
            "WHERE g.work_id = ANY(%s) ORDER BY g.id",
            [list(work_ids)],
        )


def settle(bylines: Sequence[AuthorshipDraft], rulings: Iterable[Ruling]) -> Settled:
    """Find the byline of each ruling. Rulings of one verdict share no byline; what "mine" says counts before denials."""
    ordered = sorted(rulings, key=lambda ruling: ruling.id)
    mine = _found(bylines, [ruling for ruling in ordered if ruling.verdict == Verdict.MINE])
    denied = [_found(bylines, [ruling]) for ruling in ordered if ruling.verdict == Verdict.NOT_MINE]
    ruled = {
        byline.position: Ruled(
            mine=mine.get(byline.position), denials=tuple(found[byline.position] for found in denied if byline.position in found)
        )
        for byline in bylines
    }
    met = {ruling.id for ruling in mine.values()}
    return Settled(
        ruled={position: one for position, one in ruled.items() if one.mine or one.denials},
        lost=tuple(ruling for ruling in ordered if ruling.verdict == Verdict.MINE and ruling.id not in met),
    )


def _found(bylines: Sequence[AuthorshipDraft], rulings: Sequence[Ruling]) -> dict[int, Ruling]:
    """Give rulings their bylines, the surest pairs first; each byline and each ruling once."""
    keys = {byline.position: name_key(byline.byline) for byline in bylines}
    pairs = sorted(
        (rank, abs(byline.position - ruling.position), ruling.id, byline.position)
        for ruling in rulings
        for byline in bylines
        if (rank := _rank(byline, keys[byline.position], ruling)) is not None
    )
    by_id = {ruling.id: ruling for ruling in rulings}
    found: dict[int, Ruling] = {}
    placed: set[int] = set()
    for _, _, ruling_id, position in pairs:
        if position not in found and ruling_id not in placed:
            found[position] = by_id[ruling_id]
            placed.add(ruling_id)
    return found


def _rank(byline: AuthorshipDraft, key: str, ruling: Ruling) -> int | None:
    """Return how sure it is that this is the ruling's byline, 0 the surest; None if it cannot be."""
    author_id = byline.author.key.partition(":")[2] if byline.author else ""
    in_place = byline.position == ruling.position
    if key == ruling.name_key:
        return 0 if in_place else 1
    if author_id and author_id == ruling.author_id:
        return 2
    if can_be_same(key, ruling.name_key):
        return 3 if in_place else 4
    return None


def can_be_same(one: str, other: str) -> bool:
    """Tell whether two name keys can be one person's name: a spelled-out word in common, and the rest agrees by initials."""
    shorter, longer = sorted((one.split(), other.split()), key=len)
    if not any(len(word) > 1 and word in longer for word in shorter):
        return False
    free = list(longer)
    for word in sorted(shorter, key=lambda word: (word not in free, -len(word))):
        match = next((held for held in free if held == word), None) or next(
            (held for held in free if min(len(held), len(word)) == 1 and held[0] == word[0]), None
        )
        if match is None:
            return False
        free.remove(match)
    return True
