"""How often a byline resolved on such grounds is right, as measured; a person's or a source's word has no such figure. Pure.

Measured by `python -m bench.disambiguation` (its table "grounds of resolving") on pairs of bylines with one full name: on
2,614 works of a field with the source's author ids as truth, and on 55 ambiguous names with known persons. Each name counts
once, and the figure is the mean of both sets: ordinary names and hard ones.
"""

from works.models import Authorship

By = Authorship.ResolvedBy

MEASURED: dict[str, float] = {By.SHARED_COAUTHOR: 0.98, By.SHARED_CATEGORY: 0.90}
"""Share of pairs that are one person's: with a shared co-author; without one, in one category, topic or venue."""


def sureness(resolved_by: str) -> float | None:
    """Return how often such grounds are right, 0 to 1. None where nothing was concluded: a single byline, a word, or nobody."""
    return MEASURED.get(resolved_by)
