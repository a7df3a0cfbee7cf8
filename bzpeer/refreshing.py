"""Whose records are kept fresh first: those of researchers whom members follow or have claimed. What follows from that is works/'s."""

from celery import shared_task
from django.db.models import Q

from researchers.models import Researcher
from works.refreshing import begin_today
from works.tasks import ring


@shared_task(name="bzpeer.refreshing.refresh_due")
def refresh_due() -> int | None:
    """Begin today's refresh if it is due; return its run's key. Harmless however often and from wherever it is called."""
    run = begin_today(first=followed_or_claimed())
    if run is None:
        return None
    ring(run.pk)
    return run.pk


def followed_or_claimed() -> list[int]:
    """Return the own keys of researchers on whom members of this portal depend."""
    wanted = Researcher.objects.filter(Q(is_claimed=True) | Q(follows__isnull=False), openalex_id__isnull=False)
    return list(wanted.order_by("pk").values_list("pk", flat=True).distinct())
