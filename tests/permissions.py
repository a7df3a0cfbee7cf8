"""Who may do what: one rule for every address of the portal. tests/test_permission_matrix.py holds the portal to it.

A rule says who may read (GET, HEAD), who may write (POST), and what everybody else is told. Nothing else is allowed:
another method, another person, a write under GET. An address without a rule fails, and so does a rule without its address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANONYMOUS, MEMBER, OWNER, OTHER_OWNER, DELEGATE, MODERATOR, STAFF = (
    "anonymous", "member", "owner", "other owner", "delegate", "moderator", "staff"
)  # fmt: skip
ROLES = (ANONYMOUS, MEMBER, OWNER, OTHER_OWNER, DELEGATE, MODERATOR, STAFF)

Audience = frozenset[str]
NOBODY: Audience = frozenset()
EVERYBODY: Audience = frozenset(ROLES)
MEMBERS = EVERYBODY - {ANONYMOUS}
VISITORS: Audience = frozenset({ANONYMOUS})
OWNERS: Audience = frozenset({OWNER})
OWNERS_AND_STAFF = OWNERS | {STAFF}
EDITORS = OWNERS_AND_STAFF | {DELEGATE}
SPEAKERS = OWNERS | {DELEGATE}
MODERATORS: Audience = frozenset({MODERATOR, STAFF})
STAFF_ONLY: Audience = frozenset({STAFF})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What an address allows.

    `args`: names of the world's things (tests/test_permission_matrix.py) that fill the address, or plain values.
    `others`: what somebody is told who may not: 403, 404 (it is not even said that there is something) or 302 (somewhere harmless).
    `visitors`: the same for somebody who is not logged in; 302 leads to the login.
    `form`: a form that is right as far as it goes, so that what is posted besides it reaches the code that stores.
    `marks`: a GET writes here, and why that harms nobody.
    `also`: further answers to those who may, such as 404 where somebody has not what the page is about.
    `own_token`: a POST passes without the form's token; what stands for it.
    `any_method`: every method is answered alike and none of them writes; the reason why that is so.
    `methods`: who may write here by PUT, PATCH or DELETE.
    """

    read: Audience = EVERYBODY
    write: Audience = NOBODY
    args: Mapping[str, Any] = field(default_factory=dict)
    others: int = 403
    visitors: int = 302
    query: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    marks: str = ""
    also: Audience = NOBODY
    any_method: str = ""
    own_token: str = ""
    methods: Mapping[str, Audience] = field(default_factory=dict)


def public(**args: Any) -> Rule:
    """A page anybody reads and nobody writes."""
    return Rule(args=args)


def step(write: Audience, **options: Any) -> Rule:
    """An address that only takes a form."""
    return Rule(read=NOBODY, write=write, **options)


_PERSON = {"key": "researcher", "slug": "ada"}
_LIBRARY = "allauth looks at the state before the method"
_LACKING = frozenset({"404"})

RULES: dict[str, Rule] = {
    "": public(),
    # records
    "researchers/": public(),
    r"^researchers/orcid:(?P<orcid_id>[^/]+)/?$": public(orcid_id="orcid"),
    r"^researchers/openalex:(?P<author_id>[^/]+)/?$": public(author_id="author_id"),
    "researchers/<int:key>/": public(key="researcher"),
    "researchers/<int:key>/<str:slug>/": public(**_PERSON),
    "works/": public(),
    r"^works/doi:(?P<name>.+)$": public(name="doi"),
    r"^works/arxiv:(?P<name>.+)$": public(name="arxiv_id"),
    r"^works/openalex:(?P<name>[^/]+/?)$": public(name="work_id"),
    "works/<int:key>/cite.<str:format>": public(key="work", format="bib"),
    "works/export.<str:format>": public(format="csv"),
    "works/<int:key>/<str:slug>/comments/": Rule(write=MEMBERS, args={"key": "work", "slug": "a"}, form={"body": "Is equation 2 right?"}),
    "works/<int:key>/<str:slug>/comments.atom": public(key="work", slug="a"),
    "works/<int:key>/collect/": Rule(read=MEMBERS, write=MEMBERS, args={"key": "work"}),
    "collections/": Rule(read=MEMBERS, write=MEMBERS, form={"name": "To read"}),
    "collections/<int:key>/": Rule(read=OWNERS, args={"key": "collection"}, others=404, visitors=404),
    "collections/<int:key>/edit/": Rule(
        read=OWNERS, write=OWNERS, args={"key": "collection"}, others=404, form={"step": "change", "name": "To read", "description": ""}
    ),
    "collections/<int:key>/feed.atom": public(key="shared_collection"),
    "collections/<int:key>/works.<str:format>": Rule(read=OWNERS, args={"key": "collection", "format": "csv"}, others=404, visitors=404),
    "comments/<int:key>/": public(key="comment"),
    "comments/<int:key>/wordings/": public(key="comment"),
    "comments/<int:key>/edit/": Rule(read=OWNERS, write=OWNERS, args={"key": "comment"}, others=404, form={"body": "Is it?"}),
    "comments/<int:key>/change/": Rule(read=MEMBERS, write=MEMBERS, args={"key": "comment"}, form={"step": "report", "reason": "Rude."}),
    "works/<int:key>/<str:slug>/cite/": public(key="work", slug="a"),
    "search/works.<str:format>": Rule(args={"format": "ris"}, query="q=ada"),
    "researchers/<int:key>/<str:slug>/works.<str:format>": public(**_PERSON, format="json"),
    "works/<int:key>/": public(key="work"),
    "works/<int:key>/<str:slug>/": public(key="work", slug="a"),
    "works/<int:key>/network.<str:format>": public(key="work", format="csv"),
    "works/<int:key>/import/": Rule(read=NOBODY, write=STAFF_ONLY, args={"key": "work"}),
    r"^sources/openalex:(?P<name>[^/]+)/?$": public(name="source_id"),
    "sources/<int:key>/": public(key="source"),
    "sources/<int:key>/<str:slug>/": public(key="source", slug="s"),
    "sources/<int:key>/<str:slug>/feed.atom": public(key="source", slug="s"),
    "topics/": public(),
    r"^topics/openalex:(?P<name>[^/]+)/?$": public(name="topic_id"),
    "topics/<int:key>/": public(key="topic"),
    "topics/<int:key>/<str:slug>/": public(key="topic", slug="t"),
    "institutions/": public(),
    r"^institutions/ror:(?P<name>[^/]+)/?$": public(name="ror"),
    r"^institutions/openalex:(?P<name>[^/]+)/?$": public(name="institution_id"),
    "institutions/<int:key>/": public(key="institution"),
    "institutions/<int:key>/<str:slug>/": public(key="institution", slug="i"),
    "search/": Rule(query="q=ada"),
    "search/feed.atom": Rule(query="q=ada"),
    "researchers/<int:key>/<str:slug>/feed.atom": public(**_PERSON),
    "topics/<int:key>/<str:slug>/feed.atom": public(key="topic", slug="t"),
    "institutions/<int:key>/<str:slug>/feed.atom": public(key="institution", slug="i"),
    "explore/": public(),
    "explore/export.<str:format>": Rule(args={"format": "gexf"}, query="focus=focus"),
    "explore/views/": Rule(read=MEMBERS),
    "explore/views/new/": Rule(read=MEMBERS, write=MEMBERS, query="focus=focus", form={"name": "Mine", "address": "picture"}),
    "explore/views/<int:key>/": Rule(read=OWNERS, args={"key": "view"}, others=404, visitors=404),
    "explore/views/<int:key>/view.json": Rule(read=OWNERS, args={"key": "view"}, others=404, visitors=404),
    "explore/views/<int:key>/edit/": Rule(read=OWNERS, write=OWNERS, args={"key": "view"}, others=404, form={"name": "Other"}),
    "explore/views/<int:key>/delete/": Rule(read=OWNERS, write=OWNERS, args={"key": "view"}, others=404),
    "explore/views/<int:key>/embed/": public(key="public_view"),
    "about/corpus/": public(),
    "about/removal/": Rule(write=EVERYBODY),
    "about/removal/confirm/<str:token>/": Rule(args={"token": "removal_token"}, write=EVERYBODY),
    "researchers/<int:key>/<str:slug>/connection/": Rule(args=_PERSON, query="from=researcher"),
    # members
    "researchers/<int:key>/follow/": Rule(read=MEMBERS, write=MEMBERS, args={"key": "researcher"}),
    "researchers/<int:key>/claim/": Rule(
        read=MEMBERS, write=MEMBERS, args={"key": "unclaimed"}, form={"reason": "These are my own two papers, I am sure."}
    ),
    "researchers/<int:key>/invite/": Rule(
        read=MEMBERS,
        write=MEMBERS,
        args={"key": "researcher"},
        form={"about": "about", "purpose": "We would compare our two data sets.", "next_step": "A call."},
    ),
    "researchers/<int:key>/<str:slug>/suggestions/": Rule(read=OWNERS, write=OWNERS, args=_PERSON),
    "researchers/<int:key>/<str:slug>/quality/": Rule(read=EDITORS, write=EDITORS, args=_PERSON),
    "works/<int:key>/<str:slug>/quality/": Rule(read=EDITORS, write=EDITORS, args={"key": "work", "slug": "a"}),
    "works/<int:key>/<str:slug>/summary/": Rule(
        read=EDITORS, write=EDITORS, args={"key": "work", "slug": "a"}, form={"step": "say", "choice": "none"}
    ),
    "works/<int:key>/<str:slug>/reproducibility/": public(key="work", slug="a"),
    "works/<int:key>/<str:slug>/reproducibility/texts/": Rule(
        read=EDITORS | MODERATORS, write=EDITORS | MODERATORS, args={"key": "work", "slug": "a"}, form={"step": "fetch"}
    ),
    "works/<int:key>/<str:slug>/reproducibility/<str:variable>/": Rule(
        read=OWNERS,
        write=OWNERS,
        args={"key": "work", "slug": "a", "variable": "open_source_code"},
        form={"result": "Yes", "words": "The link is in the footnote.", "link": "https://example.org/code"},
    ),
    "reproducibility/": public(),
    "reproducibility/counts.csv": public(),
    "reproducibility/texts/<int:key>/": public(key="report_text"),
    "reproducibility/runs/<int:key>/": public(key="report_run"),
    "reproducibility/answers/<int:key>/": public(key="report_answer"),
    "reproducibility/answers/<int:key>/withdraw/": step(OWNERS, args={"key": "report_answer"}, others=404),
    "works/<int:key>/<str:slug>/correct/": Rule(read=EDITORS, write=EDITORS, args={"key": "work", "slug": "a"}),
    "researchers/<int:key>/<str:slug>/correct/": Rule(read=EDITORS, write=EDITORS, args=_PERSON),
    "researchers/<int:key>/<str:slug>/proposals/": Rule(read=EDITORS, args=_PERSON),
    "researchers/<int:key>/<str:slug>/proposals/<int:proposal>/": step(
        EDITORS, args={**_PERSON, "proposal": "proposal"}, form={"answer": "agree"}
    ),
    "researchers/<int:key>/<str:slug>/add-works/": Rule(read=EDITORS, write=EDITORS, args=_PERSON, others=404),
    "researchers/<int:key>/<str:slug>/add-works/<int:bibliography>/": Rule(
        read=OWNERS_AND_STAFF, write=OWNERS_AND_STAFF, args={**_PERSON, "bibliography": "bibliography"}, others=404
    ),
    "researchers/<int:key>/<str:slug>/add-works/<int:bibliography>/again/": step(
        OWNERS_AND_STAFF, args={**_PERSON, "bibliography": "bibliography"}, others=404
    ),
    "researchers/<int:key>/<str:slug>/add-works/<int:bibliography>/undo/<int:entry>/": step(
        OWNERS_AND_STAFF, args={**_PERSON, "bibliography": "bibliography", "entry": "entry"}, others=404, also=_LACKING
    ),
    "claims/": Rule(read=MEMBERS),
    "claims/missing/": Rule(read=MEMBERS, write=MEMBERS),
    "claims/confirm/<str:token>/": Rule(read=MEMBERS, write=MEMBERS, args={"token": "nobodys-token"}, also=_LACKING),
    "claims/delegations/<int:key>/": step(frozenset({DELEGATE}), args={"key": "delegation"}, others=404),
    "claims/<int:key>/": Rule(read=OWNERS, args={"key": "claim"}, others=404),
    "claims/<int:key>/step/": step(OWNERS, args={"key": "claim"}, others=404),
    "researchers/<int:key>/vouch/": Rule(read=MEMBERS, write=MEMBERS, args={"key": "researcher"}, also=frozenset({"403", "404"})),
    "researchers/<int:key>/<str:slug>/edit/": Rule(read=SPEAKERS, write=SPEAKERS, args=_PERSON),
    "researchers/<int:key>/<str:slug>/edit/join/": Rule(read=SPEAKERS, write=SPEAKERS, args=_PERSON),
    "researchers/<int:key>/<str:slug>/trust/": public(**_PERSON),
    "about/trust/": public(),
    "claims/<int:key>/withdraw/": step(OWNERS, args={"key": "claim"}, others=404),
    "collaborations/": Rule(read=MEMBERS),
    "collaborations/blocked/": Rule(read=MEMBERS, write=MEMBERS),
    "collaborations/invitations/<int:key>/": Rule(
        read=OWNERS, args={"key": "invitation"}, others=404, marks="that its own reader read the notice of it"
    ),
    "collaborations/invitations/<int:key>/answer/": step(OWNERS, args={"key": "invitation"}, others=404, form={"step": "decline"}),
    "collaborations/messages/<int:key>/": step(
        OWNERS, args={"key": "message"}, others=404, form={"step": "report", "reason": "It is rude."}
    ),
    "collaborations/<int:key>/": Rule(
        read=OWNERS,
        write=OWNERS,
        args={"key": "conversation"},
        others=404,
        form={"body": "Hello."},
        marks="what its reader has seen, which nobody else sees",
    ),
    "collaborations/<int:key>/change/": step(OWNERS, args={"key": "conversation"}, others=404, form={"step": "archive"}),
    "researchers/<int:key>/followers/": Rule(read=OWNERS, args={"key": "researcher"}, others=404),
    "follow/": Rule(read=MEMBERS, write=MEMBERS, query="kind=search&q=ada"),
    "feed/": Rule(read=MEMBERS, marks="when its own reader looked, which nobody else sees"),
    "feed/seen/": step(MEMBERS),
    "feed/reading/": Rule(read=MEMBERS, write=MEMBERS, form={"digest": "weekly"}),
    "feed/address/": step(MEMBERS),
    "feed/following/": Rule(read=MEMBERS),
    "feed/unsubscribe/<str:token>/": Rule(
        write=EVERYBODY,
        args={"token": "unsubscribe"},
        own_token="mail programs post by themselves (RFC 8058); the signed address can end digests only",
    ),
    "feed/<str:token>.atom": public(token="feed_token"),
    "notifications/": Rule(read=MEMBERS),
    "notifications/read/": step(MEMBERS),
    "notifications/<int:key>/": Rule(
        read=OWNERS, write=OWNERS, args={"key": "notice"}, others=404, marks="that its own reader read it; nothing else follows from it"
    ),
    "settings/": Rule(read=MEMBERS, write=MEMBERS),
    "settings/export/": Rule(read=MEMBERS, write=MEMBERS),
    "settings/export/<int:key>/": Rule(read=OWNERS, args={"key": "export"}, others=404),
    "settings/delete/": Rule(read=MEMBERS, write=MEMBERS, form={"typed": "delete my account", "corrections": "keep"}),
    "researchers/<int:key>/<str:slug>/visibility/": Rule(read=OWNERS, write=OWNERS, args=_PERSON),
    # moderators
    "moderation/removals/": Rule(read=MODERATORS),
    "moderation/removals/<int:key>/": Rule(
        read=MODERATORS,
        write=MODERATORS,
        args={"key": "removal"},
        form={"decision": "refuse", "answer": "We cannot tell that it is yours."},
    ),
    "moderation/": Rule(read=MODERATORS),
    "moderation/proposals/": Rule(read=MODERATORS),
    "moderation/claims/": Rule(read=MODERATORS, write=MODERATORS),
    "moderation/claims/<int:key>/": Rule(read=MODERATORS, write=MODERATORS, args={"key": "rival"}, form={"decision": "ask"}),
    "moderation/reports/": Rule(read=MODERATORS),
    "moderation/reports/<int:key>/": Rule(read=MODERATORS, write=MODERATORS, args={"key": "report"}, form={"decision": "dismiss"}),
    "moderation/reproducibility/": Rule(
        read=MODERATORS, write=MODERATORS, form={"answer": "report_answer", "decision": "refuse", "reason": "It is another paper's."}
    ),
    "moderation/comments/": Rule(read=MODERATORS, write=MODERATORS),
    "moderation/invitations/": Rule(read=MODERATORS, write=MODERATORS),
    "moderation/invitations/<int:key>/": Rule(read=MODERATORS, write=MODERATORS, args={"key": "held"}, form={"decision": "pass"}),
    "moderation/answers/": Rule(read=MODERATORS, write=MODERATORS, form={"kind": "claim", "title": "None", "text": "None."}),
    "moderation/statistics/": Rule(read=MODERATORS),
    "moderation/<int:key>/": Rule(read=MODERATORS, write=MODERATORS, args={"key": "proposal"}),
    # staff
    "imports/": Rule(read=STAFF_ONLY),
    "imports/problems/": Rule(read=STAFF_ONLY),
    "imports/problems/redrive/": step(STAFF_ONLY),
    "imports/problems/<int:key>/": Rule(read=STAFF_ONLY, args={"key": "problem"}),
    "imports/coverage/": Rule(read=STAFF_ONLY),
    "imports/coverage.csv": Rule(read=STAFF_ONLY),
    "imports/<int:key>/": Rule(read=STAFF_ONLY, args={"key": "run"}),
    "imports/<int:key>/<str:verb>/": step(STAFF_ONLY, args={"key": "run", "verb": "pause"}),
    "outbox/": Rule(read=STAFF_ONLY, others=404, visitors=404),
    "outbox/<int:key>/send/": step(STAFF_ONLY, args={"key": "mail"}, others=404, visitors=404),
    # machines
    "favicon.ico": public(),
    "healthz": public(),
    "readyz": public(),
    "metrics": Rule(any_method="a library's page that looks at no method"),
    # accounts; who is known already is sent on from the pages for visitors
    "accounts/login/": Rule(read=VISITORS, write=VISITORS, others=302),
    "accounts/signup/": Rule(read=VISITORS, write=VISITORS, others=302),
    "accounts/logout/": Rule(write=EVERYBODY),
    "accounts/inactive/": public(),
    "accounts/reauthenticate/": Rule(read=MEMBERS, write=MEMBERS),
    "accounts/email/": Rule(read=MEMBERS, write=MEMBERS),
    "accounts/confirm-email/": public(),
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": Rule(write=EVERYBODY, args={"key": "confirmation"}),
    "accounts/password/change/": Rule(read=MEMBERS, write=MEMBERS),
    "accounts/password/set/": Rule(read=MEMBERS, write=MEMBERS, any_method=_LIBRARY),
    "accounts/password/reset/": Rule(write=EVERYBODY),
    "accounts/password/reset/done/": public(),
    "accounts/password/reset/key/done/": public(),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Rule(
        write=EVERYBODY, args={"uidb36": "1", "key": "abc-def"}, any_method=_LIBRARY
    ),
    "accounts/login/code/confirm/": Rule(read=VISITORS, write=VISITORS, others=302, any_method=_LIBRARY),
    "accounts/2fa/": Rule(read=MEMBERS),
    "accounts/2fa/authenticate/": Rule(read=VISITORS, write=VISITORS, others=302, any_method=_LIBRARY),
    "accounts/2fa/reauthenticate/": Rule(read=MEMBERS, write=MEMBERS, any_method=_LIBRARY),
    "accounts/2fa/totp/activate/": Rule(read=MEMBERS, write=MEMBERS, any_method=_LIBRARY),
    "accounts/2fa/totp/deactivate/": Rule(read=MEMBERS, write=MEMBERS, also=_LACKING, any_method=_LIBRARY),
    "accounts/2fa/recovery-codes/": Rule(read=MEMBERS, also=_LACKING),
    "accounts/2fa/recovery-codes/generate/": Rule(read=MEMBERS, write=MEMBERS, any_method=_LIBRARY),
    "accounts/2fa/recovery-codes/download/": Rule(read=MEMBERS, also=_LACKING, any_method=_LIBRARY),
    "accounts/2fa/webauthn/": Rule(read=MEMBERS),
    "accounts/2fa/webauthn/add/": Rule(read=MEMBERS, write=MEMBERS, any_method=_LIBRARY),
    "accounts/2fa/webauthn/reauthenticate/": Rule(read=MEMBERS, write=MEMBERS, any_method=_LIBRARY),
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": Rule(read=NOBODY, args={"pk": "passkey"}, others=404, any_method=_LIBRARY),
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": Rule(read=NOBODY, args={"pk": "passkey"}, others=404, any_method=_LIBRARY),
    "accounts/2fa/webauthn/login/": Rule(write=EVERYBODY, any_method=_LIBRARY),
    "accounts/3rdparty/login/cancelled/": public(),
    "accounts/3rdparty/login/error/": public(),
    "accounts/3rdparty/signup/": Rule(any_method=_LIBRARY),
    "accounts/3rdparty/": Rule(read=MEMBERS, write=MEMBERS),
    "accounts/social/login/cancelled/": Rule(any_method="an old address that leads to the new one"),
    "accounts/social/login/error/": Rule(any_method="an old address that leads to the new one"),
    "accounts/social/signup/": Rule(any_method="an old address that leads to the new one"),
    "accounts/social/connections/": Rule(any_method="an old address that leads to the new one"),
    # without a registration with ORCID there is no such login; tests/bzpeer/accounts/test_orcid.py has one
    "accounts/orcid/login/": Rule(read=NOBODY, others=404, visitors=404),
    "accounts/orcid/login/callback/": Rule(read=NOBODY, others=404, visitors=404),
    "accounts/orcid/again/": Rule(read=MEMBERS),
    "accounts/sessions/": Rule(read=MEMBERS, write=MEMBERS),
    # API
    "api/v1/": public(),
    "api/v1/researchers/": public(),
    "api/v1/researchers/<key:key>/": public(key="researcher"),
    r"api/v1/^researchers/(?P<known_as>(?:orcid|openalex):[^/]+)/?$": public(known_as="known_researcher"),
    "api/v1/works/": public(),
    "api/v1/works/<key:key>/": public(key="work"),
    r"api/v1/^works/(?P<known_as>(?:doi|arxiv|openalex):.+?)/?$": public(known_as="known_work"),
    "api/v1/topics/": public(),
    "api/v1/topics/<key:key>/": public(key="topic"),
    "api/v1/institutions/": public(),
    "api/v1/institutions/<key:key>/": public(key="institution"),
    "api/v1/search/": Rule(query="q=ada"),
    "api/v1/graph/slice/": Rule(
        query="focus=focus", write=EVERYBODY, own_token="it only reads; a long question does not fit into an address"
    ),
    "api/v1/graph/path/": Rule(query="from=focus&to=focus"),
    "api/v1/graph/views/": Rule(read=MEMBERS, write=MEMBERS, visitors=403),
    "api/v1/graph/views/<key:key>/": Rule(
        read=OWNERS, args={"key": "view"}, others=404, visitors=404, methods={"PATCH": OWNERS, "DELETE": OWNERS}
    ),
    "api/v1/schema/": public(),
    "api/v1/docs/": public(),
    r"api/v1/^.*/$": Rule(read=NOBODY, others=404, visitors=404),
    # the admin decides by Django's own permissions, see test_the_admin_is_for_staff_with_permissions
}
