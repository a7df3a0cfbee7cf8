"""Pages of comments: read by everybody, written by people with a record."""

import pytest
from django.utils import timezone

from bzpeer.accounts.domain import block
from bzpeer.addresses import slug
from bzpeer.comments.domain import comment, edit
from bzpeer.comments.models import Comment
from tests.bzpeer.comments.test_domain import speaker
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import WorkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    return WorkFactory(title="Noise in x<y")


def address(work):
    return f"/works/{work.pk}/{slug(work.title)}/comments/"


def test_an_empty_page_says_what_to_do(client, work):
    page = client.get(address(work)).text
    assert "Nobody has commented yet" in page
    assert f"/accounts/login/?next={address(work)}" in page.replace("%3C", "<")
    client.force_login(MemberFactory())
    assert "Claim yours" in client.get(address(work)).text


def test_a_comment_is_written_and_read_with_its_author_marked(client, work):
    author = speaker(work=work, name="Paper Author")
    client.force_login(author)
    answer = client.post(address(work), {"body": "See $x^2$ in <b>section</b> 2."}, follow=True)
    assert '<span class="tex">x^2</span> in &lt;b&gt;section&lt;/b&gt; 2.' in answer.text
    assert '<span class="chip">Author</span>' in answer.text
    assert "noindex" not in answer.text
    assert "1 comment" in client.get(f"/works/{work.pk}/{slug(work.title)}/").text


def test_a_refused_comment_keeps_what_was_written(client, work):
    client.force_login(speaker())
    answer = client.post(address(work), {"body": " "})
    assert answer.status_code == 422
    assert "Write a comment of at most" in answer.text


def test_a_quote_and_an_answer_are_prepared(client, work):
    first = comment(author=speaker(), work=work, body="Is equation 2 right?")
    client.force_login(speaker())
    page = client.get(f"{address(work)}?answer={first.pk}&quote").text
    assert "&gt; Is equation 2 right?" in page
    assert f'name="answer" value="{first.pk}"' in page
    client.post(address(work), {"body": "It is.", "answer": first.pk})
    assert Comment.objects.get(thread=first).body == "It is."


def test_a_new_accounts_comment_keeps_search_engines_and_feeds_away(client, work):
    from datetime import timedelta

    written = comment(author=speaker(joined=timedelta(hours=1)), work=work, body="Is equation 2 right?")
    page = client.get(address(work)).text
    assert '<meta name="robots" content="noindex">' in page
    assert "Is equation 2 right?" in page
    feed = f"{address(work)[:-1]}.atom"
    assert "equation" not in client.get(feed).text
    client.force_login(moderator())
    assert "Is equation 2 right?" in client.get("/moderation/comments/").text
    client.post("/moderation/comments/", {"comment": written.pk, "decision": "keep"})
    assert "noindex" not in client.get(address(work)).text
    assert "equation 2" in client.get(feed).text


def test_who_is_blocked_is_not_read_by_the_blocker(client, work):
    reader, writer = speaker(), speaker()
    comment(author=writer, work=work, body="Words of somebody blocked.")
    block(user=reader, other=writer)
    assert "Words of somebody blocked." in client.get(address(work)).text
    client.force_login(reader)
    page = client.get(address(work)).text
    assert "Words of somebody blocked." not in page
    assert "You blocked who wrote this." in page


def test_earlier_wordings_are_read_until_the_comment_is_deleted(client, work):
    member = speaker()
    written = comment(author=member, work=work, body="First words.")
    edit(written, by=member, body="Second words.")
    page = client.get(f"/comments/{written.pk}/wordings/").text
    assert page.index("Second words.") < page.index("First words.")
    client.force_login(member)
    client.post(f"/comments/{written.pk}/edit/", {"step": "delete"})
    assert client.get(f"/comments/{written.pk}/wordings/").status_code == 404
    assert "words." not in client.get(address(work)).text


def test_a_report_reaches_the_moderators(client, work):
    written = comment(author=speaker(), work=work, body="You fools.")
    client.force_login(MemberFactory())
    assert "You fools." in client.get(f"/comments/{written.pk}/change/").text
    client.post(f"/comments/{written.pk}/change/", {"step": "report", "reason": "It is an insult."})
    client.force_login(moderator())
    assert "It is an insult." in client.get("/moderation/comments/").text
    client.post("/moderation/comments/", {"comment": written.pk, "decision": "remove", "note": "Insults are not comments."})
    assert "You fools." not in client.get(address(work)).text


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_costs_the_same_queries_whatever_is_said(client, django_assert_num_queries, work, number):
    for _ in range(number):
        first = comment(author=speaker(), work=work, body="A question?")
        for _ in range(number):
            comment(author=speaker(), work=work, body="An answer.", answers=first)
    with django_assert_num_queries(7):
        assert client.get(address(work)).status_code == 200


def test_a_comment_leads_to_its_place(client, work):
    written = comment(author=speaker(), work=work, body="A question?")
    assert client.get(f"/comments/{written.pk}/").headers["Location"].endswith(f"/comments/#comment-{written.pk}")


@pytest.mark.parametrize(
    "parameters", [{"page": "x"}, {"page": "9" * 400}, {"answer": "-1"}, {"answer": "\x00"}, {"answer": "9" * 30, "quote": ""}]
)
def test_malformed_parameters_are_ignored(client, work, parameters):
    comment(author=speaker(), work=work, body="A question?")
    assert client.get(address(work), parameters).status_code == 200


def test_when_it_was_said_is_told(client, work):
    written = comment(author=speaker(), work=work, body="A question?")
    assert f'datetime="{timezone.localtime(written.created_at).isoformat()[:10]}' in client.get(address(work)).text
