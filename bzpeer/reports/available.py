"""Which engines this portal has: the one that needs nothing, and the language model where one is configured."""

from functools import cache

from django.conf import settings

from bzpeer.reports.engines.evidence import EvidenceEngine
from bzpeer.reports.findings import Engine

EVIDENCE, LLM = "evidence", "llm"
NAMES = (EVIDENCE, LLM)
"""Every engine; the first is the one whose report stands where several are as new."""


class NoSuchEngine(Exception):
    """The engine is not there. The message is a plain sentence; trying again does not help."""


@cache
def _evidence() -> EvidenceEngine:
    return EvidenceEngine()


def engine_named(name: str) -> Engine:
    """Return an engine. Raises NoSuchEngine."""
    if name == EVIDENCE:
        return _evidence()
    if name != LLM:
        raise NoSuchEngine(f"There is no engine “{name}”; the engines are {' and '.join(NAMES)}.")
    from bzpeer.reports.engines.llm import configured  # noqa: PLC0415  # its client takes most of a second and 50 MB; pages never ask

    found = configured()
    if found is None:
        raise NoSuchEngine("No language model is configured: LLM_BASE_URL and LLM_MODEL name one.")
    return found


def has_llm() -> bool:
    """Tell whether a language model can be asked."""
    return bool(settings.LLM_BASE_URL and settings.LLM_MODEL)
