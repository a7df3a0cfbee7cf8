"""Reports on many works: runs are asked for in strides, workers take them; the same texts are never read twice by the same engine."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from bzpeer.reports.available import engine_named
from bzpeer.reports.models import Batch, Run, Text
from works.models import WorkTopic

STRIDE = 2_000


def scope_of(*, topic: int | None, only_new: bool) -> str:
    """Return how a batch says what it is about."""
    return f"topic:{topic}" if topic is not None else "new" if only_new else "all"


def texts_in(scope: str, *, engine: str, version: str) -> QuerySet[Text]:
    """Return the texts of a scope that this engine in this version has not read, unordered.

    "new" are those no version of the engine has read.
    """
    runs = Run.objects.filter(text=OuterRef("pk"), engine=engine)
    done = runs if scope == "new" else runs.filter(version=version, state__in=(Run.State.FINISHED, Run.State.WAITING))
    texts = Text.objects.filter(~Exists(done), state=Text.State.READY)
    kind, _, key = scope.partition(":")
    return texts.filter(work__in=WorkTopic.objects.filter(topic_id=int(key)).values("work")) if kind == "topic" else texts


def begin(*, engine: str, scope: str, budget: int | None = None) -> Batch:
    """Return a batch that asked for nothing yet. Raises NoSuchEngine."""
    return Batch.objects.create(engine=engine, version=engine_named(engine).version, scope=scope, budget=budget)


def ask_for_many(batch: Batch) -> Iterator[int]:
    """Ask for a run over every text of a batch's scope; yield how many it has so far, after each stride."""
    engine, version = batch.engine, batch.version
    after = asked = 0
    while keys := _further(batch, after):
        with transaction.atomic():
            new = [Run(text_id=key, engine=engine, version=version, batch=batch) for key in keys]
            Run.objects.bulk_create(new, ignore_conflicts=True)
            again = Run.objects.filter(text__in=keys, engine=engine, version=version, state__in=(Run.State.FAILED, Run.State.LEFT))
            again.update(state=Run.State.WAITING, attempts=0, lease_until=None, note="", batch=batch)
        after = keys[-1]
        asked += Run.objects.filter(batch=batch, text__in=keys).count()
        yield asked


def _further(batch: Batch, after: int) -> list[int]:
    texts = texts_in(batch.scope, engine=batch.engine, version=batch.version).filter(pk__gt=after)
    return list(texts.order_by("pk").values_list("pk", flat=True)[:STRIDE])
