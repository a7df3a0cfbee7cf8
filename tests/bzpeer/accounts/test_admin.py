"""The admin: fast on many rows, in our look, and no way to more rights or to anybody's secrets."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bzpeer.accounts import counting
from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"
ID = "0000-0002-1825-0097"
TABLES = {
    "accounts_user",
    "account_emailaddress",
    "socialaccount_socialaccount",
    "mfa_authenticator",
    "claims_claim",
    "researchers_researcher",
}
"""The tables behind the lists that grow with the portal."""


@pytest.fixture
def operator(client):
    made = MemberFactory(is_staff=True, is_superuser=True)
    client.force_login(made)
    return made


def people(number: int) -> None:
    """Make members who have everything that the lists show, without the time a password takes."""
    begun = User.objects.count()
    members = User.objects.bulk_create(
        User(email=f"crowd{n}@example.org", display_name=f"Member {n}", password="!") for n in range(begun, begun + number)
    )
    EmailAddress.objects.bulk_create(EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in members)
    SocialAccount.objects.bulk_create(SocialAccount(user=one, provider="orcid", uid=f"{one.pk:019}", extra_data={}) for one in members)
    Authenticator.objects.bulk_create(Authenticator(user=one, type="totp", data={"secret": "zqsecretzq"}) for one in members)
    day = timezone.now() - timedelta(days=1)
    Claim.objects.bulk_create(
        Claim(user=one, researcher=ResearcherFactory(), reason="Mine.", state=Claim.State.ACCEPTED, decided_at=day) for one in members
    )


def lists() -> Iterator[tuple[str, Any]]:
    """Yield address and admin of every list but that of groups, which are few."""
    for model, shown in admin.site._registry.items():
        if model._meta.label != "auth.Group":
            yield f"/admin/{model._meta.app_label}/{model._meta.model_name}/", shown


def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(client, operator, django_assert_max_num_queries):
    people(1)
    for number in (0, 3):
        people(number)
        for place, _ in lists():
            with django_assert_max_num_queries(8):
                page = client.get(place)
            assert page.status_code == 200
    assert "css/admin" in page.text
    assert "style=" not in page.text
    assert "onclick" not in page.text


@pytest.fixture
def as_if_many() -> None:
    """Let PostgreSQL plan as for a million rows in each table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('pg_restore_relation_stats') IS NOT NULL")
        if not cursor.fetchone()[0]:
            pytest.skip("This PostgreSQL is older than 18: nobody can tell it how many rows to expect.")
        for table in sorted(TABLES):
            cursor.execute(f"ANALYZE {table}")
            cursor.execute(
                "SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', %s::text,"
                " 'relpages', pg_relation_size(%s::regclass)::integer / 8192, 'reltuples', 1e6::real)",
                [table, table],
            )


@pytest.fixture
def crowd(operator) -> User:
    """Some members with everything; one of them."""
    people(20)
    return Claim.objects.select_related("user").latest("pk").user


def test_no_list_reads_or_sorts_a_whole_table(client, crowd, as_if_many, monkeypatch):
    asked = []
    for place, shown in lists():
        monkeypatch.setattr(shown, "list_per_page", 5)  # what fits on one page is read as a whole
        sorts = [f"?o={sign}{n}" for n in range(len(shown.list_display) + 1) for sign in ("", "-")]
        filters = [f"?{name}__exact={value}" for name in shown.list_filter for value in ("review", "accepted")]
        searches = [f"?q={text}" for text in (crowd.email, "nobody@example.org", ID, "A1")]
        asked += [place + query for query in ("", "?p=2", *sorts, *filters, *searches)]
    with CaptureQueriesContext(connection) as seen:
        for address in asked:
            assert client.get(address).status_code == 200, address

    wrong = [
        f"{fault}: {sql}" for sql in dict.fromkeys(query["sql"] for query in seen) if sql.startswith("SELECT") for fault in faults(sql)
    ]
    assert len(asked) > 60
    assert not wrong, "\n".join(wrong)


def faults(sql: str) -> list[str]:
    """Return what a query would do to a large table."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        return list(_faults(cursor.fetchone()[0][0]["Plan"], is_limited=False))


def _faults(node: dict[str, Any], *, is_limited: bool) -> Iterator[str]:
    table, is_found = node.get("Relation Name", ""), _is_found(node)
    is_limited = is_limited or node["Node Type"] == "Limit"
    if node["Node Type"] == "Sort" and not is_found:
        yield "sorts everything"
    if table in TABLES and not is_found:
        if not is_limited:
            yield f"reads all of {table}"
        if "Filter" in node:
            yield f"looks through {table} for {node['Filter']}"
    for below in node.get("Plans", []):
        yield from _faults(below, is_limited=is_limited and node["Node Type"] != "Sort")


def _is_found(node: dict[str, Any]) -> bool:
    """Tell whether rows come from an index by a condition, or from what does."""
    below = node.get("Plans", [])
    return "Index Cond" in node or (not node.get("Relation Name") and bool(below) and _is_found(below[0]))


def test_what_would_be_slow_is_seen(crowd, as_if_many):
    assert faults("SELECT count(*) FROM accounts_user") == ["reads all of accounts_user"]
    assert "sorts everything" in faults("SELECT * FROM accounts_user ORDER BY date_joined LIMIT 5")
    assert "looks through" in " ".join(faults("SELECT * FROM accounts_user WHERE upper(email) LIKE '%A%' ORDER BY id LIMIT 5"))


def test_a_long_table_is_estimated_and_a_short_one_counted(operator, monkeypatch):
    MemberFactory.create_batch(5)
    rows = User.objects.order_by("pk")
    assert counting.EstimatingPaginator(rows, 2).count == 6
    monkeypatch.setattr(counting, "EXACT_UP_TO", 3)
    assert counting.EstimatingPaginator(rows, 2).count >= 4
    assert counting.EstimatingPaginator(rows, 2).num_pages == 1  # far pages cost what all before them do
    assert counting.EstimatingPaginator(rows.filter(is_active=True), 2).count == 3


def test_a_member_is_found_by_their_whole_address_alone(client, operator):
    member = MemberFactory(email="ada@example.org", display_name="Ada")
    SocialAccount.objects.create(user=member, provider="orcid", uid=ID)
    for place in (LIST, "/admin/account/emailaddress/", "/admin/socialaccount/socialaccount/"):
        assert "ada@example.org" in client.get(place, {"q": "ADA@example.org"}).text
        assert "ada@example.org" not in client.get(place, {"q": "ada"}).text, place
    assert "ada@example.org" in client.get("/admin/socialaccount/socialaccount/", {"q": f"https://orcid.org/{ID}"}).text


def test_only_superusers_say_who_is_staff(client, operator):
    helper = MemberFactory(is_staff=True)
    helper.user_permissions.add(*helper.user_permissions.model.objects.filter(codename__in=("change_user", "view_user")))
    client.force_login(helper)
    client.post(
        f"{LIST}{helper.pk}/change/",
        {"display_name": "Me", "is_active": "on", "is_superuser": "on", "is_staff": "on", "email": "x@example.org"},
    )
    helper.refresh_from_db()
    assert (helper.display_name, helper.is_superuser, helper.email) == ("Me", False, helper.email)


def test_nobody_confirms_for_another_or_reads_a_secret(client, operator):
    people(1)
    member = User.objects.exclude(pk=operator.pk).get()
    address = EmailAddress.objects.create(user=member, email="new@example.org")
    page = f"/admin/account/emailaddress/{address.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"email": "new@example.org", "user": member.pk, "verified": "on"}).status_code == 403
    client.post("/admin/account/emailaddress/", {"action": "make_verified", "_selected_action": [address.pk]})
    address.refresh_from_db()
    assert not address.verified

    factor = Authenticator.objects.get()
    assert "zqsecretzq" not in client.get(f"/admin/mfa/authenticator/{factor.pk}/change/").text
    assert [client.get(f"/admin/{place}/").status_code for place in ("usersessions/usersession", "socialaccount/socialtoken")] == [404, 404]
    assert client.post(f"{LIST}{member.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_second_factor_that_staff_takes_away_is_told_to_its_member(client, operator):
    people(1)
    factor = Authenticator.objects.select_related("user").get()
    client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    assert mail.outbox[-1].to == [factor.user.email]
    assert "second step" in mail.outbox[-1].body
