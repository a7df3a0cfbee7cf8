"""Where members stand in the database: every relation to a member with what the export gives of it and what deletion does.

A new relation to a member, or to a row that goes with a member, has no rule: `undeclared` names it and a test fails. A rule
is one line, made when the table is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.apps import apps
from django.db.models import CASCADE, Model, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

from bzpeer.accounts.models import User


class Erase(Enum):
    """What deletion of the account does to a row."""

    ROW = "the row goes"
    LINK = "the row stays without the member"
    WORDS = "the row stays without the member and without what they wrote"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One relation. `table` is its name in the export; empty: not given, and `why` says why."""

    table: str = ""
    erase: Erase = Erase.ROW
    why: str = ""
    omitted: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.table and not self.why:
            raise ValueError("A relation that is not exported says why.")


_LOGIN = "a secret of the login; a copy would be a risk and says nothing about you"
_DECIDED = "what you decided as a moderator concerns other people"
_OTHERS = "it is another person's row; telling you would tell about them"

RULES: dict[str, Rule] = {
    # the account and its login
    "account.EmailAddress.user": Rule(table="addresses"),
    "account.EmailConfirmation.email_address__user": Rule(why=_LOGIN),
    "socialaccount.SocialAccount.user": Rule(table="linked_accounts"),
    "socialaccount.SocialToken.account__user": Rule(why=_LOGIN),
    "mfa.Authenticator.user": Rule(table="second_factors", omitted=frozenset({"data"})),
    "usersessions.UserSession.user": Rule(table="sessions", omitted=frozenset({"session_key", "data"})),
    "accounts.User_groups.user": Rule(table="groups"),
    "accounts.User_user_permissions.user": Rule(table="permissions"),
    "admin.LogEntry.user": Rule(why="what you did as staff concerns the portal; the entries go with your account"),
    "pghistory.MiddlewareEvents.user": Rule(erase=Erase.LINK, why="a view on the audit trail, which keeps no name"),
    # following, notices, blocks
    "accounts.Follow.user": Rule(table="follows"),
    "accounts.SavedSearch.user": Rule(table="saved_searches"),
    "accounts.Follow.search__user": Rule(why="given by your follows"),
    "feeds.Digest.user": Rule(table="digests"),
    "feeds.Reader.user": Rule(table="reading", omitted=frozenset({"token", "secret", "feed_token", "unsubscribe_token"})),
    "feeds.FeedReason.search__user": Rule(why="why a new work shows in your feed; derived from your saved searches"),
    "accounts.Notification.user": Rule(table="notices"),
    "accounts.Notification.actor": Rule(why="a notice to somebody else about what you did; your own doings are given where you did them"),
    "accounts.Block.blocker": Rule(table="blocks"),
    "accounts.Block.blocked": Rule(why=_OTHERS),
    # claims
    "claims.Claim.user": Rule(table="claims"),
    "claims.Claim.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    "claims.Claim.checked_by": Rule(erase=Erase.LINK, why=_DECIDED),
    "claims.ClaimEvidence.claim__user": Rule(table="claim_evidence", omitted=frozenset({"token_hash"})),
    "claims.ClaimMessage.claim__user": Rule(table="claim_messages"),
    "claims.ClaimMessage.author": Rule(erase=Erase.LINK, why="given with your claims; those you wrote as a moderator concern others"),
    "claims.ClaimDelegate.claim__user": Rule(table="delegates"),
    "claims.ClaimDelegate.user": Rule(table="delegations", omitted=frozenset({"address"})),
    "claims.Vouch.claim__user": Rule(table="vouches_for_you"),
    "claims.Vouch.user": Rule(table="vouches_by_you"),
    "claims.OwnerProfile.updated_by": Rule(table="profile_statements"),
    "claims.Highlight.profile__updated_by": Rule(table="highlights"),
    # what you said about records
    "curation.Assertion.user": Rule(table="corrections", erase=Erase.LINK),
    "curation.Assertion.withdrawn_by": Rule(erase=Erase.LINK, why="given with the correction, where it was yours"),
    "curation.Proposal.proposed_by": Rule(table="proposals", erase=Erase.LINK),
    "curation.Proposal.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    "curation.Answer.user": Rule(table="answers_to_proposals"),
    "bibliographies.Bibliography.user": Rule(table="bibliographies"),
    "bibliographies.Entry.bibliography__user": Rule(table="bibliography_entries"),
    # talking with others
    "collaboration.Invitation.sender": Rule(table="invitations_sent", omitted=frozenset({"answer"})),
    "collaboration.Invitation.recipient": Rule(table="invitations_received"),
    "collaboration.Invitation.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    "collaboration.Participant.user": Rule(table="conversations"),
    "collaboration.Message.author": Rule(table="messages", erase=Erase.WORDS, words=("body",)),
    "collaboration.Report.reporter": Rule(table="reports", erase=Erase.WORDS, words=("reason",)),
    "collaboration.Report.invitation__recipient": Rule(why="your own reports are given by themselves"),
    "collaboration.Report.invitation__sender": Rule(why=_OTHERS),
    "collaboration.Report.accused": Rule(erase=Erase.LINK, why=_OTHERS),
    "collaboration.Report.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    "collaboration.DismissedSuggestion.user": Rule(table="dismissed_suggestions"),
    # pictures of the explorer
    "savedviews.SavedView.owner": Rule(table="saved_views"),
    # comments
    "comments.Comment.author": Rule(table="comments", erase=Erase.WORDS, words=("body",)),
    "comments.CommentWording.author": Rule(table="comment_wordings"),
    "comments.Comment.resolved_by": Rule(erase=Erase.LINK, why="given with your comments, where you wrote in the thread"),
    "comments.Comment.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    "comments.CommentReport.reporter": Rule(table="comment_reports", erase=Erase.WORDS, words=("reason",)),
    "comments.CommentReport.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    # collections
    "collections.Collection.owner": Rule(table="collections"),
    "collections.CollectedWork.collection__owner": Rule(table="collected_works"),
    # reproducibility reports
    "reports.Text.asked_by": Rule(table="report_texts", erase=Erase.LINK, omitted=frozenset({"text", "lines", "sections"})),
    "reports.Run.asked_by": Rule(table="report_runs", erase=Erase.LINK, omitted=frozenset({"raw_answer"})),
    "reports.Answer.user": Rule(table="report_answers", erase=Erase.WORDS, words=("words", "quote", "link", "name")),
    "reports.Answer.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
    # this app
    "privacy.DataExport.user": Rule(table="exports"),
    "privacy.DataExportPiece.export__user": Rule(why="the exports themselves"),
    "privacy.AccountDeletion.user": Rule(table="deletion"),
    "privacy.RemovalRequest.user": Rule(
        table="removal_requests",
        erase=Erase.WORDS,
        omitted=frozenset({"token_digest"}),
        words=("address", "name", "words", "former_name"),
    ),
    "privacy.RemovalRequest.decided_by": Rule(erase=Erase.LINK, why=_DECIDED),
}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A rule with the model it is about. `path` leads from the row to the member."""

    label: str
    model: type[Model]
    path: str
    rule: Rule

    def rows_of(self, user: User) -> QuerySet[Model]:
        return self.model._base_manager.filter(**{self.path: user.pk}).order_by("pk")


def holdings() -> Iterator[Holding]:
    """Yield every rule in the order of RULES."""
    for label, rule in RULES.items():
        app, name, path = label.split(".")
        yield Holding(label=label, model=apps.get_model(app, name), path=path, rule=rule)


def undeclared() -> list[str]:
    """Return relations without a rule: of tables to members, and of tables to rows that go with a member."""
    missing = {label for label, _ in _relations(User) if label not in RULES}
    for held in holdings():
        if held.rule.erase is not Erase.ROW or held.path.count("__"):
            continue
        for label, relation in _relations(held.model):
            if getattr(relation, "on_delete", None) is CASCADE and f"{label}__{held.path}" not in RULES and not _is_direct(relation):
                missing.add(f"{label}__{held.path}")
    return sorted(missing)


def _is_direct(relation: ForeignObjectRel) -> bool:
    """A row that names its member itself has a rule of its own."""
    model = relation.related_model
    return not isinstance(model, str) and any(
        label.rpartition(".")[0] == model._meta.label and rule.erase is Erase.ROW and "__" not in label for label, rule in RULES.items()
    )


def stale() -> list[str]:
    """Return rules about relations that are no more."""
    known = {label for label, _ in _relations(User)}
    return [label for label in RULES if "__" not in label and label not in known]


def is_history(model: type[Model]) -> bool:
    """Tell an audit's table, which has its own rule for all (erasing.py), from the tables it tells about."""
    return hasattr(model, "pgh_tracked_model")


def _relations(model: type[Model]) -> Iterator[tuple[str, ForeignObjectRel]]:
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        holder = relation.related_model
        if isinstance(holder, str) or (is_history(holder) and holder._meta.app_label != "pghistory"):
            continue
        yield f"{holder._meta.label}.{relation.field.name}", relation
