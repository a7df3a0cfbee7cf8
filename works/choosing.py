"""What of a snapshot a run takes: filters with their meaning worked out once, and the ids the portal knows already."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.db import connection

from works.drafts import Merged, Read
from works.models import ImportRun
from works.sources.files import UnreadableFile
from works.sources.openalex_snapshot import Chosen, ChosenParsed, Snapshot, lines_of
from works.sources.slicing import BadFilter, Filters, checked, family_of, only, unknown_topics, wanted_works

__all__ = ["BadFilter", "Filters", "check_of", "checked", "choice_of", "here_of", "tests_for"]

_TABLES = {
    "authors": "researchers_researcher",
    "institutions": "researchers_institution",
    "sources": "works_source",
    "topics": "works_topic",
    "funders": "works_funder",
}


def choice_of(filters: Filters, snapshot: Snapshot) -> dict[str, Any]:
    """Return what the run has to remember of its (checked) filters: {"institutions": ids, descendants included}.

    Reads the snapshot's institutions and topics where a filter asks for them. Raises BadFilter for what they do not know.
    """
    try:
        if filters.topic and snapshot.of("topics") and (missing := unknown_topics(filters.topic, lines_of(snapshot, "topics"))):
            raise BadFilter(f"No topic, subfield, field or domain of this snapshot is called “{missing[0]}”.")
        return {"institutions": sorted(_family(filters, snapshot))} if filters.institution else {}
    except UnreadableFile as error:
        raise BadFilter(f"The filter needs a file that cannot be read: {error}") from error


def _family(filters: Filters, snapshot: Snapshot) -> set[str]:
    if not snapshot.of("institutions"):
        return _family_here(filters.institution)
    for wanted in filters.institution:
        if not family_of([wanted], lines_of(snapshot, "institutions")):
            raise BadFilter(f"The snapshot knows no institution “{wanted}”.")
    return family_of(filters.institution, lines_of(snapshot, "institutions"))


def _family_here(wanted: Iterable[str]) -> set[str]:
    """Without the snapshot's institutions: the ids as given, those of ROR ids that are known here; works tell the lineage."""
    found = set()
    for one in wanted:
        if one.startswith("I"):
            found.add(one)
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT openalex_id FROM researchers_institution WHERE ror = %s AND openalex_id IS NOT NULL", [one])
            known = cursor.fetchone()
        if known is None:
            raise BadFilter(f"No institution with the ROR id {one} is known; the snapshot has no institutions to look it up in.")
        found.add(known[0])
    return found


def tests_for(run: ImportRun, kind: str) -> tuple[Chosen | None, ChosenParsed | None]:
    """Return the two tests for the lines of a kind of a run's files; None for no test."""
    told = run.parameters.get("filters")
    if not told:
        return None, None
    if kind == "works":
        return wanted_works(msgspec.convert(told, Filters), institutions=run.cursor.get("chosen", {}).get("institutions", ()))
    return only(check_of(kind)), None


def check_of(kind: str) -> Callable[[int], bool]:
    """Return a test for the numbers of the OpenAlex ids of a kind that are here: 8 bytes for each, looked up by halving."""
    numbers = array("q")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT substr(openalex_id, 2)::bigint AS n FROM {_TABLES[kind]} WHERE openalex_id IS NOT NULL ORDER BY n")
        while some := cursor.fetchmany(100_000):
            numbers.extend(number for (number,) in some)

    def is_known(number: int) -> bool:
        place = bisect_left(numbers, number)
        return place < len(numbers) and numbers[place] == number

    return is_known


def here_of(merged: Iterable[Read]) -> set[str]:
    """Return which of the ids that lists of merged ids name lead to something here."""
    by_letter: dict[str, set[str]] = {}
    for one in merged:
        if isinstance(one, Merged):
            by_letter.setdefault(one.old_key.partition(":")[2][:1], set()).update((one.old_key, one.new_key))
    found: set[str] = set()
    with connection.cursor() as cursor:
        for letter, keys in by_letter.items():
            for column, table, prefix in _FOLLOWED.get(letter, ()):
                cursor.execute(f"SELECT {column} FROM {table} WHERE {column} = ANY(%s)", [[key[len(prefix) :] for key in sorted(keys)]])
                found.update(f"{prefix}{key}" for (key,) in cursor.fetchall())
    return found


_FOLLOWED = {
    "W": (("openalex_id", "works_work", "openalex:"), ("key", "works_workredirect", "")),
    "A": (("openalex_id", "researchers_researcher", "openalex:"), ("key", "researchers_researcherredirect", "")),
    "I": (("openalex_id", "researchers_institution", "openalex:"), ("key", "researchers_institutionredirect", "")),
}
"""Where ids of a kind are found that works.redirecting can follow."""
