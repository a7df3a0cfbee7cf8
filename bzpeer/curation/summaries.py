"""Which quick summary a work shows, and what its authors say of it: their own words, which of the others they prefer, or none at all.

What they say is an `Assertion` like other corrections, with who and when; it can be taken back with
`bzpeer.curation.assertions.withdraw`. Imports leave it alone, and a summary is shown as an author's only if a person who speaks for
an author's record wrote it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bzpeer.abstracts import abstract_of
from bzpeer.accounts.models import User
from bzpeer.claims.queries import owns_byline_of
from bzpeer.curation.assertions import AssertionRefused
from bzpeer.curation.models import Assertion
from works.models import GeneratedSummary, Work
from works.summary import chosen_sentences
from works.terms.queries import KeyTerms

SUBJECT = "summary"
LONGEST_SUMMARY = 1_000
CHOICES = {
    "written": "our own words",
    "chosen": "sentences chosen from the abstract",
    "generated": "the generated summary",
    "none": "no summary",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """What stands about a work's summary: one of CHOICES, the words if they are somebody's own, and who said it when."""

    choice: str
    text: str
    by_author: bool
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class QuickSummary:
    """What sums a work up, in words, and whose words they are; `also` is a generated one that stands beside it.

    `is_demo`: chosen from a summary written for the demo corpus, not from the authors' abstract.
    """

    text: str
    kind: str
    by_author: bool = False
    at: datetime | None = None
    model: str = ""
    is_demo: bool = False
    also: "QuickSummary | None" = None


def quick_summary(work: Work, *, terms: KeyTerms) -> QuickSummary | None:
    """Return what is shown: what the authors said, else sentences chosen from the abstract, with a generated one beside them.

    Without a query where `generated_summary` is joined.
    """
    said = summary_said(work)
    if said and said.choice == "none":
        return None
    if said and said.choice == "written":
        return QuickSummary(text=said.text, kind="written", by_author=said.by_author, at=said.at)
    made = _made(getattr(work, "generated_summary", None))
    if said and said.choice == "generated" and made:
        return made
    abstract, is_demo = abstract_of(work)
    weights = {one.text: one.weight for one in terms.terms}
    sentences = chosen_sentences(abstract, title=work.title, weights=weights, language=work.language)
    if not sentences:
        return made
    also = made if not (said and said.choice == "chosen") else None
    return QuickSummary(text=" ".join(one.text for one in sentences), kind="chosen", is_demo=is_demo, also=also)


def _made(generated: GeneratedSummary | None) -> QuickSummary | None:
    if generated is None or not generated.text:
        return None
    return QuickSummary(text=generated.text, kind="generated", at=generated.made_at, model=generated.model)


def summary_said(work: Work) -> Said | None:
    """Return what stands; from the work's own row, without a query."""
    held = work.asserted.get(SUBJECT)
    value = held.get("value") if isinstance(held, dict) else None
    if not isinstance(value, dict) or value.get("choice") not in CHOICES:
        return None
    return Said(
        choice=value["choice"],
        text=str(value.get("text", "")),
        by_author=bool(value.get("by_author")),
        at=parse_datetime(str(held.get("at", ""))),
    )


@transaction.atomic
def say_summary(*, by: User, work: Work, choice: str, text: str = "", note: str = "") -> Assertion:
    """Say which summary the work's page shows. Raises AssertionRefused for others than its authors here and staff, and for bad words."""
    by_author = owns_byline_of(by, work.pk)
    if not by_author and not by.is_staff:
        raise AssertionRefused("Only authors who own their record and the staff of this portal say what sums a work up.")
    if choice not in CHOICES:
        raise AssertionRefused("Choose which summary the page shows.")
    text = " ".join(text.split()) if choice == "written" else ""
    if choice == "written" and not text:
        raise AssertionRefused("Write the summary first.")
    if len(text) > LONGEST_SUMMARY or any(not character.isprintable() for character in text):
        raise AssertionRefused(f"A summary is plain text of at most {LONGEST_SUMMARY:,} characters.")
    row = Work.objects.select_for_update(no_key=True).get(pk=work.pk)
    said: dict[str, Any] = {"summary": text or CHOICES[choice], "choice": choice, "text": text, "by_author": by_author}
    made = _said_anew(by=by, work=row, said=said, note=note)
    row.asserted = row.asserted | {SUBJECT: {"value": said, "at": made.created_at.isoformat(), "by": by.pk}}
    row.save(update_fields=["asserted"])
    return made


def _said_anew(*, by: User, work: Work, said: dict[str, Any], note: str) -> Assertion:
    held = Assertion.objects.filter(kind=Assertion.Kind.FIELD, subject=SUBJECT, work=work, researcher=None, withdrawn_at__isnull=True)
    for one in held.select_for_update():
        one.withdrawn_at, one.withdrawn_by = timezone.now(), by
        one.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return Assertion.objects.create(user=by, kind=Assertion.Kind.FIELD, work=work, subject=SUBJECT, new_value=said, note=note[:2_000])
