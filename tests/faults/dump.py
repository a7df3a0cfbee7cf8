"""What the portal holds, told without own keys, run numbers and times: two ways to the same state give the same lines.

Every model of the portal's own apps is told, also one that is added later, unless it is named here with a reason.

    python -m tests.faults.dump             the lines of the database that DATABASE_URL names
    python -m tests.faults.dump --derive    the same once all that is due was derived
"""

import hashlib
import json
import os
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

APPS = ("researchers", "works", "graph", "accounts", "claims", "curation")
BOOKKEEPING = {
    "works.ImportRun",  # how it went, not what there is
    "works.ImportPart",
    "works.CoverageChunk",  # a stretch of own keys
    # Counted in the background some time after derivation; tests/works/terms compares it with a recount.
    "works.TermsDue",
    "works.TermFrequency",
    "works.CountedTerms",
    "works.KeyTerm",
}
HISTORY = ("Event",)  # written by triggers: as many rows as there were steps
LEFT_OUT = {
    "works.Work": {"created_at"},
    "works.ImportProblem": {"run", "created_at", "place"},  # the place names the file or part that was read first
    "works.UpstreamRecord": {"run", "imported_at", "record_id"},
    "works.UpstreamMerge": {"run", "noted_at", "settled_at", "used_again_at"},
    "researchers.Researcher": {"created_at"},
    "researchers.TrustSnapshot": {"computed_at"},
    "curation.Proposal": {"fingerprint", "payload", "created_at"},  # made of own keys
}
_MOMENTARY = {"at", "run", "by", "id", "ids"}


def lines() -> list[str]:
    """Return what there is, a line a row, in an order of its own."""
    return sorted(_all_lines())


def fingerprint(told: Iterable[str]) -> str:
    """Return one short text for a dump."""
    return hashlib.blake2b("\n".join(told).encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()


def difference(one: list[str], other: list[str], *, shown: int = 12) -> str:
    """Return what is in one dump alone, "" if they are equal."""
    missing, added = Counter(one) - Counter(other), Counter(other) - Counter(one)
    found = [f"- {line}" for line in sorted(missing.elements())[:shown]] + [f"+ {line}" for line in sorted(added.elements())[:shown]]
    return "\n".join(each[:600] for each in found)


def _all_lines() -> Iterator[str]:
    from django.apps import apps

    names = _Names()
    for model in apps.get_models():
        label = model._meta.label
        if model._meta.app_label not in APPS or label in BOOKKEEPING or label.endswith(HISTORY):
            continue
        tell: Callable[[_Names, Any], Iterable[dict[str, Any]]] = _SPECIAL.get(label, _rows)
        for row in tell(names, model):
            yield f"{label} {json.dumps(row, sort_keys=True, ensure_ascii=True, default=str)}"


class _Names:
    """What records are called in a dump, by model and own key."""

    def __init__(self) -> None:
        from researchers.models import Institution, Researcher
        from works.models import Authorship, Category, Funder, Source, Topic, Work

        self._of: dict[str, dict[int, str]] = {}
        for model in (Source, Topic, Funder, Institution):
            self._of[model._meta.label] = {
                key: found or f"“{name}”" for key, found, name in model.objects.values_list("pk", "openalex_id", "display_name")
            }
        self._of["works.Category"] = dict(Category.objects.values_list("pk", "code"))
        works = Work.objects.values_list("pk", "openalex_id", "arxiv_id", "doi", "title")
        self._of["works.Work"] = works_named = {key: one or two or three or f"“{title}”" for key, one, two, three, title in works}
        bylines: dict[int | None, list[str]] = defaultdict(list)
        authorships: dict[int, str] = {}
        for key, work, position, researcher in Authorship.objects.values_list("pk", "work_id", "position", "researcher_id"):
            authorships[key] = f"{works_named[work]}#{position}"
            bylines[researcher].append(authorships[key])
        self._of["works.Authorship"] = authorships
        self._of["researchers.Researcher"] = {
            key: found or f"assembled {name} {fingerprint(sorted(bylines[key]))}"
            for key, found, name in Researcher.objects.values_list("pk", "openalex_id", "name_key")
        }

    def of(self, label: str, key: int | None) -> str | int | None:
        """Return what a record is called; its own key where nobody named its kind."""
        return None if key is None else self._of.get(label, {}).get(key, key)

    def of_change(self, kind: str, key: int) -> str | int | None:
        """Return what a changed record is called."""
        label = {"work": "works.Work", "citation": "works.Work", "topic": "works.Topic"}.get(kind, f"researchers.{kind.capitalize()}")
        return self.of(label, key)


def _rows(names: _Names, model: Any) -> Iterator[dict[str, Any]]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated and field.name not in LEFT_OUT.get(model._meta.label, ())
    ]
    for values in model._base_manager.values_list(*(field.attname for field in fields)).order_by().iterator(5_000):
        yield {field.name: _told(names, field, value) for field, value in zip(fields, values, strict=True)}


def _told(names: _Names, field: Any, value: Any) -> Any:
    if field.is_relation:
        return names.of(field.related_model._meta.label, value)
    if isinstance(value, bytes | memoryview):
        return fingerprint([bytes(value).hex()])
    return _lasting(value) if isinstance(value, dict | list) else value


def _lasting(value: Any) -> Any:
    """Return a JSON value without moments and run numbers."""
    if isinstance(value, dict):
        return {key: _lasting(each) for key, each in value.items() if key not in _MOMENTARY}
    return [_lasting(each) for each in value] if isinstance(value, list) else value


def _redirects(names: _Names, model: Any) -> Iterator[dict[str, Any]]:
    return (row for row in _rows(names, model) if not row["key"].startswith("id:"))


def _upstream_records(names: _Names, model: Any) -> Iterator[dict[str, Any]]:
    kinds = {"W": "works.Work", "A": "researchers.Researcher", "I": "researchers.Institution", "S": "works.Source", "T": "works.Topic"}
    kinds["F"] = "works.Funder"
    for key, digest, record, stamp, gone, draft in model.objects.values_list(
        "key", "digest", "record_id", "upstream_updated", "gone_at", "draft"
    ).iterator(5_000):
        label = kinds.get(key.removeprefix("openalex:")[:1], "works.Work")
        plain = fingerprint([zlib.decompress(draft).hex()]) if draft else None
        yield {"key": key, "digest": bytes(digest).hex(), "of": names.of(label, record), "stamp": stamp, "gone": bool(gone), "draft": plain}


def _changes(names: _Names, model: Any) -> list[dict[str, Any]]:
    due = {(kind, str(names.of_change(kind, key))) for kind, key in model.objects.values_list("kind", "record_id")}
    return [{"kind": kind, "of": name} for kind, name in sorted(due)]


def _newest_trust(names: _Names, model: Any) -> Iterator[dict[str, Any]]:
    newest = model.objects.order_by("researcher", "-computed_at", "-pk").distinct("researcher")
    for each in newest:
        yield {
            "researcher": names.of("researchers.Researcher", each.researcher_id),
            "level": each.level,
            "score": each.score,
            "formula": each.formula_version,
            "components": [{key: part[key] for key in ("key", "points", "cap", "count") if key in part} for part in each.components],
        }


def _coverage(names: _Names, model: Any) -> Iterator[dict[str, Any]]:
    """Chunks are stretches of own keys: their figures are told in sum."""
    figures = {"IntegerField", "BigIntegerField"}
    summed: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _rows(names, model):
        row.pop("chunk")
        counted = {field.name for field in model._meta.concrete_fields if field.get_internal_type() in figures}
        kind = json.dumps({key: value for key, value in row.items() if key not in counted}, sort_keys=True, default=str)
        summed[kind].update({key: value for key, value in row.items() if key in counted})
    return ({"kind": kind, **total} for kind, total in sorted(summed.items()))


_SPECIAL: dict[str, Callable[[_Names, Any], Iterable[dict[str, Any]]]] = {
    "works.WorkRedirect": _redirects,
    "researchers.ResearcherRedirect": _redirects,
    "researchers.InstitutionRedirect": _redirects,
    "works.UpstreamRecord": _upstream_records,
    "works.RecordChange": _changes,
    "works.CoverageCell": _coverage,
    "researchers.TrustSnapshot": _newest_trust,
}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
    django.setup()
    if "--derive" in sys.argv:
        from bzpeer.hands import hands_here
        from bzpeer.pipeline import derive_all_pending

        derive_all_pending(hands=hands_here())  # as `bzpeer derive` does
    sys.stdout.writelines(f"{line}\n" for line in lines())


if __name__ == "__main__":
    main()
