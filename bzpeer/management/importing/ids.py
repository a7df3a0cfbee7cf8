"""`bzpeer import list`: DOIs and arXiv ids from a file, or pasted into the terminal; what became of each line."""

import sys
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from bzpeer.management.importing.asking import Options, Say
from bzpeer.management.importing.orcid import import_missing
from works.citations import Citation, Reading, UnreadableList
from works.matching import works_by_key
from works.sources import lists

NAME = "list"
HELP = "works by DOIs and arXiv ids in a file, one or more a line in any spelling"
LINES_TOLD = 50


def add_arguments(parser: CommandParser) -> None:
    """Declare the file."""
    parser.add_argument("list", metavar="FILE", help="a text or table file; - reads what is typed or piped in")
    parser.add_argument("--background", action="store_true", help="leave the imports to a worker and say where to watch them")


def handle(options: Options, say: Say) -> None:
    """Read the list, import what is not here, tell for each line what became of it."""
    reading = _read(options["list"])
    if not reading.citations and not reading.faults:
        raise CommandError("The list holds no DOI and no arXiv id.")
    before = _here(reading)
    try:
        if reading.citations:
            import_missing(list(reading.citations), options, say)
    finally:
        after = before if options.get("background") else _here(reading)
        _tell(reading, before, after, bool(options.get("background")), say)
    if reading.faults:
        number = len(reading.faults)
        raise CommandError(f"{number:,} line{' was' if number == 1 else 's were'} not understood.")


def _read(name: str) -> Reading:
    try:
        content = sys.stdin.buffer.read(lists.LARGEST + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror or error}.") from error
    try:
        return lists.read(lists.text_of(content))
    except UnreadableList as error:
        raise CommandError(str(error)) from error


def _here(reading: Reading) -> set[str]:
    with connection.cursor() as cursor:
        return set(works_by_key(cursor, {key for citation in reading.citations for key in citation.keys}))


def _tell(reading: Reading, before: set[str], after: set[str], is_waiting: bool, say: Say) -> None:
    lines = [(each.line, _fate(each, before, after, is_waiting)) for each in reading.citations]
    lines += [(each.line, f"{each.shown}: {each.reason}") for each in reading.faults]
    lines.sort()
    for line, said in lines[:LINES_TOLD]:
        say(f"  line {line}: {said}")
    if len(lines) > LINES_TOLD:
        say(f"  … and {len(lines) - LINES_TOLD:,} more lines.")
    already = sum(each.keys[0] in before for each in reading.citations)
    found = sum(each.keys[0] in after for each in reading.citations) - already
    missing = len(reading.citations) - already - found
    rest = f"{missing:,} left to a worker" if is_waiting else f"{missing:,} not found"
    say(f"{found:,} found, {already:,} already here, {rest}, {len(reading.faults):,} not understood.")


def _fate(citation: Citation, before: set[str], after: set[str], is_waiting: bool) -> str:
    key = citation.keys[0]
    name = key.partition(":")[2]
    if key in before:
        return f"{name} is already here"
    if key in after:
        return f"{name} found"
    return f"{name} is asked for" if is_waiting else f"{name} not found"
