"""Comments on a work: read, written, answered, edited, resolved, reported; and the moderators' queue of them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.comments.domain import CommentRefused, comment, decide, delete, edit, may_resolve, report, resolve
from bzpeer.comments.models import Comment
from bzpeer.comments.queries import Speaker, blocked_by, has_fresh, latest_on, may_speak, speakers, threads_on, waiting_comments
from bzpeer.comments.rendering import LONGEST, quoted, rendered
from bzpeer.pages.members import member, moderators_only
from bzpeer.pages.paging import numbered, page_number, whole_number
from bzpeer.pages.syndication import Entry, answer_with
from bzpeer.typesetting import plain
from works.models import Work

THREADS_A_PAGE = 20
ENTRIES = 50
ON_THE_WORK = 3
ROWS_A_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment as somebody reads it. `hidden` says why its words do not show; empty: they do."""

    row: Comment
    html: SafeString
    hidden: str
    speaker: Speaker | None
    address: str
    is_mine: bool

    @property
    def is_fresh(self) -> bool:
        return self.row.state == Comment.State.FRESH


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A thread with its answers in order."""

    first: Said
    answers: tuple[Said, ...]
    may_resolve: bool


# --- reading --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show the threads on a work; a POST writes a comment. Pages with a new account's comment are not for search engines."""
    work = get_object_or_404(Work.objects.only("pk", "title"), pk=key)
    if request.method == "POST":
        return _written(request, work)
    if slug != slug_of(work.title):
        return redirect("comments", key=work.pk, slug=slug_of(work.title), permanent=True)
    return _page(request, work)


def _page(request: HttpRequest, work: Work, *, draft: str = "", answers: Comment | None = None, status: int = 200) -> HttpResponse:
    page = Paginator(threads_on(work.pk), THREADS_A_PAGE).get_page(request.GET.get("page"))
    answers = answers or _named(request.GET.get("answer", ""), work)
    if not draft and answers is not None and "quote" in request.GET:
        draft = quoted(answers.body)
    context: dict[str, Any] = {
        "work": work,
        "title": plain(work.title) or "Untitled",
        "address": record_address("work", work.pk, work.title),
        "here": reverse("comments", kwargs={"key": work.pk, "slug": slug_of(work.title)}),
        "threads": _threads(request, list(page.object_list), work.pk),
        "page": page,
        "may_speak": may_speak(request.user),
        "answers": answers,
        "draft": draft,
        "longest": LONGEST,
        "is_fresh": has_fresh(work.pk),
    }
    return render(request, "comments/comments.html", context, status=status)


def _named(text: str, work: Work) -> Comment | None:
    number = whole_number(text, digits=18)
    found = Comment.objects.filter(pk=number, work=work).select_related("author", "thread").first() if number is not None else None
    return found if found is not None and found.is_readable else None


def _threads(request: HttpRequest, threads: list[Comment], work_id: int) -> list[Thread]:
    rows = [row for thread in threads for row in (thread, *thread.answers.all())]
    spoke = speakers({row.author_id for row in rows if row.author_id is not None}, work_id=work_id)
    away = blocked_by(request.user)
    shown = {row.pk: _said(request, row, spoke, away) for row in rows}
    viewer = request.user
    return [
        Thread(
            first=shown[thread.pk],
            answers=tuple(shown[row.pk] for row in thread.answers.all()),
            may_resolve=isinstance(viewer, User) and may_resolve(thread, viewer),
        )
        for thread in threads
    ]


def _said(request: HttpRequest, row: Comment, spoke: dict[int, Speaker], away: set[int]) -> Said:
    speaker = spoke.get(row.author_id) if row.author_id is not None else None
    return Said(
        row=row,
        html=rendered(row.body),
        hidden=_why_hidden(row, away),
        speaker=speaker,
        address=record_address("researcher", speaker.researcher_id, speaker.name) if speaker else "",
        is_mine=row.author_id is not None and row.author_id == request.user.pk,
    )


def _why_hidden(row: Comment, away: set[int]) -> str:
    if row.state == Comment.State.REMOVED:
        return "A moderator removed this comment."
    if not row.body:
        return "This comment was deleted."
    return "You blocked who wrote this." if row.author_id in away else ""


def comments_on_work(work: Work) -> dict[str, Any]:
    """Return what the work's page shows of its comments: one query where there are none."""
    newest, total = latest_on(work.pk, most=ON_THE_WORK)
    spoke = speakers({row.author_id for row in newest if row.author_id is not None}, work_id=work.pk) if newest else {}
    shown = [(row, spoke.get(row.author_id) if row.author_id is not None else None, rendered(row.body)) for row in newest]
    return {"newest": shown, "total": total, "address": f"{record_address('work', work.pk, work.title)}comments/"}


@require_safe
def one_comment(request: HttpRequest, key: int) -> HttpResponse:
    """Lead to a comment where it stands."""
    row = get_object_or_404(Comment.objects.select_related("work"), pk=key)
    first = row.thread_id or row.pk
    before = threads_on(row.work_id).filter(pk__gt=first).count()
    page = f"?page={before // THREADS_A_PAGE + 1}" if before >= THREADS_A_PAGE else ""
    return redirect(f"{reverse('comments', kwargs={'key': row.work_id, 'slug': slug_of(row.work.title)})}{page}#comment-{row.pk}")


@require_safe
def wordings(request: HttpRequest, key: int) -> HttpResponse:
    """Show what a comment said before it was edited."""
    row = get_object_or_404(Comment.objects.select_related("work", "author"), pk=key)
    if not row.is_readable or _why_hidden(row, blocked_by(request.user)):
        raise Http404("This comment cannot be read any more.")
    earlier = [(wording.until, rendered(wording.body)) for wording in row.wordings.order_by("-pk")]
    return render(request, "comments/wordings.html", {"comment": row, "now": rendered(row.body), "earlier": earlier})


@require_safe
def comments_feed(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Answer with the newest comments on a work as Atom; those of new accounts come when a moderator has looked at them."""
    work = get_object_or_404(Work.objects.only("pk", "title"), pk=key)
    rows = list(
        Comment.objects.filter(work=work, state=Comment.State.SHOWN).exclude(body="").select_related("author").order_by("-pk")[:ENTRIES]
    )
    spoke = speakers({row.author_id for row in rows if row.author_id is not None}, work_id=work.pk)
    entries = [
        Entry(
            key=("comment", row.pk),
            title=f"Comment by {spoke[row.author_id].name if row.author_id in spoke else 'a member'}",
            path=f"/comments/{row.pk}/",
            html=rendered(row.body),
            at=row.created_at,
            changed=row.edited_at or row.created_at,
            authors=(spoke[row.author_id].name,) if row.author_id in spoke else (),
        )
        for row in rows
    ]
    page = reverse("comments", kwargs={"key": work.pk, "slug": slug_of(work.title)})
    return answer_with(request, entries, title=f"Comments on {plain(work.title) or 'an untitled work'}", page=page)


# --- writing --------------------------------------------------------------------------------------


def _written(request: HttpRequest, work: Work) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={reverse('comments', kwargs={'key': work.pk, 'slug': slug_of(work.title)})}")
    answers = _named(request.POST.get("answer", ""), work)
    body = request.POST.get("body", "")
    try:
        made = comment(author=member(request), work=work, body=body, answers=answers)
    except CommentRefused as refusal:
        messages.error(request, str(refusal))
        return _page(request, work, draft=body[:LONGEST], answers=answers, status=422)
    if made.state == Comment.State.FRESH:
        messages.success(
            request, "Your comment is here. Search engines and feeds wait until a moderator has looked at it: your account is new."
        )
    return redirect("comment", key=made.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_comment(request: HttpRequest, key: int) -> HttpResponse:
    """Change or delete one's own comment."""
    row = get_object_or_404(Comment.objects.select_related("work"), pk=key, author=member(request))
    if not row.is_readable:
        raise Http404("This comment is gone.")
    if request.method == "POST":
        try:
            if request.POST.get("step") == "delete":
                delete(row, by=member(request))
                messages.success(request, "Your comment is deleted.")
            else:
                edit(row, by=member(request), body=request.POST.get("body", ""))
            return redirect("comment", key=row.pk)
        except CommentRefused as refusal:
            messages.error(request, str(refusal))
            row.body = request.POST.get("body", "")[:LONGEST]
    return render(request, "comments/edit.html", {"comment": row, "longest": LONGEST}, status=422 if request.method == "POST" else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_comment(request: HttpRequest, key: int) -> HttpResponse:
    """Resolve a thread or open it again, or report a comment (a GET asks for the reason)."""
    row = get_object_or_404(Comment.objects.select_related("work", "author"), pk=key)
    if not row.is_readable and row.thread_id is not None:
        raise Http404("This comment is gone.")
    if request.method != "POST":
        return render(request, "comments/report.html", {"comment": row, "said": rendered(row.body)})
    try:
        step = request.POST.get("step")
        if step in ("resolve", "reopen"):
            resolve(row, by=member(request), resolved=step == "resolve")
        else:
            report(comment=row, reporter=member(request), reason=request.POST.get("reason", ""))
            messages.success(request, "Thank you. A moderator will look at it, and you will be told.")
    except CommentRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("comment", key=row.pk)


# --- moderators -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@moderators_only
def moderated(request: HttpRequest) -> HttpResponse:
    """List comments to look at, the oldest first; a POST keeps or removes the chosen ones."""
    if request.method == "POST":
        return _decided(request)
    total = waiting_comments().count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    rows = waiting_comments().prefetch_related("reports")[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    shown = [(row, rendered(row.body), [each for each in row.reports.all() if each.state == "open"]) for row in rows]
    pager = numbered(request, page=page, total=total, size=ROWS_A_PAGE)
    return render(request, "moderating/comments.html", {"rows": shown, "pager": pager})


def _decided(request: HttpRequest) -> HttpResponse:
    keep = request.POST.get("decision") == "keep"
    note = request.POST.get("note", "").strip()
    chosen = [number for text in request.POST.getlist("comment")[:ROWS_A_PAGE] if (number := whole_number(text, digits=18)) is not None]
    if request.POST.get("decision") not in ("keep", "remove") or not chosen:
        messages.error(request, "Nothing was chosen.")
    elif not keep and not note:
        messages.error(request, "Say why: whoever wrote it reads the note.")
    else:
        done = 0
        for row in Comment.objects.filter(pk__in=chosen).order_by("pk"):
            try:
                decide(row, by=member(request), keep=keep, note=note)
                done += 1
            except CommentRefused as refusal:
                messages.error(request, f"Comment {row.pk}: {refusal}")
        if done:
            messages.success(request, f"{done} comment{'s' if done != 1 else ''} {'kept' if keep else 'removed'}.")
    return redirect("moderation_comments")
