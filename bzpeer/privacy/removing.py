"""Removal of a record about somebody, asked for by them, with an account or without, and decided by a moderator.

Who asks proves that they can be reached (a link by mail, opened and confirmed) or that the record is theirs (a login with its
ORCID iD, or an accepted claim). Whether the address belongs to the person is for the moderator to judge: the queue shows its
domain beside the record's institutions. What is granted is carried out at once and for good (`works.withholding`).
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import pgtrigger
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone

from bzpeer.accounts.models import Notification, User
from bzpeer.accounts.notices import notify
from bzpeer.accounts.queries import has_confirmed_address
from bzpeer.claims.models import Claim
from bzpeer.claims.queries import owns_record
from bzpeer.curation.models import Assertion
from bzpeer.privacy.inventory import is_history
from bzpeer.privacy.models import RemovalRequest
from researchers.models import Researcher
from researchers.names import fold, name_key
from researchers.suppression import is_suppressed, listed
from works.locking import hold_imports
from works.models import AuthorshipRuling
from works.withholding import erase_name, take_apart

Ask, Proof, State = RemovalRequest.Ask, RemovalRequest.Proof, RemovalRequest.State

LINK_LIVES = timedelta(days=3)
KEPT_AFTER_DECISION = timedelta(days=30)
MOST_A_DAY = 5
"""Requests of one address: each sends a message to it, and it may be somebody else's."""
MOST_AN_HOUR = 100
LONGEST_NAME, LONGEST_WORDS = 300, 4_000

GRANTED = {
    "record": "Your record is gone from this portal, and imports do not bring it back. Search engines may show an old copy for some weeks.",
    "name": "The former name is gone from this portal, and imports do not bring it back.",
}
"""What people read whose request is carried out, where the moderator says nothing else."""


class RemovalRefused(Exception):
    """The step is not possible now. The message is a plain sentence; it says whether trying again helps."""


# --- asking -----------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_removal(
    *,
    researcher: Researcher,
    ask: str,
    name: str,
    address: str,
    words: str = "",
    former_name: str = "",
    user: User | None = None,
    shown_orcid: str = "",
) -> RemovalRequest:
    """Take a request in. A member whose record it is need not prove more, nor does somebody who showed at ORCID that the
    record's iD is theirs (`shown_orcid`), with an account or without; everybody else gets a link by mail.

    Raises RemovalRefused. What is answered does not tell whether others asked for the same record.
    """
    if ask not in Ask.values:
        raise RemovalRefused("Choose what you ask for.")
    if (ask == Ask.FORMER_NAME) != bool(former_name.strip()):
        raise RemovalRefused(
            "Write the former name that is to go." if ask == Ask.FORMER_NAME else "A former name goes with that choice only."
        )
    proof = proof_of(user, researcher) if user else Proof.NONE
    if not proof and shown_orcid and researcher.orcid == shown_orcid:
        proof = Proof.ORCID
    address = (user.email if user and has_confirmed_address(user) else address).strip().lower()
    if not address:
        raise RemovalRefused("Write an address where we can reach you.")
    _refuse_too_many(address)
    made = RemovalRequest.objects.create(
        researcher=researcher,
        ask=ask,
        name=name.strip()[:LONGEST_NAME],
        address=address[:320],
        words=words.strip()[:LONGEST_WORDS],
        former_name=former_name.strip()[:LONGEST_NAME],
        user=user,
        proof=proof,
        state=State.OPEN if proof else State.UNVERIFIED,
        verified_at=timezone.now() if proof else None,
    )
    if not proof:
        _send_link(made)
    return made


def proof_of(user: User, researcher: Researcher) -> RemovalRequest.Proof:
    """Return how a member's account shows that a record is theirs."""
    if owns_record(user, researcher.pk):
        return Proof.OWNER
    linked = SocialAccount.objects.filter(user=user, provider="orcid", uid=researcher.orcid) if researcher.orcid else None
    return Proof.ORCID if linked is not None and linked.exists() else Proof.NONE


def _refuse_too_many(address: str) -> None:
    today = RemovalRequest.objects.filter(address=address, created_at__gt=Now() - timedelta(days=1)).count()
    hour = RemovalRequest.objects.filter(state=State.UNVERIFIED, created_at__gt=Now() - timedelta(hours=1)).count()
    if today >= MOST_A_DAY or hour >= MOST_AN_HOUR:
        raise RemovalRefused("There were many requests lately. Try again tomorrow, or write to the people who run this portal.")


def _send_link(made: RemovalRequest) -> None:
    token = secrets.token_urlsafe(32)
    made.token_digest = _digest(token)
    made.save(update_fields=["token_digest"])
    link = f"{settings.PORTAL_URL}/about/removal/confirm/{token}/"
    body = render_to_string("emails/removal_link.txt", {"link": link, "ask": made.get_ask_display(), "days": LINK_LIVES.days})
    send_mail("Confirm your request", body, None, [made.address])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def request_by_token(token: str) -> RemovalRequest | None:
    """Return the request a link is about while the link is good. Looking changes nothing: mail scanners follow links."""
    since = Now() - LINK_LIVES
    return RemovalRequest.objects.filter(token_digest=_digest(token), state=State.UNVERIFIED, created_at__gt=since).first()


@transaction.atomic
def confirm_request(token: str) -> RemovalRequest | None:
    """Put the request before the moderators; None for a link that was used, is too old or never was."""
    found = request_by_token(token)
    held = RemovalRequest.objects.select_for_update().filter(pk=found.pk, state=State.UNVERIFIED).first() if found else None
    if held is None:
        return None
    held.state, held.proof, held.verified_at, held.token_digest = State.OPEN, Proof.MAIL, timezone.now(), None
    held.save(update_fields=["state", "proof", "verified_at", "token_digest"])
    return held


# --- deciding ---------------------------------------------------------------------------------------


def open_requests() -> QuerySet[RemovalRequest]:
    """Return what waits for a moderator, the oldest first."""
    return RemovalRequest.objects.filter(state=State.OPEN).select_related("researcher", "user").order_by("verified_at", "pk")


def decided_requests() -> QuerySet[RemovalRequest]:
    """Return what was decided, the newest first."""
    found = RemovalRequest.objects.filter(state__in=(State.GRANTED, State.REFUSED))
    return found.select_related("researcher", "decided_by").order_by("-decided_at", "-pk")


@transaction.atomic
def grant(asked: RemovalRequest, *, by: User, note: str) -> RemovalRequest:
    """Carry a request out, now and for good."""
    with connection.cursor() as cursor:
        hold_imports(cursor)
        current = _decided(asked, by=by, state=State.GRANTED, note=note)
        if current.researcher is None:
            raise RemovalRefused("The record is gone already; refuse the request with a word about it.")
        if current.ask == Ask.FORMER_NAME:
            erase_former_name(current.researcher, name=current.former_name)
        else:
            remove_record(current.researcher, hides_name=current.ask == Ask.WITHHOLD, asked_by=current.user_id)
    current.researcher = None if current.ask != Ask.FORMER_NAME else current.researcher
    _answer(current)
    return current


@transaction.atomic
def refuse(asked: RemovalRequest, *, by: User, note: str) -> RemovalRequest:
    """Refuse a request with the reason."""
    if not note.strip():
        raise RemovalRefused("Say why; the note is sent to the person who asked.")
    current = _decided(asked, by=by, state=State.REFUSED, note=note)
    _answer(current)
    return current


def _decided(asked: RemovalRequest, *, by: User, state: RemovalRequest.State, note: str) -> RemovalRequest:
    current = RemovalRequest.objects.select_for_update(of=("self",)).select_related("researcher", "user").get(pk=asked.pk)
    if current.state != State.OPEN:
        raise RemovalRefused(f"This request is {current.get_state_display()}.")
    if current.user_id == by.pk or (current.researcher_id and owns_record(by, current.researcher_id)):
        raise RemovalRefused("This concerns you; another moderator must decide.")
    current.state, current.note, current.decided_by, current.decided_at = state, note.strip()[:LONGEST_WORDS], by, timezone.now()
    current.save(update_fields=["state", "note", "decided_by", "decided_at"])
    return current


def _answer(current: RemovalRequest) -> None:
    body = render_to_string("emails/removal_answer.txt", {"note": current.note, "granted": current.state == State.GRANTED})
    send_mail("About your request", body, None, [current.address])


def forget_old_requests() -> int:
    """Remove requests nobody confirmed, and from decided ones who asked; return how many were concerned."""
    unconfirmed, _ = RemovalRequest.objects.filter(state=State.UNVERIFIED, created_at__lt=Now() - LINK_LIVES).delete()
    old = RemovalRequest.objects.filter(decided_at__lt=Now() - KEPT_AFTER_DECISION).exclude(address="")
    return unconfirmed + old.update(address="", name="", words="", former_name="")


# --- carrying out -----------------------------------------------------------------------------------


def remove_record(person: Researcher, *, hides_name: bool, asked_by: int | None = None) -> None:
    """Take a record apart and whatever was said about it. Callers hold imports.

    The audit of removals themselves stays, without whose they were: who decided what, and when, must remain.
    """
    for claim in Claim.objects.filter(researcher=person, state__in=("started", "review", "accepted")).select_related("user").order_by("pk"):
        if claim.user_id != asked_by:
            text = "A record you claimed was removed because the person it is about asked for it."
            notify(claim.user, kind="claim", key=f"removed:{person.pk}", text=text, url="/claims/")
    with pgtrigger.ignore():  # what goes must not be written into the audit trail once more
        for model in filter(is_history, apps.get_models()):
            for field in model._meta.fields:
                if field.is_relation and field.related_model is Researcher and field.name != "pgh_obj":
                    rows = model._base_manager.filter(**{field.name: person.pk})
                    if model is apps.get_model("privacy", "RemovalRequestEvent"):
                        rows.update(researcher=None)
                    else:
                        rows.delete()
        Assertion.objects.filter(researcher=person).delete()
        Notification.objects.filter(text__icontains=person.display_name).delete()
        with connection.cursor() as cursor:
            take_apart(cursor, person, hides_name=hides_name)


def erase_former_name(person: Researcher, *, name: str) -> int:
    """Erase a former name of a record everywhere; return how many bylines show the present one instead. Callers hold imports.

    Raises RemovalRefused while the record is shown by that very name.
    """
    if fold(name) == fold(person.display_name):
        raise RemovalRefused("The record is shown by this name. Correct the name first, then erase the former one.")
    if not fold(name):
        raise RemovalRefused("This is no name.")
    with connection.cursor() as cursor:
        changed = erase_name(cursor, person, name=name)
        with pgtrigger.ignore():
            _forget_name(name, person)
    return changed


@transaction.atomic
def erase_name_of_own_record(*, by: User, researcher: Researcher, name: str) -> int:
    """Let the owner of a record erase a former name of theirs at once; return how many bylines show the present one instead.

    Nobody else is asked: the record is proved to be theirs, and their present name stands on it. Raises RemovalRefused.
    """
    if not owns_record(by, researcher.pk):
        raise RemovalRefused("Only the owner of this record erases a former name from it.")
    with connection.cursor() as cursor:
        hold_imports(cursor)
        return erase_former_name(Researcher.objects.select_for_update(no_key=True).get(pk=researcher.pk), name=name)


def _forget_name(name: str, person: Researcher) -> None:
    """Take a former name out of what people said about the record, and out of the audit of that."""
    own = Q(researcher=person.pk)
    for model in (Assertion, apps.get_model("curation", "AssertionEvent")):
        rows = model._base_manager.filter(own)
        rows.filter(Q(kind="name", subject=name) | Q(kind="field", subject="display_name", new_value=name)).delete()
        rows.filter(old_value=name).update(old_value=None)
        for row in rows.filter(kind="authorship", subject__endswith=f":{name}").order_by("pk"):
            shown = row.subject.removesuffix(name) + person.display_name
            model._base_manager.filter(pk=row.pk).update(subject=shown)
    AuthorshipRuling.objects.filter(researcher=person, byline=name).update(
        byline=person.display_name, name_key=name_key(person.display_name)
    )
    Notification.objects.filter(text__icontains=name, user__claims__researcher=person).delete()
    RemovalRequest.objects.filter(researcher=person, former_name=name).update(former_name="", words="")
    person.refresh_from_db()
    withheld = person.provenance.get("openalex", {}).get("withheld", {}) if isinstance(person.provenance, dict) else {}
    if withheld.get("display_name") and fold(str(withheld["display_name"])) == fold(name):
        person.provenance["openalex"]["withheld"] = {key: value for key, value in withheld.items() if key != "display_name"}
        Researcher.objects.filter(pk=person.pk).update(provenance=person.provenance)


CHUNK = 2_000


def remove_listed() -> tuple[int, int]:
    """Carry out what the do-not-list says about records that are here all the same, after an older backup was restored.

    Returns how many records were removed and how many former names erased. Every record is looked at, in chunks.
    """
    removed = erased = last = 0
    while people := list(Researcher.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = people[-1].pk
        found = listed({key for person in people for key in record_keys_brief(person)})
        for person in people:
            marks = [found[key] for key in record_keys_brief(person) if key in found]
            if not marks:
                continue
            gone = next((mark for mark in marks if mark.kind == "record"), None)
            with transaction.atomic(), connection.cursor() as cursor:
                hold_imports(cursor)
                if gone is not None:
                    remove_record(person, hides_name=gone.hides_name)
                    removed += 1
                else:
                    erased += sum(_erase_listed(person, form) for form in _former_names(person))
    return removed, erased


def record_keys_brief(person: Researcher) -> list[str]:
    """Return the keys that stand on a record's own row."""
    keys = (f"id:{person.pk}", person.openalex_id and f"openalex:{person.openalex_id}", person.orcid and f"orcid:{person.orcid}")
    return [key for key in keys if key]


def _former_names(person: Researcher) -> list[str]:
    forms = {form.name for form in person.name_forms.order_by("pk")}
    found = listed({f"name:{person.pk}:{fold(form)}" for form in forms})
    return sorted(form for form in forms if f"name:{person.pk}:{fold(form)}" in found)


def _erase_listed(person: Researcher, name: str) -> bool:
    try:
        erase_former_name(person, name=name)
    except RemovalRefused:  # shown by it again, since the correction is younger than the backup: a person has to say the name
        return False
    return True


def was_removed(key: str) -> bool:
    """Tell whether a record with this key ("id:12", "orcid:…", "openalex:A…") was removed on request."""
    return is_suppressed(key)


def waiting_since() -> tuple[int, datetime | None]:
    """Return how many requests wait, and since when the oldest does."""
    oldest = open_requests().values_list("verified_at", flat=True).first()
    return open_requests().count(), oldest
