"""How many abstracts hold each term, and the key terms that follow: kept up to date as abstracts come, change and go.

    note_due        in the transaction of a change's derivation: which works' abstracts differ from what is counted
    count_due       takes those: new terms are added to the counts, those of the abstract counted before are taken out
    weigh_counted   makes the key terms of works just counted, from the words that were read for it, unless so many abstracts
                    still wait that their weights would drift at once
    weigh_due       then makes those of all others that were counted anew, and of those that
                    were weighed when there were far fewer or far more abstracts (`DRIFT`)

Counting is exact: what an abstract was counted for stands beside it (`CountedTerms`), and each batch is one transaction, so a
crash gives its works back and counting twice changes nothing. Several workers share the works; they wait for each
other only while they add to the counts. Weights are as of the moment they were made: a page says of how many abstracts and when.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from works.models import THOUSANDTHS
from works.staging import copy_lines, escaped, numbers_of
from works.terms.likeness import MOST_WITHOUT_INDEX, build_index, drop_index_for, store_vectors
from works.terms.ranking import Ranked, folded, rankings, weighted
from works.terms.words import VERSION, Phrase, counted, key_of, phrases_of, printed_forms

COUNTED_AT_ONCE = 4_000
WEIGHED_AT_ONCE = 4_000
ABSTRACTS = 0
"""The key of `TermFrequency` that counts abstracts."""

DRIFT = 1.25
"""Weights are made anew when the number of abstracts grew or shrank by this factor since: a weight moves by less than a
twentieth in between, and an abstract is weighed again some ten times while the portal grows tenfold."""

ABSTRACT_DIGEST = f"md5(concat_ws(chr(31), '{VERSION}', language, abstract))::uuid"


def note_due(work_ids: Collection[int]) -> int:
    """Note which of these works have another abstract than the one counted; return how many."""
    if not work_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_NOTE.format(among="w.id = ANY(%s)"), [sorted(work_ids)])
        return int(cursor.rowcount)


def note_all_due() -> int:
    """Note every work whose abstract is not counted as it is; return how many. Reads all abstracts, writes only what differs."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE.format(among="true"))
        return int(cursor.rowcount)


_NOTE = f"""
    INSERT INTO works_termsdue (work_id)
    SELECT w.id FROM works_work w LEFT JOIN works_countedterms c ON c.work_id = w.id
     WHERE {{among}} AND CASE WHEN w.abstract = '' THEN c.work_id IS NOT NULL ELSE c.digest IS DISTINCT FROM {ABSTRACT_DIGEST} END
     ORDER BY w.id
"""


def refresh_terms(*, deadline: float = float("inf"), progress: Callable[[int], None] | None = None) -> int:
    """Count and weigh what is due until the deadline (monotonic); return how many abstracts were counted or weighed."""
    done = 0

    def work_through(step: Callable[[], int]) -> bool:
        nonlocal done
        while time.monotonic() < deadline:
            taken = step()
            if not taken:
                return True
            done += taken
            if progress:
                progress(done)
        return False

    if work_through(_count_and_weigh):
        _prepare_for_many()
        if work_through(weigh_due):
            build_index()
    return done


def _count_and_weigh() -> int:
    read: Read = {}
    return count_due(read=read) + weigh_counted(read)


def _prepare_for_many() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM works_countedterms WHERE weighed_at IS NULL LIMIT %s) AS due", [MOST_WITHOUT_INDEX]
        )
        drop_index_for(cursor, cursor.fetchone()[0])


# --- counting ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Abstract:
    work_id: int
    text: str
    language: str
    digest: uuid.UUID


Read = dict[int, tuple[uuid.UUID, list[Phrase]]]
"""What was read of works' abstracts to count them: the digest and the words."""


@transaction.atomic
def count_due(*, read: Read | None = None) -> int:
    """Count the abstracts of up to COUNTED_AT_ONCE works that were noted; return how many rows of the list that took.

    `read` is given the words of those that were counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [COUNTED_AT_ONCE])
        taken = [work_id for (work_id,) in cursor.fetchall()]
        if taken:
            _count(cursor, sorted(set(taken)), {} if read is None else read)
    return len(taken)


_TAKE = """
    DELETE FROM works_termsdue WHERE id IN (SELECT id FROM works_termsdue ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING work_id
"""


def _count(cursor: CursorWrapper, work_ids: list[int], read: Read) -> None:
    """Bring the counts in line with these works' abstracts. Who counts the same work meanwhile waits for its row here."""
    cursor.execute(
        "INSERT INTO works_countedterms (work_id, keys) SELECT id, '{}' FROM works_work WHERE id = ANY(%s) AND abstract <> '' "
        "ORDER BY id ON CONFLICT (work_id) DO NOTHING",
        [work_ids],
    )
    cursor.execute("SELECT work_id, digest, keys FROM works_countedterms WHERE work_id = ANY(%s) ORDER BY work_id FOR UPDATE", [work_ids])
    before: dict[int, tuple[uuid.UUID | None, list[int]]] = {work_id: (digest, keys) for work_id, digest, keys in cursor.fetchall()}
    # Read only now: whoever had the rows before may have counted an abstract that this statement's past does not show.
    now = {one.work_id: one for one in _abstracts(cursor, list(before))}
    change: Counter[int] = Counter()
    fresh: dict[int, list[int]] = {}
    for work_id, (digest, keys) in before.items():
        one = now.get(work_id)
        if one is not None and one.digest == digest:
            continue
        change.subtract(keys)
        change[ABSTRACTS] += (one is not None) - (digest is not None)
        if one is not None:
            phrases = phrases_of(one.text, one.language)
            read[work_id] = (one.digest, phrases)
            fresh[work_id] = list(set(map(key_of, counted(phrases))))
            change.update(fresh[work_id])
    _store(cursor, fresh, now)
    _forget(cursor, [work_id for work_id in before if work_id not in now])
    _add(cursor, change)


def _abstracts(cursor: CursorWrapper, work_ids: list[int]) -> Iterable[_Abstract]:
    cursor.execute(
        f"SELECT id, abstract, language, {ABSTRACT_DIGEST} FROM works_work WHERE id = ANY(%s) AND abstract <> '' ORDER BY id", [work_ids]
    )
    return (_Abstract(work_id=key, text=text, language=language, digest=digest) for key, text, language, digest in cursor.fetchall())


def _store(cursor: CursorWrapper, fresh: Mapping[int, Sequence[int]], now: Mapping[int, _Abstract]) -> None:
    if fresh:
        cursor.execute(
            "UPDATE works_countedterms c SET digest = n.digest, keys = n.keys::bigint[], weighed_at = NULL "
            "FROM unnest(%s::bigint[], %s::uuid[], %s::text[]) n (work_id, digest, keys) WHERE c.work_id = n.work_id",
            [
                list(fresh),
                [now[work_id].digest for work_id in fresh],
                [numbers_of(keys) for keys in fresh.values()],
            ],
        )


def _forget(cursor: CursorWrapper, work_ids: list[int]) -> None:
    """Drop what was derived from abstracts that are no more."""
    if work_ids:
        cursor.execute("DELETE FROM works_countedterms WHERE work_id = ANY(%s)", [work_ids])
        cursor.execute("DELETE FROM works_keyterm WHERE work_id = ANY(%s)", [work_ids])
        store_vectors(cursor, work_ids, None)


def _add(cursor: CursorWrapper, change: Mapping[int, int]) -> None:
    """Change the counts. In turn, since every batch changes the frequent terms; the turn ends with the transaction."""
    more = sorted((key, by) for key, by in change.items() if by > 0)
    less = sorted((key, by) for key, by in change.items() if by < 0)
    if not more and not less:
        return
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('bzpeer.works.terms'))")
    if more:
        cursor.execute(
            "INSERT INTO works_termfrequency AS held (key, documents) SELECT * FROM unnest(%s::bigint[], %s::int[]) "
            "ON CONFLICT (key) DO UPDATE SET documents = held.documents + EXCLUDED.documents",
            [numbers_of(key for key, _ in more), numbers_of(by for _, by in more)],
        )
    if less:
        keys = [key for key, _ in less]
        cursor.execute(
            "UPDATE works_termfrequency held SET documents = held.documents + gone.by "
            "FROM unnest(%s::bigint[], %s::int[]) gone (key, by) WHERE held.key = gone.key",
            [keys, [by for _, by in less]],
        )
        cursor.execute("DELETE FROM works_termfrequency WHERE key = ANY(%s) AND documents = 0", [keys])


# --- weighing ---------------------------------------------------------------------------------------


@transaction.atomic
def weigh_due() -> int:
    """Make the key terms of up to WEIGHED_AT_ONCE works that are due; return how many that were.

    When none is due, works whose weights have drifted become due, as many at a time.
    """
    with connection.cursor() as cursor:
        abstracts = number_of_abstracts(cursor)
        due = _take_due(cursor)
        if not due:
            cursor.execute(_DRIFTED, {"low": int(abstracts / DRIFT), "high": int(abstracts * DRIFT) + 1, "most": WEIGHED_AT_ONCE})
            due = _take_due(cursor) if cursor.rowcount else []
        if due:
            _weigh(cursor, {one.work_id: phrases_of(one.text, one.language) for one in _abstracts(cursor, due)}, abstracts)
            cursor.execute(_WEIGHED, [abstracts, due])
    return len(due)


_WEIGHED = "UPDATE works_countedterms SET weighed_at = now(), abstracts = %s WHERE work_id = ANY(%s)"


@transaction.atomic
def weigh_counted(read: Read) -> int:
    """Make the key terms of works that were just counted from the words read then; return how many that were.

    None where so many abstracts wait that all of these would soon have to be weighed again.
    """
    if not read:
        return 0
    with connection.cursor() as cursor:
        abstracts = number_of_abstracts(cursor)
        cursor.execute("SELECT COALESCE(max(id) - min(id) + 1, 0) FROM works_termsdue")
        if cursor.fetchone()[0] > abstracts * (DRIFT - 1) / 2:
            return 0
        cursor.execute(
            "SELECT work_id, digest FROM works_countedterms WHERE work_id = ANY(%s) AND weighed_at IS NULL ORDER BY work_id "
            "FOR UPDATE SKIP LOCKED",
            [list(read)],
        )
        due = {work_id: read[work_id][1] for work_id, digest in cursor.fetchall() if digest == read[work_id][0]}
        if due:
            _weigh(cursor, due, abstracts)
            cursor.execute(_WEIGHED, [abstracts, list(due)])
    return len(due)


def _take_due(cursor: CursorWrapper) -> list[int]:
    cursor.execute(
        "SELECT work_id FROM works_countedterms WHERE weighed_at IS NULL AND digest IS NOT NULL ORDER BY work_id LIMIT %s "
        "FOR UPDATE SKIP LOCKED",
        [WEIGHED_AT_ONCE],
    )
    return [work_id for (work_id,) in cursor.fetchall()]


_DRIFTED = """
    WITH fewer AS (
        SELECT work_id FROM works_countedterms WHERE abstracts < %(low)s AND weighed_at IS NOT NULL
         ORDER BY abstracts LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ), more AS (
        SELECT work_id FROM works_countedterms WHERE abstracts > %(high)s AND weighed_at IS NOT NULL
         ORDER BY abstracts DESC LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE works_countedterms SET weighed_at = NULL WHERE work_id IN (SELECT work_id FROM fewer UNION SELECT work_id FROM more)
"""


def number_of_abstracts(cursor: CursorWrapper) -> int:
    """Return how many abstracts are counted."""
    cursor.execute("SELECT documents FROM works_termfrequency WHERE key = %s", [ABSTRACTS])
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _weigh(cursor: CursorWrapper, read: Mapping[int, list[Phrase]], abstracts: int) -> None:
    counts = [counted(phrases) for phrases in read.values()]
    documents = _documents(cursor, set().union(*counts))
    matrix, terms = weighted(counts, documents=documents, abstracts=abstracts)
    lines: list[str] = []
    for (work_id, phrases), count, ranked in zip(read.items(), counts, rankings(matrix, terms, documents), strict=True):
        lines += _lines(work_id, folded(ranked, count), phrases)
    cursor.execute("DELETE FROM works_keyterm WHERE work_id = ANY(%s)", [list(read)])
    copy_lines(cursor, "works_keyterm", ("work_id", "rank", "key", "text", "weight", "documents"), lines)
    store_vectors(cursor, list(read), (matrix, [key_of(term) for term in terms]))


def _lines(work_id: int, listed: Sequence[Ranked], phrases: list[Phrase]) -> Iterable[str]:
    printed = printed_forms(phrases, {one.term for one in listed})
    return (
        f"{work_id}\t{rank}\t{key_of(term)}\t{escaped(printed[term])}\t{round(weight * THOUSANDTHS)}\t{documents}\n"
        for rank, (term, weight, documents) in enumerate(listed, start=1)
    )


def _documents(cursor: CursorWrapper, terms: Collection[str]) -> dict[str, int]:
    """Return in how many abstracts each of these terms is."""
    keys = {key_of(term): term for term in terms}
    cursor.execute("SELECT key, documents FROM works_termfrequency WHERE key = ANY(%s::bigint[])", [numbers_of(sorted(keys))])
    return {keys[key]: documents for key, documents in cursor.fetchall()}


# --- from scratch -----------------------------------------------------------------------------------


@transaction.atomic
def recount_frequencies() -> int:
    """Count every term anew from what the abstracts are counted for; return how many counts were wrong, which is 0."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('bzpeer.works.terms'))")
        cursor.execute(_RECOUNT, {"abstracts": ABSTRACTS})
        return int(cursor.rowcount)


_RECOUNT = """
    WITH counted AS (
        SELECT key, count(*) AS documents FROM works_countedterms, unnest(keys) AS key WHERE digest IS NOT NULL GROUP BY key
        UNION ALL SELECT %(abstracts)s, count(*) FROM works_countedterms WHERE digest IS NOT NULL HAVING count(*) > 0
    ), wrong AS (
        SELECT COALESCE(counted.key, held.key) AS key, COALESCE(counted.documents, 0) AS documents
          FROM counted FULL JOIN works_termfrequency held ON held.key = counted.key
         WHERE COALESCE(counted.documents, 0) <> COALESCE(held.documents, 0)
    )
    INSERT INTO works_termfrequency (key, documents) SELECT key, documents FROM wrong ORDER BY key
    ON CONFLICT (key) DO UPDATE SET documents = EXCLUDED.documents
"""
