"""Deleting one's account: asked for by its owner, taken back within a week, then carried out so that nothing of them is left.

A week lies between, because a deletion cannot be undone and a session may be somebody else's: mail goes to every address of
the account, the other sessions end, and logging in shows how to keep it.

What stays, and why: public records (works, author records) come from public sources and were never part of the account;
corrections of them, if the member leaves them to the portal, without a name; what others wrote is theirs. A message becomes
a tombstone, so that the other side sees that there was one. The audit trail loses the rows of the member and, where they
acted as a moderator, their name: decisions on other people stay explained without saying by whom.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import ForeignKey, Model, Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone

from bzpeer.accounts.domain import unfollow
from bzpeer.accounts.mail import read_message
from bzpeer.accounts.models import FOLLOWED, Follow, OutgoingMail, User
from bzpeer.claims.domain import close_account
from bzpeer.claims.levels import settle_levels
from bzpeer.claims.models import Claim, OwnerProfile, Vouch
from bzpeer.collaboration.models import Message
from bzpeer.curation.assertions import AssertionRefused, withdraw
from bzpeer.curation.models import Assertion
from bzpeer.privacy.inventory import Erase, holdings, is_history
from bzpeer.privacy.models import AccountDeletion, Erasure

logger = logging.getLogger(__name__)

GRACE = timedelta(days=7)
DUE_AT_ONCE = 20
SHORTEST_NAME = 3
"""Characters: a shorter name in a subject line may be anybody's."""


class DeletionRefused(Exception):
    """The account cannot be deleted now. The message is a plain sentence for its owner."""


@transaction.atomic
def ask_for_deletion(user: User, *, keeps_corrections: bool, session_key: str | None) -> AccountDeletion:
    """Set the day on which the account goes; its other sessions end now, and every address of it is told."""
    if user.is_superuser and not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists():
        raise DeletionRefused("You are the only administrator. Give that right to somebody else first.")
    made, is_new = AccountDeletion.objects.get_or_create(
        user=user, defaults={"keeps_corrections": keeps_corrections, "due_at": timezone.now() + GRACE}
    )
    if is_new:
        end_sessions(user, but=session_key)
        _tell(user, "Your account will be deleted", "emails/deletion_asked.txt", due_at=made.due_at)
    return made


@transaction.atomic
def keep_account(user: User) -> bool:
    """Take the deletion back; return False when none was asked for."""
    removed, _ = AccountDeletion.objects.filter(user=user).delete()
    if removed:
        _tell(user, "Your account stays", "emails/deletion_stopped.txt")
    return bool(removed)


def deletion_of(user: User) -> AccountDeletion | None:
    """Return the deletion a member asked for, if any."""
    return AccountDeletion.objects.filter(user=user).first()


def erase_due() -> int:
    """Erase the accounts whose day has come, each in its own transaction; return how many."""
    due = AccountDeletion.objects.filter(due_at__lte=Now()).order_by("due_at", "pk").values_list("pk", flat=True)[:DUE_AT_ONCE]
    return sum(_erased(key) for key in list(due))


def _erased(deletion_id: int) -> bool:
    try:
        with transaction.atomic():
            # Whoever takes the deletion back meanwhile waits for this row, or this waits for them.
            asked = AccountDeletion.objects.select_for_update(skip_locked=True).filter(pk=deletion_id).first()
            if asked is None:
                return False
            files = kept_files_about(asked.user)
            erase_member(asked.user, keeps_corrections=asked.keeps_corrections)
    except Exception:
        logger.exception("An account could not be erased; it is tried again")
        return False
    for path in files:
        path.unlink(missing_ok=True)
    return True


def _tell(user: User, subject: str, template: str, **context: object) -> None:
    body = render_to_string(template, {"link": f"{settings.PORTAL_URL}/settings/delete/", **context})
    for address in addresses_of(user, confirmed=True):
        send_mail(subject, body, None, [address])


# --- carrying it out --------------------------------------------------------------------------------


@transaction.atomic
def erase_member(user: User, *, keeps_corrections: bool) -> Erasure:
    """Erase everything of a member; return what remains on record: how many rows of which table went or changed."""
    rows: Counter[str] = Counter()
    addresses, name, key = addresses_of(user), user.display_name, user.pk
    _settle_corrections(user, keep=keeps_corrections)  # first, since it waits for imports before it locks any row
    _leave_claims(user)
    for follow in Follow.objects.filter(user=user).select_related(*FOLLOWED).order_by("pk"):
        column = next(column for column in FOLLOWED if getattr(follow, f"{column}_id"))
        unfollow(user=user, **{column: getattr(follow, column)})
    end_sessions(user)
    _forget_mail(addresses, name)
    with pgtrigger.ignore():  # what is erased must not be written into the audit trail once more
        Message.works.through.objects.filter(message__author=user).delete()
        Message.objects.filter(author=user).update(deleted_at=Now())
        _empty_history(user)
        for held in holdings():
            of_member = held.rows_of(user).order_by()
            if "__" in held.path or held.label == "pghistory.MiddlewareEvents.user":
                continue
            if held.rule.erase is Erase.ROW:
                rows[held.label] += of_member.count()
            else:
                rows[held.label] += of_member.update(**dict.fromkeys(held.rule.words, ""), **{held.path: None})
        LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(key)).delete()
        voted = list(Vouch.objects.filter(user=user).values_list("claim__researcher", flat=True))
        user.delete()
    settle_levels(sorted(set(voted)))
    return Erasure.objects.create(rows={label: count for label, count in rows.items() if count})


def _settle_corrections(user: User, *, keep: bool) -> None:
    """Take a member's corrections back, or leave them without a name. What they said of themselves goes in any case."""
    live = Assertion.objects.filter(user=user, withdrawn_at__isnull=True).order_by("-pk")
    for said in live.filter(subject="biography", kind=Assertion.Kind.FIELD) if keep else live:
        try:
            withdraw(by=user, assertion=said)
        except AssertionRefused:  # taken back by somebody else meanwhile
            continue
    with pgtrigger.ignore("curation.Assertion:assertion_said_once"):
        Assertion.objects.filter(user=user, withdrawn_at__isnull=False).delete()
        Assertion.objects.filter(user=user).update(note="")
    _unsign("researchers_researcher", "researcher_id", user)
    _unsign("works_work", "work_id", user)


def _unsign(table: str, column: str, user: User) -> None:
    """Take the member's key out of what their corrections left on records."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET asserted = (SELECT jsonb_object_agg(said.key, CASE WHEN said.value -> 'by' = to_jsonb(%(key)s::bigint) "
            "THEN said.value || '{\"by\": null}' ELSE said.value END) FROM jsonb_each(asserted) said) "
            f"WHERE asserted <> '{{}}' AND id IN (SELECT {column} FROM curation_assertion WHERE user_id = %(key)s)",
            {"key": user.pk},
        )


def _leave_claims(user: User) -> None:
    """End the claims: records are unclaimed again, and show nothing that the owner said about themselves."""
    owned = list(Claim.objects.filter(user=user, state=Claim.State.ACCEPTED).values_list("researcher", flat=True))
    close_account(user)
    OwnerProfile.objects.filter(Q(researcher__in=owned) | Q(updated_by=user)).delete()


def _empty_history(user: User) -> None:
    """Delete the audit rows of what goes with the member, and take them out of the others."""
    _forget_notes_of_corrections(user)
    gone = {held.label.rpartition(".")[0]: held for held in holdings() if held.rule.erase is Erase.ROW}
    for model in filter(is_history, apps.get_models()):
        tracked = model.pgh_tracked_model  # type: ignore[attr-defined]
        held = gone.get(tracked._meta.label)
        if held is not None:
            model._base_manager.filter(pgh_obj_id__in=held.rows_of(user).values("pk")).delete()
        for name in _columns_of_members(model):
            mine = model._base_manager.filter(**{name: user.pk})
            rule = next((each.rule for each in holdings() if each.label == f"{tracked._meta.label}.{name}"), None)
            if rule is None or rule.erase is Erase.LINK:
                mine.update(**{name: None})
            elif rule.erase is Erase.ROW:
                mine.delete()
            else:
                mine.update(**{word: "" for word in rule.words if word in {field.name for field in model._meta.fields}}, **{name: None})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pghistory_context SET metadata = metadata - 'user' WHERE metadata -> 'user' = to_jsonb(%s::bigint)", [user.pk]
        )


def _forget_notes_of_corrections(user: User) -> None:
    """Corrections that stay lose the member's own words in the audit as well; of those taken back nothing stays."""
    model = apps.get_model("curation", "AssertionEvent")
    mine = model._base_manager.filter(user=user.pk)
    mine.exclude(pgh_obj_id__in=Assertion.objects.filter(user=user).values("pk")).delete()
    mine.update(note="")


def _columns_of_members(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.fields if isinstance(field, ForeignKey) and field.related_model is User]


# --- mail, sessions ---------------------------------------------------------------------------------


def addresses_of(user: User, *, confirmed: bool = False) -> list[str]:
    """Return every address of a member, the one they log in with first; `confirmed`: only those they proved to be theirs."""
    known = EmailAddress.objects.filter(user=user, **({"verified": True} if confirmed else {})).order_by("pk")
    return list(dict.fromkeys([user.email, *known.values_list("email", flat=True)]))


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Log a member out everywhere; return how many sessions ended."""
    keys = set(UserSession.objects.filter(user=user).values_list("session_key", flat=True)) - {but}
    UserSession.objects.filter(user=user, session_key__in=keys).delete()
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    return ended


def _forget_mail(addresses: Collection[str], name: str) -> None:
    about = Q(recipients__overlap=[*addresses, *(address.lower() for address in addresses)])
    if len(name) >= SHORTEST_NAME:
        about |= Q(subject__icontains=name)
    OutgoingMail.objects.filter(about).delete()


def kept_files_about(user: User) -> list[Path]:
    """Return the kept messages (portals without a mail server) that name a member or one of their addresses."""
    marks = [address.lower() for address in addresses_of(user)] + (
        [user.display_name.lower()] if len(user.display_name) >= SHORTEST_NAME else []
    )
    linked = SocialAccount.objects.filter(user=user).values_list("uid", flat=True)
    return [path for path in _kept_files() if _mentions(path, [*marks, *linked])]


def _kept_files() -> Iterable[Path]:
    folder = Path(settings.EMAIL_FILE_PATH)
    return sorted(folder.glob("*.eml")) if folder.is_dir() else []


def _mentions(path: Path, marks: Iterable[str]) -> bool:
    try:
        message = read_message(path)
    except (OSError, ValueError):
        return False
    text = f"{message.recipients}\n{message.subject}\n{message.body}".lower()
    return any(mark in text for mark in marks)
