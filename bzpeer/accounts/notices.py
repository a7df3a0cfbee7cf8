"""Telling members what concerns them: on their notifications page, and by mail where they want it.

A new kind of notice is a line in KINDS and a call of `notify` where it happens, in the same transaction.
"""

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string

from bzpeer.accounts.mail import UnsafeHeader
from bzpeer.accounts.models import Notification, User
from bzpeer.accounts.queries import MODERATE, has_blocked

Channel = Literal["page", "mail"]
MOST_COUNTED = 99
"""The header says "99+" beyond."""


@dataclass(frozen=True)
class Kind:
    """A kind of notice: what it is called in the settings, and whether mail is sent unless the member says otherwise.

    `is_fixed` ones always show on the page: they concern the member's rights.
    """

    label: str
    mail: bool
    is_fixed: bool = False


KINDS = {
    "claim": Kind("Decisions on your claims and questions about them", mail=True, is_fixed=True),
    "dispute": Kind("Somebody else claims a record of yours", mail=True, is_fixed=True),
    "proposal": Kind("Proposals to merge, split or correct your records", mail=False),
    "invitation": Kind("Invitations to collaborate and answers to yours", mail=True),
    "message": Kind("Messages in your conversations", mail=True),
    "comment": Kind("Comments on your works and answers to yours", mail=False),
    "moderation": Kind("Decisions of moderators about what you wrote or reported", mail=True, is_fixed=True),
    "account": Kind("Changes to your account", mail=True, is_fixed=True),
}


def wants(user: User, kind: str, channel: Channel) -> bool:
    """Tell whether a member wants this kind of notice there."""
    known = KINDS[kind]
    if channel == "page":
        return known.is_fixed or bool(user.notice_choices.get(kind, {}).get("page", True))
    return bool(user.notice_choices.get(kind, {}).get("mail", known.mail))


def notify(user: User, *, kind: str, key: str, text: str, url: str, actor: User | None = None) -> Notification | None:
    """Tell a member something once per `key`; return the notice, None if it was told before or is not wanted.

    Call it in the transaction of what happened: page and mail (through the outbox) then come with it or not at all.
    Nobody is told of what they did themselves, nor of what somebody they blocked did.
    """
    if actor is not None and (actor.pk == user.pk or has_blocked(user, actor)):
        return None
    notice = None
    if wants(user, kind, "page"):
        notice, is_new = Notification.objects.get_or_create(
            user=user, key=key, defaults={"kind": kind, "text": text, "url": url, "actor": actor}
        )
        if not is_new:
            return None
    if wants(user, kind, "mail") and user.is_active:
        _mail(user, text=text, url=url)
    return notice


def _mail(user: User, *, text: str, url: str) -> None:
    body = render_to_string(
        "emails/notice.txt", {"text": text, "link": settings.PORTAL_URL + url, "settings": f"{settings.PORTAL_URL}/settings/"}
    )
    try:
        send_mail(" ".join(text.split())[:150], body, None, [user.email])
    except UnsafeHeader:
        send_mail("News on your account", body, None, [user.email])


def notices_of(user: User) -> QuerySet[Notification]:
    """Return a member's notices, newest first."""
    return Notification.objects.filter(user=user).order_by("-pk")


def unread_count(user: User) -> int:
    """Count unread notices, up to one more than is shown."""
    return Notification.objects.filter(user=user, read_at__isnull=True)[: MOST_COUNTED + 1].count()


def heading_of(user: User) -> tuple[int, bool]:
    """Return what the header of every page shows a member, in one query: unread notices (as `unread_count`), and whether they moderate."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HEADING,
            {"user": user.pk, "most": MOST_COUNTED + 1, "permission": MODERATE.partition(".")[2], "app": MODERATE.partition(".")[0]},
        )
        unread, moderates = cursor.fetchone()
    return unread, user.is_active and (moderates or user.is_staff)


_HEADING = """
    SELECT (SELECT count(*) FROM (SELECT FROM accounts_notification WHERE user_id = %(user)s AND read_at IS NULL LIMIT %(most)s) AS unread),
           EXISTS (SELECT FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
                    WHERE p.codename = %(permission)s AND t.app_label = %(app)s
                      AND (EXISTS (SELECT FROM accounts_user_user_permissions own WHERE own.permission_id = p.id AND own.user_id = %(user)s)
                           OR EXISTS (SELECT FROM accounts_user_groups g JOIN auth_group_permissions held USING (group_id)
                                       WHERE held.permission_id = p.id AND g.user_id = %(user)s)))
"""


def mark_read(user: User, *, notice_id: int | None = None, about: str = "") -> int:
    """Mark one notice of a member, those that lead to the address `about`, or all as read; return how many were unread."""
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    if about:
        unread = unread.filter(url=about)
    return unread.update(read_at=Now())


def choose(user: User, choices: dict[str, dict[str, bool]]) -> None:
    """Store which kinds a member wants where. Kinds that are not known are left out."""
    user.notice_choices = {kind: said for kind, said in choices.items() if kind in KINDS}
    user.save(update_fields=["notice_choices"])
