"""What can happen to a comment. Each step is one transaction with its notices.

fresh -> shown (approved) | removed
shown -> removed | deleted by its writer
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.accounts.queries import has_blocked, is_moderator
from bzpeer.claims.queries import owns_byline_of
from bzpeer.comments.models import Comment, CommentReport, CommentWording
from bzpeer.comments.queries import may_speak, owners_of_bylines
from bzpeer.comments.rendering import LONGEST
from works.models import Work

SHORTEST = 2
COMMENTS_AN_HOUR, COMMENTS_A_DAY = 10, 40
NEW_ACCOUNT = timedelta(days=14)
"""Until then, and until one comment was approved, a moderator looks at what an account writes before search engines may."""
MOST_TOLD = 20
LONGEST_REASON = 2_000

State = Comment.State


class CommentRefused(Exception):
    """The step is not possible now. The message is a plain sentence for the person who tried; repeating does not help."""


@transaction.atomic
def comment(*, author: User, work: Work, body: str, answers: Comment | None = None) -> Comment:
    """Begin a thread on a work, or answer in one (an answer to an answer joins its thread). Raises CommentRefused."""
    body = _checked(body)
    if not may_speak(author):
        raise CommentRefused("Comments are written by people who have claimed their author record. Claim yours first.")
    thread = _thread_of(answers, work, author)
    # Counted under a lock on the writer, so that many at once do not slip below the limit.
    writer = User.objects.select_for_update(no_key=True).get(pk=author.pk)
    _check_pace(writer)
    state = State.FRESH if _is_new(writer) else State.SHOWN
    written = Comment.objects.create(work=work, thread=thread, author=writer, body=body, state=state)
    _tell(written, work, answers)
    return written


def _checked(body: str) -> str:
    body = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not SHORTEST <= len(body) <= LONGEST:
        raise CommentRefused(f"Write a comment of at most {LONGEST:,} characters.")
    return body


def _thread_of(answers: Comment | None, work: Work, author: User) -> Comment | None:
    if answers is None:
        return None
    if answers.work_id != work.pk:
        raise CommentRefused("That comment is on another work.")
    thread = answers.thread or answers
    for other in (answers.author, thread.author):
        if other is not None and (has_blocked(other, author) or has_blocked(author, other)):
            raise CommentRefused("You cannot answer in this thread.")
    if not answers.is_readable:
        raise CommentRefused("That comment is gone; begin a thread of your own.")
    return thread


def _check_pace(author: User) -> None:
    def written(hours: int) -> int:
        return Comment.objects.filter(author=author, created_at__gt=Now() - timedelta(hours=hours)).count()

    if written(1) >= COMMENTS_AN_HOUR or written(24) >= COMMENTS_A_DAY:
        raise CommentRefused("That is many comments in a short time. Wait a little.")


def _is_new(author: User) -> bool:
    if timezone.now() - author.date_joined > NEW_ACCOUNT:
        return False
    return not Comment.objects.filter(author=author, state=State.SHOWN, decided_at__isnull=False).exists()


def _tell(written: Comment, work: Work, answers: Comment | None) -> None:
    """Tell whom it answers, who began the thread, and the paper's authors; each once."""
    author, title, url = written.author, (work.title or "Untitled")[:120], f"/comments/{written.pk}/"
    told: set[int] = set()
    answered = [answers.author, answers.thread.author if answers.thread else None] if answers else []
    sentences = [(user, f"{author} answered you on “{title}”.") for user in answered if user]
    sentences += [(user, f"{author} commented on your work “{title}”.") for user in owners_of_bylines(work.pk, most=MOST_TOLD)]
    for user, text in sentences:
        if user.pk not in told:
            told.add(user.pk)
            notify(user, kind="comment", key=f"comment:{written.pk}", text=text, url=url, actor=author)


@transaction.atomic
def edit(written: Comment, *, by: User, body: str) -> Comment:
    """Change one's own comment; what it said before stays readable."""
    current, body = _own(written, by), _checked(body)
    if body == current.body:
        return current
    CommentWording.objects.create(comment=current, author=by, body=current.body)
    current.body, current.edited_at = body, timezone.now()
    current.save(update_fields=["body", "edited_at"])
    return current


@transaction.atomic
def delete(written: Comment, *, by: User) -> Comment:
    """Empty one's own comment and its earlier wordings; that there was one stays visible where it was answered."""
    current = _own(written, by)
    _empty(current, State.DELETED)
    return current


@transaction.atomic
def resolve(thread: Comment, *, by: User, resolved: bool) -> Comment:
    """Say that a thread needs no answer any more, or take that back: who began it, an author of the paper, a moderator."""
    current = Comment.objects.select_for_update().get(pk=thread.pk)
    if current.thread_id is not None:
        raise CommentRefused("Only a thread as a whole is resolved.")
    if not may_resolve(current, by):
        raise CommentRefused("Who began the thread, the paper's authors and moderators can say so.")
    current.resolved_at, current.resolved_by = (timezone.now(), by) if resolved else (None, None)
    current.save(update_fields=["resolved_at", "resolved_by"])
    return current


def may_resolve(thread: Comment, by: User) -> bool:
    """Tell whether somebody can resolve a thread."""
    return thread.author_id == by.pk or is_moderator(by) or owns_byline_of(by, thread.work_id)


@transaction.atomic
def report(*, comment: Comment, reporter: User, reason: str) -> CommentReport:
    """Put a comment before the moderators."""
    reason = reason.replace("\x00", "").strip()
    if not 5 <= len(reason) <= LONGEST_REASON:
        raise CommentRefused("Say in a sentence what is wrong with it.")
    if comment.author_id in (None, reporter.pk) or not comment.is_readable:
        raise CommentRefused("There is nothing to report here.")
    try:
        with transaction.atomic():
            return CommentReport.objects.create(comment=comment, reporter=reporter, reason=reason)
    except IntegrityError as error:
        raise CommentRefused("You have reported this already; a moderator will look at it.") from error


@transaction.atomic
def decide(written: Comment, *, by: User, keep: bool, note: str = "") -> Comment:
    """Let a moderator keep a comment or remove it; open reports about it are decided with it. `note` tells its writer why."""
    current = Comment.objects.select_for_update(of=("self",)).select_related("author").get(pk=written.pk)
    open_reports = CommentReport.objects.select_for_update().filter(comment=current, state=CommentReport.State.OPEN)
    reporters = [row.reporter for row in open_reports.select_related(None) if row.reporter]
    if by.pk in (current.author_id, *(reporter.pk for reporter in reporters)):
        raise CommentRefused("You are concerned yourself; another moderator must decide.")
    if not is_moderator(by):
        raise CommentRefused("Moderators decide this.")
    if current.state != State.FRESH and not reporters and not open_reports.exists():
        raise CommentRefused(f"This comment is {current.get_state_display()}; nothing waits for a decision.")
    current.decided_by, current.decided_at = by, timezone.now()
    if keep:
        current.state = State.SHOWN
        current.save(update_fields=["state", "decided_by", "decided_at"])
    else:
        _empty(current, State.REMOVED)
    for row in open_reports:  # one by one, so that the audit has each
        row.state = CommentReport.State.DISMISSED if keep else CommentReport.State.UPHELD
        row.decided_by, row.decided_at = by, current.decided_at
        row.save(update_fields=["state", "decided_by", "decided_at"])
    _tell_of_decision(current, reporters, by=by, kept=keep, note=note)
    return current


def _tell_of_decision(current: Comment, reporters: list[User], *, by: User, kept: bool, note: str) -> None:
    url = f"/comments/{current.pk}/"
    for reporter in reporters:
        said = "A moderator looked at the comment you reported and left it." if kept else "Thank you: the comment you reported is gone."
        notify(reporter, kind="moderation", key=f"comment:{current.pk}:report", text=said, url=url)
    if current.author and not kept:
        why = note.strip()[:LONGEST_REASON]
        said = f"A moderator removed a comment of yours. {why}".strip()
        notify(current.author, kind="moderation", key=f"comment:{current.pk}:removed", text=said, url=url, actor=by)


def _own(written: Comment, by: User) -> Comment:
    current = Comment.objects.select_for_update().filter(Q(state__in=(State.SHOWN, State.FRESH)), pk=written.pk, author=by).first()
    if current is None:
        raise CommentRefused("This comment is not yours, or it is gone.")
    return current


def _empty(current: Comment, state: State) -> None:
    current.body, current.state, current.edited_at = "", state, None
    current.save()
    CommentWording.objects.filter(comment=current).delete()
