"""What a line of the log looks like, so that nobody outside writes one."""

import logging
import re

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class LineFormatter(logging.Formatter):
    """Begins a line for each entry and for nothing else: text that breaks lines goes on indented, control characters are spelled out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the entry."""
        plain = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", super().format(record))
        return plain.replace("\n", "\n    ")
