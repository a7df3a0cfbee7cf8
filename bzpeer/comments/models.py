"""Comments on works, their earlier wordings, and reports about them."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from works.models import Work


@pghistory.track(exclude=["body"])
class Comment(models.Model):
    """What a member says about a work: the start of a thread, or an answer in one.

    Without an author or a body it is a tombstone, so that answers keep their place.
    """

    class State(models.TextChoices):
        FRESH = "fresh", "by a new account, not looked at yet"
        SHOWN = "shown", "shown"
        REMOVED = "removed", "removed by a moderator"
        DELETED = "deleted", "deleted by its writer"

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="discussion", db_index=False)
    thread = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="answers", help_text="null: it begins one")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="comments")
    body = models.TextField(default="", help_text="Markdown with TeX, see rendering.py")
    state = models.TextField(choices=State, default=State.SHOWN)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    edited_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True, help_text="of a thread: since when it needs no answer any more")
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, help_text="when a moderator approved or removed it")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(thread=F("id")), name="comment_answers_another"),
            models.CheckConstraint(condition=Q(resolved_at=None) | Q(thread=None), name="only_threads_are_resolved"),
            models.CheckConstraint(
                condition=~Q(state__in=["fresh", "shown"]) | ~Q(body="") | Q(author=None), name="comment_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["work", "-id"], condition=Q(thread=None), name="threads_newest_first"),
            models.Index(fields=["work", "state"], name="comments_of_a_work"),
            models.Index(fields=["created_at"], condition=Q(state="fresh"), name="comments_to_look_at"),
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="comments_decided"),  # waiting times
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk}"

    @property
    def is_readable(self) -> bool:
        return self.state in (Comment.State.SHOWN, Comment.State.FRESH) and bool(self.body)


class CommentWording(models.Model):
    """What a comment said before it was edited."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="wordings", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", help_text="it goes with their account")
    body = models.TextField()
    until = models.DateTimeField(db_default=Now(), help_text="when it was replaced")

    class Meta:
        indexes = [models.Index(fields=["comment", "-id"], name="wordings_newest_first")]


@pghistory.track()
class CommentReport(models.Model):
    """A member says that a comment breaks the rules; a moderator decides."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        UPHELD = "upheld", "upheld"
        DISMISSED = "dismissed", "dismissed"

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField()
    state = models.TextField(choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "reporter"], name="comment_reported_once")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="open"), name="comment_reports_oldest"),
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="comment_reports_decided"),  # waiting times
        ]
