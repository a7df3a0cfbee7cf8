"""Abstracts as pages and the API show them: the demonstration's own words are told from a paper's."""

from works.models import Work

DEMO_MARK = "Summary written for the bzpeer demo:"


def abstract_of(work: Work) -> tuple[str, bool]:
    """Return the abstract without the demo's mark, and whether it carried one."""
    text = work.abstract
    return (text.replace(DEMO_MARK, "", 1).strip(), True) if DEMO_MARK in text else (text, False)
