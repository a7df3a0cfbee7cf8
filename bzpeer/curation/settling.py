"""What the portal does by itself between imports: sure duplicates are made one, the rest and every conflict go to a moderator.

Each function takes a bounded number of noted rows, acts on them in one transaction and returns how many they were, so
that a crash gives them back. The pipeline calls them once nothing is left to derive.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from bzpeer.accounts.notices import notify
from bzpeer.claims.models import Claim
from bzpeer.curation.deciding import DecisionRefused, accept
from bzpeer.curation.domain import Ground, propose, propose_merge_of_works
from bzpeer.curation.models import Assertion, Proposal
from researchers.models import Institution, InstitutionRedirect, Researcher, ResearcherRedirect
from works.duplicates import Band, compared, facts, take_candidates
from works.locking import hold_imports
from works.models import AuthorshipRuling, DuplicateCandidate, UpstreamConflict, Work
from works.queries import work_known_as

PAIRS_A_STEP = 200
CONFLICTS_A_STEP = 500
TITLES_NAMED = 5
SURE = "Same title, same authors, and the ids belong together: made one by the portal."

Kind = UpstreamConflict.Kind
Details = Sequence[Mapping[str, Any]]
"""What was noted of the same conflict, once for each time."""


def is_anything_noted() -> bool:
    """Tell whether pairs of works or conflicts wait."""
    return UpstreamConflict.objects.exists() or DuplicateCandidate.objects.exists()


# --- duplicates -------------------------------------------------------------------------------------


@transaction.atomic
def settle_duplicates(most: int = PAIRS_A_STEP) -> int:
    """Compare noted pairs of works: merge the certain ones, propose the likely ones."""
    with connection.cursor() as cursor:
        hold_imports(cursor)
        pairs = take_candidates(cursor, most)
        told = facts(cursor, sorted({key for pair in pairs for key in pair}))
    gone: set[int] = set()
    for one, other in pairs:
        if one not in told or other not in told or gone & {one, other}:
            continue  # merged a moment ago; the kept work is compared again, since it changed
        comparison = compared(told[one], told[other])
        if comparison.band == Band.NO:
            continue
        grounds: list[Ground] = [{"label": label, "detail": detail} for label, detail in comparison.grounds]
        proposal = propose_merge_of_works(
            one=Work.objects.get(pk=one), other=Work.objects.get(pk=other), grounds=grounds, score=comparison.score
        )
        if comparison.band == Band.CERTAIN and _accepted(proposal):
            gone |= {one, other}
    return len(pairs)


def _accepted(proposal: Proposal) -> bool:
    """Accept what is certain, unless a person decided it before or people's words stand on both works."""
    if proposal.state != Proposal.State.OPEN or _people_disagree(proposal):
        return False
    try:
        accept(proposal, by=None, note=SURE)
    except DecisionRefused:
        return False
    return True


def _people_disagree(proposal: Proposal) -> bool:
    """Tell whether people corrected the same field of both works, so that one of them would lose."""
    fields = [set(work.asserted) for work in (proposal.work, proposal.other_work) if work]
    return bool(set.intersection(*fields))


# --- conflicts --------------------------------------------------------------------------------------


@transaction.atomic
def settle_conflicts(most: int = CONFLICTS_A_STEP) -> int:
    """Put noted conflicts before a moderator, each once."""
    with connection.cursor() as cursor:
        rows = _take_conflicts(cursor, most)
    for kind, key, other_key in dict.fromkeys(row[:3] for row in rows):
        details = [json.loads(detail) for *told, detail in rows if tuple(told) == (kind, key, other_key)]
        _PROPOSE[Kind(kind)](key, other_key, details)
    return len(rows)


def _take_conflicts(cursor: CursorWrapper, most: int) -> Sequence[tuple[str, str, str, str]]:
    cursor.execute(
        "DELETE FROM works_upstreamconflict WHERE id IN (SELECT id FROM works_upstreamconflict ORDER BY id LIMIT %s "
        "FOR UPDATE SKIP LOCKED) RETURNING kind, key, other_key, detail::text",
        [most],
    )
    return sorted(cursor.fetchall())


def _claimed_absorbed(old: str, new: str, details: Details) -> None:
    one, other = _researcher(old), _researcher(new)
    if one is None or other is None or one == other:
        return
    propose(
        kind=Proposal.Kind.CONFLICT,
        fingerprint=f"claimed_absorbed:{old},{new}",
        grounds=[
            {"label": "The source merged them", "detail": f"OpenAlex says that {_bare(old)} is now {_bare(new)}."},
            {"label": "Claimed", "detail": f"The record of {_bare(old)} here is claimed; a claim is moved by a person only."},
        ],
        researcher=one,
        other_researcher=other,
        payload={"conflict": "claimed_absorbed", "old": old, "new": new},
    )


def _shared_id(key: str, shared: str, details: Details) -> None:
    """Two records give one ORCID iD or ROR id: one of them shows it, `key` is the other one."""
    column, _, value = shared.partition(":")
    if column == "orcid":
        one, other = _researcher(key), Researcher.objects.filter(orcid=value).first() or _researcher(f"orcid:{value}")
        if one and other and one != other:
            first, second = sorted((one, other), key=lambda record: record.pk)
            propose(
                kind=Proposal.Kind.CONFLICT,
                fingerprint=f"shared_orcid:{first.pk},{second.pk}",
                grounds=[{"label": "The same ORCID iD", "detail": f"The source gives {value} to both; only one of them shows it."}],
                researcher=first,
                other_researcher=second,
                payload={"conflict": "shared_orcid", "orcid": value},
            )
    elif column == "ror":
        here, there = _institution(key), Institution.objects.filter(ror=value).first()
        if here and there and here != there:
            first_place, second_place = sorted((here, there), key=lambda place: place.pk)
            propose(
                kind=Proposal.Kind.CONFLICT,
                fingerprint=f"shared_ror:{first_place.pk},{second_place.pk}",
                grounds=[{"label": "The same ROR id", "detail": f"The source gives {value} to both; only one of them shows it."}],
                institution=first_place,
                other_institution=second_place,
                payload={"conflict": "shared_ror", "ror": value},
            )


def _claimed_namesakes(name: str, _: str, details: Details) -> None:
    same = Researcher.objects.filter(is_claimed=True, assembled=True, name_key=_bare(name)).order_by("pk")
    for one, other in combinations(same, 2):
        propose(
            kind=Proposal.Kind.CONFLICT,
            fingerprint=f"claimed_namesakes:{one.pk},{other.pk}",
            grounds=[
                {
                    "label": "Their works meet",
                    "detail": f"Bylines of “{one.display_name}” connect the two by a co-author, a category or a topic; both are claimed.",
                }
            ],
            researcher=one,
            other_researcher=other,
            payload={"conflict": "claimed_namesakes"},
        )


def _missing_byline(key: str, _: str, details: Details) -> None:
    ruling = AuthorshipRuling.objects.filter(pk=int(_bare(key))).select_related("researcher", "work").first()
    if ruling is None:
        return
    said = Assertion.objects.filter(kind=Assertion.Kind.AUTHORSHIP, new_value__ruling=ruling.pk, withdrawn_at__isnull=True).first()
    propose(
        kind=Proposal.Kind.CONFLICT,
        fingerprint=f"missing_byline:{ruling.pk}",
        grounds=[
            {"label": "The source dropped a byline", "detail": f"“{ruling.byline}” stands in the author list no more."},
            {"label": "Its owner said it is theirs", "detail": f"on {ruling.created_at:%-d %B %Y}; it is kept at the end of the list."},
        ],
        researcher=ruling.researcher,
        work=ruling.work,
        payload={"conflict": "missing_byline", "assertion": said.pk if said else 0},
    )


def _id_used_again(old: str, new: str, details: Details) -> None:
    """Ask whether two records are one after all: upstream gives the one the id that it had merged into the other."""
    grounds: list[Ground] = [
        {
            "label": "The source uses an id again",
            "detail": f"OpenAlex had merged {_bare(old)} into {_bare(new)}; by now {_bare(old)} names a record of its own again.",
        },
        {
            "label": "Nothing connects the two",
            "detail": "They share neither an id nor a name. Links that used the old id meant the other record.",
        },
    ]
    same: dict[str, Any] = {"kind": Proposal.Kind.CONFLICT, "fingerprint": f"id_used_again:{old},{new}", "grounds": grounds}
    told = {"old": old, "new": new}
    match _bare(old)[:1]:
        case "W":
            work, other_work = work_known_as(old), work_known_as(new)
            if work and other_work and work != other_work:
                propose(**same, work=work, other_work=other_work, payload={"conflict": "reused_work", **told})
        case "A":
            person, other_person = _researcher(old), _researcher(new)
            if person and other_person and person != other_person:
                propose(**same, researcher=person, other_researcher=other_person, payload={"conflict": "reused_author", **told})
        case _:
            place, other_place = _institution(old), _institution(new)
            if place and other_place and place != other_place:
                propose(**same, institution=place, other_institution=other_place, payload={"conflict": "reused_institution", **told})


def _moved_away(key: str, other_key: str, details: Details) -> None:
    """Ask the owner of a record, once for each pair of records, about works that the source gives to another one now."""
    owner, taker = _record(key), _record(other_key)
    if owner is None or taker is None or owner == taker or not owner.is_claimed or _is_asked_of_merge(owner, taker):
        return
    fingerprint = f"moved_away:{owner.pk},{taker.pk}"
    held = Proposal.objects.filter(fingerprint=fingerprint).values_list("payload", flat=True).first() or {}
    works = sorted({*held.get("works", []), *(detail["work"] for detail in details)})
    titles = list(Work.objects.filter(pk__in=works).order_by("pk").values_list("title", flat=True)[:TITLES_NAMED])
    more = f" and {len(works) - len(titles):,} more" if len(works) > len(titles) else ""
    number = f"{len(works):,} work{'' if len(works) == 1 else 's'}"
    made = propose(
        kind=Proposal.Kind.CONFLICT,
        fingerprint=fingerprint,
        grounds=[
            {"label": "The source moved them", "detail": f"OpenAlex now gives {number} to another record: {'; '.join(titles)}{more}."},
            {"label": "Nobody had confirmed them", "detail": "They were on this record by the source's word alone, so they followed it."},
        ],
        researcher=owner,
        other_researcher=taker,
        payload={"conflict": "moved_away", "works": works},
    )
    for claim in Claim.objects.filter(researcher=owner, state=Claim.State.ACCEPTED).select_related("user").order_by("pk"):
        text = f"OpenAlex now gives {number} of yours to another record, “{taker.display_name}”. Are they yours?"
        notify(claim.user, kind="proposal", key=f"moved_away:{made.pk}", text=text, url=f"/researchers/{owner.pk}/-/proposals/")


def _is_asked_of_merge(one: Researcher, other: Researcher) -> bool:
    """Tell whether people are being asked whether the two records are one: that decides over their works, too."""
    pair = Q(researcher=one, other_researcher=other) | Q(researcher=other, other_researcher=one)
    return Proposal.objects.filter(pair, state=Proposal.State.OPEN, payload__conflict="claimed_absorbed").exists()


_PROPOSE = {
    Kind.CLAIMED_ABSORBED: _claimed_absorbed,
    Kind.SHARED_ID: _shared_id,
    Kind.CLAIMED_NAMESAKES: _claimed_namesakes,
    Kind.MISSING_BYLINE: _missing_byline,
    Kind.ID_USED_AGAIN: _id_used_again,
    Kind.MOVED_AWAY: _moved_away,
}


def _bare(key: str) -> str:
    return key.partition(":")[2]


def _record(key: str) -> Researcher | None:
    """Return the record of an own key ("researcher:12"), also after it was merged."""
    found = Researcher.objects.filter(pk=int(_bare(key))).first()
    moved = ResearcherRedirect.objects.filter(key=f"id:{_bare(key)}").select_related("researcher").first()
    return found or (moved.researcher if moved else None)


def _researcher(key: str) -> Researcher | None:
    own = Researcher.objects.filter(openalex_id=_bare(key)).first() if key.startswith("openalex:") else None
    moved = ResearcherRedirect.objects.filter(key=key).select_related("researcher").first()
    return own or (moved.researcher if moved else None)


def _institution(key: str) -> Institution | None:
    own = Institution.objects.filter(openalex_id=_bare(key)).first()
    moved = InstitutionRedirect.objects.filter(key=key).select_related("institution").first()
    return own or (moved.institution if moved else None)
