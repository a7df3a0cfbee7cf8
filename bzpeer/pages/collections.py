"""Collections as members keep them: begun, filled from a work's page, noted in, shared, exported, followed by Atom."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.addresses import record_address
from bzpeer.collections.domain import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_NOTE,
    CollectionRefused,
    begin_collection,
    change_collection,
    collect,
    collect_in,
    delete_collection,
    take_out,
)
from bzpeer.collections.models import CollectedWork, Collection
from bzpeer.collections.queries import collections_holding, collections_of, entries_of, readable_collections
from bzpeer.pages.cards import Card, cards
from bzpeer.pages.files import files_of, list_file
from bzpeer.pages.members import member
from bzpeer.pages.paging import numbered, page_number, whole_number
from bzpeer.pages.syndication import Entry, answer_with
from bzpeer.typesetting import paragraphs_html, plain
from works.bibliography import with_authors_total
from works.models import Work

PER_PAGE = 20
IN_A_FEED = 50
TAKEN_OUT = "taken out of a collection"
"""Of the session: what was taken out last, so that it can be put back with its note."""
LIMITS = {"longest_name": LONGEST_NAME, "longest_description": LONGEST_DESCRIPTION, "longest_note": LONGEST_NOTE}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A work in a collection as its page shows it."""

    card: Card
    entry: CollectedWork


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def collections(request: HttpRequest) -> HttpResponse:
    """List a member's collections; a POST begins one, with a work in it if one is named."""
    if request.method == "POST":
        return _begun(request)
    return render(request, "collections/collections.html", {"rows": collections_of(member(request)), **LIMITS})


def _begun(request: HttpRequest) -> HttpResponse:
    number = whole_number(request.POST.get("work", ""), digits=18)
    work = Work.objects.filter(pk=number).first() if number is not None else None
    try:
        made = begin_collection(
            owner=member(request),
            name=request.POST.get("name", ""),
            description=request.POST.get("description", ""),
            is_shared=request.POST.get("shared") == "1",
        )
    except CollectionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("collect", key=work.pk) if work else redirect("collections")
    if work:
        collect(collection=made, work=work)
        messages.success(request, f"“{made.name}” holds this work now.")
        return redirect(record_address("work", work.pk, work.title))
    return redirect("collection", key=made.pk)


@never_cache
@require_safe
def collection(request: HttpRequest, key: int) -> HttpResponse:
    """Show a collection to its owner, or to everybody if it is shared."""
    found = get_object_or_404(readable_collections(request.user), pk=key)
    total = CollectedWork.objects.filter(collection=found).count()
    page = page_number(request, total=total, size=PER_PAGE)
    entries = list(entries_of(found)[(page - 1) * PER_PAGE : page * PER_PAGE])
    works = {work.pk: work for work in _works(found, [entry.work_id for entry in entries])}
    shown = dict(zip(works, cards(list(works.values())), strict=True))
    taken = request.session.get(TAKEN_OUT)
    context: dict[str, Any] = {
        "collection": found,
        "taken": taken if taken and taken["collection"] == found.pk else None,
        "is_owner": found.owner_id == request.user.pk,
        "rows": [Kept(card=shown[entry.work_id], entry=entry) for entry in entries],
        "total": total,
        "pager": numbered(request, page=page, total=total, size=PER_PAGE),
        "files": files_of("collection_file", request, key=found.pk),
        **LIMITS,
    }
    return render(request, "collections/collection.html", context)


def _works(found: Collection, keys: list[int] | None = None) -> list[Work]:
    works = (
        Work.objects.filter(pk__in=keys) if keys is not None else Work.objects.filter(pk__in=entries_of(found).order_by().values("work"))
    )
    return list(with_authors_total(works.select_related("source")).order_by("-publication_date", "pk"))


@never_cache
@require_safe
def collection_file(request: HttpRequest, key: int, format: str) -> HttpResponse:
    """Give the works of a collection as a file, newest first."""
    found = get_object_or_404(readable_collections(request.user), pk=key)
    return list_file(request, _works(found), format=format, name=f"collection-{found.pk}")


@require_safe
def collection_feed(request: HttpRequest, key: int) -> HttpResponseBase:
    """Answer with what was last added to a shared collection, as Atom."""
    found = get_object_or_404(readable_collections(request.user), pk=key, is_shared=True)
    entries = [
        Entry(
            key=("work", entry.work_id),
            title=plain(entry.work.title) or "Untitled",
            path=record_address("work", entry.work_id, entry.work.title),
            html=paragraphs_html(entry.note or entry.work.abstract or ""),
            at=entry.added_at,
            changed=entry.added_at,
        )
        for entry in entries_of(found)[:IN_A_FEED]
    ]
    return answer_with(request, entries, title=found.name, page=reverse("collection", kwargs={"key": found.pk}))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_collection(request: HttpRequest, key: int) -> HttpResponse:
    """Change a collection or what is in it: its name, a note, a work taken out (with a way back), the whole deleted."""
    found = get_object_or_404(Collection, pk=key, owner=member(request))
    if request.method != "POST":
        return render(request, "collections/edit.html", {"collection": found, **LIMITS})
    step = request.POST.get("step", "")
    if step == "delete":
        delete_collection(found)
        messages.success(request, f"“{found.name}” is deleted.")
        return redirect("collections")
    try:
        _changed(request, found, step)
    except CollectionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("edit_collection" if step == "change" else "collection", key=key)
    return redirect("collection", key=key)


def _changed(request: HttpRequest, found: Collection, step: str) -> None:
    if step == "change":
        change_collection(
            found,
            name=request.POST.get("name", ""),
            description=request.POST.get("description", ""),
            is_shared=request.POST.get("shared") == "1",
        )
        return
    number = whole_number(request.POST.get("work", ""), digits=18)
    work = get_object_or_404(Work, pk=number if number is not None else 0)
    if step == "take_out":
        note = take_out(collection=found, work=work)
        request.session[TAKEN_OUT] = {"collection": found.pk, "work": work.pk, "title": plain(work.title) or "Untitled", "note": note}
    elif step in ("note", "put_back"):
        collect(collection=found, work=work, note=request.POST.get("note", ""))
        request.session.pop(TAKEN_OUT, None)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def collect_work(request: HttpRequest, key: int) -> HttpResponse:
    """Choose which of one's collections hold a work."""
    work = get_object_or_404(Work.objects.only("pk", "title"), pk=key)
    if request.method == "POST":
        chosen = [number for text in request.POST.getlist("collection") if (number := whole_number(text, digits=18)) is not None]
        try:
            holding = collect_in(work=work, owner=member(request), chosen=chosen)
        except CollectionRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("collect", key=key)
        messages.success(request, f"{holding} of your collections hold{'s' if holding == 1 else ''} this work.")
        return redirect(record_address("work", work.pk, work.title))
    rows = collections_holding(work.pk, member(request))
    return render(
        request, "collections/collect.html", {"work": work, "address": record_address("work", work.pk, work.title), "rows": rows, **LIMITS}
    )
