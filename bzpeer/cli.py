"""The `bzpeer` command: every management command under one name."""

import os
import sys


def main() -> None:
    """Run `bzpeer <command> …`, which is `manage.py <command> …`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
