"""Names brought up to date in the background after an upgrade that spells them in another way."""

import time

from celery import shared_task

from researchers.domain import spell_out_names
from researchers.models import Researcher
from researchers.queries import are_names_stale

STEP_SECONDS = 40
CHUNK = 2_000


@shared_task(name="researchers.tasks.mend_names")
def mend_names(after: int | None = None) -> int:
    """Spell out the names of records beyond key `after` again, for one step, then ask for the next one; return how many changed.

    Without `after` it first looks whether there is anything to do. Two at once are harmless.
    """
    if after is None and not are_names_stale():
        return 0
    last, changed, deadline = after or 0, 0, time.monotonic() + STEP_SECONDS
    while ids := list(Researcher.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        changed += spell_out_names(ids)
        last = ids[-1]
        if time.monotonic() >= deadline:
            mend_names.delay(last)
            break
    return changed
