"""Members of the portal and what they follow."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Lower, Now
from django.db.models.lookups import Exact

from researchers.models import Institution, Researcher
from works.models import Source, Topic, Work


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address; there are no user names."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person with an account, known by e-mail address. The address is never shown to others."""

    username = None  # type: ignore[assignment]  # AbstractUser's field is removed, as Django documents
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120, blank=True)
    notice_choices = models.JSONField(
        default=dict, db_default={}, help_text='where the member departs from the defaults: {"message": {"mail": false}}'
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[assignment,misc]  # a manager without username

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.display_name or f"Member {self.pk}"


class Block(models.Model):
    """A member wants to hear nothing from another one. Only the blocker knows."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=models.F("blocked")), name="block_not_oneself"),
        ]


class Notification(models.Model):
    """Something a member should know, on their notifications page and, if they want it, by mail."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.TextField(help_text="a key of bzpeer.accounts.notices.KINDS")
    text = models.TextField(help_text="one plain sentence")
    url = models.TextField(help_text="path on this portal where it can be seen or answered")
    actor = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", help_text="who caused it; null: the portal")
    key = models.TextField(help_text="what it is about, so that the same is told once, e.g. 'claim:12:accepted'")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notification_once"),
            models.CheckConstraint(condition=Q(url__startswith="/") & ~Q(url__startswith="//"), name="notification_leads_into_the_portal"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_newest_first"),  # /notifications/
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),  # the count in the header
        ]

    def __str__(self) -> str:
        return self.text


class OutgoingMail(models.Model):
    """A message on its way to the mail server."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"

    sender = models.TextField()
    recipients = ArrayField(models.TextField())
    subject = models.TextField()
    content = models.BinaryField(help_text="the whole message (MIME); emptied once it is sent")
    state = models.TextField(choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="", help_text="why the last attempt failed")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, help_text="a sender has it until then, by the database's clock")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(state="queued"), name="outgoing_mail_due")]  # the next to send

    def __str__(self) -> str:
        return f"Message {self.pk}: {self.state}"


class SavedSearch(models.Model):
    """A question a member asked of the portal and wants answered again with every new work."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=80)
    text = models.TextField(help_text="as asked")
    words = models.TextField(help_text="what is compared with titles: the folded words, as a tsquery of their beginnings")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "words"], name="saved_search_once")]

    def __str__(self) -> str:
        return self.name


FOLLOWED = ("researcher", "topic", "institution", "source", "work", "search")
"""The columns of `Follow` that say what is followed; each row has one of them."""


class Follow(models.Model):
    """A member follows a researcher, a topic, an institution, a venue, a work, or a search of their own."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.CASCADE, related_name="follows")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="follows", db_index=False)
    institution = models.ForeignKey(Institution, null=True, on_delete=models.CASCADE, related_name="follows", db_index=False)
    source = models.ForeignKey(Source, null=True, on_delete=models.CASCADE, related_name="follows", db_index=False)
    work = models.ForeignKey(Work, null=True, on_delete=models.CASCADE, related_name="follows", db_index=False)
    search = models.ForeignKey(SavedSearch, null=True, on_delete=models.CASCADE, related_name="follows", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Exact(Func(*FOLLOWED, function="num_nonnulls", output_field=models.IntegerField()), 1),
                name="follow_of_one_thing",
            ),
            *(
                models.UniqueConstraint(fields=["user", column], condition=Q(**{f"{column}__isnull": False}), name=f"follow_{column}_once")
                for column in FOLLOWED
            ),
        ]
        indexes = [
            # who follows it: counts, and whether something new is news to anybody
            models.Index(fields=["topic", "created_at"], condition=Q(topic__isnull=False), name="follow_of_topic"),
            models.Index(fields=["institution", "created_at"], condition=Q(institution__isnull=False), name="follow_of_institution"),
            models.Index(fields=["source", "created_at"], condition=Q(source__isnull=False), name="follow_of_source"),
            models.Index(fields=["work", "created_at"], condition=Q(work__isnull=False), name="follow_of_work"),
            models.Index(fields=["search", "created_at"], condition=Q(search__isnull=False), name="follow_of_search"),
        ]
