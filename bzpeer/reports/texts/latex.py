"""Text from LaTeX sources as arXiv keeps them: a .tex file, or an archive of files. Nothing is executed.

TeX can be made to run for ever by macros that call themselves. No macro is expanded here: commands are read from closed
lists, every other one leaves the text of its arguments, and every step is bounded.
"""

import gzip
import io
import re
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator

from bzpeer.reports.texts.extracted import LONGEST_TEXT, Extracted, Unreadable

MOST_FILES = 400
MOST_BYTES = 30_000_000
"""Of an archive, unpacked: figures are passed over, sources of a paper have some hundred kilobytes."""
DEEPEST = 8
"""Files that include files that include …"""
_INCLUDES = 200

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*\n?[ \t]*")
_INPUT = re.compile(r"\\(?:input|include|subfile)\s*\{([^{}\n]{1,200})\}")
_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.S)
_TITLE = re.compile(r"\\(?:icml|acl)?title(?:running)?\s*(?:\[[^\]]{0,300}\])?\s*\{", re.I)
_HEADING = re.compile(r"\\(?:part|chapter|section|subsection|subsubsection|paragraph)\*?\s*(?:\[[^\]]{0,300}\])?\s*\{")
_DROPPED = re.compile(
    r"\\begin\s*\{(tikzpicture|pgfpicture|comment|filecontents\*?)\}.*?\\end\s*\{\1\}"
    r"|\\(?:label|ref|eqref|pageref|autoref|cref|Cref|vspace|hspace|includegraphics|bibliography|bibliographystyle|usepackage|documentclass|newcommand|renewcommand"
    r"|providecommand|def|setlength|addtolength|setcounter|vskip|hskip|pagestyle|thispagestyle|graphicspath|hypersetup)\*?"
    r"\s*(?:\\\w+\s*)?(?:\[[^\]]{0,300}\]\s*)*(?:\{[^{}]{0,500}\})?",
    re.S,
)
_CITE = re.compile(r"\\(?:no)?cite\w*\*?\s*(?:\[([^\]]{0,200})\]\s*){0,2}\{([^{}]{0,1000})\}")
_LINK = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}]{0,1000})\}|\\href\s*\{([^{}]{0,1000})\}\s*\{([^{}]{0,1000})\}")
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([A-Za-z*]{1,40})\}(?:\s*\[[^\]]{0,200}\])?")
_COMMAND = re.compile(r"\\([A-Za-z@]+)\*?[ \t]*|\\(.)", re.S)
_SIGNS = {
    "times": "×", "cdot": "·", "pm": "±", "leq": "≤", "geq": "≥", "approx": "≈", "sim": "~", "ldots": "…", "dots": "…", "infty": "∞",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "textbackslash": "\\", "textasciitilde": "~", "S": "§", "copyright": "©", "ss": "ß", "ae": "æ", "oe": "œ", "o": "ø", "l": "ł",
    "par": "\n\n", "newline": "\n", "linebreak": "\n", "item": "\n\n- ", "quad": " ", "qquad": " ", "to": "→", "rightarrow": "→",
}  # fmt: skip
_ACCENTED = re.compile(r"\\(?:([\"'`^~=.])|(c)(?=[{ ]))[ ]*\{?\\?([A-Za-z])\}?")
_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307", "c": "\u0327"}


def read_latex(data: bytes) -> Extracted:
    """Return the text of a paper's source: .tex, .tex.gz, .tar or .tar.gz. Raises Unreadable."""
    files = _files(data)
    main = _main(files)
    source = _included(main, files)
    body = _BODY.search(source)
    preamble = source[: body.start()] if body else ""
    text = _plain(_titled(preamble) + (body.group(1) if body else source))
    if len(text) < 200:
        raise Unreadable("This source holds hardly any text. Upload the main .tex file, or the archive as arXiv gives it.")
    notes = (f"Only the first {LONGEST_TEXT:,} characters were kept.",) if len(text) > LONGEST_TEXT else ()
    return Extracted(text=text[:LONGEST_TEXT], notes=notes)


# --- files ----------------------------------------------------------------------------------------


def _files(data: bytes) -> dict[str, str]:
    """Return the sources of an archive by name, or the one file under "main.tex"."""
    data = _unpacked(data)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return dict(_members(archive))
    except tarfile.TarError:
        return {"main.tex": _decoded(data)}


def _unpacked(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            unpacked = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("This archive is damaged or cut off. Upload it again.") from error
    if len(unpacked) > MOST_BYTES:
        raise Unreadable(f"Unpacked, this archive is larger than {MOST_BYTES // 1_000_000} MB. Leave the figures out.")
    return unpacked


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    size = 0
    for count, member in enumerate(archive):
        if count >= MOST_FILES:
            raise Unreadable(f"This archive holds more than {MOST_FILES} files.")
        if not member.isfile() or not member.name.lower().endswith((".tex", ".bbl", ".ltx")):
            continue
        size += member.size
        if size > MOST_BYTES:
            raise Unreadable(f"The sources in this archive are larger than {MOST_BYTES // 1_000_000} MB.")
        opened = archive.extractfile(member)
        if opened is not None:
            yield member.name.removeprefix("./"), _decoded(opened.read())


def _decoded(data: bytes) -> str:
    if b"\x00" in data[:4096]:
        raise Unreadable("This is not LaTeX source.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _main(files: dict[str, str]) -> str:
    """Return the source that begins the document; of several, the longest."""
    candidates = [text for name, text in files.items() if "\\begin{document}" in text and not name.endswith(".bbl")]
    if not candidates:
        candidates = [text for name, text in files.items() if not name.endswith(".bbl") and "\\" in text]
    if not candidates:
        raise Unreadable("This is not LaTeX source.")
    return max(candidates, key=len)


def _included(main: str, files: dict[str, str]) -> str:
    """Return the source with the files it includes in their places, comments gone."""
    left = [_INCLUDES]

    def put(source: str, depth: int) -> str:
        def replaced(match: re.Match[str]) -> str:
            name = match.group(1).strip().removeprefix("./")
            found = files.get(name) or files.get(f"{name}.tex")
            if found is None or depth >= DEEPEST or left[0] <= 0:
                return " "
            left[0] -= 1
            return put(_uncommented(found), depth + 1)

        return _INPUT.sub(replaced, source)[: 2 * LONGEST_TEXT]

    source = put(_uncommented(main), 0)
    bibliography = next((text for name, text in files.items() if name.endswith(".bbl")), "")
    if bibliography and "\\begin{thebibliography}" not in source:
        end = source.rfind("\\bibliography{")
        end = end if end >= 0 else len(source)
        source = f"{source[:end]}\n\n{_uncommented(bibliography)}{source[end:]}"
    return source


def _uncommented(source: str) -> str:
    return _COMMENT.sub(r"\1", source.replace("\r\n", "\n"))


# --- text -----------------------------------------------------------------------------------------


def _titled(preamble: str) -> str:
    match = _TITLE.search(preamble)
    if not match:
        return ""
    end = _closing(preamble, match.end())
    return preamble[match.end() : end] + "\n\n"


def _closing(source: str, position: int) -> int:
    """Return where the brace that stands open at `position` closes, at most 2,000 characters on."""
    depth, end = 1, min(len(source), position + 2_000)
    for index in range(position, end):
        if source[index] == "{" and source[index - 1] != "\\":
            depth += 1
        elif source[index] == "}" and source[index - 1] != "\\":
            depth -= 1
            if not depth:
                return index
    return end


def _plain(source: str) -> str:
    source = _DROPPED.sub(" ", source)
    source = _LINK.sub(lambda match: f" {match.group(1) or match.group(3) + ' (' + match.group(2) + ')'} ".replace("\\", ""), source)
    source = _CITE.sub(lambda match: f" [{match.group(2).strip()[:120]}] ", source)
    source = _headed(source)
    source = _ENVIRONMENT.sub(_environment, source)
    source = _ACCENTED.sub(_accented, source)
    source = _COMMAND.sub(_command, source)
    source = re.sub(r"\^\{([^{}]{0,60})\}", r"^\1", source)
    source = re.sub(r"_\{([^{}]{0,60})\}", r"_\1", source)
    source = (
        source.replace("~", " ")
        .replace("$$", "\n\n")
        .replace("$", "")
        .replace("{", "")
        .replace("}", "")
        .replace("``", "“")
        .replace("''", "”")
    )
    source = re.sub(r"(?<=[\])\w])[ \t]+(?=[.,;:])", "", source)
    blocks = (" ".join(block.split()) for block in re.split(r"\n[ \t]*\n\s*", source))
    return "\n\n".join(block for block in blocks if block)


def _headed(source: str) -> str:
    parts, position = [], 0
    for match in _HEADING.finditer(source):
        if match.start() < position:
            continue
        end = _closing(source, match.end())
        parts += [source[position : match.start()], "\n\n", source[match.end() : end], "\n\n"]
        position = end + 1
    return "".join([*parts, source[position:]])


_BLOCKS = {
    "abstract": "Abstract",
    "acknowledgements": "Acknowledgements",
    "acknowledgments": "Acknowledgments",
    "thebibliography": "References",
}


def _environment(match: re.Match[str]) -> str:
    name = match.group(2).rstrip("*").lower()
    if match.group(1) == "end":
        return "\n\n"
    if name.startswith("algorithm"):
        return "\n\nAlgorithm\n\n"
    return f"\n\n{_BLOCKS[name]}\n\n" if name in _BLOCKS else "\n\n"


def _accented(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match.group(3) + _ACCENTS[match.group(1) or match.group(2)])


def _command(match: re.Match[str]) -> str:
    name, sign = match.group(1), match.group(2)
    if sign is not None:
        return (
            _ACCENTS.get(sign, "")
            if sign in "'`\"=."
            else "\n"
            if sign == "\\"
            else " "
            if sign in " ,;:!>/"
            else sign
            if sign in "%$&#_{}"
            else ""
        )
    return _SIGNS.get(name, " " if name in ("bibitem", "footnote", "thanks", "caption") else "")
