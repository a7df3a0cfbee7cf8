"""Evidence for a claim: leaving it, having it looked at, and what follows when it proves something.

A proof that a rule takes as enough accepts the claim at once, unless the record is somebody else's: then a moderator
decides. Whatever else is confirmed goes to a moderator with what is known about it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.claims.domain import OPEN, ClaimRefused, State, accept_claim, held, put_in_review, taken
from bzpeer.claims.domains import place_of_address, place_of_page
from bzpeer.claims.fetching import LONGEST_ADDRESS, PUBLIC, PageNotRead, Reach, fetch_text, is_fetchable
from bzpeer.claims.fitting import fits_address, names_somebody
from bzpeer.claims.levels import settle_level
from bzpeer.claims.models import Claim, ClaimEvidence
from researchers.models import NameForm, Researcher
from works.identifiers import orcid
from works.models import Authorship

Kind = ClaimEvidence.Kind
Proof = ClaimEvidence.State
DomainClass = ClaimEvidence.DomainClass

LINK_LIVES = timedelta(hours=24)
GOOD_FOR = timedelta(days=365)
"""How long an address speaks for a person without being confirmed again."""
MAILS_A_DAY = 5
LOOKS_A_DAY = 12
LEASE = timedelta(seconds=60)
"""Longer than reading a page takes; then somebody else may try."""
TRIES = 3


# --- ORCID ------------------------------------------------------------------------------------------


def linked_orcid(user: User) -> str | None:
    """Return the iD the member linked by logging in at ORCID."""
    found = SocialAccount.objects.filter(user=user, provider="orcid").order_by("pk").values_list("uid", flat=True).first()
    return orcid(found)


@transaction.atomic
def offer_orcid(claim: Claim, *, by: User) -> ClaimEvidence:
    """Compare the linked iD with the record. Raises ClaimRefused when none is linked."""
    current = _open(claim, by=by)
    linked = linked_orcid(by)
    if linked is None:
        raise ClaimRefused("Link your ORCID iD first; then come back here.")
    _make_room(current, Kind.ORCID)
    said = _said_of(linked, current.researcher)
    state = Proof.FAILED if said else Proof.PROVED
    evidence = ClaimEvidence.objects.create(
        claim=current, kind=Kind.ORCID, value=linked, state=state, note=said or f"You logged in at ORCID as {linked}.",
        proved_at=None if said else timezone.now(), is_enough=not said,
    )  # fmt: skip
    if not said:
        _conclude(current, evidence)
    return evidence


def _said_of(linked: str, record: Researcher) -> str:
    """Return why an iD does not prove the record; "" if it does."""
    printed = any(orcid(raw) == linked for raw in _printed_ids(record.pk))
    if record.orcid == linked or (printed and not record.orcid):
        return ""
    if printed:  # somebody's byline may stand on another person's record by mistake: that must not give them the record
        return (
            f"Your iD {linked} stands on a work of this record, but the record itself carries {record.orcid}. "
            "Ask a moderator in your own words."
        )
    seen = f"the record carries {record.orcid}" if record.orcid else "neither the record nor its works name one"
    return f"You logged in at ORCID as {linked}; {seen}. Prove the record in another way, or ask a moderator in your own words."


def _printed_ids(researcher_id: int) -> list[str]:
    told = Authorship.objects.filter(researcher=researcher_id).exclude(raw_orcid="").exclude(resolved_by=Authorship.ResolvedBy.OWNER)
    return list(told.order_by("raw_orcid").values_list("raw_orcid", flat=True).distinct()[:500])


# --- an address -------------------------------------------------------------------------------------


@transaction.atomic
def offer_mail(claim: Claim, *, by: User, address: str) -> ClaimEvidence:
    """Send a one-time link to an address. Raises ClaimRefused for what is none and beyond the limits."""
    current = _open(claim, by=by)
    address = _checked_address(address)
    _refuse_too_many_mails(by, address)
    _make_room(current, Kind.MAIL)
    place = place_of_address(address, researcher_id=current.researcher_id)
    evidence = ClaimEvidence.objects.create(
        claim=current, kind=Kind.MAIL, value=address, domain=place.domain, domain_class=place.domain_class
    )
    _send_link(evidence)
    return evidence


@transaction.atomic
def send_again(evidence: ClaimEvidence, *, by: User) -> ClaimEvidence:
    """Send a new link; the older one leads nowhere from then on. Also for an address that must be confirmed once more."""
    current = _open(evidence.claim, by=by)
    again = ClaimEvidence.objects.select_for_update().get(pk=evidence.pk, claim=current)
    is_due = again.state == Proof.PROVED and again.good_until is not None and again.good_until - timezone.now() < timedelta(days=60)
    if again.kind != Kind.MAIL or not (again.state == Proof.PENDING or is_due):
        raise ClaimRefused("No link is to be sent for this.")
    _refuse_too_many_mails(by, again.value)
    _send_link(again)
    return again


def _checked_address(address: str) -> str:
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ClaimRefused("This is no e-mail address.") from error
    if len(address) > 254 or not address.isascii():
        raise ClaimRefused("Write the address in plain letters.")
    return address


def _refuse_too_many_mails(user: User, address: str) -> None:
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)  # its messages are counted one after the other
    lately = ClaimEvidence.objects.filter(kind=Kind.MAIL, sent_at__gt=timezone.now() - timedelta(days=1))
    by_member = sum(lately.filter(claim__user=user).values_list("attempts", flat=True))
    to_address = sum(lately.filter(value__iexact=address).values_list("attempts", flat=True))
    if max(by_member, to_address) >= MAILS_A_DAY:
        raise ClaimRefused(f"We send at most {MAILS_A_DAY} of these messages a day. Try again tomorrow, or use another kind of evidence.")


def _send_link(evidence: ClaimEvidence) -> None:
    token = secrets.token_urlsafe(32)
    is_new_day = evidence.sent_at is None or evidence.sent_at < timezone.now() - timedelta(days=1)
    evidence.attempts = 1 if is_new_day else evidence.attempts + 1
    evidence.token_hash, evidence.sent_at = _hashed(token), timezone.now()
    evidence.note = "Open the link in the message within 24 hours."
    evidence.save(update_fields=["token_hash", "sent_at", "attempts", "note"])
    link = f"{settings.PORTAL_URL}/claims/confirm/{token}/"
    text = render_to_string("emails/claim_address.txt", {"researcher": evidence.claim.researcher, "link": link})
    send_mail("Confirm your address for a claim", text, None, [evidence.value])


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def evidence_of_link(token: str, *, user: User) -> ClaimEvidence | None:
    """Return what a link in a mail confirms, if it is this member's and still good. Changes nothing."""
    fresh = timezone.now() - LINK_LIVES
    found = ClaimEvidence.objects.filter(token_hash=_hashed(token), claim__user=user, claim__state__in=OPEN, sent_at__gt=fresh)
    return found.filter(state__in=[Proof.PENDING, Proof.PROVED]).select_related("claim__researcher").first()


@transaction.atomic
def confirm_address(token: str, *, by: User) -> ClaimEvidence:
    """Take a link up, once: of many at the same time one finds it. Raises ClaimRefused for all others."""
    known = evidence_of_link(token, user=by)
    refusal = ClaimRefused("This link was used already, is older than a day, or belongs to another member. You can have a new one sent.")
    if known is None:
        raise refusal
    current = held(known.claim)
    evidence = ClaimEvidence.objects.select_for_update().get(pk=known.pk)
    if evidence.token_hash != known.token_hash or current.user_id != by.pk or current.state not in OPEN:
        raise refusal
    place = place_of_address(evidence.value, researcher_id=current.researcher_id)  # the record may have changed meanwhile
    fits = fits_address(evidence.value.rpartition("@")[0], _names(current.researcher))
    now = timezone.now()
    evidence.token_hash, evidence.state, evidence.proved_at, evidence.good_until = "", Proof.PROVED, now, now + GOOD_FOR
    evidence.domain, evidence.domain_class = place.domain, place.domain_class
    evidence.is_enough = evidence.is_enough or (place.domain_class == DomainClass.RECORD and fits)
    evidence.note = _about_address(evidence, fits=fits)
    evidence.save()
    _conclude(current, evidence)
    return evidence


def _about_address(evidence: ClaimEvidence, *, fits: bool) -> str:
    if evidence.is_enough:
        return f"You confirmed an address at {evidence.domain}, an institution on the record, with the name of the record."
    if evidence.domain_class == DomainClass.RECORD:
        return (
            f"You confirmed an address at {evidence.domain}, an institution on the record. "
            "The name in it is not the record's, so a moderator looks."
        )
    return (
        f"You confirmed an address at {evidence.domain or 'its domain'}, which is not an institution on the record, so a moderator looks."
    )


# --- a page -----------------------------------------------------------------------------------------


def page_token(evidence: ClaimEvidence) -> str:
    """Return what the member puts on their page: the same whenever it is shown, and good for this evidence alone."""
    return "bzpeer-" + salted_hmac("bzpeer.claims.page", f"{evidence.claim_id}:{evidence.pk}", algorithm="sha256").hexdigest()[:32]


@transaction.atomic
def offer_page(claim: Claim, *, by: User, url: str) -> ClaimEvidence:
    """Note a page on which a token will be put. It is read when the member says so. Raises ClaimRefused."""
    current = _open(claim, by=by)
    url = url.strip()
    url = url if "://" in url else f"https://{url}"
    if len(url) > LONGEST_ADDRESS or not is_fetchable(url):
        raise ClaimRefused(str(PageNotRead()))
    _refuse_too_many_pages(by)
    _make_room(current, Kind.PAGE)
    place = place_of_page(url, researcher_id=current.researcher_id)
    return ClaimEvidence.objects.create(
        claim=current, kind=Kind.PAGE, value=url, domain=place.domain, domain_class=place.domain_class,
        note="Put the token on the page, then let us look.",
    )  # fmt: skip


@transaction.atomic
def look_at_page(evidence: ClaimEvidence, *, by: User) -> ClaimEvidence:
    """Have a page read in the background."""
    current = _open(evidence.claim, by=by)
    page = ClaimEvidence.objects.select_for_update().get(pk=evidence.pk, claim=current)
    if page.kind != Kind.PAGE or page.state not in (Proof.PENDING, Proof.FAILED):
        raise ClaimRefused("There is no page to look at.")
    if page.state == Proof.FAILED:
        _make_room(current, Kind.PAGE)
    day = timezone.now() - timedelta(days=1)
    if page.attempts >= LOOKS_A_DAY and page.sent_at and page.sent_at > day:
        raise ClaimRefused("We have looked often enough for today. Try again tomorrow.")
    page.attempts = page.attempts + 1 if page.sent_at and page.sent_at > day else 1
    page.state, page.due_at, page.sent_at = Proof.PENDING, timezone.now(), timezone.now()
    page.note = "We read the page within a minute. Reload this page to see what came of it."
    page.save(update_fields=["state", "due_at", "sent_at", "attempts", "note"])
    return page


def _refuse_too_many_pages(user: User) -> None:
    day = timezone.now() - timedelta(days=1)
    if ClaimEvidence.objects.filter(claim__user=user, kind=Kind.PAGE, created_at__gt=day).count() >= LOOKS_A_DAY:
        raise ClaimRefused("These are enough pages for today. Try again tomorrow.")


def pages_due(now: datetime, *, limit: int = 50) -> list[int]:
    """Return the pages that wait to be read, oldest first."""
    due = ClaimEvidence.objects.filter(due_at__lte=now, state=Proof.PENDING)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def read_page(evidence_id: int, *, reach: Reach = PUBLIC) -> bool:
    """Read a page and write down what came of it; return whether it was this call's turn. Harmless when called twice."""
    page = _leased(evidence_id)
    if page is None:
        return False
    try:
        said = fetch_text(page.value, reach=reach)
    except PageNotRead as error:
        _note_failure(page, str(error))
        return True
    if page_token(page) not in said:
        _note_failure(page, "The page was read, but the token is not on it. Put it there as plain text, then let us look again.")
        return True
    _take_page(page, said)
    return True


@transaction.atomic
def _leased(evidence_id: int) -> ClaimEvidence | None:
    now = timezone.now()
    due = ClaimEvidence.objects.select_for_update(skip_locked=True, of=("self",)).select_related("claim")
    page = due.filter(pk=evidence_id, kind=Kind.PAGE, state=Proof.PENDING, due_at__lte=now, claim__state__in=OPEN).first()
    if page:
        page.due_at = now + LEASE
        page.save(update_fields=["due_at"])
    return page


def _note_failure(page: ClaimEvidence, said: str) -> None:
    """Only if nothing happened meanwhile: the member may have left this evidence or asked again."""
    ClaimEvidence.objects.filter(pk=page.pk, state=Proof.PENDING, due_at=page.due_at).update(state=Proof.FAILED, due_at=None, note=said)


@transaction.atomic
def _take_page(page: ClaimEvidence, said: str) -> None:
    current = held(page.claim)
    evidence = ClaimEvidence.objects.select_for_update().get(pk=page.pk)
    if evidence.state != Proof.PENDING or evidence.due_at != page.due_at or current.state not in OPEN:
        return
    place = place_of_page(evidence.value, researcher_id=current.researcher_id)
    is_named = names_somebody(said, _names(current.researcher))
    evidence.domain, evidence.domain_class = place.domain, place.domain_class
    evidence.state, evidence.proved_at, evidence.due_at = Proof.PROVED, timezone.now(), None
    evidence.is_enough = place.domain_class == DomainClass.RECORD and is_named
    evidence.note = _about_page(evidence, is_named=is_named)
    evidence.save()
    _conclude(current, evidence)


def _about_page(evidence: ClaimEvidence, *, is_named: bool) -> str:
    where = "an institution on the record" if evidence.domain_class == DomainClass.RECORD else "no institution on the record"
    named = "names the person" if is_named else "does not name the person"
    end = "." if evidence.is_enough else ", so a moderator looks."
    return f"The token is on the page. It is at {evidence.domain or 'its domain'}, {where}, and {named}{end}"


# --- all kinds --------------------------------------------------------------------------------------


@transaction.atomic
def leave_evidence(evidence: ClaimEvidence, *, by: User) -> None:
    """Let a kind of evidence go; another one can take its place. What is proved stays with an accepted claim."""
    current = taken(evidence.claim, by=by)
    if current.state == State.ACCEPTED and evidence.state == Proof.PROVED:
        raise ClaimRefused("Your level rests on this evidence. Withdraw the claim if you want to give it up.")
    left = ClaimEvidence.objects.filter(pk=evidence.pk, claim=current).exclude(state=Proof.LEFT)
    left.update(state=Proof.LEFT, is_enough=False, token_hash="", due_at=None)


def lapse_evidence(now: datetime) -> int:
    """Take addresses out of account that were not confirmed again in time, or whose domain is the institution's no more.

    The level falls at once and the owner is told. Returns how many.
    """
    lapsed = 0
    proved = ClaimEvidence.objects.filter(kind=Kind.MAIL, state=Proof.PROVED, is_enough=True, claim__state=State.ACCEPTED)
    for evidence in proved.select_related("claim").order_by("pk").iterator(chunk_size=200):
        place = place_of_address(evidence.value, researcher_id=evidence.claim.researcher_id)
        is_over = evidence.good_until is not None and evidence.good_until <= now
        if is_over or place.domain_class != evidence.domain_class:
            lapsed += _lapse(evidence, over=is_over)
    return lapsed


@transaction.atomic
def _lapse(evidence: ClaimEvidence, *, over: bool) -> int:
    current = held(evidence.claim)
    why = "was not confirmed again in time" if over else "is under a domain that no longer belongs to an institution on the record"
    gone = ClaimEvidence.objects.filter(pk=evidence.pk, state=Proof.PROVED).update(
        state=Proof.LAPSED, is_enough=False, token_hash="", note=f"This address {why}."
    )
    if gone and current.state == State.ACCEPTED:
        settle_level(current.researcher_id)
        text = f"Your address at {evidence.domain} {why}. Your claim stands; prove it anew to keep its level."
        key = f"claim:{current.pk}:lapsed:{evidence.pk}"
        notify(current.user, kind="claim", key=key, text=text, url=f"/claims/{current.pk}/")
    return gone


def _open(claim: Claim, *, by: User) -> Claim:
    current = taken(claim, by=by)
    if current.state not in OPEN:
        raise ClaimRefused(f"This claim is {current.get_state_display()}; nothing can be added to it.")
    return current


def _make_room(current: Claim, kind: ClaimEvidence.Kind) -> None:
    """Of a kind one is looked at, at a time: what waits is left for what comes now."""
    if ClaimEvidence.objects.filter(claim=current, kind=kind, state=Proof.PROVED).exists():
        raise ClaimRefused("This is proved already.")
    ClaimEvidence.objects.filter(claim=current, kind=kind, state__in=[Proof.PENDING, Proof.FAILED]).update(
        state=Proof.LEFT, token_hash="", due_at=None
    )


def _names(record: Researcher) -> list[str]:
    """Return the names a source or a paper gives the record; the owner's own additions prove nothing."""
    forms = NameForm.objects.filter(researcher=record).exclude(kind=NameForm.Kind.OWNER).order_by("pk").values_list("name", flat=True)
    shown = [] if "display_name" in (record.asserted or {}) else [record.display_name]
    return [*shown, *forms[:200]]


_PROVED_BY = {
    Kind.ORCID: "Proved by its ORCID iD.",
    Kind.MAIL: "Proved by an address at an institution on the record.",
    Kind.PAGE: "Proved by a page at an institution on the record.",
}


def _conclude(current: Claim, evidence: ClaimEvidence) -> None:
    """Go on with a claim whose evidence was confirmed."""
    if current.state == State.ACCEPTED:
        settle_level(current.researcher_id)
        return
    is_taken = Claim.objects.filter(researcher=current.researcher_id, state=State.ACCEPTED).exists()
    if evidence.is_enough and not is_taken:
        accept_claim(current, by=None, note=_PROVED_BY[Kind(evidence.kind)])
    else:
        put_in_review(current)
