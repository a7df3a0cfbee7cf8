"""Text from PDF files by pypdfium2 (PDFium, Apache 2 and BSD licences)."""

import ctypes
import unicodedata
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from bzpeer.reports.texts.extracted import LONGEST_TEXT, MOST_PAGES, Extracted, Unreadable
from bzpeer.reports.texts.layout import Character, lines_of, paragraphs_of, printed_lines, without_running_heads

FEWEST_SIGNS = 200
"""A file with fewer letters than that has no text layer worth the name."""
MOST_SIGNS_A_PAGE = 40_000
_CAPITALS = 0.7
"""Height of capitals as a share of the font's size."""
_HYPHEN = "\x02"  # PDFium's sign for a hyphen at a line's end


def read_pdf(data: bytes) -> Extracted:
    """Return the text of a paper. Raises Unreadable for what is encrypted, scanned, damaged, empty or far too long."""
    if b"%PDF-" not in data[:1024]:
        raise Unreadable("This is not a PDF file.")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        said = str(error).lower()
        if "password" in said or "security" in said:
            raise Unreadable("This PDF is encrypted. Upload a copy without a password.") from error
        raise Unreadable("This PDF is damaged or cut off; it cannot be opened. Upload it again.") from error
    with document:
        return _read(document)


def _read(document: pdfium.PdfDocument) -> Extracted:
    total = len(document)
    if total == 0:
        raise Unreadable("This PDF has no pages.")
    pages, signs, notes = [], 0, []
    for number in range(min(total, MOST_PAGES)):
        page = document[number]
        width, height = page.get_size()
        found = list(_characters(page))
        signs += sum(not character.sign.isspace() for character in found)
        pages.append(printed_lines(lines_of(found), page=number + 1, width=width, height=height))
        page.close()
    if signs < FEWEST_SIGNS:
        raise Unreadable(
            "This PDF is a scan: its pages are pictures without text. Upload a copy with a text layer (after OCR), or the LaTeX source."
        )
    if total > MOST_PAGES:
        notes.append(f"Only the first {MOST_PAGES} of {total:,} pages were read.")
    lines = without_running_heads(pages)
    text = "\n\n".join(paragraphs_of(lines))
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
        notes.append(f"Only the first {LONGEST_TEXT:,} characters were kept.")
    return Extracted(text=text, lines=tuple(line.text for line in lines), pages=total, notes=tuple(notes))


def _characters(page: pdfium.PdfPage) -> Iterator[Character]:
    """Yield the signs of a page in the order in which it draws them, upright ones only: stamps at the margin stand on their side."""
    textpage = page.get_textpage()
    raw = textpage.raw
    origin, foot, box = ctypes.c_double(), ctypes.c_double(), pdfium_c.FS_RECTF()
    for index in range(min(textpage.count_chars(), MOST_SIGNS_A_PAGE)):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        sign = _sign(code)
        if not sign or (pdfium_c.FPDFText_IsGenerated(raw, index) == 1 and sign in "\r\n"):
            continue
        # The loose box is as wide as the letter moves the pen: a narrow 1 leaves no gap after it. The origin is where a letter stands.
        if not (pdfium_c.FPDFText_GetLooseCharBox(raw, index, box) and pdfium_c.FPDFText_GetCharOrigin(raw, index, origin, foot)):
            continue
        if abs(pdfium_c.FPDFText_GetCharAngle(raw, index)) > 0.1:
            continue
        size = _shown_size(raw, index, pdfium_c.FPDFText_GetFontSize(raw, index)) or box.top - box.bottom
        yield Character(sign, box.left, foot.value, box.right, foot.value + _CAPITALS * size, size)
    textpage.close()


def _shown_size(raw: object, index: int, size: float) -> float:
    """Return a font's size as shown: the size set times what the page's transformation makes of it."""
    matrix = pdfium_c.FS_MATRIX()
    if pdfium_c.FPDFText_GetMatrix(raw, index, matrix):
        return float(abs(size * (matrix.d or 1.0)))
    return float(size)


def _sign(code: int) -> str:
    if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code <= 0xDFFF:
        return ""
    sign = "-" if chr(code) in (_HYPHEN, "\u2010", "\u00ad") else chr(code)
    if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cn") and not sign.isspace():
        return ""
    return _LIGATURES.get(sign, sign)


_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
