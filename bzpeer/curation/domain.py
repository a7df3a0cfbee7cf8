"""Making proposals, each once. What becomes of them is decided in `bzpeer.curation.deciding`."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from bzpeer.accounts.models import User
from bzpeer.curation.models import Proposal
from researchers.models import Institution, Researcher
from works.models import Work

Ground = Mapping[str, str]
"""{"label": what speaks for it in a few words, "detail": the evidence}."""
IN_THEIR_WORDS = "In their words"
"""The label of what a proposer wrote freely; not shown to somebody who blocked them."""


def propose(
    *,
    kind: Proposal.Kind,
    fingerprint: str,
    grounds: Sequence[Ground],
    researcher: Researcher | None = None,
    other_researcher: Researcher | None = None,
    work: Work | None = None,
    other_work: Work | None = None,
    institution: Institution | None = None,
    other_institution: Institution | None = None,
    payload: Mapping[str, Any] | None = None,
    score: float | None = None,
    proposed_by: User | None = None,
) -> Proposal:
    """Put a proposal before a person, once: the same `fingerprint` returns the proposal that stands, with whatever was decided.

    An open one takes over the newer grounds and score. `fingerprint` names kind and records in a fixed order,
    e.g. "merge_works:12,40".
    """
    said = {"grounds": [dict(ground) for ground in grounds], "payload": dict(payload or {}), "score": score}
    proposal, is_new = Proposal.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "kind": kind,
            "researcher": researcher,
            "other_researcher": other_researcher,
            "work": work,
            "other_work": other_work,
            "institution": institution,
            "other_institution": other_institution,
            "proposed_by": proposed_by,
            **said,
        },
    )
    if not is_new and proposal.state == Proposal.State.OPEN:
        # In the statement's own condition: a moderator may decide between reading and writing.
        Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN).exclude(**said).update(**said)
        proposal.refresh_from_db()
    return proposal


def propose_merge(
    *, one: Researcher, other: Researcher, grounds: Sequence[Ground], score: float | None = None, proposed_by: User | None = None
) -> Proposal:
    """Propose that two records are one person, once for the pair in either order."""
    first, second = sorted((one, other), key=lambda record: record.pk)
    return propose(
        kind=Proposal.Kind.MERGE_RESEARCHERS,
        fingerprint=f"merge_researchers:{first.pk},{second.pk}",
        grounds=grounds,
        researcher=first,
        other_researcher=second,
        score=score,
        proposed_by=proposed_by,
    )


def propose_split(
    *,
    researcher: Researcher,
    groups: Iterable[Iterable[int]],
    grounds: Sequence[Ground],
    score: float | None = None,
    proposed_by: User | None = None,
) -> Proposal:
    """Propose that a record is several people. `groups` are keys of authorships, the largest group first.

    The parts beyond the first tell one proposal from another, so works that join the largest one later change nothing.
    """
    parts = [sorted(group) for group in groups]
    told = ";".join(",".join(map(str, part)) for part in sorted(parts[1:]))
    return propose(
        kind=Proposal.Kind.SPLIT_RESEARCHER,
        fingerprint=f"split_researcher:{researcher.pk}:{blake2b(told.encode(), digest_size=12).hexdigest()}",
        grounds=grounds,
        researcher=researcher,
        payload={"groups": parts},
        score=score,
        proposed_by=proposed_by,
    )


def propose_merge_of_works(
    *, one: Work, other: Work, grounds: Sequence[Ground], score: float | None = None, proposed_by: User | None = None
) -> Proposal:
    """Propose that two works are the same paper, once for the pair in either order."""
    first, second = sorted((one, other), key=lambda work: work.pk)
    return propose(
        kind=Proposal.Kind.MERGE_WORKS,
        fingerprint=f"merge_works:{first.pk},{second.pk}",
        grounds=grounds,
        work=first,
        other_work=second,
        score=score,
        proposed_by=proposed_by,
    )
