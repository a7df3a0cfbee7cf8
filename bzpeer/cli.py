"""The `bzpeer` command: every management command under one name."""

import os
import sys


def main() -> None:
    """Run `bzpeer <command> …`, which is `manage.py <command> …`. Bad configuration ends in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError
    from environs import EnvError

    try:
        import bzpeer.settings  # noqa: F401 - read here so that its complaints are caught here
    except (ImproperlyConfigured, EnvError) as problem:
        sys.exit(f"bzpeer: {problem}")
    except OSError as problem:
        sys.exit(
            f"bzpeer: {problem.filename or 'BZPEER_HOME'} cannot be used: {problem.strerror}. "
            "Give yourself the folder, free some space, or set BZPEER_HOME to another folder."
        )
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as problem:
        if "--traceback" in sys.argv:
            raise
        where = "at DATABASE_URL" if os.environ.get("DATABASE_URL") else "of this portal (start it with `make run` in another terminal)"
        sys.exit(f"bzpeer: the database {where} does not answer: {' '.join(str(problem).split())}")


if __name__ == "__main__":
    main()
