"""`bzpeer suppressions`: the do-not-list as a file, and its use on a database that an older backup was restored into."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bzpeer.privacy.removing import remove_listed
from researchers.suppression import AnotherList, dumped, restored


class Command(BaseCommand):
    """Writes the list, and applies one."""

    help = (
        "The do-not-list of removed records. `write FILE` keeps it beside your backups; after an older backup was restored, "
        "`apply FILE` adds what the backup did not know and removes those records again, before the portal serves anybody."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["write", "apply"])
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry the step out. The file holds the list's secret: it is written for its owner's eyes alone."""
        file: Path = options["file"]
        if options["step"] == "write":
            file.touch(mode=0o600, exist_ok=True)
            file.chmod(0o600)
            listed = dumped()
            file.write_text(json.dumps(listed))
            self.stdout.write(f"{len(listed['entries']) if isinstance(listed['entries'], list) else 0} entries written to {file}.")
            return
        try:
            new = restored(json.loads(file.read_text()))
        except AnotherList as error:
            raise CommandError(f"{error} It belongs to another portal; nothing was changed.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{file} cannot be read as a do-not-list: {type(error).__name__}.") from error
        removed, erased = remove_listed()
        self.stdout.write(f"{new} entries added; {removed} records removed again, {erased} former names erased again.")
