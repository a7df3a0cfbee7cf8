"""A member's own data: a copy of it, who sees what of a profile, deleting the account."""

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.addresses import record_address
from bzpeer.claims.queries import claims_of, owner_profile, owns_record
from bzpeer.pages.members import member
from bzpeer.privacy.erasing import GRACE, DeletionRefused, ask_for_deletion, deletion_of, keep_account
from bzpeer.privacy.exporting import KEPT_FOR, ExportRunning, ask_for_export, exports_of, is_small, make_export, pieces_of
from bzpeer.privacy.models import DataExport
from bzpeer.privacy.tasks import ring
from bzpeer.privacy.visibility import AUDIENCES, PARTS, audiences, choose_visibility
from researchers.models import Researcher

TYPED = "delete my account"
EXPORTS_SHOWN = 10


@never_cache
@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth is untyped
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Show a member's copies; POST begins another one, after they confirmed who they are."""
    user = member(request)
    if request.method == "POST":
        try:
            _begin(request, ask_for_export(user))
        except ExportRunning as running:
            messages.info(request, str(running))
        return redirect("export")
    return render(request, "privacy/export.html", {"exports": exports_of(user)[:EXPORTS_SHOWN], "days": KEPT_FOR.days})


def _begin(request: HttpRequest, asked: DataExport) -> None:
    if is_small(member(request)):
        make_export(asked.pk)
        messages.success(request, "The copy is ready.")
    else:
        ring(asked.pk)
        messages.info(request, "The copy is being made. You get a notice when it is ready.")


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth is untyped
@require_safe
def download_export(request: HttpRequest, key: int) -> StreamingHttpResponse:
    """Send a member's own copy. Another member's, or one that is over, is not found."""
    found = get_object_or_404(exports_of(member(request)), pk=key, state=DataExport.State.READY)
    answer = StreamingHttpResponse(pieces_of(found), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="bzpeer-{found.created_at:%Y-%m-%d}.zip"'
    answer["Content-Length"] = str(found.size)
    return answer


class DeletionForm(forms.Form):
    """The sentence that nobody types by mistake, and what becomes of corrections."""

    corrections = forms.ChoiceField(
        label="Your corrections of public records",
        choices=[("keep", "Leave them, without my name"), ("withdraw", "Take them back")],
        initial="keep",
        widget=forms.RadioSelect,
    )
    typed = forms.CharField(label=f"Type “{TYPED}”", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def clean_typed(self) -> str:
        typed = " ".join(str(self.cleaned_data["typed"]).split()).casefold()
        if typed != TYPED:
            raise forms.ValidationError(f"Type the words “{TYPED}”.")
        return typed


@never_cache
@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth is untyped
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """Show what goes and what stays; POST sets the day, or takes it back."""
    user = member(request)
    if request.method == "POST" and request.POST.get("step") == "keep":
        if keep_account(user):
            messages.success(request, "Your account stays.")
        return redirect("delete_account")
    form = DeletionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keeps = form.cleaned_data["corrections"] == "keep"
            asked = ask_for_deletion(user, keeps_corrections=keeps, session_key=request.session.session_key)
        except DeletionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            messages.success(request, f"Your account is deleted on {asked.due_at:%-d %B %Y}. Until then you can log in and keep it.")
            return redirect("home")
    context = {"form": form, "deletion": deletion_of(user), "days": GRACE.days, "claims": claims_of(user).filter(state="accepted")}
    return render(request, "privacy/delete.html", context, status=422 if form.errors else 200)


class VisibilityForm(forms.Form):
    """An audience for each part of a profile."""

    def __init__(self, *args: object, held: dict[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form's many optional arguments are passed on
        for part, label in PARTS.items():
            self.fields[part] = forms.ChoiceField(label=label, choices=list(AUDIENCES.items()), initial=held[part])


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visibility(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Let the owner of a record choose who sees which part of its profile."""
    person = Researcher.objects.filter(pk=key).first()
    if person is None:
        raise Http404("No researcher has this address.")
    user = member(request)
    if not owns_record(user, person.pk):
        raise PermissionDenied("Only the owner of this record chooses who sees what.")
    form = VisibilityForm(request.POST or None, held=audiences(owner_profile(person.pk)))
    if request.method == "POST" and form.is_valid():
        choose_visibility(researcher=person, by=user, choices=form.cleaned_data)
        messages.success(request, "Stored. It holds at once, on the page and in the API.")
        return redirect(request.path)
    address = record_address("researcher", person.pk, person.display_name)
    context = {"form": form, "researcher": person, "address": address}
    return render(request, "privacy/visibility.html", context, status=422 if form.errors else 200)
