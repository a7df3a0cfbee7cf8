"""Where the authors work, from the words of the title block: named figures for two small models (any industry, any academia)."""

import math
import re

from bzpeer.reports.engines.lexicons import BODIES, COMPANIES

_I = re.IGNORECASE
_COMPANY = re.compile(
    r"(?<![A-Za-z])(?:"
    + "|".join(name if "\\" in name else re.escape(name) for name in sorted(COMPANIES, key=len, reverse=True))
    + r")(?![A-Za-z])",
    _I,
)
_BODY = re.compile(r"(?<![A-Za-z])(?:" + "|".join(sorted(BODIES, key=len, reverse=True)) + r")", _I)
_WORDS = {
    "research": r"\bresearch\b", "labs": r"\blabs?\b|laborator(?:y|ies)\b", "company_form": r"\b(?:inc|ltd|llc|gmbh|corp|ag|plc|co)\b\.?", "commercial_mail": r"@(?!gmail|hotmail|yahoo|outlook|qq|163|126|icloud|foxmail|protonmail)[\w.-]+\.(?:com|ai|io|co)\b",
    "academic_mail": r"@[\w.-]+\.(?:edu|ac\.\w\w|edu\.\w\w)\b|@[\w.-]*(?:uni-|univ|inria|mpg|ethz|epfl|cnrs)", "company_city": r"mountain view|redmond|menlo park|palo alto|cupertino|yorktown heights|sunnyvale|san jose|san francisco|armonk|santa clara", "group": r"\bgroup\b",
    "technology": r"\btechnolog(?:y|ies)\b", "ai": r"\bai\b", "national": r"\bnational (?:lab|institute|research|center|centre)", "done_while": r"work (?:was )?(?:partially |mainly )?(?:done|performed|conducted)|internship|\bintern(?:ed|ing)? at|while at", "brain": r"\bbrain\b", "academy": r"\bacademy\b", "center": r"\bcent(?:er|re)\b", "medical": r"hospital|clinic|medical|health", "government": r"army|navy|air force|darpa|nasa|government|ministry",
}  # fmt: skip
_CUES = {name: re.compile(pattern, _I) for name, pattern in _WORDS.items()}


def companies(text: str) -> list[re.Match[str]]:
    """Return where companies are named."""
    return list(_COMPANY.finditer(text))


def bodies(text: str) -> list[re.Match[str]]:
    """Return where universities and public bodies are named."""
    return list(_BODY.finditer(text))


def features(text: str) -> dict[str, float]:
    """Return the named figures of a title block."""
    firms = [match.group().lower() for match in companies(text)]
    academic = [match.group().lower() for match in bodies(text)]
    figures = {f"company {name}": 1.0 for name in firms} | {f"body {name}": 1.0 for name in academic}
    figures |= {f"word {name}": math.log1p(len(pattern.findall(text))) for name, pattern in _CUES.items() if pattern.search(text)}
    figures |= {
        "companies": math.log1p(len(set(firms))),
        "bodies": math.log1p(len(academic)),
        "no_company": float(not firms),
        "no_body": float(not academic),
        "company_share": len(firms) / (len(firms) + len(academic) + 1),
        "length": math.log1p(len(text)) / 5 - 1,
    }
    return figures
