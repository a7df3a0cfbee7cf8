"""TeX accents in names as letters. For names only: titles and abstracts keep their TeX."""

import re
import unicodedata

_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307", '"': "\u0308",
    "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß",
    "i": "ı", "j": "ȷ", "dj": "đ", "DJ": "Đ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_DOTTED = {"ı": "i", "ȷ": "j"}

_LETTER = re.compile(r"\\(aa|AA|ae|AE|oe|OE|ss|dj|DJ|dh|DH|th|TH|ng|NG|[oOlLij])(?![A-Za-z])(?:\{\}| )?")
_ACCENT = re.compile(r"\\(?:([`'^~=.\"]) ?|([ruvHdckb])(?: |(?=\{)))(?:\{ ?([^\W\d_]) ?\}|([^\W\d_]))")
_MATH = re.compile(r"\$[^$]{0,200}\$|\^\{[^{}]{0,100}\}|\^\d")
_SPACE = re.compile(r"\\[,;:! ]|~")
_COMMAND = re.compile(r"\\[A-Za-z]{1,40}\*? ?|\\-")
_TEX = re.compile(r"[\\{}$^~]")
_BLANKS = re.compile(r"\s+")


def _accented(match: re.Match[str]) -> str:
    accent = match.group(1) or match.group(2)
    letter = match.group(3) or match.group(4)
    return unicodedata.normalize("NFC", _DOTTED.get(letter, letter) + _COMBINING[accent])


def letters(text: str) -> str:
    """Return a name or affiliation with TeX accents as letters, markup dropped and whitespace single.

    >>> letters(r"Franz G{\\"a}hler and Mikkel {\\O}bro")
    'Franz Gähler and Mikkel Øbro'
    """
    plain = _BLANKS.sub(" ", text).strip()
    if not _TEX.search(plain):
        return plain
    plain = _ACCENT.sub(_accented, _LETTER.sub(_letter, plain))
    plain = _COMMAND.sub("", _SPACE.sub(" ", _MATH.sub("", plain)))
    plain = plain.replace("{", "").replace("}", "").replace("\\", "").replace("$", "")
    return _BLANKS.sub(" ", plain).strip()


def _letter(match: re.Match[str]) -> str:
    return _LETTERS[match.group(1)]
