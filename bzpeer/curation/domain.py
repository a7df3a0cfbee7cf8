"""What can be done with proposals."""

from collections.abc import Mapping, Sequence
from typing import Any

from bzpeer.accounts.models import User
from bzpeer.curation.models import Proposal
from researchers.models import Researcher
from works.models import Work

Ground = Mapping[str, str]
"""{"label": what speaks for it in a few words, "detail": the evidence}."""


def propose(
    *,
    kind: Proposal.Kind,
    fingerprint: str,
    grounds: Sequence[Ground],
    researcher: Researcher | None = None,
    other_researcher: Researcher | None = None,
    work: Work | None = None,
    other_work: Work | None = None,
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
            "proposed_by": proposed_by,
            **said,
        },
    )
    if not is_new and proposal.state == Proposal.State.OPEN:
        # In the statement's own condition: a moderator may decide between reading and writing.
        Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN).exclude(**said).update(**said)
        proposal.refresh_from_db()
    return proposal
