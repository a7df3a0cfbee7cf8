"""A member about whom the database holds something in every corner, each thing with a mark that can be searched for."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from bzpeer.accounts.domain import block, follow, save_search
from bzpeer.accounts.models import OutgoingMail, User
from bzpeer.accounts.notices import notify
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.claims.domain import accept_claim, submit_claim
from bzpeer.claims.models import Claim, ClaimDelegate, ClaimEvidence, ClaimMessage, OwnerProfile
from bzpeer.collaboration.domain import accept, invite, report, write
from bzpeer.curation.assertions import add_name, correct_researcher
from researchers.models import Researcher
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory

IP = "203.0.113.77"


@dataclass
class Marked:
    """The member, the record that is theirs, and the marks nobody else may read."""

    user: User
    record: Researcher
    other: User
    claim: Claim
    secrets: dict[str, str] = field(default_factory=dict)
    public: dict[str, str] = field(default_factory=dict)


def marked_member(mark: str = "zqxj") -> Marked:
    """Make the member. `secrets` hold what only they (and whom it was said to) may see, `public` what the profile shows."""
    moderator, other = MemberFactory(is_staff=True, display_name="Mona Moderator"), MemberFactory(display_name="Otto Other")
    user = MemberFactory(email=f"{mark}-login@secret.example", display_name=f"{mark}displayname")
    EmailAddress.objects.create(user=user, email=f"{mark}-second@secret.example", verified=True)
    SocialAccount.objects.create(user=user, provider="orcid", uid="0000-0002-1825-0097", extra_data={"name": f"{mark}orcidname"})
    UserSession.objects.create(
        user=user, ip=IP, user_agent=f"{mark}agent", session_key=f"{mark}session", last_seen_at=timezone.now(), created_at=timezone.now()
    )
    record, theirs = ResearcherFactory(display_name="Paula Public"), ResearcherFactory(display_name="Otto Record")
    work, topic = WorkFactory(authors=[record, theirs]), TopicFactory()
    claim = submit_claim(user=user, researcher=record, reason=f"{mark}claimreason in enough words to be taken")
    ClaimEvidence.objects.create(claim=claim, kind="mail", value=f"{mark}-proof@secret.example", note=f"{mark}evidencenote", state="failed")
    ClaimMessage.objects.create(claim=claim, author=user, is_question=False, body=f"{mark}claimmessage")
    ClaimDelegate.objects.create(claim=claim, address=f"{mark}-delegate@secret.example")
    accept_claim(claim, by=moderator, note=f"{mark}decisionnote")
    OwnerProfile.objects.update_or_create(
        researcher=record,
        defaults={"open_to_collaborate": True, "open_for": f"{mark}openfor", "interests": [f"{mark}interest"], "updated_by": user},
    )
    record.refresh_from_db()
    correct_researcher(by=user, researcher=record, field="biography", value=f"{mark}biography", note=f"{mark}bionote")
    add_name(by=user, researcher=record, name="Paula Q. Public", note=f"{mark}namenote")
    follow(user=user, researcher=theirs)
    save_search(user=user, text=f"{mark}search")
    block(user=user, other=MemberFactory())
    notify(user, kind="account", key=f"{mark}key", text=f"{mark}notice", url="/settings/")
    notify(other, kind="message", key=f"{mark}other", text=f"{user} did something", url="/settings/", actor=user)
    theirs_claim = submit_claim(user=other, researcher=theirs, reason="This is my record, as everybody knows.")
    accept_claim(theirs_claim, by=moderator)
    OwnerProfile.objects.update_or_create(researcher=theirs, defaults={"open_to_collaborate": True, "updated_by": other})
    sent = invite(
        sender=user, researcher=theirs, purpose=f"{mark}purpose, a thing we could do together", next_step=f"{mark}nextstep", topic=topic
    )
    talk = accept(sent, by=other)
    write(talk, author=user, body=f"{mark}message", works=[work])
    answer = write(talk, author=other, body="qyothersmessage")
    report(reporter=user, reason=f"{mark}reportreason", message=answer)
    invite(sender=other, researcher=record, purpose="qypurpose of somebody else, long enough", next_step="qystep", topic=topic)
    listed = Bibliography.objects.create(user=user, researcher=record, kind="bibtex", name=f"{mark}file.bib", sha256="0" * 64)
    Entry.objects.create(bibliography=listed, number=1, line=1, shown=f"{mark}entry")
    OutgoingMail.objects.create(sender="p", recipients=[user.email], subject=f"{mark}subject", content=b"zqxjcontent")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=moderator, content_type=kind, object_id=str(user.pk), object_repr=str(user), action_flag=2, change_message="x"
    )
    secrets = {
        name: f"{mark}{name}"
        for name in (
            "-login", "-second", "orcidname", "agent", "session", "claimreason", "-proof", "evidencenote", "claimmessage", "-delegate",
            "decisionnote", "search", "notice", "purpose", "nextstep", "message", "reportreason", "file", "entry", "subject",
        )
    }  # fmt: skip
    secrets["ip"] = IP
    public = {name: f"{mark}{name}" for name in ("biography", "openfor", "interest", "bionote", "namenote", "displayname")}
    return Marked(user=user, record=record, other=other, claim=claim, secrets=secrets, public=public)
