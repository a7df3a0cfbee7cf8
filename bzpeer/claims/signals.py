"""What is known about a claim, for whoever decides it: facts of both sides, nothing scored."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount

from bzpeer.claims.domain import OPEN
from bzpeer.claims.evidence import linked_orcid
from bzpeer.claims.models import Claim, ClaimEvidence
from researchers.models import NameForm, Researcher
from researchers.names import fold, name_key
from works.identifiers import orcid
from works.models import Authorship

NAMES = 40


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
    """Nothing speaks against it and something speaks for it: may be accepted together with others."""


def signals_of(claim: Claim) -> Signals:
    """Return what is known about a claim."""
    record = claim.researcher
    names = _names_of(claim)
    match = _name_match(names, record)
    linked = linked_orcid(claim.user) or ""
    said = _orcid_match(linked, record)
    evidence = [row for row in claim.evidence.all() if row.state != ClaimEvidence.State.LEFT]
    confirmed = [row for row in evidence if row.state == ClaimEvidence.State.PROVED and row.kind in ("mail", "page")]
    others = Claim.objects.filter(user=claim.user).exclude(pk=claim.pk).select_related("researcher").order_by("-created_at", "-pk")
    rivals = (
        Claim.objects.filter(researcher=record, state__in=OPEN).exclude(pk=claim.pk).select_related("user").order_by("created_at", "pk")
    )
    found = list(rivals[:20])
    return Signals(
        names=names,
        name_match=match,
        linked_orcid=linked,
        orcid_match=said,
        domains=[f"{row.domain or 'unknown'}: {row.get_domain_class_display()}" for row in confirmed],
        other_claims=list(others[:20]),
        rivals=found,
        is_simple=not found and match == "the same name" and any(row.domain_class == "record" for row in confirmed),
    )


def _names_of(claim: Claim) -> list[str]:
    told = SocialAccount.objects.filter(user=claim.user, provider="orcid").order_by("pk").values_list("extra_data", flat=True)
    at_orcid = [str(data["name"]) for data in told if isinstance(data, dict) and data.get("name")]
    return list(dict.fromkeys(name for name in [claim.user.display_name, *at_orcid] if name))


def _name_match(names: list[str], record: Researcher) -> str:
    if not names:
        return "the account has no name"
    forms = (
        NameForm.objects.filter(researcher=record).exclude(kind=NameForm.Kind.OWNER).order_by("pk").values_list("name", flat=True)[:NAMES]
    )
    known = [record.display_name, *forms]
    if {name_key(name) for name in names} & {name_key(name) for name in known}:
        return "the same name"
    if {frozenset(fold(name).split()) for name in names} & {frozenset(fold(name).split()) for name in known}:
        return "the same words in another order"
    shared = {word for name in names for word in fold(name).split() if len(word) > 2} & {w for name in known for w in fold(name).split()}
    return f"shares {', '.join(sorted(shared))}" if shared else "another name"


def _orcid_match(linked: str, record: Researcher) -> str:
    if not linked:
        return "no iD linked"
    if record.orcid:
        return "the record's own iD" if record.orcid == linked else f"another one than the record's {record.orcid}"
    printed = Authorship.objects.filter(researcher=record).exclude(raw_orcid="").order_by("pk").values_list("raw_orcid", flat=True)[:500]
    return "stands on its works" if linked in {orcid(raw) for raw in printed} else "the record has none"
