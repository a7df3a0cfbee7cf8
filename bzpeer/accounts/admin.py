"""Members in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from bzpeer.accounts.counting import EstimatingPaginator
from bzpeer.accounts.models import User


@admin.register(User)
class MemberAdmin(UserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Django's own user admin, by e-mail address."""

    ordering = ("email",)
    paginator = EstimatingPaginator
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    list_display = ("email", "display_name", "is_active", "is_staff", "date_joined")
    list_filter = ()  # no index would answer it
    search_fields = ("email",)
    search_help_text = "A whole e-mail address"
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "password", "display_name")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    sortable_by = ("email",)
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """An address changes on its owner's page, where it is confirmed; only superusers say who is staff."""
        fixed = ("email", "last_login", "date_joined") if obj else ()
        return fixed if request.user.is_superuser else (*fixed, "is_staff", "is_superuser", "groups")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[User], search_term: str) -> tuple[QuerySet[User], bool]:
        """Find a member by their whole address, which an index answers."""
        term = search_term.strip().lower().replace("\x00", "")
        return (queryset.filter(email=term) if term else queryset), False
