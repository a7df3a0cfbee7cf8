"""What a text from outside is read into, and written from: text, mathematics, emphasis, breaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Math:
    source: str
    display: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """Start of an emphasis ("em", "sub" …) or of a link ("a", with its address)."""

    kind: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    kind: str


@dataclass(frozen=True, slots=True)
class Break:
    """A new paragraph, or only a new line."""

    paragraph: bool = True


Piece = Text | Math | Open | Close | Break
