"""Text that is text already."""

import re
import unicodedata

from bzpeer.reports.texts.extracted import LONGEST_TEXT, Extracted, Unreadable


def read_plain(data: bytes) -> Extracted:
    """Return plain text with its paragraphs; lines inside one are joined, and words parted at a line's end. Raises Unreadable."""
    if b"\x00" in data[:4096]:
        raise Unreadable("This is not a text file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    kept = "".join(sign if sign in "\n\t" or unicodedata.category(sign)[0] != "C" else " " for sign in text.replace("\r\n", "\n"))
    joined = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", kept)
    blocks = (" ".join(block.split()) for block in re.split(r"\n[ \t]*\n\s*", joined))
    text = "\n\n".join(block for block in blocks if block)
    if len(text) < 200:
        raise Unreadable("This file holds hardly any text.")
    notes = (f"Only the first {LONGEST_TEXT:,} characters were kept.",) if len(text) > LONGEST_TEXT else ()
    return Extracted(text=text[:LONGEST_TEXT], lines=tuple(kept.splitlines())[:100_000], notes=notes)
