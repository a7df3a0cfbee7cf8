"""Bringing the full text of a work: uploaded or fetched, read apart, checked against the work's title.

bring | ask_arxiv -> (a worker) read_on -> ready | asking ("is this the right paper?") | failed
asking -> ready (confirmed) | discarded
"""

import hashlib
import re
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.queries import is_moderator
from bzpeer.claims.queries import owns_byline_of
from bzpeer.reports.available import EVIDENCE
from bzpeer.reports.engines.reading import sections_of
from bzpeer.reports.fetching import NotFetched, fetched
from bzpeer.reports.licensing import may_fetch, may_show
from bzpeer.reports.models import Text, TextFile
from bzpeer.reports.running import ask_for
from bzpeer.reports.standing import stand_anew
from bzpeer.reports.texts.extracted import Extracted, Unreadable
from bzpeer.reports.texts.sandbox import kind_of, read_apart
from bzpeer.typesetting import plain
from researchers.names import fold
from works.models import Work
from works.sources.http import UpstreamBusy, UpstreamError

LARGEST = 20 * 2**20
UPLOADS_A_DAY = 20
MOST_WAITING = 3
"""Texts of one work that wait or ask at a time."""
LEASE = timedelta(seconds=330)
MOST_ATTEMPTS = 3
LATER = timedelta(minutes=10)
_HEAD = 6_000
"""Signs at the beginning among which a paper's title stands."""
_ENOUGH = 0.8
State = Text.State


class TextRefused(Exception):
    """The step is not possible. The message is a plain sentence for the person who tried; repeating does not help."""


def may_bring(user: Any, work_id: int) -> bool:
    """Tell whether somebody brings texts of a work: who edits a record with a byline on it, and moderators."""
    return is_moderator(user) or owns_byline_of(user, work_id)


# --- asking ---------------------------------------------------------------------------------------


@transaction.atomic
def bring(*, by: User, work: Work, content: bytes, name: str = "", is_licensed: bool = False) -> Text:
    """Keep an uploaded file until a worker reads it. `is_licensed`: it is under the licence of the work's record. Raises TextRefused."""
    if not content:
        raise TextRefused("Choose a file first; an empty one holds no paper.")
    if len(content) > LARGEST:
        raise TextRefused(f"The file is larger than {LARGEST // 2**20} MB.")
    _check_pace(by, work)
    text = Text.objects.create(
        work=work,
        origin=Text.Origin.UPLOAD,
        address="".join(sign for sign in name if sign.isprintable())[-120:],
        license=work.license,
        may_show=is_licensed and may_show(work.license),
        asked_by=by,
    )
    TextFile.objects.create(text=text, name=name[-120:].replace("\x00", ""), content=content)
    return text


def _check_pace(by: User, work: Work) -> None:
    # Counted under a lock on the member, so that many at once do not slip below the limit.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Text.objects.filter(asked_by=by, created_at__gt=Now() - timedelta(days=1)).count() >= UPLOADS_A_DAY:
        raise TextRefused("That are many texts in one day. Go on tomorrow.")
    if Text.objects.filter(work=work, state__in=(State.WAITING, State.ASKING)).count() >= MOST_WAITING:
        raise TextRefused("Several texts of this work wait already. Decide on them first.")


@transaction.atomic
def ask_arxiv(*, work: Work, by: User | None = None) -> Text:
    """Ask for the text that arXiv has; one that waits already is returned. Raises TextRefused."""
    if not work.arxiv_id:
        raise TextRefused("The record names no arXiv id.")
    if not may_fetch(work.license):
        raise TextRefused(
            "The licence on this record does not let a portal fetch the text: only Creative Commons licences and the public domain do."
            " An author can upload it."
        )
    waiting = Text.objects.filter(work=work, origin=Text.Origin.ARXIV, state=State.WAITING).order_by("pk").first()
    if waiting is not None:
        return waiting
    if by is not None:
        _check_pace(by, work)
    return Text.objects.create(
        work=work, origin=Text.Origin.ARXIV, address=work.arxiv_id, license=work.license, may_show=may_show(work.license), asked_by=by
    )


# --- reading --------------------------------------------------------------------------------------


def read_on(text_id: int) -> bool:
    """Read a text that waits, if nobody else does; return whether it was ours. Harmless when called twice."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    waiting = Text.objects.filter(free, pk=text_id, state=State.WAITING)
    waiting.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=State.FAILED, note="Reading it stopped several times without a word. Upload another form of the paper."
    )
    if not waiting.update(lease_until=Now() + LEASE, attempts=F("attempts") + 1):
        return False
    text = Text.objects.select_related("work").get(pk=text_id)
    try:
        found, kind, address = _found(text)
    except UpstreamBusy as busy:
        wait = LATER if busy.retry_after is None else timedelta(seconds=busy.retry_after)
        left = Q(attempts__lt=MOST_ATTEMPTS)
        if not Text.objects.filter(left, pk=text.pk).update(lease_until=Now() + wait, note="arXiv is busy; it is asked again later."):
            _failed(text, str(busy))
    except (Unreadable, NotFetched, UpstreamError) as error:
        _failed(text, str(error))
    else:
        _keep(text, found, kind=kind, address=address)
    return True


def _found(text: Text) -> tuple[Extracted, str, str]:
    if text.origin == Text.Origin.ARXIV:
        return fetched(text.work.arxiv_id or "")
    file = TextFile.objects.filter(text=text).first()
    if file is None:
        raise Unreadable("The file is gone. Upload it again.")
    content = bytes(file.content)
    kind = kind_of(content, file.name)
    return read_apart(content, kind=kind), kind, text.address


def _failed(text: Text, note: str) -> None:
    with transaction.atomic():
        Text.objects.filter(pk=text.pk, state=State.WAITING).update(state=State.FAILED, note=note, lease_until=None)
        TextFile.objects.filter(text=text).delete()


def _keep(text: Text, found: Extracted, *, kind: str, address: str) -> None:
    """Store what was read; a text that is here already is not kept twice."""
    text.text, text.lines, text.pages, text.notes = found.text, list(found.lines), found.pages, list(found.notes)
    text.kind, text.address, text.note, text.lease_until = Text.Kind(kind), address, "", None
    text.sha256 = hashlib.sha256(found.text.encode()).hexdigest()
    text.sections = [
        {"kind": each.kind.value, "title": each.title, "start": each.start, "end": each.end} for each in sections_of(found.text)
    ]
    text.read_at = timezone.now()
    text.state = State.READY if is_named(text.work.title, found.text) else State.ASKING
    try:
        with transaction.atomic():
            TextFile.objects.filter(text=text).delete()
            text.save()
            if text.state == State.READY:
                ask_for(text, engine=EVIDENCE, by=text.asked_by)
    except IntegrityError:
        Text.objects.filter(pk=text.pk).update(
            state=State.DISCARDED, note="The same text is here already; it is not kept twice.", lease_until=None
        )


def is_named(title: str, text: str) -> bool:
    """Tell whether a paper begins with this title: all its letters in a row, or nearly all its words."""
    wanted, head = _letters(plain(title)), _letters(text[:_HEAD])
    if not wanted or wanted.replace(" ", "") in head.replace(" ", ""):
        return True
    words = {word for word in wanted.split() if len(word) > 2}
    return bool(len(words) > 2 and len(words & set(head[: _HEAD // 4].split())) >= _ENOUGH * len(words))


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


# --- deciding -------------------------------------------------------------------------------------


@transaction.atomic
def confirm(text: Text, *, by: User) -> Text:
    """Say that a text whose title was not found is the right paper all the same."""
    current = _current(text, by)
    if current.state != State.ASKING:
        raise TextRefused(f"This text is {current.get_state_display()}; nothing is asked about it.")
    current.state = State.READY
    current.notes = [*current.notes, "The work's title was not found at its beginning; whoever brought it said that it is the right paper."]
    current.save(update_fields=["state", "notes"])
    ask_for(current, engine=EVIDENCE, by=by)
    return current


@transaction.atomic
def discard(text: Text, *, by: User) -> None:
    """Take a text away with its reports; what stood before it stands again."""
    current = _current(text, by)
    if current.state == State.WAITING and current.lease_until and current.lease_until > timezone.now():
        raise TextRefused("It is being read at the moment. Try again in a minute.")
    if current.origin == Text.Origin.DEMO and not is_moderator(by):
        raise TextRefused("The demo's text is taken away by moderators.")
    current.delete()
    stand_anew(current.work_id)


def _current(text: Text, by: User) -> Text:
    current = Text.objects.select_for_update(no_key=True).filter(pk=text.pk).first()
    if current is None:
        raise TextRefused("This text is gone.")
    if not may_bring(by, current.work_id):
        raise TextRefused("The paper's authors with a claimed record and moderators decide this.")
    return current
