"""Proposals about who is who: what `works.identifying` finds among the records, put before a person. Nothing is merged here.

propose_about(researcher)    -> the records of one name
propose_onwards(after=0)     -> all records, a stretch at a time, from where the last one ended
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from celery import shared_task
from django.core.cache import cache

from bzpeer.curation.domain import propose_merge, propose_split
from bzpeer.curation.models import Proposal
from researchers.models import Researcher
from works.identifying import Block, Findings, Reason, block_of, blocks_from, corpus_of_portal, found_in

logger = logging.getLogger(__name__)

STEP_SECONDS = 40
NIGHT_SECONDS = 900
CURSOR_KEY = "identity-cursor"
"""Where the last night ended. Losing it costs a second look at records already seen."""


@dataclass(kw_only=True)
class Stretch:
    """What one go through records found, and the key of the record to go on after; None at the end."""

    findings: Findings
    new: int = 0
    after: int | None = None


def propose_about(researcher: Researcher, *, dry_run: bool = False) -> Stretch:
    """Look at the records that share a record's name."""
    return propose_in([block_of(researcher)], dry_run=dry_run)


def propose_in(blocks: Iterable[Block], *, dry_run: bool = False) -> Stretch:
    """Look at some blocks and propose what seems amiss in them."""
    corpus = corpus_of_portal()
    done = Stretch(findings=Findings())
    for block in blocks:
        _take_in(done, found_in(block, corpus=corpus), dry_run=dry_run)
    return done


def propose_onwards(*, after: int = 0, seconds: float | None = None, limit: int | None = None, dry_run: bool = False) -> Stretch:
    """Look at the records beyond key `after`, until the time is up, `limit` proposals are found or no record is left."""
    corpus = corpus_of_portal()
    deadline = time.monotonic() + seconds if seconds is not None else None
    done = Stretch(findings=Findings())
    for leader, block in blocks_from(after):
        _take_in(done, found_in(block, corpus=corpus), dry_run=dry_run)
        found = len(done.findings.merges) + len(done.findings.splits)
        if (deadline and time.monotonic() >= deadline) or (limit is not None and found >= limit):
            done.after = leader
            break
    return done


def _take_in(done: Stretch, found: Findings, *, dry_run: bool) -> None:
    done.findings.add(found)
    if not dry_run:
        done.new += _write(found)


def _write(found: Findings) -> int:
    """Put the findings before a person; return how many were not there before. One decided before stays decided."""
    involved = {pk for merge in found.merges for pk in (merge.keep, merge.absorb)} | {split.record for split in found.splits}
    people = Researcher.objects.in_bulk(involved)
    before = Proposal.objects.count() if involved else 0
    for merge in found.merges:
        if merge.keep in people and merge.absorb in people:
            propose_merge(one=people[merge.keep], other=people[merge.absorb], grounds=_told(merge.grounds), score=merge.score)
    for split in found.splits:
        if split.record in people:
            propose_split(researcher=people[split.record], groups=split.groups, grounds=_told(split.grounds), score=split.score)
    return Proposal.objects.count() - before if involved else 0


def _told(*reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"label": reason.label, "detail": reason.detail} for own in reasons for reason in own]


@shared_task(name="bzpeer.curation.identity.look_for_proposals")
def look_for_proposals(seconds: float = NIGHT_SECONDS) -> int:
    """Go on where the last night ended, a step at a time for `seconds` in all; return how many proposals are new."""
    stretch = propose_onwards(after=int(cache.get(CURSOR_KEY) or 0), seconds=min(STEP_SECONDS, seconds))
    cache.set(CURSOR_KEY, stretch.after or 0, None)
    if skipped := stretch.findings.skipped:
        logger.info("%s names were not looked at: too many records share each of them", len(skipped))
    if stretch.after is not None and seconds > STEP_SECONDS:
        look_for_proposals.delay(seconds - STEP_SECONDS)
    return stretch.new
