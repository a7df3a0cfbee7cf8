"""Trust: how much evidence stands behind a researcher record (design decision 9).

A pure function of counted rows. It scores the evidence for the record, never the person's merit.
`bzpeer.claims.trust` gathers the evidence and stores the answer.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple, TypedDict

FORMULA_VERSION = "v1"
LEVEL_POINTS = (0, 8, 16, 32, 40, 45)
BANDS = ((80, "Anchored"), (60, "Trusted"), (40, "Established"), (20, "Emerging"), (0, "Unverified"))
LIMITS = (
    "The score counts the evidence that ties this record to one person and to works.",
    "It does not judge the quality of the research, the importance of the person or the truth of a paper.",
)
"""What the score does not say; shown wherever its components are."""

_LEVEL_EVIDENCE = (
    "A byline without a stable id (L0).",
    "A record with a stable external id; nobody has claimed it (L1).",
    "Claimed by a member with a confirmed e-mail address (L2).",
    "Claimed and proved by ORCID iD, institution address or proof page (L3).",
    "Proved, with a confirmed work and vouched for (L4).",
    "Checked by staff (L5).",
)

_NEXT_LEVEL = (
    "A source gives the record a stable author id, or its owner claims it.",
    "Its owner claims it with an account whose e-mail address is confirmed.",
    "Its owner proves the claim: by logging in through ORCID, by a confirmed address at an institution on the record, or by a proof page.",
    "Its owner confirms a work, and two close collaborators whose own records are proved (L3), or an institution, vouch for them.",
    "Staff of this portal check who the owner is.",
    "",
)


@dataclass(frozen=True, kw_only=True)
class TrustEvidence:
    """The counted rows behind a score."""

    level: int
    identified_works: int = 0
    close_collaborators: int = 0
    confirmed_works: int = 0
    proved_followers: int = 0
    affiliations: int = 0
    agreeing_works: int = 0
    is_claimed: bool = False
    open_disputes: int = 0


class Component(TypedDict):
    """One line of the snapshot: `count` rows gave `points` of at most `cap`."""

    key: str
    label: str
    points: int
    cap: int
    count: int
    evidence: str


@dataclass(frozen=True, kw_only=True)
class TrustScore:
    """A score with everything it was made of."""

    version: str
    computed_at: datetime
    level: int
    score: int
    components: tuple[Component, ...]

    @property
    def band(self) -> str:
        return band(self.score)

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "computed_at": self.computed_at.isoformat(), "band": self.band}


def band(score: int) -> str:
    """Return the band's name for a score of 0-100."""
    return next(name for floor, name in BANDS if score >= floor)


def trust(evidence: TrustEvidence, *, at: datetime) -> TrustScore:
    """Return formula v1's score for the evidence, as of `at`."""
    components = tuple(_component(rule, evidence) for rule in _RULES)
    total = sum(component["points"] for component in components)
    return TrustScore(version=FORMULA_VERSION, computed_at=at, level=evidence.level, score=total, components=components)


class _Rule(NamedTuple):
    key: str
    label: str
    cap: int
    count: Callable[[TrustEvidence], int]
    points: Callable[[TrustEvidence], int]
    evidence: Callable[[TrustEvidence], str]
    gives: str
    needs: Callable[[int, int], str]


class RuleInWords(NamedTuple):
    """A rule of the formula as pages tell it: `gives` says for what there are points."""

    key: str
    label: str
    cap: int
    gives: str


def rules() -> list[RuleInWords]:
    """Return the rules of the formula in their order."""
    return [RuleInWords(key=rule.key, label=rule.label, cap=rule.cap, gives=rule.gives) for rule in _RULES]


def needed(key: str, *, points: int, level: int) -> str:
    """Say what the points a component lacks would take; empty where it is full."""
    rule = next(rule for rule in _RULES if rule.key == key)
    return rule.needs(rule.cap - points, level) if points < rule.cap else ""


class LevelInWords(NamedTuple):
    """A verification level as pages tell it."""

    number: int
    points: int
    means: str
    next_step: str


def level_in_words(number: int) -> str:
    """Return what a level means; empty for what is no level."""
    return _LEVEL_EVIDENCE[number] if 0 <= number < len(_LEVEL_EVIDENCE) else ""


def levels() -> list[LevelInWords]:
    """Return the levels L0 to L5 with what each means, its points, and what leads to the next."""
    return [
        LevelInWords(number=number, points=points, means=_LEVEL_EVIDENCE[number], next_step=_NEXT_LEVEL[number])
        for number, points in enumerate(LEVEL_POINTS)
    ]


def _component(rule: _Rule, evidence: TrustEvidence) -> Component:
    return Component(
        key=rule.key,
        label=rule.label,
        points=min(rule.points(evidence), rule.cap),
        cap=rule.cap,
        count=rule.count(evidence),
        evidence=rule.evidence(evidence),
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _dispute_evidence(evidence: TrustEvidence) -> str:
    if not evidence.is_claimed:
        return "Counts only once the record is claimed."
    if evidence.open_disputes:
        return f"The claim is contested: {_counted(evidence.open_disputes, 'open dispute', 'open disputes')}."
    return "The record is claimed and nobody contests it."


_RULES = (
    _Rule(
        "level",
        "Verification level",
        LEVEL_POINTS[-1],
        lambda e: e.level,
        lambda e: LEVEL_POINTS[e.level],
        lambda e: _LEVEL_EVIDENCE[e.level],
        f"As many points as the level has: {', '.join(map(str, LEVEL_POINTS[:-1]))} or {LEVEL_POINTS[-1]}.",
        lambda _, level: _NEXT_LEVEL[level],
    ),
    _Rule(
        "identified_works",
        "Works with a DOI or arXiv id",
        20,
        lambda e: e.identified_works,
        lambda e: e.identified_works,
        lambda e: f"{_counted(e.identified_works, 'work', 'works')} on this record with a DOI or an arXiv id; one point each.",
        "One point for each work on the record with a DOI or an arXiv id.",
        lambda lacking, _: f"{_counted(lacking, 'more work', 'more works')} with a DOI or an arXiv id on the record.",
    ),
    _Rule(
        "close_collaborators",
        "Close collaborators",
        10,
        lambda e: e.close_collaborators,
        lambda e: e.close_collaborators,
        lambda e: f"{_counted(e.close_collaborators, 'researcher', 'researchers')} sharing at least two works; one point each.",
        "One point for each researcher who shares at least two works.",
        lambda lacking, _: f"{_counted(lacking, 'more researcher', 'more researchers')} who share at least two works.",
    ),
    _Rule(
        "confirmed_works",
        "Works confirmed by the owner",
        10,
        lambda e: e.confirmed_works,
        lambda e: e.confirmed_works,
        lambda e: f"{_counted(e.confirmed_works, 'work', 'works')} the owner said is theirs; one point each.",
        "One point for each work that the owner of a claimed record confirmed as theirs.",
        lambda lacking, _: f"The owner confirms {_counted(lacking, 'more work', 'more works')} as theirs.",
    ),
    _Rule(
        "proved_followers",
        "Followers with a proved record",
        5,
        lambda e: e.proved_followers,
        lambda e: e.proved_followers,
        lambda e: f"{_counted(e.proved_followers, 'follower', 'followers')} whose own record is at L3 or higher; one point each.",
        "One point for each follower whose own record is at L3 or higher.",
        lambda lacking, _: f"{_counted(lacking, 'more follower', 'more followers')} whose own record is at L3 or higher.",
    ),
    _Rule(
        "affiliation",
        "Affiliation on record",
        3,
        lambda e: e.affiliations,
        lambda e: 3 if e.affiliations else 0,
        lambda e: f"{_counted(e.affiliations, 'institution', 'institutions')} on record, from the author record or from bylines.",
        "Three points for an institution that the author record or a byline names; the owner’s own word does not count.",
        lambda _, __: "An institution in the author record of the source, or printed with a byline.",
    ),
    _Rule(
        "sources_agree",
        "Two independent sources agree",
        2,
        lambda e: e.agreeing_works,
        lambda e: 2 if e.agreeing_works else 0,
        lambda e: f"{_counted(e.agreeing_works, 'work', 'works')} with this byline told by both OpenAlex and arXiv.",
        "Two points for a work with a byline of this record that both OpenAlex and arXiv tell.",
        lambda _, __: "A work with this byline that both OpenAlex and arXiv tell.",
    ),
    _Rule(
        "no_open_dispute",
        "No open dispute",
        5,
        lambda e: e.open_disputes,
        lambda e: 5 if e.is_claimed and not e.open_disputes else 0,
        _dispute_evidence,
        "Five points for a claimed record that nobody contests.",
        lambda _, __: "The record is claimed, and no claim to it is disputed.",
    ),
)
