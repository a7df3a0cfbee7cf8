"""What pages read of key terms: those of a work, and the works that share one."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from works.models import THOUSANDTHS, KeyTerm
from works.terms.words import STEMMED_LANGUAGES, key_of, term_asked

LABELS_READ = 100


@dataclass(frozen=True, kw_only=True)
class ShownTerm:
    """A key term of a work. `asked` is what an address names it by; `documents` are the abstracts that held it when it was weighed."""

    text: str
    asked: str
    weight: float
    documents: int


@dataclass(frozen=True, kw_only=True)
class KeyTerms:
    """The key terms of a work, heaviest first, as of a day and so many abstracts."""

    terms: tuple[ShownTerm, ...]
    abstracts: int
    weighed_at: datetime | None


def key_terms_of(work_id: int, *, language: str = "") -> KeyTerms:
    """Return the key terms of a work in one query; none while its abstract waits for being counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.text, t.weight, t.documents, c.abstracts, c.weighed_at FROM works_keyterm t "
            "LEFT JOIN works_countedterms c ON c.work_id = t.work_id WHERE t.work_id = %s ORDER BY t.rank",
            [work_id],
        )
        rows = cursor.fetchall()
    return KeyTerms(
        terms=tuple(
            ShownTerm(text=text, asked=asked_as(text, language=language), weight=weight / THOUSANDTHS, documents=documents)
            for text, weight, documents, *_ in rows
        ),
        abstracts=rows[0][3] or 0 if rows else 0,
        weighed_at=rows[0][4] if rows else None,
    )


def asked_as(text: str, *, language: str) -> str:
    """Return what an address names a term by: its text, after its language where that is stemmed in a way of its own."""
    return f"{language}:{text}" if language in STEMMED_LANGUAGES else text


def term_asked_for(asked: str) -> int | None:
    """Return the key of the term that "neural networks" or "de:neuronale Netze" names; None where that is no word or pair of words."""
    language, mark, text = asked.partition(":")
    if not mark or language not in STEMMED_LANGUAGES:
        language, text = "", asked
    term = term_asked(text, language=language)
    return key_of(term) if term else None


def printed_term(key: int) -> str:
    """Return a term as most of the works that weigh it heaviest print it, "" where it is no key term of any."""
    forms = Counter(KeyTerm.objects.filter(key=key).order_by("-weight", "work_id").values_list("text", flat=True)[:LABELS_READ])
    return min(forms, key=lambda form: (-forms[form], len(form), form)) if forms else ""
