"""Kept pictures: whose they are, what an address may hold, how many there can be, what their audit says."""

import pytest
from django.db import IntegrityError, transaction

from bzpeer.savedviews import domain
from bzpeer.savedviews.domain import ViewRefused, change_view, delete_view, read_address, save_view
from bzpeer.savedviews.models import SavedView
from bzpeer.savedviews.queries import views_of, visible_views
from tests.bzpeer.test_audit import history
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db

ADDRESS = "?focus=researcher:12&v=1&expanded=work:3,9&colour=year&pins=work:3~10~-20"


def test_a_view_keeps_name_note_and_the_whole_address():
    view = save_view(owner=MemberFactory(), name="  My \x00 hubs ", note="Why\r\nthese.", address=ADDRESS, is_public=True)
    view.refresh_from_db()
    assert (view.name, view.note, view.focus, view.state, view.is_public) == (
        "My hubs", "Why\nthese.", "researcher:12", {"address": ADDRESS}, True
    )  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "", "?", "?focus=", "?focus=planet:1", "?focus=researcher:0", "?focus=researcher:" + "9" * 40, "?expanded=work:1",
        "https://evil.example/",
        "?focus=researcher:1#x", "?focus=researcher:1&x=<b>", "?focus=researcher:1&x=\x00", "?focus=researcher:1&x=%00",
        "?focus=researcher:1&x=é",
        "?focus=researcher:1&" + "x" * 9_000, "?focus=researcher:1" + "&x=1" * 60, "?focus=researcher:1&X y=1", "?focus=researcher:1&a=%FF",
        "?focus=researcher:1\n&a=1", "?focus=researcher:1&__proto__=1",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_picture_is_refused(address):
    with pytest.raises(ViewRefused) as refusal:
        read_address(address)
    assert refusal.value.field == "state"


def test_the_first_of_several_foci_is_the_focus():
    assert read_address("focus=work:1,researcher:2") == ("?focus=work:1,researcher:2", "work:1")


def test_names_and_notes_have_bounds_in_the_form_and_in_the_database():
    owner = MemberFactory()
    for name, note in (("", ""), (" \n", ""), ("x" * 121, ""), ("x", "y" * 2_001)):
        with pytest.raises(ViewRefused):
            save_view(owner=owner, name=name, note=note, address=ADDRESS)
    for wrong in ({"name": ""}, {"name": "x" * 121}, {"name": "x", "note": "y" * 2_001}, {"name": "x", "focus": "planet:1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.create(owner=owner, **{"focus": "work:1", "state": {"address": "?focus=work:1"}, **wrong})
    assert not SavedView.objects.exists()


def test_nobody_keeps_more_than_the_limit(monkeypatch):
    monkeypatch.setattr(domain, "MOST_VIEWS", 2)
    owner = MemberFactory()
    for name in ("one", "two"):
        save_view(owner=owner, name=name, address=ADDRESS)
    with pytest.raises(ViewRefused, match="Delete one first"):
        save_view(owner=owner, name="three", address=ADDRESS)
    save_view(owner=MemberFactory(), name="another's", address=ADDRESS)


def test_public_asks_for_a_confirmed_address():
    owner = MemberFactory(confirmed=False)
    view = save_view(owner=owner, name="mine", address=ADDRESS)
    for act in (
        lambda: save_view(owner=owner, name="public", address=ADDRESS, is_public=True),
        lambda: change_view(view, by=owner, is_public=True),
    ):
        with pytest.raises(ViewRefused, match="Confirm"):
            act()


def test_changes_leave_the_rest_and_are_audited_without_the_state():
    owner = MemberFactory()
    view = save_view(owner=owner, name="one", note="why", address=ADDRESS)
    changed = change_view(view, by=owner, name="two")
    assert (changed.name, changed.note, changed.state) == ("two", "why", {"address": ADDRESS})
    assert changed.changed_at > view.changed_at
    change_view(view, by=owner, address="?focus=work:7")
    view.refresh_from_db()
    assert (view.focus, view.address) == ("work:7", "?focus=work:7")
    events = history(view)
    assert [(event.pgh_label, event.name) for event in events] == [("insert", "one"), ("update", "two"), ("update", "two")]
    assert not hasattr(events[0], "state")


def test_a_view_is_seen_by_its_owner_and_if_public_by_everybody_while_the_account_is_open():
    owner, other = MemberFactory(), MemberFactory()
    private, public = (save_view(owner=owner, name="x", address=ADDRESS, is_public=is_public) for is_public in (False, True))
    assert set(visible_views(owner)) == {private, public}
    assert set(visible_views(other)) == {public}
    assert list(views_of(other)) == []
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    assert set(visible_views(other)) == set()


def test_nobody_changes_or_deletes_what_is_somebody_elses():
    owner, other = MemberFactory(), MemberFactory()
    view = save_view(owner=owner, name="x", address=ADDRESS, is_public=True)
    with pytest.raises(SavedView.DoesNotExist):
        change_view(view, by=other, name="y")
    assert delete_view(view, by=other) is False
    assert delete_view(view, by=owner) is True
    assert delete_view(view, by=owner) is False
