"""The questions that ways in share, and what their arguments mean."""

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError, CommandParser

Options = Mapping[str, Any]
Say = Callable[[str], None]
"""Tells a line to whoever called the command."""

_NO_DATA = re.compile(r"^\.|^(licen[cs]e|readme|manifest|checksums?)\b|\.(txt|md|rds|sha256|md5)$", re.IGNORECASE)
"""What lies beside the data in a folder."""


class Way(Protocol):
    """A way in: a module of this package."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the questions."""

    def handle(self, options: Options, say: Say) -> None:
        """Do what was asked. Raises CommandError with a plain sentence."""


def one_question(parser: CommandParser) -> "argparse._MutuallyExclusiveGroup":
    """Let the parser take exactly one question, `--file` or one that the caller adds, and `--background`."""
    question = parser.add_mutually_exclusive_group(required=True)
    question.add_argument("--file", metavar="PATH", action="append", help="a file or a folder of files; may be given several times")
    parser.add_argument(
        "--background", action="store_true", help="leave it to a worker, which must see the same files, and say where to watch it"
    )
    return question


def asked(options: Options, *names: str) -> dict[str, Any]:
    """Return what a run is to ask: the files given, else the named options."""
    if options.get("file"):
        return {"files": files_named(options["file"])}
    return {name: options.get(name) for name in names}


def listed(text: str) -> list[str]:
    """Return the parts of a comma-separated argument."""
    return [part.strip() for part in text.split(",") if part.strip()]


def files_named(given: list[str]) -> list[str]:
    """Return the files named, those of folders included, in the order of their names."""
    found: list[Path] = []
    for name in given:
        path = Path(name)
        if not name.strip():
            raise CommandError("--file needs the path of a file or a folder.")
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file() and not _NO_DATA.search(each.name))
            if not inside:
                raise CommandError(f"The folder {path} holds no data file.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"{path} is neither a file nor a folder." if path.exists() else f"There is no file {path}.")
    return [str(path.resolve()) for path in found]
