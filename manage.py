#!/usr/bin/env python
"""Django's own entry point; `bzpeer …` runs the same commands."""

from bzpeer.cli import main

if __name__ == "__main__":
    main()
