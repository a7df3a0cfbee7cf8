"""Reads for moderators: what waits, since when, and how long decisions take."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from bzpeer.moderation.models import CannedAnswer

RECENT_DAYS = 30
WEEKS = 12
MOST_COUNTED = 10_000


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Where a queue's rows are: constants of ours, composed into SQL. `waits` and `decided` are conditions with an index each."""

    key: str
    label: str
    address: str
    table: str
    waits: str
    since: str
    decided: str = "false"
    decided_at: str = "decided_at"
    for_staff: bool = False


_IN_TIME = "COALESCE(submitted_at, created_at)"
_SOURCES = (
    _Source(
        key="claims", label="Claims", address="/moderation/claims/", table="claims_claim",
        waits="state = 'review'", since=_IN_TIME, decided="decided_by_id IS NOT NULL AND state <> 'revoked'",
    ),
    _Source(
        key="disputes", label="Disputes over a claimed record", address="/moderation/claims/", table="claims_claim AS c",
        waits="state = 'review' AND EXISTS (SELECT FROM claims_claim AS held WHERE held.researcher_id = c.researcher_id"
        " AND held.state = 'accepted')",
        since=_IN_TIME,
    ),
    _Source(
        key="proposals", label="Merges, splits and conflicts", address="/moderation/proposals/", table="curation_proposal",
        waits="state = 'open'", since="created_at", decided="decided_by_id IS NOT NULL",
    ),
    _Source(
        key="reports", label="Reports", address="/moderation/reports/", table="collaboration_report",
        waits="state = 'open'", since="created_at", decided="decided_by_id IS NOT NULL",
    ),
    _Source(
        key="comments", label="Comments of new accounts", address="/moderation/comments/", table="comments_comment",
        waits="state = 'fresh'", since="created_at", decided="decided_by_id IS NOT NULL",
    ),
    _Source(
        key="comment_reports", label="Comments reported", address="/moderation/comments/", table="comments_commentreport",
        waits="state = 'open'", since="created_at", decided="decided_by_id IS NOT NULL",
    ),
    _Source(
        key="report_answers", label="Authors' answers to reproducibility reports", address="/moderation/reproducibility/",
        table="reports_answer",
        waits="state = 'open'", since="created_at", decided="decided_by_id IS NOT NULL",
    ),
    _Source(
        key="invitations", label="Invitations held back", address="/moderation/invitations/", table="collaboration_invitation",
        waits="state = 'review'", since="created_at", decided="decided_by_id IS NOT NULL",
    ),
    _Source(
        key="removals", label="Removal requests", address="/moderation/removals/", table="privacy_removalrequest",
        waits="state = 'open'", since="COALESCE(verified_at, created_at)", decided="state IN ('granted', 'refused')",
    ),
    _Source(
        key="problems", label="Records that imports set aside", address="/imports/problems/", table="works_importproblem",
        waits="resolved_at IS NULL AND is_quarantined", since="created_at", for_staff=True,
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Queue:
    """One queue as it stands."""

    key: str
    label: str
    address: str
    number: int
    """At most MOST_COUNTED + 1."""
    since: datetime | None
    """Since when the oldest waits."""
    decided: int
    usual: timedelta | None
    """Half of the decisions of the last RECENT_DAYS came within this."""

    @property
    def is_cut(self) -> bool:
        return self.number > MOST_COUNTED


@dataclass(frozen=True, kw_only=True)
class Week:
    """A queue's decisions of one week."""

    begins: date
    decided: int
    usual: timedelta | None


def queues(*, for_staff: bool) -> list[Queue]:
    """Return every queue with what waits and how long decisions took lately, in one query."""
    shown = [source for source in _SOURCES if for_staff or not source.for_staff]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_figures(source) for source in shown), {"days": RECENT_DAYS, "most": MOST_COUNTED + 1})
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        Queue(key=source.key, label=source.label, address=source.address, number=n, since=since, decided=decided, usual=usual)
        for source in shown
        for n, since, decided, usual in [found[source.key]]
    ]


def _figures(source: _Source) -> str:
    return f"""
        SELECT '{source.key}', w.number, w.since, d.number, d.usual
          FROM (SELECT count(*) AS number, min(since) AS since
                  FROM (SELECT {source.since} AS since FROM {source.table} WHERE {source.waits} LIMIT %(most)s) AS waiting) AS w,
               (SELECT count(*) AS number, percentile_cont(0.5) WITHIN GROUP (ORDER BY {_took(source)}) AS usual
                  FROM {source.table}
                 WHERE {_decided(source)} AND {_at(source)} > now() - make_interval(days => %(days)s)) AS d
    """


def _at(source: _Source) -> str:
    return source.decided_at if source.decided != "false" else "now()"


def _took(source: _Source) -> str:
    return f"{_at(source)} - {source.since}"


def _decided(source: _Source) -> str:
    return source.decided


def weeks(key: str) -> list[Week]:
    """Return a queue's last WEEKS weeks, the oldest first, those without a decision among them."""
    source = next(source for source in _SOURCES if source.key == key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT week::date, count(decided_at), percentile_cont(0.5) WITHIN GROUP (ORDER BY took)
              FROM generate_series(date_trunc('week', now()) - make_interval(weeks => %(before)s), now(), interval '1 week') AS week
              LEFT JOIN (SELECT {_at(source)} AS decided_at, {_took(source)} AS took FROM {source.table}
                          WHERE {source.decided} AND {_at(source)} > now() - make_interval(weeks => %(before)s + 1)) AS one
                     ON date_trunc('week', decided_at) = week
             GROUP BY week ORDER BY week
            """,
            {"before": WEEKS - 1},
        )
        return [Week(begins=begins, decided=number, usual=usual) for begins, number, usual in cursor.fetchall()]


def decided_queues() -> list[tuple[str, str]]:
    """Return key and label of the queues whose decisions are counted."""
    return [(source.key, source.label) for source in _SOURCES if source.decided != "false"]


def canned_answers(*kinds: str) -> QuerySet[CannedAnswer]:
    """Return the answers to choose from, all or those of some kinds."""
    answers = CannedAnswer.objects.order_by("kind", "title")
    return answers.filter(kind__in=kinds) if kinds else answers
