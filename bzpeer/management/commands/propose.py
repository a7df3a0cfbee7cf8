"""`bzpeer propose`: look which records seem to be one person, or several, and put proposals before a person."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bzpeer.curation.identity import Stretch, propose_about, propose_in, propose_onwards
from researchers.models import Researcher
from works.identifying import Findings, block_named

SHOWN = 20


class Command(BaseCommand):
    help = "Propose merges and splits of people's records, with grounds and a score. Nothing is changed: people decide at /moderation/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--name", help='the records of one name, e.g. "Wei Zhang"')
        which.add_argument("--researcher", type=int, metavar="ID", help="the records that share the name of this record")
        which.add_argument("--all", action="store_true", help="all records")
        parser.add_argument("--limit", type=int, metavar="N", help="with --all: stop after so many proposals")
        parser.add_argument("--after", type=int, default=0, metavar="ID", help="with --all: go on after this record")
        parser.add_argument("--dry-run", action="store_true", help="show what would be proposed and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit needs a number of at least 1.")
        try:
            stretch = _looked_at(options)
        except KeyboardInterrupt:
            raise CommandError("Stopped. What was proposed stays.") from None
        if options["dry_run"] or not options["all"]:
            self._show(stretch.findings)
        self.stdout.write(_sentence(stretch, dry_run=options["dry_run"]))
        if stretch.after is not None:
            self.stdout.write(f"Go on with: bzpeer propose --all --after {stretch.after}")

    def _show(self, found: Findings) -> None:
        named = Researcher.objects.in_bulk(
            {pk for merge in found.merges for pk in (merge.keep, merge.absorb)} | {s.record for s in found.splits}
        )
        for merge in found.merges[:SHOWN]:
            self.stdout.write(
                f"{merge.score:.2f}  one person: {named[merge.keep]} ({merge.keep}) and {named[merge.absorb]} ({merge.absorb})"
            )
            for reason in merge.grounds:
                self.stdout.write(f"      {reason.label}: {reason.detail}")
        for split in found.splits[:SHOWN]:
            self.stdout.write(f"{split.score:.2f}  several people: {named[split.record]} ({split.record})")
            for reason in split.grounds:
                self.stdout.write(f"      {reason.label}: {reason.detail}")


def _looked_at(options: dict[str, Any]) -> Stretch:
    if options["all"]:
        return propose_onwards(after=options["after"], limit=options["limit"], dry_run=options["dry_run"])
    if options["name"]:
        block = block_named(options["name"])
        if not block.records:
            raise CommandError(f"No record goes by a name like “{options['name']}”; a full name is needed.")
        return propose_in([block], dry_run=options["dry_run"])
    researcher = Researcher.objects.filter(pk=options["researcher"]).first()
    if researcher is None:
        raise CommandError(f"There is no researcher {options['researcher']}.")
    return propose_about(researcher, dry_run=options["dry_run"])


def _sentence(stretch: Stretch, *, dry_run: bool) -> str:
    found = stretch.findings
    said = (
        f"{found.blocks:,} {'name' if found.blocks == 1 else 'names'} with {found.bylines:,} bylines looked at: "
        f"{_counted(len(found.merges), 'merge')} and {_counted(len(found.splits), 'split')} found"
    )
    said += ", nothing written." if dry_run else f", {stretch.new:,} proposed anew."
    if found.skipped:
        said += f" {_counted(len(found.skipped), 'name')} skipped: too many records share it (e.g. {found.skipped[0]})."
    return said


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
