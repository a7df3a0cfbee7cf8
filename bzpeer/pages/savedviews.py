"""A member's kept pictures of the explorer: the list, keeping one, opening, changing, deleting, and frames on other sites."""

import json

from csp.decorators import csp_replace
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.pages.explorer import heading
from bzpeer.pages.members import member
from bzpeer.pages.pictures import picture_asked, picture_of
from bzpeer.savedviews.domain import MOST_VIEWS, ViewRefused, change_view, delete_view, read_address, save_view
from bzpeer.savedviews.models import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_NOTE, SavedView
from bzpeer.savedviews.queries import views_of, visible_views
from bzpeer.savedviews.telling import told

PER_PAGE = 50


class ViewForm(forms.Form):
    """What a member says about a picture."""

    name = forms.CharField(max_length=LONGEST_NAME, label="Name")
    note = forms.CharField(
        max_length=LONGEST_NOTE, required=False, label="Note", widget=forms.Textarea(attrs={"rows": 4}), help_text="What it shows, and why."
    )
    is_public = forms.BooleanField(required=False, label="Anybody with the address may open and embed it")


class NewViewForm(ViewForm):
    """The same, and which picture."""

    address = forms.CharField(max_length=LONGEST_ADDRESS, widget=forms.HiddenInput)


@login_required
@require_safe
def saved_views(request: HttpRequest) -> HttpResponse:
    """List a member's pictures, for nobody but them."""
    page = Paginator(views_of(member(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "savedviews/views.html", {"page": page, "most": MOST_VIEWS})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_view(request: HttpRequest) -> HttpResponse:
    """Keep the picture whose address this page was opened with: `/explore/views/new/?focus=…` and whatever else it says."""
    form = NewViewForm(request.POST) if request.method == "POST" else NewViewForm(initial={"address": f"?{request.META['QUERY_STRING']}"})
    if form.is_valid():
        try:
            view = save_view(owner=member(request), **form.cleaned_data)
        except ViewRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, f"“{view.name}” is kept.")
            return redirect("edit_view", view.pk)
    try:
        address, _ = read_address(str(form["address"].value() or ""))
    except ViewRefused as refusal:
        return render(request, "savedviews/new.html", {"refusal": str(refusal)}, status=400)
    return render(request, "savedviews/new.html", {"form": form, "picture": f"{reverse('explore')}{address}"})


@require_safe
def saved_view(request: HttpRequest, key: int) -> HttpResponse:
    """Open the picture in the explorer."""
    view = _visible(request, key)
    return redirect(f"{reverse('explore')}{view.address}&saved={view.pk}")


@require_safe
def saved_view_json(request: HttpRequest, key: int) -> HttpResponse:
    """Answer with the view as a file; the graph's own formats are the explorer's exports."""
    body = json.dumps(told(_visible(request, key), request.user), default=str, indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": f'attachment; filename="bzpeer-view-{key}.json"'}
    return HttpResponse(body, content_type="application/json", headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_view(request: HttpRequest, key: int) -> HttpResponse:
    """Change name, note and visibility; copy the lines that embed it."""
    view = _own(request, key)
    said = {"name": view.name, "note": view.note, "is_public": view.is_public}
    form = ViewForm(request.POST) if request.method == "POST" else ViewForm(initial=said)
    if form.is_valid():
        try:
            view = change_view(view, by=member(request), **form.cleaned_data)
        except ViewRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, "Changed.")
            return redirect("edit_view", view.pk)
    frame = request.build_absolute_uri(reverse("embed_view", args=[view.pk]))
    return render(request, "savedviews/edit.html", {"form": form, "view": view, "frame": frame})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_saved_view(request: HttpRequest, key: int) -> HttpResponse:
    """Ask, then delete."""
    view = _own(request, key)
    if request.method == "POST":
        delete_view(view, by=member(request))
        messages.success(request, f"“{view.name}” is deleted.")
        return redirect("saved_views")
    return render(request, "savedviews/delete.html", {"view": view})


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # its types know views without arguments only
def embed_view(request: HttpRequest, key: int) -> HttpResponse:
    """Show a public picture inside somebody else's page: the one page of the portal that may be framed.

    It holds no form and nothing of whoever looks at it, so there is nothing in it to be tricked into.
    """
    view = visible_views(request.user).filter(pk=key, is_public=True).first()
    if view is None:
        raise Http404("There is no such view.")
    if not request.META["QUERY_STRING"]:
        return redirect(f"{reverse('embed_view', args=[view.pk])}{view.address}")
    found = picture_of(picture_asked(request))
    return render(request, "savedviews/embed.html", {"view": view, **heading(found.nodes[0])})


def _visible(request: HttpRequest, key: int) -> SavedView:
    view = visible_views(request.user).filter(pk=key).first()
    if view is None:
        raise Http404("There is no such view.")
    return view


def _own(request: HttpRequest, key: int) -> SavedView:
    """Return the member's own view; somebody else's is not said to be there."""
    view = views_of(member(request)).filter(pk=key).first()
    if view is None:
        raise Http404("There is no such view of yours.")
    return view
