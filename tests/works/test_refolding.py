"""Folded names and titles follow `fold`, whatever wrote them."""

import json
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from researchers.models import Institution, Researcher
from researchers.names import fold
from works import refolding, runs
from works.models import Topic, Work

pytestmark = pytest.mark.django_db

WORK = {
    "id": "https://openalex.org/W1",
    "title": "Über $\\alpha$-Zerfälle",
    "authorships": [
        {
            "author": {"id": "https://openalex.org/A11", "display_name": "Zoë Müller"},
            "raw_author_name": "Z. Müller",
            "institutions": [{"id": "https://openalex.org/I7", "display_name": "École Normale", "type": "education"}],
        }
    ],
    "topics": [{"id": "https://openalex.org/T5", "display_name": "Größenordnungen", "score": 0.9}],
}
INSTITUTION = {"id": "https://openalex.org/I7", "display_name": "École Normale", "display_name_acronyms": ["ÉNS"]}
PAPER = {"id": "2006.13719", "authors": "Ada Exämple, Ben Sample", "title": "A pàper", "categories": "cs.DL", "abstract": "Words."}

STORED: list[tuple[type[Work] | type[Researcher] | type[Topic] | type[Institution], str, Callable[[Collection[int]], int]]] = [
    (Work, "folded_title", refolding.refold_works),
    (Researcher, "folded_names", refolding.refold_researchers),
    (Topic, "folded_names", refolding.refold_topics),
    (Institution, "folded_names", refolding.refold_institutions),
]


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path) -> None:
    for provider, records in (("openalex", (INSTITUTION, WORK)), ("arxiv", (PAPER,))):
        path = tmp_path / f"{provider}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        run = runs.take(runs.ask_for(provider=provider, files=[str(path)]).pk)
        assert run is not None
        runs.carry_on(run)


@pytest.mark.parametrize(("model", "column", "refold"), STORED, ids=[model.__name__ for model, _, _ in STORED])
def test_what_an_import_folded_is_left_alone_and_what_was_folded_otherwise_is_mended(model, column, refold):
    before = dict(model.objects.values_list("pk", column))
    assert (len(before) > 0, refold(list(before))) == (True, 0)
    model.objects.update(**{column: "old"})
    assert refold(list(before)) == len(before)
    if model is not Institution:  # its further names stand nowhere else
        assert dict(model.objects.values_list("pk", column)) == before


def test_another_fold_reaches_every_name_form(monkeypatch):
    def louder(text: str) -> str:
        return fold(text).upper()

    monkeypatch.setattr("works.entities.fold", louder)
    monkeypatch.setattr("researchers.searching.fold", louder)
    monkeypatch.setattr("works.refolding.fold", louder)
    researcher = Researcher.objects.get(openalex_id="A11")
    assert refolding.refold_researchers([researcher.pk]) == 1
    researcher.refresh_from_db()
    assert researcher.folded_names == "Z MULLER | ZOE MULLER"
    institution = Institution.objects.get()
    refolding.refold_institutions([institution.pk])
    institution.refresh_from_db()
    assert institution.folded_names == "ECOLE NORMALE ENS"
