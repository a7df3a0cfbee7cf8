"""The review of claims, in the admin. Decisions go through bzpeer.claims.domain, never through a saved form field."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bzpeer.accounts.admin import LargeTableAdmin
from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.claims.domain import ClaimRefused, accept_claim, reject_claim, revoke_claim
from bzpeer.claims.models import Claim
from works.identifiers import openalex_id, orcid

DECISIONS = {"accept": accept_claim, "reject": reject_claim, "revoke": revoke_claim}


class DecisionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a moderator may fill in: a decision and the note the applicant reads."""

    decision = forms.ChoiceField(
        required=False, choices=[("", "leave as it is"), ("accept", "Accept"), ("reject", "Reject"), ("revoke", "Revoke")]
    )
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="Shown to the applicant.")

    class Meta:
        model = Claim
        fields: list[str] = []


@admin.register(Claim)
class ClaimAdmin(LargeTableAdmin):
    """Oldest first among those in review."""

    form = DecisionForm
    list_display = ("researcher", "applicant", "state", "created_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("researcher", "user")
    ordering = ("state", "created_at")  # as the queue's index is
    search_fields = ("user__email",)
    search_help_text = "The applicant's whole e-mail address, or the ORCID iD or OpenAlex id of the record"
    readonly_fields = (
        "record", "applicant", "applicant_since", "reason", "state", "created_at", "decided_by", "decided_at", "decision_note"
    )  # fmt: skip
    fields = (*readonly_fields, "decision", "note")

    def looked_for(self, term: str) -> list[dict[str, Any]]:
        return [
            {"user__email": term.lower()},
            {"researcher__orcid": orcid(term) or term},
            {"researcher__openalex_id": openalex_id(term, "A") or term},
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Claim | None = None) -> bool:
        return False

    @admin.display(description="record")
    def record(self, claim: Claim) -> SafeString:
        researcher = claim.researcher
        address = record_address("researcher", researcher.pk, researcher.display_name)
        return format_html(
            '<a href="{}">{}</a> ({} works here, trust {})', address, researcher, researcher.works_count, researcher.trust_score
        )

    @admin.display(description="applicant")
    def applicant(self, claim: Claim) -> str:
        return claim.user.email

    @admin.display(description="account since")
    def applicant_since(self, claim: Claim) -> Any:
        return claim.user.date_joined

    def save_model(self, request: HttpRequest, obj: Claim, form: DecisionForm, change: bool) -> None:
        """Nothing is saved as a field; `response_change` carries the decision out."""

    def response_change(self, request: HttpRequest, obj: Claim) -> HttpResponse:
        decision, note = request.POST.get("decision", ""), request.POST.get("note", "")
        decide = DECISIONS.get(decision)
        if decide is None or not isinstance(request.user, User):
            return super().response_change(request, obj)
        try:
            claim = decide(obj, by=request.user, note=note)
        except ClaimRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)
        self.message_user(request, f"The claim is {claim.get_state_display()}; the applicant is told.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)
