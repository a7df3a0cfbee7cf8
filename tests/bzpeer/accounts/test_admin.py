"""The admin: fast on many rows, in our look, and no way to more rights."""

import pytest

from bzpeer.accounts import counting
from bzpeer.accounts.models import User
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


@pytest.fixture
def operator(client):
    made = MemberFactory(is_staff=True, is_superuser=True)
    client.force_login(made)
    return made


def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(client, operator, django_assert_max_num_queries):
    for _ in range(2):
        with django_assert_max_num_queries(8):
            page = client.get(LIST)
        MemberFactory.create_batch(20)
    assert "css/admin" in page.text
    assert "style=" not in page.text
    assert "onclick" not in page.text


def test_a_long_table_is_estimated_and_a_short_one_counted(operator, monkeypatch):
    MemberFactory.create_batch(5)
    rows = User.objects.order_by("pk")
    assert counting.EstimatingPaginator(rows, 2).count == 6
    monkeypatch.setattr(counting, "EXACT_UP_TO", 3)
    assert counting.EstimatingPaginator(rows, 2).count >= 4
    assert counting.EstimatingPaginator(rows.filter(is_active=True), 2).count == 3


def test_a_member_is_found_by_their_whole_address_alone(client, operator):
    MemberFactory(email="ada@example.org", display_name="Ada")
    assert "ada@example.org" in client.get(LIST, {"q": "ADA@example.org"}).text
    assert "ada@example.org" not in client.get(LIST, {"q": "ada"}).text


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
