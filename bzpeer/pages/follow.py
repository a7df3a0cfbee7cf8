"""The follow button: one POST there, one POST back, with or without scripts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views import View

from bzpeer.accounts.domain import follow, unfollow
from bzpeer.addresses import record_address
from bzpeer.pages.members import member
from bzpeer.pipeline import derive_soon
from researchers.models import Researcher


@method_decorator(login_required, name="dispatch")
class FollowView(View):
    """GET leads back to the profile (where a login that began at the button ends); POST follows or unfollows."""

    def get(self, request: HttpRequest, key: int) -> HttpResponse:
        return _profile(get_object_or_404(Researcher, pk=key))

    def post(self, request: HttpRequest, key: int) -> HttpResponse:
        researcher = get_object_or_404(Researcher, pk=key)
        if request.POST.get("action") == "unfollow":
            unfollow(user=member(request), researcher=researcher)
            messages.success(request, f"You no longer follow {researcher.display_name}.")
        else:
            follow(user=member(request), researcher=researcher)
            messages.success(request, f"You follow {researcher.display_name}.")
        transaction.on_commit(derive_soon)
        return _profile(researcher)


def _profile(researcher: Researcher) -> HttpResponse:
    return redirect(record_address("researcher", researcher.pk, researcher.display_name))
