"""MathML as TeX source, so that one typesetter serves both. Written for the presentation MathML that publishers deposit."""

import re
from dataclasses import dataclass, field

ELEMENTS = frozenset(
    (
        "math", "mrow", "mi", "mn", "mo", "mtext", "ms", "msup",
        "msub", "msubsup", "mfrac", "msqrt", "mroot", "mover", "munder", "munderover",
        "mfenced", "mstyle", "mpadded", "mphantom", "menclose", "mspace",
        "mtable", "mtr", "mtd", "semantics", "annotation", "annotation-xml",
        "mmultiscripts", "mprescripts", "none", "merror", "maction",
    )
)  # fmt: skip
_DEEPEST = 60
_TAG = re.compile(r"<(/?)(?:[A-Za-z0-9]{1,10}:)?([A-Za-z][A-Za-z0-9-]{0,20})([^<>]{0,2000}?)(/?)>")
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))
_QUOTED = str.maketrans(
    {
        "\\": r"\backslash ",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "%": r"\%",
        "#": r"\#",
        "&": r"\&",
        "_": r"\_",
        "^": r"\hat{}",
        "~": r"\sim ",
    }
)
_FUNCTIONS = frozenset(
    ("sin", "cos", "tan", "log", "ln", "exp", "max", "min", "sup", "inf", "lim", "det", "arg", "dim", "ker", "gcd", "sinh", "cosh", "tanh")
)
_TEX_ANNOTATION = re.compile(r"""encoding\s*=\s*["']application/x-tex["']""", re.IGNORECASE)


@dataclass(slots=True)
class _Element:
    name: str
    attributes: str = ""
    parts: list[str] = field(default_factory=list)


def tex(inner: str) -> str:
    """Return TeX for what stands between `<math>` and `</math>`. Unknown elements give their content."""
    stack = [_Element("math")]
    at = 0
    for match in _TAG.finditer(inner):
        _add_characters(stack[-1], inner[at : match.start()])
        at = match.end()
        closes, name, attributes, alone = match.groups()
        name = name.lower()
        if alone:
            stack[-1].parts.append(_written(_Element(name, attributes)))
        elif not closes and len(stack) < _DEEPEST:
            stack.append(_Element(name, attributes))
        elif closes and len(stack) > 1 and stack[-1].name == name:
            done = stack.pop()
            stack[-1].parts.append(_written(done))
    _add_characters(stack[-1], inner[at:])
    while len(stack) > 1:
        done = stack.pop()
        stack[-1].parts.append(_written(done))
    return " ".join(_joined(stack[0].parts).split())


def _add_characters(element: _Element, characters: str) -> None:
    text = " ".join(characters.translate(_INVISIBLE).split())
    if text:
        element.parts.append(text if element.name == "annotation" else text.translate(_QUOTED))


def _joined(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)


def _written(element: _Element) -> str:  # noqa: PLR0911, PLR0912  # one branch an element: a table of lambdas would read worse
    parts = element.parts
    text = "".join(parts)
    first, second, third = (*parts, "", "", "")[:3]
    match element.name:
        case "mi":
            if text in _FUNCTIONS:
                return f"\\{text}"
            return f"\\mathrm{{{text}}}" if len(text) > 1 and text.isalpha() else text
        case "mtext" | "ms":
            return f"\\text{{{' '.join(parts)}}}" if text else ""
        case "mn" | "mo":
            return text
        case "msup":
            return f"{{{first}}}^{{{second}}}" + _joined(parts[2:])
        case "msub":
            return f"{{{first}}}_{{{second}}}" + _joined(parts[2:])
        case "msubsup":
            return f"{{{first}}}_{{{second}}}^{{{third}}}" + _joined(parts[3:])
        case "munderover":
            return (
                f"{first}\\limits_{{{second}}}^{{{third}}}"
                if first in {"∑", "∏", "∫"}
                else f"\\overset{{{third}}}{{\\underset{{{second}}}{{{first}}}}}"
            )
        case "mover":
            return f"\\overset{{{second}}}{{{first}}}"
        case "munder":
            return f"\\underset{{{second}}}{{{first}}}"
        case "mfrac":
            return f"\\frac{{{first}}}{{{second}}}" + _joined(parts[2:])
        case "msqrt":
            return f"\\sqrt{{{_joined(parts)}}}"
        case "mroot":
            return f"\\sqrt[{second}]{{{first}}}"
        case "mfenced":
            return f"({','.join(parts)})"
        case "mtable":
            return "\\begin{matrix}" + "\\\\".join(parts) + "\\end{matrix}"
        case "mtr":
            return " & ".join(parts)
        case "mspace":
            return "\\ "
        case "semantics":
            return first
        case "annotation":
            return _joined(parts) if _TEX_ANNOTATION.search(element.attributes) else ""
        case "annotation-xml" | "mprescripts" | "none":
            return ""
        case _:
            return _joined(parts)
