"""What every reader of papers answers, and how it says that it cannot."""

from dataclasses import dataclass

LONGEST_TEXT = 2_000_000
"""Characters kept; a proceedings volume has more, a thesis less."""
MOST_PAGES = 400


class Unreadable(Exception):
    """The file is not a paper that can be read. The message is a plain sentence; trying the same file again does not help."""


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """A paper's text: paragraphs parted by an empty line, each on one line, raised and lowered signs as ^ and _.

    `lines` are the lines as printed where the source has any. `notes` say in plain words what was left out.
    """

    text: str
    lines: tuple[str, ...] = ()
    pages: int = 0
    notes: tuple[str, ...] = ()
