"""Which records are the same paper: drafts meet where they share a key.

Keys join through others: an arXiv record and a journal's record become one work when a third record names both.
One kind of key is weaker: a publisher's DOI that authors typed on arXiv. Of 13,309 such DOIs in a sample, 19 stood on
two or three different papers, so a DOI alone never makes one work of two arXiv papers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from django.db.backends.utils import CursorWrapper

from works.composing import identity, in_order, is_published_doi, provider
from works.drafts import WorkDraft
from works.partition import Partition

Tie = tuple[Sequence[str], Sequence[str]]
"""Keys of the drafts of two works that were made one here (`WorkMerge`)."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """Drafts of one paper. `lost` are keys they claim that belong to another paper."""

    drafts: tuple[WorkDraft, ...]
    lost: frozenset[str] = frozenset()

    def reservation(self) -> str:
        """Say what is doubtful about taking these drafts for one paper, or about a key taken from them; else ""."""
        if self.lost:
            return f"{_listed(self.lost)} also stands on another arXiv paper and was given to that one."
        twins = [draft for draft in self.drafts if provider(draft) == "openalex"]
        if len(twins) < 2:
            return ""
        shared = sorted(identity(twins[0]).intersection(*map(identity, twins[1:])))
        by = f" because they share {_listed(shared)}" if shared else " because other records connect them"
        return f"{_listed(draft.key for draft in twins)} were taken for one work{by}."


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys))


def keys_above(cursor: CursorWrapper, row: int, *, but: Collection[int]) -> dict[str, int]:
    """Return every key that leads to a work whose own key is above `row`, those of `but` left out."""
    cursor.execute(
        """
        SELECT 'openalex:' || openalex_id, id FROM works_work WHERE id > %(row)s AND openalex_id IS NOT NULL
        UNION ALL SELECT 'doi:' || doi, id FROM works_work WHERE id > %(row)s AND doi IS NOT NULL
        UNION ALL SELECT 'arxiv:' || arxiv_id, id FROM works_work WHERE id > %(row)s AND arxiv_id IS NOT NULL
        UNION ALL SELECT key, work_id FROM works_workredirect WHERE work_id > %(row)s
        """,
        {"row": row},
    )
    return {key: work_id for key, work_id in cursor.fetchall() if work_id not in but}


def works_by_key(cursor: CursorWrapper, keys: Collection[str]) -> dict[str, int]:
    """Return the work each of `keys` leads to; keys that lead nowhere are left out.

    The keys travel as one text, not as an array: a batch cites some 15,000 works, and quoting each takes longer than looking them up.
    No key holds a line end (works/identifiers.py).
    """
    cursor.execute(
        """
        WITH wanted AS MATERIALIZED (SELECT key FROM unnest(string_to_array(%s, E'\n')) AS key)
        SELECT key, work_id FROM wanted JOIN works_workredirect USING (key)
        UNION ALL
        SELECT key, id FROM wanted JOIN works_work ON openalex_id = substr(key, 10) WHERE key LIKE 'openalex:%%'
        UNION ALL
        SELECT key, id FROM wanted JOIN works_work ON doi = substr(key, 5) WHERE key LIKE 'doi:%%'
        UNION ALL
        SELECT key, id FROM wanted JOIN works_work ON arxiv_id = substr(key, 7) WHERE key LIKE 'arxiv:%%'
        """,
        ["\n".join(keys)],
    )
    return dict(cursor.fetchall())


def connected(drafts: Sequence[WorkDraft], known: Mapping[str, int], ties: Sequence[Tie] = ()) -> list[tuple[list[WorkDraft], list[int]]]:
    """Group drafts that share keys, directly, through one another or through works that are here already.

    `known` leads from key to work. Returns each group with the works it touches, oldest first.
    """
    joined: Partition[str | int] = Partition()
    for draft in drafts:
        for key in identity(draft):
            joined.join(draft.key, key)
            if key in known:
                joined.join(draft.key, known[key])
    for kept, absorbed in ties:
        for key in (*kept[1:], *absorbed):
            joined.join(kept[0], key)
    groups: dict[str | int, tuple[list[WorkDraft], list[int]]] = defaultdict(lambda: ([], []))
    for draft in drafts:
        groups[joined.root(draft.key)][0].append(draft)
    for work_id in sorted({known[key] for draft in drafts for key in identity(draft) if key in known}):
        groups[joined.root(work_id)][1].append(work_id)
    return list(groups.values())


def papers(drafts: Sequence[WorkDraft], ties: Sequence[Tie] = ()) -> list[Paper]:
    """Part connected drafts into papers; the answer does not depend on their order."""
    if len(drafts) == 1:
        return [Paper(drafts=tuple(drafts))]
    ordered = in_order(drafts)
    joined = Partition(draft.key for draft in ordered)
    by_key = {draft.key: draft for draft in ordered}
    for kept, absorbed in ties:
        one, other = (next((key for key in side if key in by_key), None) for side in (kept, absorbed))
        if one and other:
            joined.join(one, other)
    holders: dict[str, list[WorkDraft]] = defaultdict(list)
    for draft in ordered:
        for key in identity(draft):
            holders[key].append(draft)
    # Certain keys first, then DOIs in a fixed order: what a DOI may join depends on what is joined already.
    for key in sorted(holders, key=lambda key: (is_published_doi(key), key)):
        _join_holders(joined, key, holders[key], ordered)
    return [Paper(drafts=tuple(by_key[key] for key in group), lost=_lost(joined, group[0], holders)) for group in joined.sets()]


def _lost(joined: Partition[str], member: str, holders: dict[str, list[WorkDraft]]) -> frozenset[str]:
    """Return the keys that a set claims although their owner is in another one."""
    root = joined.root(member)
    return frozenset(
        key
        for key, claimants in holders.items()
        if joined.root(_owner(claimants).key) != root and any(joined.root(draft.key) == root for draft in claimants)
    )


def _join_holders(joined: Partition[str], key: str, holders: Sequence[WorkDraft], drafts: Sequence[WorkDraft]) -> None:
    """Join the drafts that hold `key`; by a published DOI, leave arXiv papers other than the owner's apart."""
    owner = _owner(holders)
    for draft in holders:
        weak = is_published_doi(key) and provider(draft) == "arxiv" and joined.root(draft.key) != joined.root(owner.key)
        if not weak or not _has_arxiv_record(joined, owner, drafts):
            joined.join(owner.key, draft.key)


def _owner(holders: Sequence[WorkDraft]) -> WorkDraft:
    """Return who a shared key belongs to: the first in the order of precedence, so OpenAlex before arXiv."""
    return holders[0]


def _has_arxiv_record(joined: Partition[str], owner: WorkDraft, drafts: Sequence[WorkDraft]) -> bool:
    root = joined.root(owner.key)
    return any(provider(draft) == "arxiv" and joined.root(draft.key) == root for draft in drafts)
