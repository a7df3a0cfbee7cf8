"""What commands of TeX mean as characters, and mathematics as one readable line."""

import re

ACCENTS = {
    '"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "H": "\u030b", "u": "\u0306", "k": "\u0328", "r": "\u030a", "b": "\u0331", "d": "\u0323",
}  # fmt: skip

SPACES = {" ": " ", ",": "\u2009", ";": " ", ":": " ", "!": "", "-": "\u00ad", "/": "", "@": "", "\n": "\n", "~": "\u00a0"}

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ",
    "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ",
    "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_MARKS = {
    "S": "§", "P": "¶", "copyright": "©", "textcopyright": "©",
    "textregistered": "®", "texttrademark": "™", "pounds": "£", "textsterling": "£",
    "euro": "€", "texteuro": "€", "dag": "†", "ddag": "‡", "dagger": "†", "ddagger": "‡", "ldots": "…", "dots": "…", "textellipsis": "…",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”",
    "lq": "‘", "rq": "’", "textquotesingle": "'",
    "textemdash": "—", "textendash": "–", "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_",
    "textless": "<", "textgreater": ">", "textbar": "|", "textbullet": "•", "textdegree": "°",
    "degree": "°", "deg": "°", "textmu": "µ", "micro": "µ",
    "textperiodcentered": "·", "TeX": "TeX", "LaTeX": "LaTeX", "checkmark": "✓",
    "slash": "/", "quad": " ", "qquad": " ", "nobreakspace": "\u00a0",
    "textdollar": "$", "textpercent": "%", "eg": "e.g.", "ie": "i.e.", "etal": "et al.",
}  # fmt: skip
_OPERATORS = {
    "pm": "±", "mp": "∓", "times": "×", "div": "÷", "cdot": "·", "ast": "∗",
    "star": "⋆", "circ": "∘", "bullet": "•", "oplus": "⊕", "otimes": "⊗",
    "odot": "⊙", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠",
    "ne": "≠", "ll": "≪", "gg": "≫", "sim": "∼", "simeq": "≃", "approx": "≈",
    "cong": "≅", "equiv": "≡", "propto": "∝", "lesssim": "≲", "gtrsim": "≳",
    "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆",
    "supset": "⊃", "supseteq": "⊇", "cup": "∪", "cap": "∩", "setminus": "∖",
    "emptyset": "∅", "forall": "∀", "exists": "∃", "neg": "¬", "land": "∧",
    "wedge": "∧", "lor": "∨", "vee": "∨", "to": "→", "rightarrow": "→", "longrightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔",
    "Rightarrow": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔", "mapsto": "↦",
    "uparrow": "↑", "downarrow": "↓", "infty": "∞", "partial": "∂",
    "nabla": "∇", "hbar": "ℏ", "ell": "ℓ", "Re": "Re", "Im": "Im", "sum": "∑",
    "prod": "∏", "int": "∫", "perp": "⊥", "parallel": "∥", "mid": "∣",
    "langle": "⟨", "rangle": "⟩", "cdots": "⋯", "vdots": "⋮", "prime": "′",
    "angle": "∠", "triangle": "△", "square": "□", "Box": "□", "surd": "√",
    "lbrace": "{", "rbrace": "}", "lvert": "|", "rvert": "|", "vert": "|", "Vert": "‖",
    "aleph": "ℵ", "models": "⊨", "vdash": "⊢", "top": "⊤", "bot": "⊥",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
}  # fmt: skip

SYMBOLS = {**_GREEK, **_LETTERS, **_MARKS, **_OPERATORS}
"""Commands that stand for characters. Those of mathematics are often met outside `$…$` too."""

_RAISED = str.maketrans("0123456789+-−=()niabcdefghjklmoprstuvwxyz*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ*")
_LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SCRIPT = re.compile(r"([\^_])\s*(?:\{([^{}\\^_]{1,40})\}|([^\s{}\\^_]))")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]{1,200})\}\s*\{([^{}]{1,200})\}")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*|\\([^A-Za-z])")
_FONTS = frozenset(
    ("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "limits", "displaystyle", "textstyle", "rm", "bf", "it", "cal", "sf")
)
_STYLES = re.compile(r"(?:math|text|bold|operator)[a-z]*|mbox|hbox|bm|widehat|hat|tilde|widetilde|bar|overline|underline|vec|dot|ddot")


def readable_math(source: str) -> str:
    r"""Return TeX mathematics as one line: `\alpha^{2}` as α², `\mathcal{O}(\sqrt{n})` as O(√n). No letter is dropped but a command's."""
    halves = _FRACTION.sub(r"\1/\2", source)
    named = _COMMAND.sub(_character, halves)
    scripted = _SCRIPT.sub(_scripted, named)
    return " ".join(scripted.replace("{", "").replace("}", "").replace("\ue000", "{").replace("\ue001", "}").split())


def _character(match: re.Match[str]) -> str:
    name, sign = match.groups()
    if sign:
        return {"{": "\ue000", "}": "\ue001", "\\": " "}.get(sign, SPACES.get(sign, sign))
    if name == "sqrt":
        return "√"
    if name in SYMBOLS:
        return SYMBOLS[name]
    if name in _FONTS or _STYLES.fullmatch(name):
        return ""
    return f"{name} " if match.group().endswith((" ", "\n", "\t")) else name


def _scripted(match: re.Match[str]) -> str:
    sign, group, single = match.groups()
    content = group or single
    table = _RAISED if sign == "^" else _LOWERED
    if all(ord(character) in table for character in content):
        return content.translate(table)
    return f"{sign}{content}" if single or len(content) == 1 else f"{sign}({content})"
