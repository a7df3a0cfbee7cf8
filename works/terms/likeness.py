"""Which abstracts read alike: a short vector for each, compared by pgvector where the database has it.

The vector is the abstract's TF-IDF row projected on DIMENSIONS random directions (Achlioptas 2003, in the sparse form of Kane and
Nelson 2014): each term adds to PLACES of them with signs that follow from its key. So vectors are the same on every machine,
need no model and nothing fitted, and their cosine is that of the TF-IDF rows, give or take 0.06.

The table is made by `make_table` after each migration, if pgvector is installed and may be created; without it the portal works
and suggests related works by references and terms alone. It has no Django model, since migrations must not fail where the
extension is missing.
"""

import numpy
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from scipy.sparse import csr_array

DIMENSIONS = 256
PLACES = 8
TABLE = "works_textvector"
_INDEX = (
    f"CREATE INDEX IF NOT EXISTS work_text_likeness ON {TABLE} USING hnsw (vector halfvec_cosine_ops) WITH (m = 12, ef_construction = 40)"
)
"""Finds 98 of 100 abstracts that read alike (LEAST_ALIKE of works/related.py), in half the time and more of pgvector's defaults (99)."""
MANY = 5_000
MOST_WITHOUT_INDEX = 100_000
"""So many vectors are compared one by one in a twentieth of a second, and their index is built in less than a minute."""


def make_table() -> bool:
    """Make the extension and the table where that is possible; tell whether they are there."""
    with connection.cursor() as cursor:
        if is_here(cursor):
            return True
        try:
            with transaction.atomic():
                cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
                if cursor.fetchone() is None:
                    return False
                cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
                cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (work_id bigint PRIMARY KEY, vector halfvec({DIMENSIONS}) NOT NULL)")
                cursor.execute(_INDEX)
                # Whatever was weighed without vectors gets them with its next weighing, which is now.
                cursor.execute("UPDATE works_countedterms SET weighed_at = NULL WHERE weighed_at IS NOT NULL")
        except DatabaseError:  # not permitted, or an older pgvector without halfvec: the portal does without
            return False
    return True


def is_here(cursor: CursorWrapper) -> bool:
    """Tell whether the database has the table."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [TABLE])
    return bool(cursor.fetchone()[0])


def drop_index_for(cursor: CursorWrapper, coming: int) -> bool:
    """Drop the index where it is faster built as a whole once so many vectors have come; tell whether that is so.

    A vector takes a sixth of the time then. Pages do without meanwhile. `build_index` makes it again, also after a crash.
    """
    if coming < MANY or not is_here(cursor):
        return False
    cursor.execute(f"SELECT count(*) FROM (SELECT FROM {TABLE} LIMIT %s) AS held", [MOST_WITHOUT_INDEX])
    held = cursor.fetchone()[0]
    if held > 5 * coming or held + coming > MOST_WITHOUT_INDEX:
        return False
    cursor.execute("DROP INDEX IF EXISTS work_text_likeness")
    return True


@transaction.atomic
def build_index() -> None:
    """Build the index if it is not there, in memory where that suffices; who writes vectors waits, who reads them does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL AND to_regclass('work_text_likeness') IS NULL", [TABLE])
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            cursor.execute(_INDEX)


def store_vectors(cursor: CursorWrapper, work_ids: list[int], rows: tuple[csr_array, list[int]] | None) -> None:
    """Replace the vectors of these works by those of the rows (TF-IDF, and the keys of its columns); None removes them."""
    if not is_here(cursor):
        return
    cursor.execute(f"DELETE FROM {TABLE} WHERE work_id = ANY(%s)", [work_ids])
    if rows is None or not rows[1]:
        return
    dense = (rows[0] @ projection(rows[1])).toarray()
    lengths = numpy.linalg.norm(dense, axis=1)
    held = lengths > 0
    with cursor.copy(f"COPY {TABLE} (work_id, vector) FROM STDIN (FORMAT binary)") as receiver:
        receiver.write(_written(numpy.array(work_ids)[held], dense[held] / lengths[held, None]))


_ROW = numpy.dtype(
    [
        ("columns", ">i2"),
        ("id_bytes", ">i4"),
        ("id", ">i8"),
        ("vector_bytes", ">i4"),
        ("dimensions", ">i2"),
        ("unused", ">i2"),
        ("vector", ">f2", DIMENSIONS),
    ]
)
_HEAD, _TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def _written(work_ids: numpy.ndarray, vectors: numpy.ndarray) -> bytes:
    """Write rows out for COPY in its binary format (and pgvector's); as text they take ten times as long."""
    rows = numpy.zeros(len(work_ids), dtype=_ROW)
    rows["columns"], rows["id_bytes"], rows["vector_bytes"] = 2, 8, 4 + 2 * DIMENSIONS
    rows["dimensions"], rows["id"], rows["vector"] = DIMENSIONS, work_ids, vectors
    return _HEAD + rows.tobytes() + _TAIL


def projection(keys: list[int]) -> csr_array:
    """Return a matrix with a row of PLACES signs for each term, by its key alone."""
    state = numpy.array(keys, dtype=numpy.int64).view(numpy.uint64)
    columns = numpy.empty((len(keys), PLACES), dtype=numpy.int32)
    signs = numpy.empty((len(keys), PLACES), dtype=numpy.float32)
    block = DIMENSIONS // PLACES
    for place in range(PLACES):
        state, mixed = _next(state)
        columns[:, place] = (mixed >> numpy.uint64(1)) % numpy.uint64(block) + numpy.uint64(place * block)
        signs[:, place] = numpy.where(mixed & numpy.uint64(1), 1.0, -1.0)
    starts = numpy.arange(0, len(keys) * PLACES + 1, PLACES)
    return csr_array((signs.ravel() / numpy.sqrt(PLACES), columns.ravel(), starts), shape=(len(keys), DIMENSIONS))


def _next(state: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the next state of SplitMix64 (Steele, Lea and Flood 2014) and what it gives."""
    with numpy.errstate(over="ignore"):
        state = state + numpy.uint64(0x9E3779B97F4A7C15)
        mixed = (state ^ (state >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return state, mixed ^ (mixed >> numpy.uint64(31))
