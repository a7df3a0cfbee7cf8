"""What is known about claims, for whoever decides them: facts of both sides, nothing scored."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount

from bzpeer.claims.domain import OPEN
from bzpeer.claims.models import Claim, ClaimEvidence
from researchers.models import NameForm, Researcher
from researchers.names import fold, name_key
from works.identifiers import orcid
from works.models import Authorship

SHOWN = 20
SAME_NAME = "the same name"


@dataclass(frozen=True, kw_only=True)
class Signals:
    """One claim's signals. `names` are those of the applicant's account, never their address."""

    names: list[str]
    name_match: str
    linked_orcid: str
    orcid_match: str
    domains: list[str]
    other_claims: list[Claim]
    rivals: list[Claim]

    is_simple: bool
    """Nothing speaks against it and something speaks for it: it may be accepted together with others."""


@dataclass(frozen=True)
class _Known:
    """The rows behind the signals of many claims, by member and by record."""

    accounts: dict[int, list[tuple[str, str]]]
    names: dict[int, list[str]]
    printed: dict[int, set[str]]
    by_member: dict[int, list[Claim]]
    on_record: dict[int, list[Claim]]


def signals_of(claims: Sequence[Claim]) -> dict[int, Signals]:
    """Return what is known about claims, by their keys. The claims come with record, member and evidence."""
    known = _gathered({claim.user_id for claim in claims}, {claim.researcher_id for claim in claims})
    return {claim.pk: _signals(claim, known) for claim in claims}


def _gathered(members: Collection[int], records: Collection[int]) -> _Known:
    known = _Known(defaultdict(list), defaultdict(list), defaultdict(set), defaultdict(list), defaultdict(list))
    told = SocialAccount.objects.filter(user__in=members, provider="orcid").order_by("pk")
    for member, uid, data in told.values_list("user_id", "uid", "extra_data"):
        known.accounts[member].append((uid, str(data.get("name") or "") if isinstance(data, dict) else ""))
    forms = NameForm.objects.filter(researcher__in=records).exclude(kind=NameForm.Kind.OWNER).order_by("pk")
    for record, name in forms.values_list("researcher_id", "name"):
        known.names[record].append(name)
    linked = [uid for accounts in known.accounts.values() for uid, _ in accounts]
    ways = [form for uid in linked for form in (uid, f"https://orcid.org/{uid}", f"http://orcid.org/{uid}")]
    for record, raw in (
        Authorship.objects.filter(researcher__in=records, raw_orcid__in=ways).order_by("pk").values_list("researcher_id", "raw_orcid")
    ):
        known.printed[record].add(orcid(raw) or "")
    for claim in Claim.objects.filter(user__in=members).select_related("researcher").order_by("-created_at", "-pk"):
        known.by_member[claim.user_id].append(claim)
    for claim in Claim.objects.filter(researcher__in=records, state__in=OPEN).select_related("user").order_by("created_at", "pk"):
        known.on_record[claim.researcher_id].append(claim)
    return known


def _signals(claim: Claim, known: _Known) -> Signals:
    record, accounts = claim.researcher, known.accounts[claim.user_id]
    names = list(dict.fromkeys(name for name in [claim.user.display_name, *(name for _, name in accounts)] if name))
    match = _name_match(names, [record.display_name, *known.names[record.pk]])
    linked = next((uid for uid, _ in accounts), "")
    confirmed = [row for row in claim.evidence.all() if row.state == ClaimEvidence.State.PROVED and row.kind in ("mail", "page")]
    rivals = [other for other in known.on_record[record.pk] if other.pk != claim.pk]
    return Signals(
        names=names,
        name_match=match,
        linked_orcid=linked,
        orcid_match=_orcid_match(linked, record, known.printed[record.pk]),
        domains=[f"{row.domain or 'unknown'}: {row.get_domain_class_display()}" for row in confirmed],
        other_claims=[other for other in known.by_member[claim.user_id] if other.pk != claim.pk][:SHOWN],
        rivals=rivals[:SHOWN],
        is_simple=not rivals and match == SAME_NAME and any(row.domain_class == "record" for row in confirmed),
    )


def _name_match(names: list[str], known: list[str]) -> str:
    if not names:
        return "the account has no name"
    if {name_key(name) for name in names} & {name_key(name) for name in known}:
        return SAME_NAME
    if {frozenset(fold(name).split()) for name in names} & {frozenset(fold(name).split()) for name in known}:
        return "the same words in another order"
    shared = {word for name in names for word in fold(name).split() if len(word) > 2} & {w for name in known for w in fold(name).split()}
    return f"shares {', '.join(sorted(shared))}" if shared else "another name"


def _orcid_match(linked: str, record: Researcher, printed: set[str]) -> str:
    if not linked:
        return "no iD linked"
    if record.orcid:
        return "the record's own iD" if record.orcid == linked else f"another one than the record's {record.orcid}"
    return "stands on its works" if linked in printed else "the record has none"
