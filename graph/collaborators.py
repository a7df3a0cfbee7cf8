"""Who a researcher works with, strongest first."""

from django.conf import settings
from django.db.models import QuerySet

from graph.models import Collaboration


def collaborators_of(researcher_id: int) -> QuerySet[Collaboration]:
    """Return everyone who shares a work with the researcher: most shared works first, then the closer work, then the key."""
    return (
        Collaboration.objects.filter(researcher_id=researcher_id)
        .select_related("collaborator")
        .order_by("-works", "-weight", "collaborator_id")
    )


def is_close(edge: Collaboration) -> bool:
    """Tell whether an edge makes a close collaborator."""
    return edge.works >= settings.CLOSE_COLLABORATOR_WORKS
