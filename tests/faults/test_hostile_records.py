"""Cases 49 to 53 of hostile upstream data, each through reading, storing and what is kept afterwards."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bzpeer.claims.models import Claim
from researchers.models import Researcher
from tests.factories.members import MemberFactory
from works import runs, tasks
from works.models import Authorship, ImportProblem, ImportRun, Work

pytestmark = pytest.mark.django_db
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2006.1371{0}v1</id><title>{1}</title>'
    "<updated>2020-06-24T00:00:00Z</updated><published>2020-06-24T00:00:00Z</published><summary>s</summary>"
    "<author><name>Ada Example</name></author></entry></feed>"
)


def work(number: int, **fields: Any) -> dict[str, Any]:
    author = {"author": {"id": "https://openalex.org/A11", "display_name": "Ada Example"}, "raw_author_name": "A. Example"}
    return {"id": f"https://openalex.org/W{number}", "title": f"Title {number}", "authorships": [author], **fields}


def imported(path: Path, *, provider: str = "openalex") -> ImportRun:
    run = runs.ask_for(provider=provider, files=[str(path)])
    tasks.run_import(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def bring(tmp_path):
    """A function that imports records (objects, or lines as they are) between two plain neighbours, which must be stored."""

    def run(*records: Any) -> list[tuple[str, bool]]:
        lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (work(901), *records, work(902))]
        path = tmp_path / "works.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        done = imported(path)
        assert done.state == "finished"
        assert set(Work.objects.filter(openalex_id__in=("W901", "W902")).values_list("openalex_id", flat=True)) == {"W901", "W902"}
        return list(ImportProblem.objects.order_by("pk").values_list("reason", "is_quarantined"))

    return run


# --- 49 ------------------------------------------------------------------------------------------------------------

BOMBS = {
    "billion laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
    "a file": '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
    "an address": '<!DOCTYPE x [<!ENTITY c SYSTEM "http://127.0.0.1:9/x">]>',
    "a parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;<!ENTITY c "c">]>',
    "one large": f'<!DOCTYPE x [<!ENTITY c "{"A" * 200_000}">]>',
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_49_entities_are_refused_and_the_next_file_is_read(bomb, tmp_path):
    bad, good = tmp_path / "a.xml", tmp_path / "b.xml"
    bad.write_text(f'<?xml version="1.0"?>{bomb}' + ATOM.format(1, "&c;" * 50))
    good.write_text(f'<?xml version="1.0"?>{ATOM.format(2, "Fine")}')
    started = time.monotonic()
    run = runs.ask_for(provider="arxiv", files=[str(bad), str(good)])
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert time.monotonic() - started < 10
    assert (run.state, run.error[:5]) == ("failed", "a.xml")
    assert "entit" in run.error.lower() or "document type" in run.error.lower()
    assert list(Work.objects.values_list("arxiv_id", "title")) == [("2006.13712", "Fine")]


# --- 50 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "word"),
    [
        (work(1, title="a\x00b"), "NUL"),
        (b'{"id": "https://openalex.org/W1", "title": "\\ud800"}', "surrogate"),
        (b'{"id": "https://openalex.org/W1", "deep": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "deep"),
        (work(1, publication_year=0), "year"),
        (work(1, id="https://openalex.org/W" + "1" * 2_700), "id"),
        (work(1, title="a\u202eb"), "direction"),
        (b'{"id": "https://openalex.org/W1", "title": "caf\xe9"}', "UTF-8"),
        (b'{"id": "https://openalex.org/W1", "publication_year": 1e400}', "JSON"),
    ],
    ids=["NUL", "half a pair", "deep", "year 0", "long key", "directions", "latin1", "1e400"],
)
def test_50_a_bad_record_is_set_aside_alone(bring, record, word):
    ((reason, is_quarantined),) = bring(record)
    assert is_quarantined
    assert word in reason
    assert reason.isprintable()
    assert Work.objects.count() == 2


# --- 51 ------------------------------------------------------------------------------------------------------------


def test_51_five_thousand_authors_are_all_kept_in_order(bring):
    authors = [
        {"author": {"id": f"https://openalex.org/A{at}", "display_name": f"Person {at}"}, "raw_author_name": f"P. {at}"}
        for at in range(1, 5_001)
    ]
    assert bring(work(1, authorships=authors)) == []
    listed = list(Authorship.objects.filter(work__openalex_id="W1").order_by("position").values_list("byline", "researcher__openalex_id"))
    assert listed == [(f"P. {at}", f"A{at}") for at in range(1, 5_001)]


def test_51_no_authors_and_positions_that_repeat_are_no_mistakes(bring):
    twice = [{"author_position": "first", "author": {"display_name": name}, "raw_author_name": name} for name in ("Ada", "Ben", "Cy")]
    assert bring(work(1, authorships=[]), work(2, authorships=None), work(3, authorships=twice)) == []
    assert list(Authorship.objects.filter(work__openalex_id="W3").order_by("position").values_list("position", "byline")) == [
        (1, "Ada"), (2, "Ben"), (3, "Cy"),
    ]  # fmt: skip
    assert Work.objects.count() == 5


def test_51_one_author_twice_is_one_researcher_with_two_bylines(bring):
    assert bring(work(1, authorships=work(1)["authorships"] * 2)) == []
    assert Authorship.objects.filter(work__openalex_id="W1", researcher__openalex_id="A11").count() == 2
    assert Researcher.objects.count() == 1


# --- 52 ------------------------------------------------------------------------------------------------------------


def test_52_a_field_that_changes_its_type_is_left_out_and_noted(bring):
    assert bring(work(1, biblio="12(3)", authorships={"0": 1}, language=["en"])) == [
        ("language was a list, not text; it was left out.", False),
        ("biblio was text, not an object; it was left out.", False),
        ("authorships was an object, not a list; it was left out.", False),
    ]
    assert Work.objects.get(openalex_id="W1").title == "Title 1"


def test_52_impossible_positions_of_words_are_left_out_and_noted(bring):
    index = {"far": [10**9], "Kept": [0], "before": [-3], "words": [1, 1.5, True]}
    assert bring(work(1, abstract_inverted_index=index)) == [
        ("abstract_inverted_index holds what is no word with its positions; that was left out.", False)
    ]
    assert Work.objects.get(openalex_id="W1").abstract == "Kept words"


# --- 53 ------------------------------------------------------------------------------------------------------------


def test_53_upstream_overwrites_no_correction_and_revokes_no_claim(bring, tmp_path):
    bring(work(1))
    member = MemberFactory()
    researcher = Researcher.objects.get(openalex_id="A11")
    Work.objects.filter(openalex_id="W1").update(
        title="As the owner has it", asserted={"title": {"value": "As the owner has it", "at": "2026-01-01T00:00:00Z", "by": member.pk}}
    )
    Researcher.objects.filter(pk=researcher.pk).update(
        display_name="Ada B. Example",
        is_claimed=True,
        verification_level=3,
        biography="Mine.",
        asserted={"display_name": {"value": "Ada B. Example", "at": "2026-01-01T00:00:00Z", "by": member.pk}},
    )
    claim = Claim.objects.create(user=member, researcher=researcher, state=Claim.State.ACCEPTED, decided_at=timezone.now())

    hostile = [
        work(1, title="Upstream's new title", updated_date="2030-01-01T00:00:00"),
        {"id": "https://openalex.org/A11", "display_name": "Somebody Else", "updated_date": "2030-01-01T00:00:00"},
        {"id": "https://openalex.org/A12", "display_name": "Somebody Else"},
    ]
    path = tmp_path / "later.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in hostile))
    imported(path)
    merges = tmp_path / "merged.csv"
    merges.write_text("merge_date,id,merge_into_id\n2030-01-01,A11,A12\n")
    imported(merges)

    assert Work.objects.get(openalex_id="W1").title == "As the owner has it"
    claim.refresh_from_db()
    assert (claim.state, claim.researcher_id) == (Claim.State.ACCEPTED, researcher.pk)
    kept = Researcher.objects.get(pk=researcher.pk)
    assert (kept.display_name, kept.is_claimed, kept.verification_level, kept.biography) == ("Ada B. Example", True, 3, "Mine.")
