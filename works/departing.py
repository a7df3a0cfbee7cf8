"""Works that a source takes from a claimed record and gives to another one: they follow the source, and people are told.

An owner who confirmed a byline keeps it (works/rulings.py). One that only the source ever said is theirs goes where the
source says, which may be right or wrong: the owner is asked, see bzpeer/curation/settling.py.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.backends.utils import CursorWrapper

from works.models import Authorship, UpstreamConflict
from works.writing import Before, Printed

By = Authorship.ResolvedBy


def note_departures(cursor: CursorWrapper, homes: Mapping[int, int], was: Before) -> None:
    """Note which works left a claimed record for another one. `homes` leads from an absorbed work to the one it is part of now."""
    claimed = _claimed(cursor, was)
    if not claimed:
        return
    left = {work_id: bylines for work_id, bylines in was.bylines.items() if any(one.researcher_id in claimed for one in bylines)}
    now = _present(cursor, sorted({homes.get(work_id, work_id) for work_id in left}))
    noted = [
        UpstreamConflict(
            kind=UpstreamConflict.Kind.MOVED_AWAY,
            key=f"researcher:{one.researcher_id}",
            other_key=f"researcher:{taker}",
            detail={"work": homes.get(work_id, work_id)},
        )
        for work_id, bylines in sorted(left.items())
        for place, one in enumerate(bylines)
        if one.researcher_id in claimed and (taker := _taker(one, place, now[homes.get(work_id, work_id)]))
    ]
    UpstreamConflict.objects.bulk_create(noted)


def _claimed(cursor: CursorWrapper, was: Before) -> set[int]:
    """Return the claimed records among those that bylines belonged to by a source's word."""
    held = {one.researcher_id for bylines in was.bylines.values() for one in bylines if one.resolved_by == By.UPSTREAM_ID}
    if not held:
        return set()
    cursor.execute("SELECT id FROM researchers_researcher WHERE id = ANY(%s) AND is_claimed", [sorted(key for key in held if key)])
    return {key for (key,) in cursor.fetchall()}


def _present(cursor: CursorWrapper, work_ids: Sequence[int]) -> dict[int, list[tuple[str, int | None, str]]]:
    cursor.execute(
        "SELECT work_id, name_key, researcher_id, resolved_by FROM works_authorship WHERE work_id = ANY(%s) ORDER BY work_id, position",
        [list(work_ids)],
    )
    found: dict[int, list[tuple[str, int | None, str]]] = defaultdict(list)
    for work_id, name, researcher_id, resolved_by in cursor.fetchall():
        found[work_id].append((name, researcher_id, resolved_by))
    return found


def _taker(one: Printed, place: int, present: Sequence[tuple[str, int | None, str]]) -> int | None:
    """Return to whom the source gives a byline now: by its name, else by its place. None if it stayed, or nobody has it."""
    if any(who == one.researcher_id for _, who, _ in present):
        return None
    named = [(who, by) for name, who, by in present if name == one.name_key]
    placed = [(who, by) for _, who, by in present[place : place + 1]]
    who, by = (named or placed or [(None, "")])[0]
    return who if by == By.UPSTREAM_ID else None
