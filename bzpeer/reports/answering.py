"""Authors answer a report: a row disputed with a quote or a link, decided by a moderator, withdrawn by its writer.

open -> upheld | refused | withdrawn;  upheld -> withdrawn | replaced
"""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.accounts.queries import is_moderator
from bzpeer.claims.models import Claim
from bzpeer.claims.queries import owns_byline_of
from bzpeer.reports.findings import Variable
from bzpeer.reports.models import Answer, Text
from bzpeer.reports.standing import results_of, stand_anew, standing_run
from works.models import Work

ANSWERS_A_DAY = 10
SHORTEST, LONGEST = 10, 2_000
LONGEST_LINK = 500
LONGEST_QUOTE = 1_000
State = Answer.State


class AnswerRefused(Exception):
    """The step is not possible. The message is a plain sentence for the person who tried; repeating does not help."""


@transaction.atomic
def dispute(*, by: User, work: Work, variable: Variable, result: str, words: str, quote: str = "", link: str = "") -> Answer:
    """Say that a row is wrong, with a quote that stands in the text or a link that shows it. Raises AnswerRefused."""
    name = owner_name(by, work.pk)
    if not name:
        raise AnswerRefused("Rows are disputed by the paper's authors who have claimed their record.")
    run = standing_run(work.pk)
    if run is None:
        raise AnswerRefused("There is no report on this work yet.")
    if result not in variable.results:
        raise AnswerRefused("Choose what it should say.")
    if results_of(run, work.pk).get(variable.value) == result:
        raise AnswerRefused(f"The report says {result} already.")
    words, quote = (value.replace("\x00", "").replace("\r\n", "\n").strip() for value in (words, quote))
    if not SHORTEST <= len(words) <= LONGEST:
        raise AnswerRefused(f"Say in a sentence or two why, in at most {LONGEST:,} characters.")
    link = _checked_link(link)
    text = run.text
    place = _place(quote, text) if quote else None
    if not link and place is None:
        raise AnswerRefused("Show it with words of the paper or with a link.")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Answer.objects.filter(user=by, created_at__gt=Now() - timedelta(days=1)).count() >= ANSWERS_A_DAY:
        raise AnswerRefused("That are many answers in one day. Go on tomorrow.")
    try:
        with transaction.atomic():
            return Answer.objects.create(
                work=work,
                variable=variable.value,
                result=result,
                words=words,
                text=text,
                quote=text.text[place[0] : place[1]] if place else "",
                start=place[0] if place else None,
                link=link,
                user=by,
                name=name,
            )
    except IntegrityError as error:
        raise AnswerRefused("You have answered this row already; a moderator will look at it. You can withdraw it.") from error


def owner_name(user: User, work_id: int) -> str:
    """Return the name on the record with a byline on the work that the member owns; "" where there is none."""
    own = Claim.objects.filter(user=user, state=Claim.State.ACCEPTED, researcher__authorships__work=work_id).order_by("pk")
    return own.values_list("researcher__display_name", flat=True).first() or ""


def _checked_link(link: str) -> str:
    link = link.replace("\x00", "").strip()
    if not link:
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or len(link) > LONGEST_LINK or re.search(r"\s", link):
        raise AnswerRefused(f"A link begins with https:// and has at most {LONGEST_LINK} characters.")
    return link


def _place(quote: str, text: Text) -> tuple[int, int]:
    """Return where these words stand, whatever the white space between them. Raises AnswerRefused where they do not."""
    words = quote[:LONGEST_QUOTE].split()
    pattern = r"\s+".join(re.escape(word) for word in words)
    found = re.search(pattern, text.text) if len(" ".join(words)) >= SHORTEST else None
    if found is None:
        raise AnswerRefused("These words do not stand in the text the report was made from. Copy them from it, ten characters at least.")
    return found.start(), found.end()


@transaction.atomic
def withdraw(answer: Answer, *, by: User) -> Answer:
    """Take one's own answer back; where it was upheld the automatic row stands again."""
    current = Answer.objects.select_for_update().filter(pk=answer.pk, user=by).first()
    if current is None or current.state not in (State.OPEN, State.UPHELD):
        raise AnswerRefused("There is nothing of yours to withdraw here.")
    current.state = State.WITHDRAWN
    current.save(update_fields=["state"])
    stand_anew(current.work_id)
    return current


@transaction.atomic
def decide(answer: Answer, *, by: User, uphold: bool, reason: str = "") -> Answer:
    """Let a moderator uphold or refuse an answer; a refusal says why. Raises AnswerRefused."""
    current = Answer.objects.select_for_update(of=("self",)).select_related("user", "work").get(pk=answer.pk)
    if not is_moderator(by):
        raise AnswerRefused("Moderators decide this.")
    if current.user_id == by.pk or owns_byline_of(by, current.work_id):
        raise AnswerRefused("You are concerned yourself; another moderator must decide.")
    if current.state != State.OPEN:
        raise AnswerRefused(f"This answer is {current.get_state_display()}; nothing waits for a decision.")
    reason = reason.replace("\x00", "").strip()[:LONGEST]
    if not uphold and not reason:
        raise AnswerRefused("Say why: whoever wrote it reads this.")
    if uphold:
        for earlier in Answer.objects.select_for_update().filter(work=current.work_id, variable=current.variable, state=State.UPHELD):
            earlier.state = State.REPLACED
            earlier.save(update_fields=["state"])
    current.state = State.UPHELD if uphold else State.REFUSED
    current.decided_by, current.decided_at, current.reason = by, timezone.now(), reason
    current.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    if uphold:
        stand_anew(current.work_id)
    _tell(current, by)
    return current


def _tell(answer: Answer, by: User) -> None:
    if answer.user is None:
        return
    about = f"{Variable(answer.variable).label} of “{(answer.work.title or 'Untitled')[:120]}”"
    done = "upheld" if answer.state == State.UPHELD else "refused"
    text = f"A moderator {done} your answer on {about}. {answer.reason}".strip()
    notify(
        answer.user, kind="moderation", key=f"report-answer:{answer.pk}", text=text, url=f"/reproducibility/answers/{answer.pk}/", actor=by
    )
