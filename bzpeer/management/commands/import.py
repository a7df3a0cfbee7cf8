"""`bzpeer import openalex|arxiv|… …`: bring records in. Each way in is a module of bzpeer/management/importing/."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from bzpeer.management.importing import arxiv, ids, openalex, orcid
from bzpeer.management.importing.asking import Way

WAYS: tuple[Way, ...] = (
    openalex,
    arxiv,
    orcid,
    ids,
)


class Command(BaseCommand):
    """Each way in is a sub-command with its own questions; `--file` reads what was downloaded."""

    help = "Import records from OpenAlex or arXiv, by asking them or from files."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare a sub-command for each way in."""
        commands = parser.add_subparsers(dest="way", required=True, metavar="|".join(way.NAME for way in WAYS))
        for way in WAYS:
            way.add_arguments(commands.add_parser(way.NAME, help=way.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        """Let the way in that was named do what was asked."""
        chosen = next(way for way in WAYS if options["way"] == way.NAME)
        chosen.handle(options, self.stdout.write)
