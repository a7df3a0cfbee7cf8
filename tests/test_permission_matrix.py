"""Every address x method x role, from the URLconf, against the rules of tests/permissions.py."""

import hashlib
import logging
import re
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from bzpeer.accounts.models import Block, Follow, Notification, OutgoingMail, User
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.claims.models import Claim, ClaimDelegate, OwnerProfile
from bzpeer.collaboration.models import Conversation, Invitation, Message, Participant, Report
from bzpeer.collections.models import Collection
from bzpeer.comments.models import Comment
from bzpeer.curation.domain import propose_merge
from bzpeer.curation.models import Proposal
from bzpeer.feeds.domain import renew_token, unsubscribe_token
from bzpeer.privacy.models import DataExport, RemovalRequest
from bzpeer.reports.models import Answer
from bzpeer.savedviews.domain import save_view
from researchers.models import Researcher
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import InstitutionFactory, ResearcherFactory, SourceFactory, TopicFactory, WorkFactory
from tests.factories.reports import report_on
from tests.permissions import ANONYMOUS, DELEGATE, MEMBER, MODERATOR, OTHER_OWNER, OWNER, ROLES, RULES, STAFF, Rule
from works.models import ImportProblem, ImportRun

pytestmark = pytest.mark.django_db

SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")
LOGIN = "/accounts/login/"
ADMIN = "admin/"
SESSIONS = ("django_session", "usersessions_usersession")
HOSTILE = {
    "status": "accepted", "state": "accepted", "trust": "100", "trust_score": "100", "is_staff": "1", "is_superuser": "1", "is_active": "1",
    "author_id": "1", "author": "1", "user": "1", "user_id": "1", "verified": "1", "primary": "1", "is_claimed": "1", "claimed": "1",
    "verification_level": "5", "level": "5", "decided_by": "1", "decided_by_id": "1", "decided_at": "2020-01-01", "groups": "1",
    "user_permissions": "1", "sender": "1", "recipient": "1", "score": "1", "works_count": "999", "followers_count": "999",
}  # fmt: skip
"""Names of columns no form may fill, as somebody would post them beside a right form."""

HOW_TO = """
Addresses without a rule. Say in RULES of tests/permissions.py who may do what there, e.g.
    "{first}": Rule(read=MEMBERS, write=OWNERS, args={{"key": "claim"}}, others=404),
and, where `args` needs a thing that the world of tests/test_permission_matrix.py has not, add it there:
"""


@pytest.fixture(autouse=True)
def quick(settings, tmp_path, monkeypatch):
    # Once every address was asked by every method there are 30,000 lines of them; tests/bzpeer/pages/test_health.py reads them.
    monkeypatch.setattr("prometheus_client.generate_latest", lambda registry: b"")
    logging.disable(logging.WARNING)  # thousands of refusals, each a line
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False  # tests/bzpeer/accounts/test_hardening.py has the limits
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_FILE_PATH = tmp_path
    cache.clear()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world() -> SimpleNamespace:
    """One of everything, and somebody in every role. What is owned is the owner's; nothing is any other role's."""
    people: dict[str, User] = {
        role: MemberFactory(email=f"{role.replace(' ', '-')}@example.org") for role in (MEMBER, OWNER, OTHER_OWNER, DELEGATE)
    }
    people[MODERATOR], people[STAFF] = moderator(email="moderator@example.org"), MemberFactory(email="staff@example.org", is_staff=True)
    partner = MemberFactory(email="partner@example.org")
    topic, institution = TopicFactory(openalex_id="T70007"), InstitutionFactory(openalex_id="I70007", ror="03vek6s52")
    person = ResearcherFactory(
        display_name="Ada Lovelace", openalex_id="A70007", orcid="0000-0002-1825-0097", is_claimed=True, verification_level=2
    )
    work = WorkFactory(openalex_id="W70007", doi="10.1234/a.7", arxiv_id="2101.00007", authors=[person], topics=[topic])
    claim = _owned(person, people[OWNER])
    delegation = ClaimDelegate.objects.create(
        claim=claim,
        user=people[DELEGATE],
        address=people[DELEGATE].email,
        state=ClaimDelegate.State.ACCEPTED,
        accepted_at="2026-01-02T00:00Z",
    )
    _owned(ResearcherFactory(is_claimed=True, verification_level=2), people[OTHER_OWNER])
    OwnerProfile.objects.create(researcher=person, open_to_collaborate=True)
    proposal = propose_merge(one=person, other=ResearcherFactory(), grounds=[{"label": "Same name", "detail": "Ada"}], score=0.9)
    subject = {"researcher": person, "work": work, "subject": "A thing", "purpose": "To compare two data sets.", "next_step": "A call."}
    invitation = Invitation.objects.create(sender=partner, recipient=people[OWNER], expires_at="2099-01-01T00:00Z", **subject)
    conversation = Conversation.objects.create(subject="A thing")
    for user in (partner, people[OWNER]):
        Participant.objects.create(conversation=conversation, user=user)
    message = Message.objects.create(conversation=conversation, author=partner, body="Hello.")
    reported = report_on(work, may_show=True)
    run = ImportRun.objects.create(provider="openalex", parameters={"author": "A70007"}, state=ImportRun.State.RUNNING)
    listed = Bibliography.objects.create(user=people[OWNER], researcher=person)
    return SimpleNamespace(
        people=people,
        partner=partner,
        researcher=person.pk,
        unclaimed=ResearcherFactory().pk,
        passkey=Authenticator.objects.create(user=partner, type="webauthn", data={"name": "Key", "credential": {}}).pk,
        confirmation=EmailConfirmationHMAC(_unconfirmed(partner)).key,
        work=work.pk,
        topic=topic.pk,
        institution=institution.pk,
        orcid="0000-0002-1825-0097",
        author_id="A70007",
        doi="10.1234/a.7",
        arxiv_id="2101.00007",
        work_id="W70007",
        topic_id="T70007",
        source=SourceFactory(openalex_id="S70007").pk,
        source_id="S70007",
        institution_id="I70007",
        ror="03vek6s52",
        known_researcher="openalex:A70007",
        known_work="openalex:W70007",
        focus=f"researcher:{person.pk}",
        picture=f"?focus=researcher:{person.pk}",
        view=_kept(people[OWNER], person, is_public=False),
        public_view=_kept(people[OWNER], person, is_public=True),
        about=f"work:{work.pk}",
        claim=claim.pk,
        delegation=delegation.pk,
        rival=Claim.objects.create(user=partner, researcher=person, reason="It is mine.", state=Claim.State.REVIEW).pk,
        proposal=proposal.pk if proposal else 0,
        invitation=invitation.pk,
        collection=Collection.objects.create(owner=people[OWNER], name="Mine").pk,
        shared_collection=Collection.objects.create(owner=people[OWNER], name="Ours", is_shared=True).pk,
        report_text=reported.text_id,
        report_run=reported.pk,
        report_answer=Answer.objects.create(
            work=work, variable="pseudocode", result="Yes", words="It is on page 3.", link="https://example.org/a", user=people[OWNER]
        ).pk,
        comment=Comment.objects.create(work=work, author=people[OWNER], body="Is equation 2 right?").pk,
        held=Invitation.objects.create(
            sender=people[OTHER_OWNER],
            recipient=partner,
            state=Invitation.State.REVIEW,
            researcher=person,
            topic=topic,
            **{name: subject[name] for name in ("subject", "purpose", "next_step")},
        ).pk,
        conversation=conversation.pk,
        message=message.pk,
        report=Report.objects.create(reporter=people[OWNER], accused=partner, message=message, reason="It is rude.").pk,
        notice=Notification.objects.create(user=people[OWNER], kind="claim", key="k", text="A thing.", url="/claims/").pk,
        run=run.pk,
        unsubscribe=unsubscribe_token(people[OWNER]),
        feed_token=renew_token(people[OWNER]),
        problem=ImportProblem.objects.create(run=run, place="line 7", reason="The title is missing.", raw="{}").pk,
        bibliography=listed.pk,
        entry=Entry.objects.create(bibliography=listed, number=1, line=1).pk,
        removal=RemovalRequest.objects.create(
            researcher=person,
            ask="hide",
            name="Ada",
            address="ada@example.org",
            state="open",
            proof="mail",
            verified_at="2026-01-01T00:00Z",
        ).pk,
        removal_token=_removal_link(person),
        export=DataExport.objects.create(user=people[OWNER], state="ready", expires_at="2099-01-01T00:00Z").pk,
        mail=OutgoingMail.objects.create(sender="a@example.org", recipients=["b@example.org"], subject="s", content=b"").pk,
    )


def _removal_link(person: Researcher) -> str:
    RemovalRequest.objects.create(
        researcher=person, ask="hide", name="Ada", address="ada@example.org", token_digest=hashlib.sha256(b"a-token").digest()
    )
    return "a-token"


def _unconfirmed(user: User) -> EmailAddress:
    return EmailAddress.objects.create(user=user, email="second@example.org")


def _owned(person: Researcher, owner: User) -> Claim:
    return Claim.objects.create(
        user=owner, researcher=person, reason="It is my record.", state=Claim.State.ACCEPTED, decided_at="2026-01-01T00:00Z"
    )


# --- addresses ----------------------------------------------------------------------------------------


def _kept(user: User, person: Researcher, *, is_public: bool) -> int:
    return save_view(owner=user, name="A view", address=f"?focus=researcher:{person.pk}", is_public=is_public).pk


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield every address of the URLconf with its patterns, the admin's apart."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = before + str(entry.pattern)
        if address == ADMIN:
            continue
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, address)
        else:
            yield address, (before, entry.pattern)


def filled(route: tuple[Any, ...], rule: Rule, world: SimpleNamespace) -> str:
    """Return the address with the world's things in it."""
    before, pattern = route
    values = {name: str(getattr(world, value, value) if isinstance(value, str) else value) for name, value in rule.args.items()}
    if isinstance(pattern, RegexPattern):
        address = re.sub(r"\(\?P<(\w+)>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", lambda found: values[found[1]], str(pattern))
        address = address.replace("/?$", "/").replace("^", "").replace("$", "").replace(".*", "nothing-here")
    else:
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], str(pattern))
    before = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], before)
    query = "&".join(f"{name}={getattr(world, value, value)}" for name, _, value in (part.partition("=") for part in rule.query.split("&")))
    return f"/{before}{address}" + (f"?{query}" if rule.query else "")


def test_every_address_has_a_rule_and_every_rule_an_address():
    known = dict(routes())
    ruled_out = set(RULES) - set(known)
    missing = [address for address in known if address not in RULES]

    assert not missing, HOW_TO.format(first=missing[0]) + "\n".join(missing)
    assert not ruled_out, f"Rules of tests/permissions.py for addresses that are gone: {sorted(ruled_out)}"


# --- asking -------------------------------------------------------------------------------------------


class Asker:
    """Somebody in a role, who asks without leaving a trace: whatever a request wrote is counted and taken back."""

    def __init__(self, role: str, world: SimpleNamespace, *, csrf: bool = False) -> None:
        self.client, self.role, self._world = Client(enforce_csrf_checks=csrf), role, world
        world.seen = {}  # logging in writes
        if role != ANONYMOUS:
            self.client.force_login(world.people[role], backend="django.contrib.auth.backends.ModelBackend")
            session = self.client.session
            session["account_authentication_methods"] = [
                {"method": "password", "at": time.time(), "reauthenticated": True}
            ]  # no step asks for it again
            session["account_authentication_methods_user"] = str(world.people[role].pk)
            session.save()
        self._cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def ask(self, method: str, address: str, form: dict[str, Any] | None = None) -> tuple[Any, set[str]]:
        self.client.cookies.clear()
        for name, value in self._cookies.items():
            self.client.cookies[name] = value
        before = self._world.seen or written()
        with transaction.atomic():
            body: dict[str, Any] = {"data": form or {}} if method == "POST" else {}
            response = getattr(self.client, method.lower())(address, **body)
            self._world.seen = after = written()  # what is taken back stays counted
            transaction.set_rollback(True)
        return response, {table for table, count in after.items() if count != before.get(table, 0)}


def written() -> dict[str, int]:
    """Return the rows inserted, changed and deleted by this transaction so far, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND relname <> ALL(%s)",
            [list(SESSIONS)],
        )
        return dict(cursor.fetchall())


def outcome(response: Any) -> str:
    """Return "login", "405", a refusal's number, or "in" for everything a page answers to somebody who may."""
    if response.status_code == 302 and response.headers["Location"].startswith(f"{LOGIN}?next="):
        return "login"
    if response.status_code in (403, 404, 405):
        return str(response.status_code)
    return "in" if response.status_code < 500 or response.status_code == 503 else f"broken ({response.status_code})"


def refusal(rule: Rule, role: str) -> str:
    """Return what somebody is told who may not."""
    if role == ANONYMOUS:
        return "login" if rule.visitors == 302 else str(rule.visitors)
    return "in" if rule.others == 302 else str(rule.others)


def allowed(rule: Rule, role: str, method: str) -> set[str]:
    """Return the outcomes that a rule allows."""
    may_read, may_write = role in rule.read, role in rule.write
    no, yes = refusal(rule, role), {"in", *rule.also}
    if rule.any_method:
        return (yes if may_read else {no, "in"} if method == "OPTIONS" else {no}) | {"405"}
    match method:
        case "GET" | "HEAD":
            return yes if may_read else {no} if rule.read else {no, "405"}
        case "POST":
            refused = ({no, "405"} if may_read else {no}) if rule.write else ({"405"} if may_read else {no, "405"})
            return yes if may_write else refused
        case "OPTIONS":
            return {"in", "405", no} if may_read or may_write else {"405", no}
        case "PUT":  # Django's form views take it as a POST without fields
            return {"405", "in"} if may_write else {"405", no}
        case _:
            return {"405", no} if not (may_read or may_write) else {"405"}


# --- tests --------------------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(world, role):
    asker, known, wrong = Asker(role, world), dict(routes()), []
    for address, rule in RULES.items():
        if address not in known:
            continue
        place = filled(known[address], rule, world)
        for method in METHODS:
            try:
                response, tables = asker.ask(method, place, {name: getattr(world, str(value), value) for name, value in rule.form.items()})
            except Exception as error:
                wrong.append(f"{method} {place}: {type(error).__name__}: {error}")
                continue
            got, right = outcome(response), allowed(rule, role, method)
            if method in rule.methods:
                right = {"in", *rule.also} if role in rule.methods[method] else {refusal(rule, role)}
            if got not in right:
                wrong.append(f"{method} {place}: {got} ({response.status_code}), the rule says {' or '.join(sorted(right))}")
            may_write = (method in ("POST", "PUT") and role in rule.write) or role in rule.methods.get(method, ())
            if tables and not may_write and not (rule.marks and role in rule.read and method in SAFE):
                wrong.append(f"{method} {place}: wrote to {', '.join(sorted(tables))}")
    assert not wrong, f"{role}:\n" + "\n".join(wrong)


@pytest.mark.sweep
def test_no_unsafe_request_passes_without_its_token(world):
    askers, known, wrong = {role: Asker(role, world, csrf=True) for role in ROLES}, dict(routes()), []
    for address, rule in RULES.items():
        writers = rule.write.union(*rule.methods.values())
        if address not in known or not writers or rule.own_token:
            continue
        writer = next(role for role in reversed(ROLES) if role in writers)
        place = filled(known[address], rule, world)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response, tables = askers[writer].ask(method, place, dict(rule.form))
            if response.status_code != 403 or tables:
                wrong.append(f"{method} {place} by {writer}: {response.status_code}, wrote to {sorted(tables)}")
    assert not wrong, "\n".join(wrong)


MARK = "Zqblockedzq"
SAID = (
    "body",
    "reason",
    "note",
    "text",
    "words",
    "purpose",
    "next_step",
    "name",
    "display_name",
    "answer",
    "title",
    "biography",
    "former_name",
)


@pytest.mark.sweep
def test_nothing_a_blocked_member_says_reaches_who_blocked_them(world, settings):
    settings.PORTAL_URL = "http://portal.example"
    owner, known = world.people[OWNER], dict(routes())
    blocked = [world.partner, world.people[OTHER_OWNER], world.people[DELEGATE]]  # in a conversation, with a record, and let in
    Block.objects.bulk_create(Block(blocker=owner, blocked=one) for one in blocked)
    told = Notification.objects.filter(user=owner).count()
    own = Claim.objects.get(user=world.people[OTHER_OWNER]).researcher
    Follow.objects.create(user=owner, researcher=own)
    for person in blocked:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for record in {
            world.researcher,
            own.pk if person == world.people[OTHER_OWNER] else world.researcher,
        }:  # of the blocker, and of one of the blocked
            here = SimpleNamespace(**{**vars(world), "researcher": record, "unclaimed": world.researcher})
            for address, rule in RULES.items():
                if not rule.write or address.startswith("accounts/") or address == "settings/delete/":
                    continue
                form = {name: getattr(here, str(value), value) for name, value in rule.form.items()}
                said = {
                    name: f"{MARK} says this to you" for name in SAID if name not in form or name in ("reason", "note", "purpose", "body")
                }
                steps = {"join": ("merge", "split"), "answer": ("accept", "decline"), "mess": ("report",)}
                for step in ("", *(step for part, found in steps.items() if part in address for step in found)):
                    choice = {"step": step, "other": world.researcher} if step else {"is_listed": "on"}
                    client.post(filled(known[address], rule, here), {**form, **said, **choice})
    User.objects.filter(pk__in=[one.pk for one in blocked]).update(display_name=MARK)

    assert Proposal.objects.filter(proposed_by=world.people[OTHER_OWNER], grounds__1__detail__icontains=MARK).exists()  # it was tried
    mine = Client()
    mine.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    seen = [
        place
        for place in (
            *("/notifications/", "/feed/", "/feed/following/", "/collaborations/", f"/collaborations/invitations/{world.invitation}/"),
            *(
                "/collaborations/?show=received",
                f"/collaborations/{world.conversation}/",
                "/claims/",
                f"/claims/{world.claim}/",
                f"/feed/{world.feed_token}.atom",
            ),
            *(
                f"/researchers/{world.researcher}/{page}"
                for page in ("a/", "a/trust/", "followers/", "a/proposals/", "a/edit/", "a/feed.atom")
            ),
            *(f"/works/{world.work}/a/{page}" for page in ("", "comments/", "comments.atom")),
        )
        if MARK in mine.get(place, follow=True).content.decode()
    ]
    assert not seen
    # That a claim is disputed is the portal's word and concerns a right; it says neither who nor why.
    assert Notification.objects.filter(user=owner).exclude(kind="dispute").count() == told
    assert {one.subject.partition(" the record")[0] for one in mail.outbox if owner.email in one.to} <= {"Somebody else claims"}
    assert not [one.subject for one in mail.outbox if owner.email in one.to and MARK in one.body]
    assert not OwnerProfile.objects.filter(researcher=world.researcher, updated_by__in=blocked).exists()


def privileges() -> dict[str, Any]:
    """Return what nobody may give themselves."""
    return {
        "users": set(User.objects.values_list("pk", "email", "is_staff", "is_superuser", "is_active")),
        "groups": set(User.groups.through.objects.values_list("user_id", "group_id")),
        "permissions": set(User.user_permissions.through.objects.values_list("user_id", "permission_id")),
        "addresses": set(User.objects.values_list("pk", "emailaddress__email", "emailaddress__verified", "emailaddress__primary")),
        "records": set(Researcher.objects.values_list("pk", "is_claimed", "verification_level", "trust_score", "works_count")),
        "claims": set(Claim.objects.filter(state=Claim.State.ACCEPTED).values_list("pk", "user_id", "researcher_id", "decided_by_id")),
        "claimants": set(Claim.objects.exclude(user__email__in=("member@example.org", "owner@example.org")).values_list("pk", "user_id")),
        "reports": set(Report.objects.values_list("pk", "state", "decided_by_id")),
        "messages": set(Message.objects.exclude(author=None).values_list("author_id", flat=True)),
    }


@pytest.mark.sweep
@pytest.mark.parametrize("role", [MEMBER, OWNER])
def test_fields_nobody_offered_are_not_taken(world, role):
    asker, known, wrong = Asker(role, world), dict(routes()), []
    # The owner withdraws a claim, writes and follows with the same requests: what follows from that by rights is left out.
    by_right = {"claims/<int:key>/withdraw/", r"accounts/^confirm-email/(?P<key>[-:\w]+)/$"}
    for address, rule in RULES.items():
        if role not in rule.write or address not in known or address in by_right:
            continue
        form = {**HOSTILE, **{name: getattr(world, str(value), value) for name, value in rule.form.items()}}
        before = privileges()
        with transaction.atomic():
            asker.client.cookies.clear()
            for name, value in asker._cookies.items():
                asker.client.cookies[name] = value
            asker.client.post(filled(known[address], rule, world), form)
            after = privileges()
            transaction.set_rollback(True)
        after["messages"] -= {world.people[role].pk}
        before["messages"] -= {world.people[role].pk}
        if before != after:
            wrong.append(f"{address}: {[name for name in before if before[name] != after[name]]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.sweep
def test_the_admin_is_for_staff_with_permissions(world):
    admin = next(entry for entry in get_resolver().url_patterns if str(entry.pattern) == ADMIN)
    places = ["/admin/", *(f"/admin/{entry.pattern}" for entry in admin.url_patterns if isinstance(entry, URLResolver))]
    assert Proposal.objects.exists()
    for role in (ANONYMOUS, MEMBER, OWNER, OTHER_OWNER, MODERATOR):
        asker = Asker(role, world)
        for place in places:
            for method in ("GET", "POST"):
                response, tables = asker.ask(method, place)
                assert (response.status_code, tables) == (302, set()), (role, method, place)
                assert response.headers["Location"].startswith("/admin/login/")
    asker = Asker(STAFF, world)  # without a permission for anything
    for place in places[1:]:
        assert asker.ask("GET", place)[0].status_code == 403, place
        assert asker.ask("GET", f"{place}add/")[0].status_code == 403, place


def test_other_sites_are_not_let_in(client, world):
    for place in ("/api/v1/researchers/", f"/api/v1/researchers/{world.researcher}/", "/settings/", "/"):
        for method in ("GET", "OPTIONS"):
            response = client.generic(method, place, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
            assert not [name for name in response.headers if name.lower().startswith("access-control-")], place


def test_a_host_that_is_not_ours_is_refused(client, settings):
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    for host in ("evil.example", "portal.example.org.evil.example", "portal.example.org@evil.example", "evil.example:80", "a\tb"):
        assert client.get("/", headers={"Host": host}).status_code == 400
    assert client.get("/", headers={"Host": "portal.example.org", "X-Forwarded-Host": "evil.example"}).status_code == 200
