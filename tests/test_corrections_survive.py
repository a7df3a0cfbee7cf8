"""Corrections survive: real-shaped records are imported, corrected by an owner, imported again changed, and merged upstream.

Two ways must lead to one state, compared field by field over every table of records: correct and then import what is
new, or import what is new and then correct. And a correction that is taken back leaves what no correction would have left.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from bzpeer.accounts.models import User
from bzpeer.curation.assertions import (
    add_name,
    confirm_authorship,
    correct_affiliation,
    correct_researcher,
    correct_work,
    deny_affiliation,
    deny_authorship,
    withdraw,
)
from bzpeer.curation.models import Assertion
from bzpeer.pipeline import derive_all_pending
from researchers.models import Affiliation, Institution, InstitutionRedirect, NameForm, Researcher
from researchers.queries import researcher_by_openalex_id
from tests.bzpeer.curation.test_assertions import claimed
from tests.factories.members import MemberFactory
from works.drafts import Merged, Read
from works.importing import store
from works.models import Authorship, AuthorshipRuling, ImportRun, RecordChange, Topic, Work
from works.queries import work_known_as
from works.sources.openalex_drafts import draft

pytestmark = pytest.mark.django_db

Json = dict[str, Any]
DEMO = Path(settings.BASE_DIR) / "works" / "demo"
BOOKKEEPING = {
    "ImportRun", "ImportProblem", "ImportPart", "RecordChange", "TrustSnapshot", "CoverageCell", "CoverageChunk", "UpstreamConflict",
    "DuplicateCandidate", "TermsDue", "TermFrequency", "CountedTerms", "KeyTerm",
}  # fmt: skip
"""Tables about how things went, not about records; trust has a history that depends on the way."""


def records(name: str) -> list[Json]:
    return [json.loads(line) for line in (DEMO / f"{name}.jsonl").read_text().splitlines() if line.strip()]


INSTITUTIONS, AUTHORS, WORKS = records("institutions"), records("authors"), records("works")


def key_of(raw: Json) -> str:
    return str(raw["id"]).rpartition("/")[2]


def _owner_id() -> str:
    """The author with the most works of those with an affiliation."""
    printed = [key_of(one["author"]) for work in WORKS for one in work["authorships"] if one["author"]["id"]]
    return max((key_of(author) for author in AUTHORS if author["affiliations"]), key=printed.count)


OWNER = _owner_id()
THEIRS = [work for work in WORKS if any(one["author"]["id"] and key_of(one["author"]) == OWNER for one in work["authorships"])]
RETITLED, DENIED, CONFIRMED, OTHER = (key_of(work) for work in THEIRS[:4])
HOME = next(key_of(place) for author in AUTHORS if key_of(author) == OWNER for place in [author["affiliations"][0]["institution"]])
ELSEWHERE, FORMER = [key_of(raw) for raw in INSTITUTIONS if key_of(raw) != HOME][:2]
TOGETHER = {key_of(one["author"]) for work in THEIRS for one in work["authorships"] if one["author"]["id"]}
STRANGER = next(key_of(author) for author in AUTHORS if key_of(author) not in TOGETHER)


def changed(raw: Json, number: int) -> Json:
    """What a source may say next: other spellings, other years, another order of authors, other affiliations."""
    new = copy.deepcopy(raw)
    new["updated_date"] = "2027-01-01T00:00:00"
    new["display_name"] = f"{raw['display_name']} ({number})"
    if "authorships" not in raw:
        for one in new.get("affiliations", []):
            one["years"] = [*one["years"], 2026]
        return new
    new |= {"title": new["display_name"], "type": "book-chapter", "publication_date": "2015-02-03", "publication_year": 2015}
    new["authorships"].reverse()
    for one in new["authorships"]:
        first, _, last = str(one["raw_author_name"]).rpartition(" ")
        one["raw_author_name"] = f"{first[:1]}. {last}" if first else last
    return new


def imported(*raws: Json) -> None:
    _store([draft(raw) for raw in raws])


def merged(old: str, new: str) -> None:
    _store([Merged(old_key=f"openalex:{old}", new_key=f"openalex:{new}")])


def _store(reads: list[Read]) -> None:
    store(reads, run=ImportRun.objects.create(provider="openalex"), batch_size=7)


def first_import() -> None:
    imported(*INSTITUTIONS, *AUTHORS, *WORKS)


def second_import() -> None:
    imported(*(changed(raw, number) for number, raw in enumerate([*INSTITUTIONS, *AUTHORS, *WORKS])))


# --- what an owner edits ----------------------------------------------------------------------------


def person() -> Researcher:
    found = researcher_by_openalex_id(OWNER)
    assert found
    return found


def work(key: str) -> Work:
    found = work_known_as(f"openalex:{key}")
    assert found
    return found


def place(key: str) -> Institution:
    moved = InstitutionRedirect.objects.filter(key=f"openalex:{key}").first()
    return moved.institution if moved else Institution.objects.get(openalex_id=key)


def byline(key: str) -> Authorship:
    return Authorship.objects.filter(work=work(key), researcher=person()).order_by("position").first() or pytest.fail(f"no byline on {key}")


def edit(owner: User) -> None:
    """Correct everything that can be corrected."""
    who = person()
    correct_researcher(by=owner, researcher=who, field="display_name", value="Owner Name")
    correct_researcher(by=owner, researcher=who, field="biography", value="I study engines.")
    add_name(by=owner, researcher=who, name="持ち主", role="native")
    add_name(by=owner, researcher=who, name="Former Name", role="former")
    correct_affiliation(by=owner, researcher=who, institution=place(ELSEWHERE), years=[2001, 2002], is_current=True)
    deny_affiliation(by=owner, researcher=who, institution=place(HOME))
    for field, value in (("title", "The title I gave it"), ("type", "review"), ("publication_date", "2001-02-03")):
        correct_work(by=owner, work=work(RETITLED), field=field, value=value)
    deny_authorship(by=owner, researcher=who, authorship=byline(DENIED))
    confirm_authorship(by=owner, researcher=who, authorship=byline(CONFIRMED))


def take_back(owner: User) -> None:
    for said in Assertion.objects.filter(withdrawn_at__isnull=True).order_by("-pk"):
        withdraw(by=owner, assertion=said)


def check_edits() -> None:
    who = person()
    assert (who.display_name, who.biography) == ("Owner Name", "I study engines.")
    assert set(who.name_forms.exclude(role="").values_list("name", "role")) == {("持ち主", "native"), ("Former Name", "former")}
    assert not Affiliation.objects.filter(researcher=who, institution=place(HOME)).exists()
    assert Affiliation.objects.get(researcher=who, evidence="owner").years == [2001, 2002]
    mended = work(RETITLED)
    assert (mended.title, mended.type, str(mended.publication_date), mended.publication_year) == (
        "The title I gave it", "review", "2001-02-03", 2001,
    )  # fmt: skip
    assert not Authorship.objects.filter(work=work(DENIED), researcher=who).exists()
    assert Authorship.objects.get(work=work(CONFIRMED), researcher=who).resolved_by == "owner"


# --- the whole state --------------------------------------------------------------------------------


def whole_state() -> dict[str, list[str]]:
    """Every field of every table of records, with own keys told by what they stand for and without times."""
    named = _names()
    tables = [model for label in ("researchers", "works", "graph") for model in apps.get_app_config(label).get_models()]
    return {
        model.__name__: sorted(
            json.dumps(_row(each, named), default=str, sort_keys=True) for each in model._base_manager.all() if _counts(each)
        )
        for model in tables
        if model.__name__ not in BOOKKEEPING
    }


def _counts(row: models.Model) -> bool:
    """Leave out own keys that lead on, and how a byline was printed on the day it was denied: that depends on the day."""
    of_stub = isinstance(row, NameForm) and _is_stub(row.researcher)
    return not of_stub and not str(getattr(row, "key", "")).startswith("id:")


def _is_stub(who: Researcher) -> bool:
    return AuthorshipRuling.objects.filter(stub=who).exists()


def _names() -> dict[tuple[str, int], str]:
    named: dict[tuple[str, int], str] = {}
    for each in Work.objects.all():
        named["Work", each.pk] = str(each.openalex_id or each.arxiv_id)
    for model in (Institution, Topic):
        named |= {(model.__name__, each.pk): str(each.openalex_id) for each in model._base_manager.all()}
    for row in Authorship.objects.order_by("work_id", "position"):
        named["Authorship", row.pk] = f"{named['Work', row.work_id]}/{row.position}"
        if row.researcher_id:
            held = named.get(("Researcher", row.researcher_id), "")
            named["Researcher", row.researcher_id] = f"{held} {named['Authorship', row.pk]}"
    for who in Researcher.objects.all():
        works = " ".join(sorted(named.get(("Researcher", who.pk), "").split()))
        named["Researcher", who.pk] = who.openalex_id or f"assembled {'' if _is_stub(who) else who.name_key}: {works}"
    return named


def _row(row: models.Model, named: dict[tuple[str, int], str]) -> Json:
    found: Json = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key or isinstance(field, models.DateTimeField | models.BinaryField) or field.name in ("run", "search"):
            continue
        if field.remote_field and value is not None:
            kind = type(getattr(row, field.name)).__name__
            value = named[kind, value] if kind in _NAMED else str(getattr(row, field.name))
        if field.name == "record_id":
            value = named.get((_KINDS.get(row.key.partition(":")[2][:1], ""), value), "")  # type: ignore[attr-defined]  # rows with a key
        found[field.name] = _plain(field.name, value)
    if isinstance(row, AuthorshipRuling) or (isinstance(row, Researcher) and _is_stub(row)):
        found = {name: value for name, value in found.items() if name not in _AS_OF_THE_DAY}
    return found


_AS_OF_THE_DAY = {"byline", "name_key", "position", "author_id", "display_name", "folded_names"}


_NAMED = {"Work", "Institution", "Topic", "Authorship", "Researcher"}
_KINDS = {"W": "Work", "A": "Researcher", "I": "Institution", "T": "Topic"}


def _plain(name: str, value: Any) -> Any:
    if name == "provenance":
        return {
            source: {"fields": told.get("fields"), "as_of": told.get("as_of"), "brief": told.get("brief")} for source, told in value.items()
        }
    if name == "asserted":
        return {field: said["value"] for field, said in value.items()}
    if name == "grounds":
        return {key: said for key, said in value.items() if key not in ("ruling", "said", "author_id")}
    return value


def state_after(*steps: Callable[[], object], with_owner: bool = True) -> dict[str, list[str]]:
    """Carry out steps from an empty portal, derive, return the whole state, and leave the portal empty again."""
    with transaction.atomic():
        first_import()
        if with_owner:
            claimed(person(), MemberFactory())
        for step in steps:
            step()
            derive_all_pending()
        found = whole_state()
        transaction.set_rollback(True)
    return found


def different(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, tuple[set[str], set[str]]]:
    """What is in one state only, by table: short to read when a test fails."""
    return {
        table: (set(one[table]) - set(other[table]), set(other[table]) - set(one[table])) for table in one if one[table] != other[table]
    }


def owner() -> User:
    return User.objects.order_by("pk").first() or pytest.fail("nobody owns the record")


def edits() -> None:
    edit(owner())


# --- tests ------------------------------------------------------------------------------------------


def test_an_unchanged_import_changes_nothing_of_a_corrected_record():
    assert different(state_after(edits), state_after(edits, first_import)) == {}


def test_corrections_hold_whatever_sources_say_next():
    assert different(state_after(edits, second_import, check_edits), state_after(second_import, edits, check_edits)) == {}


@pytest.mark.parametrize(
    ("old", "new"), [(STRANGER, OWNER), (RETITLED, OTHER), (DENIED, OTHER), (CONFIRMED, OTHER), (ELSEWHERE, FORMER), (HOME, FORMER)],
    ids=["author", "corrected work", "denied work", "confirmed work", "added institution", "denied institution"],
)  # fmt: skip
def test_corrections_move_along_with_ids_that_upstream_merges(old, new):
    def merge() -> None:
        merged(old, new)

    assert different(state_after(edits, merge, check_edits), state_after(merge, edits, check_edits)) == {}


def test_corrections_that_are_taken_back_leave_what_sources_say_by_then():
    """The other way is claimed last: a claimed record keeps its name, so the source's newer one must be there before."""

    def back() -> None:
        take_back(owner())

    def claim() -> None:
        RecordChange.objects.create(kind="researcher", record_id=claimed(person(), MemberFactory()).pk)

    taken_back = state_after(edits, second_import, back, second_import)
    assert different(taken_back, state_after(second_import, claim, with_owner=False)) == {}
