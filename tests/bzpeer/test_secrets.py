"""No page, endpoint, feed or error shows anybody what is private to a member (case 19 of the hardening list)."""

import json

import pytest
from django.urls import reverse

from bzpeer.pipeline import derive_all_pending
from tests.bzpeer.privacy.marked import marked_member
from tests.factories.members import MemberFactory
from tests.permissions import RULES
from tests.test_permission_matrix import filled, routes, world  # noqa: F401 - the world is a fixture
from works.models import Topic, Work

pytestmark = pytest.mark.django_db

BAD = ("?page=zz", "?q=%00", "?sort=zz", "?focus=researcher:999999999")


def addresses(marked, world):  # noqa: F811 - the fixture imported above
    """Every address of the portal, once with the world's things in it and once with the marked member's."""
    person, work, topic = marked.record, Work.objects.filter(authorships__researcher=marked.record).first(), Topic.objects.last()
    theirs = {"researcher": person.pk, "work": work.pk, "topic": topic.pk, "focus": f"researcher:{person.pk}", "claim": marked.claim.pk}
    for key in ("invitation", "conversation", "message", "report", "notice", "bibliography", "entry", "export", "mail"):
        theirs[key] = 1
    known = dict(routes())
    for address, rule in RULES.items():
        if address not in known or "logout" in address or "unsubscribe" in address:
            continue
        yield filled(known[address], rule, world)
        other = type(world)(**{**vars(world), **theirs})
        yield filled(known[address], rule, other)


def own_addresses(marked):
    """What is private to the member by its own key."""
    talk = marked.user.conversations.get().conversation_id
    yield from (
        f"/collaborations/{talk}/",
        f"/collaborations/invitations/{marked.user.invitations_sent.get().pk}/",
        f"/notifications/{marked.user.notifications.first().pk}/",
        f"/researchers/{marked.record.pk}/x/add-works/{marked.user.bibliographies.get().pk}/",
        f"/researchers/{marked.record.pk}/x/followers/",
        f"/claims/{marked.claim.pk}/",
    )


def body(response):
    return (response.getvalue() if response.streaming else response.content).decode(errors="replace") + json.dumps(dict(response.items()))


@pytest.mark.sweep
@pytest.mark.parametrize("role", ["stranger", "member", "other owner"])
def test_nobody_reads_what_is_private_to_a_member(client, world, role):  # noqa: F811 - the fixture imported above
    marked = marked_member()
    derive_all_pending()
    if role == "member":
        client.force_login(MemberFactory())
    if role == "other owner":
        client.force_login(world.people["other owner"])
    client.raise_request_exception = False
    leaks, read = set(), 0
    for address in dict.fromkeys([*addresses(marked, world), *own_addresses(marked), reverse("researchers") + BAD[0]]):
        text = body(client.get(address))
        read += 1
        leaks |= {(address, name) for name, value in marked.secrets.items() if value in text}
        leaks |= {(address, "address") for user in (marked.user, marked.other) if user.email in text}
    for path in ("/api/v1/researchers/", "/search/", "/api/v1/search/", "/api/v1/graph/slice/", "/works/"):
        leaks |= {(path, name) for bad in BAD for name, value in marked.secrets.items() if value in body(client.get(path + bad))}
    assert leaks == set()
    assert read > 150


def test_the_member_reads_it(client):
    """The marks are there to be found: the same walk by the member meets them."""
    marked = marked_member()
    client.force_login(marked.user)
    text = "".join(body(client.get(address)) for address in (*own_addresses(marked), "/notifications/", "/claims/", "/settings/"))
    found = {name for name, value in marked.secrets.items() if value in text}
    assert {"message", "purpose", "notice", "-login"} <= found
