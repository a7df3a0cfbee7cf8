"""What moderators share: queues, reports, invitations held back, answers, waiting times."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer.accounts.models import Notification
from bzpeer.collaboration.models import Conversation, Invitation, Message, Participant, Report
from bzpeer.curation.domain import propose_merge
from bzpeer.moderation.models import CannedAnswer
from bzpeer.moderation.queries import queues, weeks
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import ResearcherFactory, TopicFactory

pytestmark = pytest.mark.django_db


def held(**fields):
    sender, recipient = fields.pop("sender", None) or MemberFactory(), MemberFactory()
    said = {"subject": "A thing", "purpose": "To compare two data sets.", "next_step": "A call.", "state": "review"}
    return Invitation.objects.create(
        sender=sender, recipient=recipient, researcher=ResearcherFactory(), topic=TopicFactory(), **{**said, **fields}
    )


def reported(body="You are a fool."):
    writer, reader = MemberFactory(display_name="Writer"), MemberFactory(display_name="Reader")
    conversation = Conversation.objects.create(subject="A thing")
    for user in (writer, reader):
        Participant.objects.create(conversation=conversation, user=user)
    message = Message.objects.create(conversation=conversation, author=writer, body=body)
    return Report.objects.create(reporter=reader, accused=writer, message=message, reason="It is <b>rude</b>.")


def aged(row, days):
    type(row).objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))


def test_the_home_page_counts_every_queue_and_says_since_when(client, django_assert_num_queries):
    propose_merge(one=ResearcherFactory(), other=ResearcherFactory(), grounds=[{"label": "Same name", "detail": "Ada"}], score=0.9)
    aged(reported(), 3)
    reported()
    held()
    found = {queue.key: queue for queue in queues(for_staff=True)}
    assert {key: queue.number for key, queue in found.items()} == {
        "claims": 0, "disputes": 0, "proposals": 1, "reports": 2, "comments": 0, "comment_reports": 0, "report_answers": 0,
        "invitations": 1, "removals": 0, "problems": 0,
    }  # fmt: skip
    assert (timezone.now() - found["reports"].since).days == 3
    assert found["claims"].since is None

    client.force_login(moderator())
    page = client.get("/moderation/").text
    assert "/moderation/reports/" in page
    assert "/imports/problems/" not in page
    client.force_login(MemberFactory(is_staff=True))
    assert "/imports/problems/" in client.get("/moderation/").text
    with django_assert_num_queries(1):
        queues(for_staff=True)


def test_the_usual_wait_is_the_median_of_decisions_by_people_in_thirty_days():
    by = MemberFactory()
    for days, ago in ((2, 1), (4, 2), (30, 3), (1, 40)):
        row = reported()
        decided = timezone.now() - timedelta(days=ago)
        Report.objects.filter(pk=row.pk).update(
            state="dismissed", decided_by=by, decided_at=decided, created_at=decided - timedelta(days=days)
        )
    found = next(queue for queue in queues(for_staff=False) if queue.key == "reports")
    assert (found.decided, found.usual, found.number) == (3, timedelta(days=4), 0)
    assert sum(week.decided for week in weeks("reports")) == 4
    assert len(weeks("reports")) == 12


def test_a_report_is_read_beside_who_says_so_and_removed_with_a_note(client):
    row, later = reported(), reported("Buy my thing.")
    client.force_login(moderator())
    page = client.get(f"/moderation/reports/{row.pk}/").text
    assert "You are a fool." in page
    assert "It is &lt;b&gt;rude&lt;/b&gt;." in page
    assert f"/moderation/reports/{later.pk}/" in page

    client.post(f"/moderation/reports/{row.pk}/", {"decision": "uphold"})
    row.refresh_from_db()
    assert row.state == "open"

    landed = client.post(f"/moderation/reports/{row.pk}/", {"decision": "uphold", "answer": "It attacks a person.", "onward": "1"})
    row.refresh_from_db()
    assert landed.headers["Location"] == f"/moderation/reports/{later.pk}/"
    assert (row.state, row.note, row.message.body) == ("upheld", "It attacks a person.", "")
    assert set(Notification.objects.values_list("user_id", flat=True)) == {row.reporter_id, row.accused_id}


def test_nobody_decides_what_concerns_themselves(client):
    own = moderator()
    row = reported()
    Report.objects.filter(pk=row.pk).update(accused=own)
    mine = held(sender=own)
    client.force_login(own)
    assert "Another moderator decides it" in client.get(f"/moderation/reports/{row.pk}/").text
    assert "Another moderator decides it" in client.get(f"/moderation/invitations/{mine.pk}/").text
    client.post(f"/moderation/reports/{row.pk}/", {"decision": "dismiss"})
    client.post(f"/moderation/invitations/{mine.pk}/", {"decision": "pass"})
    client.post("/moderation/invitations/", {"invitation": [mine.pk]})
    row.refresh_from_db()
    mine.refresh_from_db()
    assert (row.state, mine.state) == ("open", "review")


def test_held_invitations_are_passed_on_together_and_refused_with_a_reason(client):
    one, two, three = held(), held(), held()
    client.force_login(moderator())
    assert "held back" in client.get("/moderation/invitations/").text
    client.post("/moderation/invitations/", {"invitation": [one.pk, two.pk]})
    client.post(f"/moderation/invitations/{three.pk}/", {"decision": "refuse"})
    three.refresh_from_db()
    assert three.state == "review"
    client.post(f"/moderation/invitations/{three.pk}/", {"decision": "refuse", "note": "Say what you bring.", "answer": "Too general."})

    states = list(Invitation.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["open", "open", "refused"]
    assert not Invitation.objects.filter(decided_at=None).exists()
    assert "Say what you bring." in Notification.objects.get(user=three.sender).text
    assert client.get(f"/moderation/invitations/{three.pk}/").status_code == 200


def test_an_invitation_that_was_never_held_back_is_nobodys_business(client):
    free = held(state="open", expires_at=timezone.now())
    client.force_login(moderator())
    assert client.get(f"/moderation/invitations/{free.pk}/").status_code == 404


def test_answers_are_added_changed_and_removed_and_offered(client):
    client.force_login(moderator())
    client.post("/moderation/answers/", {"kind": "report", "title": "Spam", "text": "It sells something."})
    made = CannedAnswer.objects.get(title="Spam")
    client.post(f"/moderation/answers/?edit={made.pk}", {"kind": "report", "title": "Spam", "text": "It sells <i>things</i>."})
    assert "It sells &lt;i&gt;things&lt;/i&gt;." in client.get(f"/moderation/reports/{reported().pk}/").text
    assert client.post("/moderation/answers/", {"kind": "report", "title": "Spam", "text": "Again."}).status_code == 422
    client.post("/moderation/answers/", {"remove": made.pk})
    assert not CannedAnswer.objects.filter(title="Spam").exists()


def test_waiting_times_are_drawn_and_told_in_a_table(client):
    by, row = moderator(), reported()
    Report.objects.filter(pk=row.pk).update(state="dismissed", decided_by=by, decided_at=timezone.now())
    aged(row, 3)
    client.force_login(by)
    page = client.get("/moderation/statistics/").text
    assert "<svg" in page
    assert "3 days" in page
    assert "style=" not in page
