"""What a slice is asked to hold: kinds, years, types of works, strength, topic, institution, people; and what is on screen already."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

KINDS = ("researcher", "work", "topic", "institution")

Ref = tuple[str, int]
"""A record: its kind and own key."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The conditions of a slice as SQL. Each method returns a condition over the columns it is given; values go by `parameters`."""

    kinds: frozenset[str] = frozenset(KINDS)
    year_from: int | None = None
    year_to: int | None = None
    types: tuple[str, ...] = ()
    min_weight: int = 1
    topic: int | None = None
    institution: int | None = None
    only: frozenset[int] = frozenset()
    known: frozenset[Ref] = frozenset()

    def parameters(self, foci: frozenset[Ref]) -> dict[str, Any]:
        excluded = {f"known_{kind}": sorted(key for of, key in self.known | foci if of == kind) for kind in KINDS}
        return {
            **excluded,
            "from": self.year_from,
            "to": self.year_to,
            "types": list(self.types),
            "min_weight": self.min_weight,
            "topic": self.topic,
            "institution": self.institution,
            "only": sorted(self.only),
        }

    def known_of(self) -> Counter[str]:
        return Counter(kind for kind, _ in self.known)

    def works(self, alias: str) -> str:
        """Keep works (rows of works_work) of the years and types; cheap enough to be asked of a whole pool."""
        conditions = [f"{alias}.publication_year >= %(from)s"] * (self.year_from is not None)
        conditions += [f"{alias}.publication_year <= %(to)s"] * (self.year_to is not None)
        conditions += [f"{alias}.type = ANY(%(types)s)"] * bool(self.types)
        return " AND ".join(conditions) or "true"

    def span(self, first: str, last: str) -> str:
        """Keep spans of years that overlap the years asked for."""
        conditions = [f"{last} >= %(from)s"] * (self.year_from is not None) + [f"{first} <= %(to)s"] * (self.year_to is not None)
        return " AND ".join(conditions) or "true"

    def candidates(self, kind: str, edge: str) -> str:
        """Keep neighbours (columns id, weight of "found") that the other filters let through; asked of a bounded pool only."""
        conditions = [f"found.id <> ALL(%(known_{kind})s::bigint[])"]
        if edge == "collaborated" and self.min_weight > 1:
            conditions.append("found.weight >= %(min_weight)s")
        if self.topic is not None and kind in _WITH_TOPIC:
            conditions.append(_WITH_TOPIC[kind])
        if self.institution is not None and kind in _AT_INSTITUTION:
            conditions.append(_AT_INSTITUTION[kind])
        if self.only and kind in _OF_PEOPLE:
            conditions.append(_OF_PEOPLE[kind])
        return " AND ".join(conditions)


_WITH_TOPIC = {
    "work": "EXISTS (SELECT FROM works_worktopic f WHERE f.work_id = found.id AND f.topic_id = %(topic)s)",
    "researcher": """EXISTS (
        SELECT FROM works_authorship f JOIN works_worktopic t ON t.work_id = f.work_id
         WHERE f.researcher_id = found.id AND t.topic_id = %(topic)s)""",
}
_AT_INSTITUTION = {
    "work": """EXISTS (
        SELECT FROM works_authorship f JOIN works_authorshipinstitution l ON l.authorship_id = f.id
         WHERE f.work_id = found.id AND l.institution_id = %(institution)s)""",
    "researcher": "EXISTS (SELECT FROM researchers_affiliation f WHERE f.researcher_id = found.id AND f.institution_id = %(institution)s)",
}
_OF_PEOPLE = {
    "work": "EXISTS (SELECT FROM works_authorship f WHERE f.work_id = found.id AND f.researcher_id = ANY(%(only)s::bigint[]))",
    "researcher": "found.id = ANY(%(only)s::bigint[])",
}
