"""Collaboration pages: who sees what, and each step as a form sends it."""

import pytest
from django.urls import reverse

from bzpeer.accounts.domain import block
from bzpeer.collaboration.domain import write
from bzpeer.collaboration.models import Invitation, Message, Report
from tests.bzpeer.collaboration.test_domain import PURPOSE, invited, open_record, talking
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db


def logged_in(client, user):
    client.force_login(user)
    return client


def test_an_invitation_is_sent_from_the_form(client):
    researcher, owner = open_record()
    work = WorkFactory(authors=[researcher], topics=[TopicFactory()])
    sender = MemberFactory()
    address = reverse("invite", args=[researcher.pk])
    assert client.get(address).status_code == 302

    page = logged_in(client, sender).get(address).content.decode()
    assert work.title in page
    answer = client.post(address, {"about": f"work:{work.pk}", "purpose": PURPOSE, "next_step": "A call."})

    invitation = Invitation.objects.get()
    assert answer.headers["Location"] == reverse("invitation", args=[invitation.pk])
    assert (invitation.recipient, invitation.work, invitation.subject) == (owner, work, work.title)


@pytest.mark.parametrize("wrong", [{"about": "work:999999"}, {"about": ""}, {"purpose": "Hi"}, {"next_step": " "}])
def test_a_wrong_form_says_what_is_wrong(client, wrong):
    researcher, _ = open_record()
    work = WorkFactory(authors=[researcher])
    fields = {"about": f"work:{work.pk}", "purpose": PURPOSE, "next_step": "A call."} | wrong
    answer = logged_in(client, MemberFactory()).post(reverse("invite", args=[researcher.pk]), fields)
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_a_record_that_is_not_open_leads_back_to_its_page(client):
    for researcher in (ResearcherFactory(), open_record(is_open=False)[0]):
        answer = logged_in(client, MemberFactory()).get(reverse("invite", args=[researcher.pk]))
        assert f"/researchers/{researcher.pk}/" in answer.headers["Location"]


@pytest.mark.parametrize("step", ["accept", "decline", "withdraw", "report"])
def test_strangers_find_no_invitation_and_change_none(client, step):
    researcher, _ = open_record()
    invitation = invited(MemberFactory(), researcher)
    stranger = logged_in(client, MemberFactory(is_staff=True))
    assert stranger.get(reverse("invitation", args=[invitation.pk])).status_code == 404
    answer = stranger.post(reverse("answer_invitation", args=[invitation.pk]), {"step": step, "reason": "because"})
    invitation.refresh_from_db()
    assert (answer.status_code, invitation.state) == (404, Invitation.State.OPEN)


def test_the_recipient_accepts_and_both_talk(client):
    sender = MemberFactory(display_name="Ada")
    researcher, owner = open_record()
    invitation = invited(sender, researcher)
    work = WorkFactory(arxiv_id="2006.13719")

    page = logged_in(client, owner).get(reverse("invitation", args=[invitation.pk])).content.decode()
    assert (PURPOSE in page, sender.email in page) == (True, False)
    there = client.post(reverse("answer_invitation", args=[invitation.pk]), {"step": "accept"}).headers["Location"]
    client.post(there, {"body": "Let us look at <b>this</b>.", "works": "arXiv:2006.13719v2"})

    talk = logged_in(client, sender).get(there).content.decode()
    assert "&lt;b&gt;this&lt;/b&gt;" in talk
    assert work.title in talk
    assert owner.email not in talk


def test_strangers_find_no_conversation_and_no_message(client):
    conversation, sender, owner = talking()
    message = write(conversation, author=sender, body="A secret plan")
    stranger = logged_in(client, MemberFactory(is_staff=True))
    for name in ("conversation", "change_conversation"):
        assert stranger.post(reverse(name, args=[conversation.pk]), {"step": "leave", "body": "x"}).status_code == 404
    assert stranger.post(reverse("change_message", args=[message.pk])).status_code == 404
    assert Message.objects.get().body == "A secret plan"
    assert "A secret plan" not in stranger.get("/collaborations/").content.decode()
    assert conversation.participants.filter(left_at=None).count() == 2
    assert owner.pk != sender.pk


def test_a_work_that_is_not_here_is_named_as_wrong(client):
    conversation, sender, _ = talking()
    answer = logged_in(client, sender).post(reverse("conversation", args=[conversation.pk]), {"body": "See", "works": "10.1/none"})
    assert answer.status_code == 422
    assert "is no work of this portal" in answer.content.decode()


def test_archiving_leaving_and_blocking(client):
    conversation, sender, owner = talking()
    change = reverse("change_conversation", args=[conversation.pk])
    logged_in(client, owner).post(change, {"step": "archive"})
    assert conversation.subject not in client.get("/collaborations/").content.decode()
    assert conversation.subject in client.get("/collaborations/?show=archived").content.decode()
    client.post(change, {"step": "block"})
    assert str(sender) in client.get("/collaborations/blocked/").content.decode()
    client.post("/collaborations/blocked/", {"member": sender.pk})
    assert "Nobody" in client.get("/collaborations/blocked/").content.decode()
    client.post(change, {"step": "leave"})
    assert client.get(reverse("conversation", args=[conversation.pk])).status_code == 404


def test_a_message_is_reported_or_deleted(client):
    conversation, sender, owner = talking()
    message = write(conversation, author=sender, body="Rude words")
    address = reverse("change_message", args=[message.pk])
    logged_in(client, owner).post(address, {"step": "report", "reason": "It is rude."})
    assert Report.objects.get().accused == sender
    logged_in(client, sender).post(address, {"step": "delete"})
    message.refresh_from_db()
    assert message.body == ""


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(("show", "queries"), [("", 9), ("received", 6), ("sent", 6)])
def test_lists_ask_a_fixed_number_of_questions(client, django_assert_num_queries, size, show, queries):
    _sender, owner = MemberFactory.create_batch(2)
    for _ in range(size):
        if show == "":
            talk, _other, me = talking()
            talk.participants.filter(user=me).update(user=owner)
        elif show == "sent":
            invited(owner, open_record()[0])
        else:
            invited(MemberFactory(), open_record(owner)[0])
    logged_in(client, owner)
    with django_assert_num_queries(queries):
        client.get(f"/collaborations/?show={show}")


def test_the_profile_says_how_one_stands_to_its_owner(client):
    researcher, owner = open_record()
    address = reverse("researcher", args=[researcher.pk, "x"])
    assert "Log in to invite" in client.get(address, follow=True).content.decode()
    sender = MemberFactory()
    assert "Invite to collaborate" in logged_in(client, sender).get(address, follow=True).content.decode()
    invited(sender, researcher)
    assert "Your invitation" in client.get(address, follow=True).content.decode()
    assert "You said so" in logged_in(client, owner).get(address, follow=True).content.decode()
    block(user=owner, other=sender)
    assert "Locked until claimed" in client.get(reverse("researcher", args=[ResearcherFactory().pk, "x"]), follow=True).content.decode()
