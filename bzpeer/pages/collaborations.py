"""Direct collaboration as members meet it: inviting, answering, talking, keeping somebody away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.accounts.domain import block, unblock
from bzpeer.accounts.models import Block, User
from bzpeer.accounts.notices import mark_read
from bzpeer.accounts.queries import has_blocked
from bzpeer.addresses import record_address
from bzpeer.claims.queries import owner_of, owner_profile
from bzpeer.collaboration.domain import (
    LONGEST_MESSAGE,
    LONGEST_PURPOSE,
    LONGEST_STEP,
    SHORTEST_PURPOSE,
    CollaborationRefused,
    accept,
    archive,
    decline,
    delete_message,
    invite,
    leave,
    report,
    see,
    withdraw,
    write,
)
from bzpeer.collaboration.models import Invitation, Message, Participant
from bzpeer.collaboration.queries import conversations_of, messages_of, place_in, received_by, seen_by, sent_by
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from researchers.models import Researcher
from works.identifiers import arxiv_id, doi
from works.models import Topic, Work

PER_PAGE = 30
SUBJECTS = 60
MESSAGES_SHOWN = 50


@login_required
@require_safe
def collaborations(request: HttpRequest) -> HttpResponse:
    """Show a member's conversations and invitations."""
    user = member(request)
    show = request.GET.get("show", "")
    rows = {"received": received_by(user), "sent": sent_by(user), "archived": conversations_of(user, archived=True)}.get(
        show, conversations_of(user)
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    waiting = received_by(user).filter(state=Invitation.State.OPEN).count()
    known = show if show in ("received", "sent", "archived") else ""
    invited = known in ("received", "sent")
    blocked = set() if invited else set(user.blocks.order_by().values_list("blocked", flat=True))  # not named: a name can say much
    context = {"page": page, "show": known, "waiting": waiting, "parts": _PARTS, "blocked": blocked}
    return render(request, "collaboration/collaborations.html", context)


_PARTS = [("", "Conversations"), ("received", "Invitations to you"), ("sent", "Invitations from you"), ("archived", "Archived")]


class InvitationForm(forms.Form):
    """Purpose, subject and next step. The subject is one of the person's works or topics."""

    about = forms.ChoiceField()
    purpose = forms.CharField(
        label="What would you do together, and why with them?",
        min_length=SHORTEST_PURPOSE,
        max_length=LONGEST_PURPOSE,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    next_step = forms.CharField(
        label="What would happen next?", max_length=LONGEST_STEP, help_text="For example: a call of half an hour, or sending you our data."
    )

    def __init__(self, *args: Any, researcher: Researcher, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        works = Work.objects.filter(authorships__researcher=researcher).distinct().order_by("-publication_date", "-pk")[:SUBJECTS]
        topics = (
            Topic.objects.filter(work_links__work__authorships__researcher=researcher).distinct().order_by("-works_count", "pk")[:SUBJECTS]
        )
        self._subjects: dict[str, Work | Topic] = {f"work:{work.pk}": work for work in works} | {f"topic:{t.pk}": t for t in topics}
        choices = [(key, str(subject)[:140]) for key, subject in self._subjects.items()]
        split = len([key for key, _ in choices if key.startswith("work:")])
        self.fields["about"] = forms.ChoiceField(
            label="What is it about?",
            help_text="One of their works or topics.",
            choices=[("", "Choose…"), ("Works", choices[:split]), ("Topics", choices[split:])],
        )

    def subject(self) -> dict[str, Work | Topic]:
        """Return {"work": …} or {"topic": …}."""
        chosen = self._subjects[self.cleaned_data["about"]]
        return {"work" if isinstance(chosen, Work) else "topic": chosen}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invite_researcher(request: HttpRequest, key: int) -> HttpResponse:
    """Show the form and send the invitation."""
    researcher = get_object_or_404(Researcher, pk=key)
    profile = owner_profile(researcher.pk)
    if profile is None or not profile.open_to_collaborate:
        messages.info(request, "This person has not said that they are open to collaborate.")
        return redirect(record_address("researcher", researcher.pk, researcher.display_name))
    form = InvitationForm(request.POST or None, researcher=researcher, initial={"about": request.GET.get("about", "")})
    if request.method == "POST" and form.is_valid():
        said = {"purpose": form.cleaned_data["purpose"], "next_step": form.cleaned_data["next_step"]}
        try:
            invitation = invite(sender=member(request), researcher=researcher, **said, **form.subject())  # type: ignore[arg-type]  # work or topic
        except CollaborationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            held = invitation.state == Invitation.State.REVIEW
            messages.success(
                request,
                "A moderator reads it first, since several people have not answered you yet." if held else "Your invitation is sent.",
            )
            return redirect("invitation", key=invitation.pk)
    context = {"form": form, "researcher": researcher, "profile": profile}
    return render(request, "collaboration/invite.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def invitation(request: HttpRequest, key: int) -> HttpResponse:
    """Show an invitation to its sender or recipient; to anybody else there is none."""
    user = member(request)
    found = get_object_or_404(seen_by(user), pk=key)
    mark_read(user, about=request.path)
    place = Participant.objects.filter(user=user, conversation__invitation=found, left_at=None).first()
    return render(request, "collaboration/invitation.html", {"invitation": found, "is_mine": found.sender_id == user.pk, "place": place})


@login_required
@require_POST
def answer_invitation(request: HttpRequest, key: int) -> HttpResponse:
    """Accept, decline, withdraw or report an invitation."""
    user = member(request)
    found = get_object_or_404(seen_by(user), pk=key)
    step = request.POST.get("step", "")
    try:
        if step == "accept":
            return redirect("conversation", key=accept(found, by=user).pk)
        if step == "decline":
            decline(found, by=user, answer=request.POST.get("answer", ""))
            messages.success(
                request, "You declined. The sender is told" + (" your reason." if request.POST.get("answer", "").strip() else ".")
            )
        elif step == "withdraw":
            withdraw(found, by=user)
            messages.success(request, "Your invitation is withdrawn.")
        elif step == "report":
            report(reporter=user, reason=request.POST.get("reason", ""), invitation=found, and_block=bool(request.POST.get("block")))
            messages.success(request, "A moderator will look at it.")
    except CollaborationRefused as refusal:
        messages.error(request, str(refusal))
    if step in ("withdraw", "report"):
        return redirect("collaborations")
    return redirect("invitation", key=key)


class MessageForm(forms.Form):
    """A message, with works named by their ids."""

    body = forms.CharField(label="Your message", max_length=LONGEST_MESSAGE, widget=forms.Textarea(attrs={"rows": 4}))
    works = forms.CharField(
        label="Attach works",
        required=False,
        max_length=1_000,
        help_text="Addresses of their pages here, DOIs or arXiv ids, parted by spaces.",
    )

    def clean_works(self) -> list[Work]:
        """Return the works named. Each must be in this portal."""
        found: list[Work] = []
        for text in self.cleaned_data["works"].split():
            work = _work_named(text)
            if work is None:
                raise forms.ValidationError(f"“{text[:80]}” is no work of this portal.")
            found.append(work)
        return found


def _work_named(text: str) -> Work | None:
    _, _, after = text.partition("/works/")
    if number := whole_number(after.partition("/")[0]):
        return Work.objects.filter(pk=number).first()
    if arxiv := arxiv_id(text):
        return Work.objects.filter(arxiv_id=arxiv).first()
    return Work.objects.filter(doi=doi(text)).first() if doi(text) else None


def _place(request: HttpRequest, key: int) -> Participant:
    return get_object_or_404(place_in(member(request), key))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, key: int) -> HttpResponse:
    """Show a conversation to those in it and take what they write."""
    user, place = member(request), _place(request, key)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            write(place.conversation, author=user, body=form.cleaned_data["body"], works=form.cleaned_data["works"])
        except CollaborationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("conversation", key=key)
    page = Paginator(messages_of(place.conversation), MESSAGES_SHOWN).get_page(request.GET.get("page"))
    if page.number == 1 and page.object_list:
        see(place, page.object_list[0].pk)
        mark_read(user, about=request.path)
    others = list(Participant.objects.filter(conversation_id=key).exclude(user=user).select_related("user").order_by("pk"))
    context = {
        "place": place,
        "conversation": place.conversation,
        "page": page,
        "said": reversed(page.object_list),
        "others": others,
        "blocked": [each.user_id for each in others if has_blocked(user, each.user)],
        "form": form,
    }
    return render(request, "collaboration/conversation.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def change_conversation(request: HttpRequest, key: int) -> HttpResponse:
    """Archive a conversation, bring it back, leave it, or block who is in it."""
    user, place = member(request), _place(request, key)
    step = request.POST.get("step", "")
    if step in ("archive", "restore"):
        archive(place, away=step == "archive")
        messages.success(request, "Archived. It comes back when somebody writes." if step == "archive" else "The conversation is back.")
    elif step == "leave":
        leave(place)
        messages.success(request, "You left the conversation.")
    elif step == "block":
        for other in Participant.objects.filter(conversation_id=key).exclude(user=user).select_related("user"):
            block(user=user, other=other.user)
        messages.success(request, "Blocked. Nothing they do here reaches you any more; they are not told.")
    return redirect("collaborations")


@login_required
@require_POST
def change_message(request: HttpRequest, key: int) -> HttpResponse:
    """Delete one's own message, or report another's."""
    user = member(request)
    message = get_object_or_404(
        Message.objects.select_related("author"), pk=key, conversation__participants__user=user, conversation__participants__left_at=None
    )
    try:
        if request.POST.get("step") == "report":
            report(reporter=user, reason=request.POST.get("reason", ""), message=message, and_block=bool(request.POST.get("block")))
            messages.success(request, "A moderator will look at it.")
        else:
            delete_message(message, by=user)
            messages.success(request, "Your message is deleted.")
    except CollaborationRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("conversation", key=message.conversation_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def blocked_members(request: HttpRequest) -> HttpResponse:
    """List whom a member blocked; POST lets one back in."""
    user = member(request)
    if request.method == "POST":
        number = whole_number(request.POST.get("member"))
        if number is not None and unblock(user=user, other_id=number):
            messages.success(request, "They can reach you again.")
        return redirect("blocked_members")
    blocks = Block.objects.filter(blocker=user).select_related("blocked").order_by("-pk")
    return render(request, "collaboration/blocked.html", {"page": Paginator(blocks, PER_PAGE).get_page(request.GET.get("page"))})


def collaboration_state(user: object, researcher: Researcher) -> dict[str, object]:
    """Return what the panel on a profile shows: whether the owner is open, what for, and how the viewer stands to them."""
    profile = owner_profile(researcher.pk) if researcher.is_claimed else None
    if profile is None or not profile.open_to_collaborate:
        return {"is_open": False}
    owner = owner_of(researcher.pk) if isinstance(user, User) else None
    asked = None
    if owner is not None and isinstance(user, User):
        asked = sent_by(user).filter(recipient=owner, state__in=(Invitation.State.OPEN, Invitation.State.REVIEW)).first()
    return {"is_open": True, "open_for": profile.open_for, "is_own": owner is not None and owner == user, "asked": asked}
