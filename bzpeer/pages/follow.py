"""The follow button: one POST there, one POST back, with or without scripts. What a member follows, and who follows them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views import View
from django.views.decorators.http import require_safe

from bzpeer.accounts.domain import Followed, FollowRefused, follow, save_search, unfollow
from bzpeer.accounts.models import SavedSearch, User
from bzpeer.accounts.queries import follows, saved_search
from bzpeer.claims.queries import owns_record
from bzpeer.feeds.queries import follows_of, listed_followers
from bzpeer.feeds.telling import named, search_address
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from bzpeer.privacy.visibility import hidden_parts
from researchers.models import Institution, Researcher
from works.models import Source, Topic, Work

PER_PAGE = 50
_MODELS: dict[str, type[Researcher | Topic | Institution | Source | Work]] = {
    "researcher": Researcher,
    "topic": Topic,
    "institution": Institution,
    "source": Source,
    "work": Work,
}


@dataclass(frozen=True, kw_only=True)
class FollowButton:
    """What components/follow_button.html shows. `count` is None for searches, which are one's own."""

    action: str
    name: str
    is_following: bool
    count: int | None


def follow_button(
    user: User | AnonymousUser,
    record: Researcher | Topic | Institution | Source | Work,
    *,
    is_following: bool | None = None,
    shows_count: bool = True,
) -> FollowButton:
    """Return the button of a record; one query for a member, none for a visitor or where `is_following` is known.

    An owner may keep the number of followers to themselves (bzpeer/privacy/visibility.py): then `shows_count` is False.
    """
    kind = next(kind for kind, model in _MODELS.items() if isinstance(record, model))
    return FollowButton(
        action=reverse("follow", kwargs={"key": record.pk}) if kind == "researcher" else _action(kind=kind, id=record.pk),
        name=named(record)[0],
        is_following=follows(user, **{kind: record.pk}) if is_following is None else is_following,
        count=record.followers_count if shows_count else None,
    )


def search_button(user: User | AnonymousUser, asked: str) -> FollowButton:
    """Return the button of the search page."""
    known = saved_search(user, asked)
    return FollowButton(
        action=_action(kind="search", q=asked), name=known.name if known else asked, is_following=known is not None, count=None
    )


def _action(**asked: str | int) -> str:
    return f"{reverse('follow_anything')}?{urlencode(asked)}"


@method_decorator(login_required, name="dispatch")
class FollowView(View):
    """GET leads back to the record (where a login that began at the button ends); POST follows or unfollows."""

    def get(self, request: HttpRequest, key: int | None = None) -> HttpResponse:
        return redirect(_address(_asked(request, key)))

    def post(self, request: HttpRequest, key: int | None = None) -> HttpResponse:
        asked = _asked(request, key)
        undo = request.POST.get("action") == "unfollow"
        try:
            said = _unfollow(member(request), asked) if undo else _follow(member(request), asked, name=request.POST.get("name", ""))
        except FollowRefused as refusal:
            return _refused(request, asked, str(refusal))
        except ObjectDoesNotExist as error:  # gone since it was looked up: merged away, or removed
            raise Http404("What you want to follow is not here any more.") from error
        if _wants_json(request):
            return JsonResponse({"is_following": not undo, "count": _count(member(request), asked), "said": said})
        messages.success(request, said)
        return redirect(_back(request, asked))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What a request is about: a record, or the text of a search."""

    kind: str
    record: Researcher | Topic | Institution | Source | Work | None = None
    text: str = ""


def _asked(request: HttpRequest, key: int | None) -> _Asked:
    """Return what the address, or the form, names. Raises Http404."""
    if key is not None:
        return _Asked(kind="researcher", record=get_object_or_404(Researcher, pk=key))
    given: QueryDict = request.GET if "kind" in request.GET else request.POST
    kind = given.get("kind", "")
    if kind == "search":
        return _Asked(kind=kind, text=given.get("q", "").replace("\x00", " "))
    number = whole_number(given.get("id", ""), digits=18)
    if kind not in _MODELS or number is None:
        raise Http404("There is nothing of that kind to follow.")
    record = _MODELS[kind]._default_manager.filter(pk=number).first()
    if record is None:
        raise Http404("What you want to follow is not here.")
    return _Asked(kind=kind, record=record)


def _follow(user: User, asked: _Asked, *, name: str) -> str:
    if asked.record is None:
        found = save_search(user=user, text=asked.text, name=name)
        return f"You follow the search “{found.name}”: new works it finds will be in your feed."
    follow(user=user, **{asked.kind: asked.record})
    return f"You follow {named(asked.record)[0]}."


def _unfollow(user: User, asked: _Asked) -> str:
    target: Followed | None = asked.record if asked.record is not None else saved_search(user, asked.text)
    if target is None:
        return "You do not follow this search."
    unfollow(user=user, **{asked.kind: target})
    return f"You no longer follow {target.name if isinstance(target, SavedSearch) else named(target)[0]}."


def _refused(request: HttpRequest, asked: _Asked, said: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"said": said}, status=409)
    messages.error(request, said)
    return redirect(_back(request, asked))


def _count(user: User, asked: _Asked) -> int | None:
    if asked.record is None:
        return None
    if isinstance(asked.record, Researcher):
        concealed = hidden_parts(asked.record, user, is_owner=owns_record(user, asked.record.pk))
        if "followers" in concealed:
            return None
    asked.record.refresh_from_db(fields=["followers_count"])
    return asked.record.followers_count


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _back(request: HttpRequest, asked: _Asked) -> str:
    return reverse("following") if request.POST.get("back") == "following" else _address(asked)


def _address(asked: _Asked) -> str:
    return search_address(asked.text) if asked.record is None else named(asked.record)[1]


# --- lists ------------------------------------------------------------------------------------------


@login_required
@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """List what a member follows, for nobody but them."""
    page = Paginator(follows_of(member(request)), PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(row) for row in page]
    return render(request, "feed/following.html", {"page": page, "rows": rows})


def _row(row: Any) -> dict[str, Any]:
    if row.search is not None:
        return {
            "kind": "search", "name": row.search.name, "address": search_address(row.search.text), "since": row.created_at,
            "action": _action(kind="search", q=row.search.text),
        }  # fmt: skip
    kind, record = next((kind, getattr(row, kind)) for kind in _MODELS if getattr(row, kind) is not None)
    name, address = named(record)
    return {
        "kind": kind, "name": name, "address": address, "since": row.created_at, "action": _action(kind=kind, id=record.pk),
        "level": row.researcher.verification_level if row.researcher else None,
    }  # fmt: skip


@login_required
@require_safe
def followers(request: HttpRequest, key: int) -> HttpResponse:
    """List, for the owner of a record, those of its followers who agreed to be named. For anybody else it is not there."""
    person = get_object_or_404(Researcher, pk=key)
    if not owns_record(request.user, person.pk):
        raise Http404("Only the owner of a record sees who follows it.")
    listed = [
        (str(user), named(own)[1] if own else "", own.verification_level if own else None)
        for user, own in listed_followers(person.pk, owner=member(request))
    ]
    return render(request, "feed/followers.html", {"researcher": person, "address": named(person)[1], "listed": listed})
