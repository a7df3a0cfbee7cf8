"""What members do with the pictures they keep: save, change, delete. pghistory's triggers write the audit row of each step."""

import re
from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction
from django.db.models.functions import Now

from bzpeer.accounts.models import User
from bzpeer.accounts.queries import has_confirmed_address
from bzpeer.savedviews.models import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_NOTE, SavedView

MOST_VIEWS = 200
MOST_PARAMETERS = 40
_NAME = re.compile(r"[a-z][a-z_]{0,29}")
_RECORD = re.compile(r"(?:researcher|work|topic|institution):[1-9][0-9]{0,17}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class ViewRefused(Exception):
    """The picture cannot be kept like this. The message is a plain sentence for the member, `field` what it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@transaction.atomic
def save_view(*, owner: User, name: str, address: str, note: str = "", is_public: bool = False) -> SavedView:
    """Keep a picture of the explorer. `address` is the query of its page. Raises ViewRefused."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=owner.pk)  # the limit holds however many requests arrive at once
    if SavedView.objects.filter(owner=owner).count() >= MOST_VIEWS:
        raise ViewRefused("name", f"You keep {MOST_VIEWS} views, the most there can be. Delete one first.")
    query, focus = read_address(address)
    return SavedView.objects.create(
        owner=owner,
        name=_name(name),
        note=_note(note),
        is_public=_visibility(owner, is_public),
        focus=focus,
        state={"address": query},
    )


@transaction.atomic
def change_view(
    view: SavedView,
    *,
    by: User,
    name: str | None = None,
    note: str | None = None,
    is_public: bool | None = None,
    address: str | None = None,
) -> SavedView:
    """Change what is given and leave the rest. Raises ViewRefused, and SavedView.DoesNotExist when it is gone or somebody else's."""
    view = SavedView.objects.select_for_update().get(pk=view.pk, owner=by)
    if name is not None:
        view.name = _name(name)
    if note is not None:
        view.note = _note(note)
    if is_public is not None and is_public != view.is_public:
        view.is_public = _visibility(by, is_public)
    if address is not None:
        query, view.focus = read_address(address)
        view.state = {"address": query}
    fields: dict[str, Any] = {field: getattr(view, field) for field in ("name", "note", "is_public", "focus", "state")}
    SavedView.objects.filter(pk=view.pk).update(**fields, changed_at=Now())
    view.refresh_from_db(fields=["changed_at"])
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: User) -> bool:
    """Forget a picture; return False when it is gone already or somebody else's."""
    removed, _ = SavedView.objects.filter(pk=view.pk, owner=by).delete()
    return bool(removed)


def read_address(address: str) -> tuple[str, str]:
    """Return the query, beginning with "?", and the record it begins with. Raises ViewRefused."""
    query = address.strip().removeprefix("?")
    if len(query) + 1 > LONGEST_ADDRESS:
        raise ViewRefused(
            "state", f"This picture's address is longer than {LONGEST_ADDRESS:,} characters. Unpin or show again some records."
        )
    if not query.isascii() or not query.isprintable() or any(mark in query for mark in " #<>\"'\\"):
        raise ViewRefused("state", "This is not the address of a picture.")
    try:
        parameters = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except ValueError as error:
        raise ViewRefused("state", "This is not the address of a picture.") from error
    foci = [value for name, value in parameters if name == "focus"]
    focus = foci[0].split(",")[0] if foci else ""
    if not all(_NAME.fullmatch(name) and "\x00" not in value for name, value in parameters) or not _RECORD.fullmatch(focus):
        raise ViewRefused("state", "This address does not say around which record the picture is.")
    return f"?{query}", focus


def _name(name: str) -> str:
    cleaned = " ".join(_CONTROL.sub(" ", name).split())
    if not cleaned:
        raise ViewRefused("name", "Give the view a name.")
    if len(cleaned) > LONGEST_NAME:
        raise ViewRefused("name", f"A name has at most {LONGEST_NAME} characters.")
    return cleaned


def _note(note: str) -> str:
    cleaned = _CONTROL.sub(" ", note.replace("\r\n", "\n")).strip()
    if len(cleaned) > LONGEST_NOTE:
        raise ViewRefused("note", f"A note has at most {LONGEST_NOTE:,} characters.")
    return cleaned


def _visibility(owner: User, is_public: bool) -> bool:
    if is_public and not has_confirmed_address(owner):
        raise ViewRefused("is_public", "Confirm your e-mail address first; until then your views are for you alone.")
    return is_public
