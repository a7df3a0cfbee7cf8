"""Members, their addresses and ways to log in, in the admin: to look at, and to help somebody who is locked out.

Lists are over tables of any size: found by whole values, ordered as an index is, counted by estimate.
Sessions, tokens and logins' configuration are not here: a session's key is as good as a password, tokens are not kept,
and what ORCID needs is set in the environment.
"""

from typing import Any, ClassVar

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.admin import UserSession
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from bzpeer.accounts.counting import EstimatingPaginator
from bzpeer.accounts.guarding import end_sessions
from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from works.identifiers import orcid

for shown_by_the_library in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(shown_by_the_library)


class BoundedList(ChangeList):
    """A list that is ordered by what its admin allows, whatever an address asks for."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return the column to order by; None for one that no index orders."""
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None


class LargeTableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """A list that costs the same however long the table is."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_filter: ClassVar[tuple[str, ...]] = ()  # none that no index answers
    list_per_page = 50

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedList

    def looked_for(self, term: str) -> list[dict[str, Any]]:
        """Return conditions, each answered by an index; the first that finds something counts."""
        return []

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Find rows by a whole value, not by a part of one."""
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        tries = (queryset.filter(**condition) for condition in self.looked_for(term))
        return next((found for found in tries if found.exists()), queryset.none()), False


@admin.register(User)
class MemberAdmin(LargeTableAdmin, UserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Django's own user admin, by e-mail address."""

    ordering = ("email",)
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    list_display = ("email", "display_name", "is_active", "is_staff", "date_joined")
    search_fields = ("email",)
    search_help_text = "A whole e-mail address"
    fieldsets = (
        (None, {"fields": ("email", "password", "display_name")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    sortable_by = ("email",)
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)

    def looked_for(self, term: str) -> list[dict[str, Any]]:
        return [{"email": term.lower()}]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """An address changes on its owner's page, where it is confirmed; only superusers say who is staff."""
        fixed = ("email", "last_login", "date_joined") if obj else ()
        return fixed if request.user.is_superuser else (*fixed, "is_staff", "is_superuser", "groups")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Members delete their account themselves, with all that follows from it; staff ends its use by "active"."""
        return False


class OfMemberAdmin(LargeTableAdmin):
    """What belongs to a member: found by their whole address, and changed by nobody but them."""

    list_select_related = ("user",)
    search_fields: ClassVar[tuple[str, ...]] = ("user__email",)
    search_help_text = "The member's whole e-mail address"

    def looked_for(self, term: str) -> list[dict[str, Any]]:
        return [{"user__email": term.lower()}]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(EmailAddress)
class AddressAdmin(OfMemberAdmin):
    """Addresses. Confirming one is for whoever reads its mail: nobody confirms for another."""

    list_display = ("email", "user", "primary", "verified")
    ordering = ("email",)
    search_help_text = "A whole e-mail address"

    def looked_for(self, term: str) -> list[dict[str, Any]]:
        return [{"email": term.lower()}, {"user__email": term.lower()}]


@admin.register(SocialAccount)
class LinkedIdAdmin(OfMemberAdmin):
    """ORCID iDs that members log in with."""

    list_display = ("uid", "user__email", "provider", "last_login", "date_joined")
    fields = ("uid", "user", "provider", "last_login", "date_joined")
    ordering = ("-pk",)
    search_fields = ("uid", "user__email")
    search_help_text = "A whole ORCID iD, or the member's whole e-mail address"

    def looked_for(self, term: str) -> list[dict[str, Any]]:
        return [{"provider": "orcid", "uid": orcid(term) or term}, {"user__email": term.lower()}]


@admin.register(Authenticator)
class SecondFactorAdmin(OfMemberAdmin):
    """Second factors, without their secrets: to take one away from somebody who lost it and proved who they are."""

    list_display = ("user__email", "type", "created_at", "last_used_at")
    fields = ("user", "type", "created_at", "last_used_at")
    ordering = ("-pk",)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Take it away, end the member's sessions and tell them, in the same transaction."""
        key = obj.pk
        super().delete_model(request, obj)
        end_sessions(obj.user)
        text = f"The people who run this portal took a second step of your login away: {obj.get_type_display()}."
        notify(obj.user, kind="account", key=f"factor:{key}:removed", text=text, url="/accounts/2fa/")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for one in queryset.select_related("user").order_by("pk"):
            self.delete_model(request, one)
