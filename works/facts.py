"""What hangs on one work in a few rows each, read by one statement: a page that asked table by table would ask eight times."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime

from works.drafts import WorkDraft
from works.keeping import unpacked
from works.models import Work

MOST = 200
"""Rows read of each kind; real records have a few, and the categories of the most generous one are 30."""
MOST_KEYS = 20


@dataclass(frozen=True, kw_only=True)
class TopicOf:
    """A topic of the work with the classifier's score (0-1)."""

    key: int
    display_name: str
    subfield_name: str
    score: float
    rank: int


@dataclass(frozen=True, kw_only=True)
class CategoryOf:
    """An arXiv category."""

    code: str
    name: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class FunderOf:
    """Who paid, with the award numbers as printed."""

    key: int
    display_name: str
    country_code: str
    award_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A numbered arXiv version."""

    number: int
    submitted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Once:
    """The work that this one's OpenAlex id led to before upstream used it again."""

    key: int
    title: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Topics and categories, the primary one first; funders by name; versions, the first one first; further ids that lead here."""

    topics: tuple[TopicOf, ...]
    categories: tuple[CategoryOf, ...]
    funders: tuple[FunderOf, ...]
    versions: tuple[Version, ...]
    other_keys: tuple[str, ...]
    once: Once | None
    corrections: tuple["Correction", ...]
    corrects: tuple["Correction", ...]


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A work whose title is this one's behind "Erratum" and the like, or the other way round."""

    key: int
    title: str
    year: int | None
    type: str


CORRECTION_WORDS = (
    "erratum", "erratum to", "errata", "correction", "correction to", "corrections to", "corrigendum", "corrigendum to", "addendum",
    "addendum to", "author correction", "publisher correction", "publisher s note", "publishers note", "retraction", "retraction of",
    "retraction note", "retraction note to", "retracted", "retracted article", "expression of concern",
)  # fmt: skip
"""What stands, folded, before the title of a work in the title of its correction."""
_FEWEST_WORDS = 3
"""Of shorter titles many works have the same: "Erratum: Introduction" names none of them."""
_CORRECTIONS_SHOWN = 5


_FACTS = """
SELECT
  (SELECT json_agg(t) FROM (
      SELECT t.id AS key, t.display_name, t.subfield_name, l.score, l.rank FROM works_worktopic l JOIN works_topic t ON t.id = l.topic_id
       WHERE l.work_id = %(work)s ORDER BY l.rank, l.id LIMIT %(most)s) t)::text,
  (SELECT json_agg(c) FROM (
      SELECT c.code, c.name, l.rank FROM works_workcategory l JOIN works_category c ON c.id = l.category_id
       WHERE l.work_id = %(work)s ORDER BY l.rank, l.id LIMIT %(most)s) c)::text,
  (SELECT json_agg(f) FROM (
      SELECT f.id AS key, f.display_name, f.country_code, l.award_ids FROM works_workfunder l JOIN works_funder f ON f.id = l.funder_id
       WHERE l.work_id = %(work)s ORDER BY f.display_name, l.id LIMIT %(most)s) f)::text,
  (SELECT json_agg(v) FROM (
      SELECT number, submitted_at FROM works_workversion WHERE work_id = %(work)s ORDER BY number LIMIT %(most)s) v)::text,
  (SELECT json_agg(key) FROM (
      SELECT key FROM works_workredirect WHERE work_id = %(work)s AND key NOT LIKE 'id:%%' ORDER BY key LIMIT %(keys)s) r)::text,
  (SELECT json_build_object('key', w.id, 'title', w.title)
     FROM works_upstreammerge m
     LEFT JOIN works_workredirect r ON r.key = m.new_key
     JOIN works_work w ON w.id = COALESCE((SELECT id FROM works_work WHERE openalex_id = split_part(m.new_key, ':', 2)), r.work_id)
    WHERE m.old_key = %(openalex)s AND m.used_again_at IS NOT NULL AND w.id <> %(work)s LIMIT 1)::text,
  (SELECT json_agg(w) FROM (
      SELECT id AS key, title, publication_year AS year, type, folded_title FROM works_work
       WHERE hashtextextended(folded_title, 0) = ANY(ARRAY(SELECT hashtextextended(t, 0) FROM unnest(%(titles)s::text[]) t))
         AND folded_title = ANY(%(titles)s) AND id <> %(work)s ORDER BY publication_date, id LIMIT %(corrections)s) w)::text
"""


def facts_on(work: Work) -> Facts:
    """Return what hangs on a work, by one query."""
    behind, before = _titles(work.folded_title)
    asked: dict[str, Any] = {
        "work": work.pk,
        "most": MOST,
        "keys": MOST_KEYS,
        "openalex": f"openalex:{work.openalex_id}",
        "titles": [*behind, *before],
        "corrections": _CORRECTIONS_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, asked)
        topics, categories, funders, versions, keys, once, others = (json.loads(each) if each else None for each in cursor.fetchone())
    return Facts(
        topics=tuple(TopicOf(**row) for row in topics or ()),
        categories=tuple(CategoryOf(**row) for row in categories or ()),
        funders=tuple(FunderOf(**{**row, "award_ids": tuple(row["award_ids"])}) for row in funders or ()),
        versions=tuple(_version(row) for row in versions or ()),
        other_keys=tuple(keys or ()),
        once=Once(**once) if once else None,
        corrections=tuple(_correction(row) for row in others or () if row["folded_title"] in behind),
        corrects=tuple(_correction(row) for row in others or () if row["folded_title"] in before),
    )


def _titles(folded: str) -> tuple[list[str], list[str]]:
    """Return the folded titles that a correction of this work has, and those that what this one corrects has."""
    words = folded.split()
    behind = [f"{begin} {folded}" for begin in CORRECTION_WORDS] if len(words) >= _FEWEST_WORDS else []
    rests = (folded.removeprefix(f"{begin} ") for begin in CORRECTION_WORDS)
    before = [rest for rest in rests if rest != folded and len(rest.split()) >= _FEWEST_WORDS]
    return behind, before


def _correction(row: dict[str, Any]) -> Correction:
    return Correction(key=row["key"], title=row["title"], year=row["year"], type=row["type"])


def _version(row: dict[str, Any]) -> Version:
    at = row["submitted_at"]
    return Version(number=row["number"], submitted_at=parse_datetime(at) if at else None)


# --- the records a work is composed of --------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    """An upstream record of the work; `draft` is what it says where there is another one to compare it with."""

    key: str
    gone_at: datetime | None
    draft: WorkDraft | None


def records_on(work: Work) -> list[StoredRecord]:
    """Return the upstream records a work is composed of, by one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, gone_at, CASE WHEN count(*) OVER () > 1 THEN draft END FROM works_upstreamrecord "
            "WHERE record_id = %s AND draft IS NOT NULL ORDER BY key LIMIT %s",
            [work.pk, _RECORDS_READ],
        )
        return [
            StoredRecord(key=key, gone_at=gone_at, draft=unpacked(draft) if draft else None) for key, gone_at, draft in cursor.fetchall()
        ]


_RECORDS_READ = 20
