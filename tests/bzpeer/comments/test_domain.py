"""Comments: who may write, how fast, who is told, what moderators do, what stays of a deleted one."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from bzpeer.accounts.domain import block
from bzpeer.accounts.models import Notification
from bzpeer.claims.models import Claim
from bzpeer.comments.domain import COMMENTS_AN_HOUR, CommentRefused, comment, decide, delete, edit, report, resolve
from bzpeer.comments.models import Comment, CommentReport, CommentWording
from bzpeer.comments.queries import latest_on, speakers, threads_on, waiting_comments
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import ResearcherFactory, WorkFactory

pytestmark = pytest.mark.django_db

State = Comment.State


def speaker(*, level=2, work=None, joined=timedelta(days=90), name="Ada Lovelace"):
    """A member whose claim to a record stands."""
    member = MemberFactory(date_joined=timezone.now() - joined)
    person = ResearcherFactory(display_name=name, is_claimed=True, verification_level=level)
    Claim.objects.create(user=member, researcher=person, state=Claim.State.ACCEPTED, reason="mine", decided_at=timezone.now())
    if work is not None:
        work.authorships.create(researcher=person, position=work.authorships.count() + 1, byline=name)
    return member


@pytest.fixture
def work():
    return WorkFactory(title="Noise")


def told(member):
    return list(Notification.objects.filter(user=member, kind__in=("comment", "moderation")).order_by("pk").values_list("text", flat=True))


def test_a_comment_needs_a_claimed_record_with_a_confirmed_address(work):
    waiting = speaker()
    Claim.objects.filter(user=waiting).update(state=Claim.State.REVIEW)
    for member in (MemberFactory(), waiting):
        with pytest.raises(CommentRefused, match="claimed their author record"):
            comment(author=member, work=work, body="Is equation 2 right?")
    assert not Comment.objects.exists()


def test_a_thread_and_its_answers_stay_one_level_deep(work):
    asking, answering = speaker(), speaker()
    first = comment(author=asking, work=work, body="Is equation 2 right?")
    second = comment(author=answering, work=work, body="Yes.", answers=first)
    third = comment(author=asking, work=work, body="Thanks.", answers=second)
    assert (first.thread, second.thread, third.thread) == (None, first, first)
    thread = threads_on(work.pk).get()
    assert list(thread.answers.all()) == [second, third]


def test_authors_and_whoever_is_answered_are_told_once(work):
    author, asking = speaker(work=work, name="Paper Author"), speaker()
    first = comment(author=asking, work=work, body="Is equation 2 right?")
    comment(author=author, work=work, body="Yes.", answers=first)
    assert told(author) == [f"{asking} commented on your work “Noise”."]
    assert told(asking) == [f"{author} answered you on “Noise”."]


def test_authors_of_the_paper_are_marked_and_lose_the_mark_with_their_claim(work):
    author, other = speaker(work=work), speaker()
    found = speakers({author.pk, other.pk}, work_id=work.pk)
    assert (found[author.pk].is_author, found[other.pk].is_author) == (True, False)
    Claim.objects.filter(user=author).update(state=Claim.State.REVOKED)
    assert author.pk not in speakers({author.pk}, work_id=work.pk)


def test_a_blocked_member_cannot_answer_and_is_not_told_of(work):
    asking, blocked = speaker(work=work), speaker()
    first = comment(author=asking, work=work, body="Is equation 2 right?")
    block(user=asking, other=blocked)
    with pytest.raises(CommentRefused, match="cannot answer"):
        comment(author=blocked, work=work, body="No.", answers=first)
    comment(author=blocked, work=work, body="I say no.")
    assert told(asking) == []


def test_pace_is_limited_also_for_many_at_once(transactional_db):
    work = WorkFactory()
    member = speaker()
    Comment.objects.bulk_create(Comment(work=work, author=member, body="x") for _ in range(COMMENTS_AN_HOUR - 1))
    barrier, refused = threading.Barrier(4), []

    def write():
        barrier.wait()
        try:
            comment(author=member, work=work, body="Once more.")
        except CommentRefused as refusal:
            refused.append(str(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert Comment.objects.count() == COMMENTS_AN_HOUR


def test_an_edit_keeps_what_was_said_and_a_deletion_does_not(work):
    member = speaker()
    written = comment(author=member, work=work, body="Equation 2 is wrong.")
    edit(written, by=member, body="Equation 3 is wrong.")
    assert list(CommentWording.objects.values_list("body", flat=True)) == ["Equation 2 is wrong."]
    with pytest.raises(CommentRefused, match="not yours"):
        edit(written, by=speaker(), body="It is fine.")
    delete(written, by=member)
    written.refresh_from_db()
    assert (written.body, written.state, CommentWording.objects.count()) == ("", State.DELETED, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM comments_commentevent WHERE to_jsonb(comments_commentevent)::text LIKE '%is wrong%'")
        assert cursor.fetchone() == (0,)


def test_a_deleted_comment_shows_only_where_it_was_answered(work):
    member = speaker()
    alone, answered = (comment(author=member, work=work, body=f"Question {number}?") for number in (1, 2))
    comment(author=speaker(), work=work, body="Yes.", answers=answered)
    for written in (alone, answered):
        delete(written, by=member)
    assert list(threads_on(work.pk)) == [answered]


def test_a_new_account_is_looked_at_first(work):
    member, judge = speaker(joined=timedelta(days=1)), moderator()
    written = comment(author=member, work=work, body="Is equation 2 right?")
    assert (written.state, latest_on(work.pk, most=3)) == (State.FRESH, ([], 0))
    assert list(waiting_comments()) == [written]
    decide(written, by=judge, keep=True)
    assert latest_on(work.pk, most=3) == ([written], 1)
    assert comment(author=member, work=work, body="And equation 3?").state == State.SHOWN


def test_a_report_is_decided_by_somebody_else_and_both_are_told(work):
    member, reporter, judge = speaker(), MemberFactory(), moderator()
    written = comment(author=member, work=work, body="You are all fools.")
    report(comment=written, reporter=reporter, reason="It insults people.")
    with pytest.raises(CommentRefused, match="reported this already"):
        report(comment=written, reporter=reporter, reason="It insults people.")
    with pytest.raises(CommentRefused, match="Moderators decide"):
        decide(written, by=speaker(), keep=False)
    decide(written, by=judge, keep=False, note="Speak about the paper.")
    written.refresh_from_db()
    assert (written.body, written.state, written.decided_by) == ("", State.REMOVED, judge)
    assert CommentReport.objects.get().state == CommentReport.State.UPHELD
    assert told(member) == ["A moderator removed a comment of yours. Speak about the paper."]
    assert told(reporter) == ["Thank you: the comment you reported is gone."]


def test_a_moderator_does_not_decide_about_their_own(work):
    judge = moderator(date_joined=timezone.now())
    person = ResearcherFactory(is_claimed=True, verification_level=2)
    Claim.objects.create(user=judge, researcher=person, state=Claim.State.ACCEPTED, reason="mine", decided_at=timezone.now())
    written = comment(author=judge, work=work, body="Is equation 2 right?")
    with pytest.raises(CommentRefused, match="concerned yourself"):
        decide(written, by=judge, keep=True)


def test_a_thread_is_resolved_by_those_it_concerns(work):
    asking, author, stranger = speaker(), speaker(work=work), speaker()
    thread = comment(author=asking, work=work, body="Is equation 2 right?")
    with pytest.raises(CommentRefused, match="authors and moderators"):
        resolve(thread, by=stranger, resolved=True)
    assert resolve(thread, by=author, resolved=True).resolved_by == author
    assert resolve(thread, by=asking, resolved=False).resolved_at is None
