"""The demo corpus: sound as files, and with the known numbers once it is loaded."""

from collections import Counter
from collections.abc import Iterable
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TypeVar

import pytest
from django.core.management import CommandError, call_command

from bzpeer.management.commands.demo import CORPUS
from graph.models import Collaboration
from researchers.models import Affiliation, Institution, Researcher, TrustSnapshot
from researchers.trust import band
from works.drafts import AuthorDraft, InstitutionDraft, TopicDraft, WorkDraft
from works.models import ImportProblem, ImportRun, Reference, Topic, Work
from works.sources import openalex

D = TypeVar("D")
MARK = "Summary written for the bzpeer demo: "

LIU_ZIYIN_WORKS = {
    ("Exact Phase Transitions in Deep Learning", 2022),
    ("Power Laws and Symmetries in a Minimal Model of Financial Market Economy", 2022),
    ("Power-law escape rate of SGD", 2022),
    ("Stochastic Neural Networks with Infinite Width are Deterministic", 2022),
    ("Strength of Minibatch Noise in SGD", 2022),
    ("Universal Thermodynamic Uncertainty Relation in Non-Equilibrium Dynamics", 2022),
    ("Learning Not to Learn in the Presence of Noisy Labels", 2020),
    ("Think Locally, Act Globally: Federated Learning with Local and Global Representations", 2020),
    ("Volumization as a Natural Generalization of Weight Decay", 2020),
}


def drafts(name: str, kind: type[D]) -> list[D]:
    """Every line of a file as a draft; a line that became anything else fails the test that asked."""
    found = list(openalex.read_file(CORPUS / name))
    assert [type(each) for each in found] == [kind] * len(found)
    return [each for each in found if isinstance(each, kind)]


@pytest.fixture(scope="module")
def works() -> list[WorkDraft]:
    return drafts("works.jsonl", WorkDraft)


def works_with(works: Iterable[WorkDraft], name: str) -> list[WorkDraft]:
    return [work for work in works if name in people(work)]


def people(work: WorkDraft) -> list[str]:
    return [authorship.author.display_name for authorship in work.authorships if authorship.author]


def topic_names(works: Iterable[WorkDraft]) -> set[str]:
    return {link.topic.display_name for work in works for link in work.topics}


# --- the files ------------------------------------------------------------------------------------------------------


def test_ids_are_unique_and_names_mean_one_person(works: list[WorkDraft]) -> None:
    keys = [work.key for work in works]
    identifiers = [identifier for work in works for identifier in (work.doi, work.arxiv_id, *work.also_known_as) if identifier]
    authors = {(a.author.key, a.author.display_name) for work in works for a in work.authorships if a.author}

    assert len(keys) == len(set(keys)) == 33
    assert len(identifiers) == len(set(identifiers))
    assert len(authors) == len({key for key, _ in authors}) == len({name for _, name in authors}) == 92


def test_own_ids_lie_in_the_reserved_range(works: list[WorkDraft]) -> None:
    referenced = chain.from_iterable(work.references for work in works)
    authors = [a.author.key for work in works for a in work.authorships if a.author]

    assert all(key.startswith("openalex:W99000000") for key in chain((work.key for work in works), referenced))
    assert all(key.startswith("openalex:A99000000") for key in authors)


def test_author_records_belong_to_authors_of_works(works: list[WorkDraft]) -> None:
    records = {author.key: author.display_name for author in drafts("authors.jsonl", AuthorDraft)}
    bylines = {a.author.key: a.author.display_name for work in works for a in work.authorships if a.author}

    assert len(records) == 31
    assert records.items() <= bylines.items()


def test_institutions_and_topics_of_works_have_records_of_their_own(works: list[WorkDraft]) -> None:
    institutions = {each.key: each.display_name for each in drafts("institutions.jsonl", InstitutionDraft)}
    topics = {each.key: each.display_name for each in drafts("topics.jsonl", TopicDraft)}

    assert institutions == {i.key: i.display_name for work in works for a in work.authorships for i in a.institutions}
    assert topics == {link.topic.key: link.topic.display_name for work in works for link in work.topics}
    assert (len(institutions), len(topics)) == (31, 12)


def test_references_form_a_living_graph(works: list[WorkDraft]) -> None:
    here = {work.key: work for work in works}
    inside = [(work.key, reference) for work in works for reference in work.references if reference in here]
    outside = {reference for work in works for reference in work.references} - here.keys()

    assert len(inside) == 95
    assert len(outside) == 20
    assert all(citing != cited for citing, cited in inside)
    # A work cites what is as old or older. Conference dates trail the preprint that was cited, hence the year's grace.
    assert [(a, b) for a, b in inside if (here[b].publication_year or 0) > (here[a].publication_year or 0) + 1] == []
    alone = here.keys() - {key for pair in inside for key in pair}
    assert {here[key].title for key in alone} == {"Exact Phase Transitions in Deep Learning"}


def test_works_outside_the_corpus_are_named_in_the_readme(works: list[WorkDraft]) -> None:
    readme = (CORPUS / "README.md").read_text(encoding="utf-8")
    outside = {reference for work in works for reference in work.references} - {work.key for work in works}

    assert {key for key in outside if key.removeprefix("openalex:") not in readme} == set()


def test_every_abstract_says_that_it_was_written_for_the_demo(works: list[WorkDraft]) -> None:
    assert {work.title for work in works if not work.abstract.startswith(MARK)} == set()
    assert {work.title for work in works if not 150 < len(work.abstract) < 700} == set()


def test_abstracts_exercise_typesetting(works: list[WorkDraft]) -> None:
    abstract = {work.title: work.abstract for work in works}

    assert r"$Δ\log L=\log[L(θ^s)/L(θ^*)]$" in abstract["Power-law escape rate of SGD"]
    assert r"\textit{volumization}" in abstract["Volumization as a Natural Generalization of Weight Decay"]
    assert r"\(L_∞\)" in abstract["Volumization as a Natural Generalization of Weight Decay"]
    assert "fitting < the cost" in abstract["Exact Phase Transitions in Deep Learning"]
    assert " α<2 " in abstract["A Tail-Index Analysis of Stochastic Gradient Noise in Deep Neural Networks"]


def test_years_agree_with_dates(works: list[WorkDraft]) -> None:
    assert {work.title for work in works if work.publication_date[:4] != str(work.publication_year)} == set()


def test_paper_of_the_known_terms_has_its_first_date(works: list[WorkDraft]) -> None:
    (found,) = [work for work in works if work.arxiv_id == "2006.13719"]

    assert (found.title, found.publication_date) == ("Dynamic of Stochastic Gradient Descent with State-Dependent Noise", "2020-06-24")
    assert people(found) == ["Qi Meng", "Shiqi Gong", "Wei Chen", "Zhi-Ming Ma", "Tie-Yan Liu"]


def test_liu_ziyin_has_the_nine_works_and_nine_topics(works: list[WorkDraft]) -> None:
    found = works_with(works, "Liu Ziyin")

    assert {(work.title, work.publication_year) for work in found} == LIU_ZIYIN_WORKS
    assert len(found) == len(topic_names(found)) == 9
    assert all(work.doi and work.arxiv_id for work in found)


def test_kangqiao_liu_has_two_works_three_topics_three_coauthors_of_both(works: list[WorkDraft]) -> None:
    found = works_with(works, "Kangqiao Liu")
    shared = Counter(chain.from_iterable(people(work) for work in found))

    assert {work.arxiv_id for work in found} == {"2105.09557", "2102.05375"}
    assert len(topic_names(found)) == 3
    assert {name for name, times in shared.items() if times == 2} == {"Kangqiao Liu", "Takashi Mori", "Liu Ziyin", "Masahito Ueda"}


@pytest.mark.parametrize("name", ["Kangqiao Liu", "Liu Ziyin"])
def test_no_affiliation_stands_anywhere_for(name: str, works: list[WorkDraft]) -> None:
    authorships = [a for work in works for a in work.authorships if a.author and a.author.display_name == name]
    (record,) = [author for author in drafts("authors.jsonl", AuthorDraft) if author.display_name == name]

    assert [a for a in authorships if a.institutions or a.raw_affiliations] == []
    assert record.affiliations == ()


def test_no_orcid_is_asserted_for_anybody(works: list[WorkDraft]) -> None:
    assert {author.orcid for author in drafts("authors.jsonl", AuthorDraft)} == {""}
    assert {a.raw_orcid for work in works for a in work.authorships} == {""}


# --- loaded ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def portal(db: None) -> None:
    call_command("demo", stdout=StringIO())


def researcher(name: str) -> Researcher:
    return Researcher.objects.get(display_name=name)


def spoken(**options: bool) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue().strip()


def counted(name: str) -> tuple[int, int, int]:
    found = researcher(name)
    return found.works_count, found.topics_count, found.close_collaborators_count


def points(name: str) -> dict[str, int]:
    snapshot = TrustSnapshot.objects.filter(researcher=researcher(name)).latest("computed_at", "id")
    given = {component["key"]: component["points"] for component in snapshot.components if component["points"]}
    assert sum(given.values()) == snapshot.score == researcher(name).trust_score
    return given


@pytest.mark.usefixtures("portal")
def test_everything_is_stored_and_nothing_set_aside() -> None:
    run = ImportRun.objects.latest("id")

    assert (run.state, run.error) == ("finished", "")
    assert run.finished_at
    assert not ImportProblem.objects.filter(run=run).exists()
    assert (Work.objects.count(), Researcher.objects.count(), Institution.objects.count(), Topic.objects.count()) == (33, 92, 31, 12)
    assert (Reference.objects.filter(cited__isnull=False).count(), Reference.objects.filter(cited=None).count()) == (95, 40)


@pytest.mark.usefixtures("portal")
def test_kangqiao_liu_meets_the_known_point() -> None:
    assert counted("Kangqiao Liu") == (2, 3, 3)
    assert points("Kangqiao Liu") == {"level": 8, "identified_works": 2, "close_collaborators": 3}
    assert researcher("Kangqiao Liu").trust_score == 13
    assert band(13) == "Unverified"
    close = Collaboration.objects.filter(researcher=researcher("Kangqiao Liu"), works__gte=2)
    assert set(close.values_list("collaborator__display_name", flat=True)) == {"Takashi Mori", "Liu Ziyin", "Masahito Ueda"}


@pytest.mark.usefixtures("portal")
def test_liu_ziyin_has_more_close_collaborators_than_the_known_point() -> None:
    assert counted("Liu Ziyin") == (9, 9, 6)
    assert points("Liu Ziyin") == {"level": 8, "identified_works": 9, "close_collaborators": 6}
    assert band(researcher("Liu Ziyin").trust_score) == "Emerging"


@pytest.mark.usefixtures("portal")
def test_known_papers_are_cited_and_cite() -> None:
    found = {
        w.arxiv_id: (w.references_count, w.cited_by_count)
        for w in Work.objects.filter(arxiv_id__in=["2006.13719", "2105.09557", "2102.05375"])
    }

    assert found == {"2006.13719": (8, 2), "2105.09557": (13, 2), "2102.05375": (11, 1)}


@pytest.mark.usefixtures("portal")
def test_nobody_is_affiliated_who_has_no_affiliation_in_the_files() -> None:
    found = Affiliation.objects.filter(researcher__display_name__in=["Kangqiao Liu", "Liu Ziyin"])

    assert list(found) == []
    assert Affiliation.objects.exists()


@pytest.mark.usefixtures("portal")
def test_nobody_has_claimed_anything() -> None:
    assert not Researcher.objects.filter(is_claimed=True).exists()
    assert set(Researcher.objects.values_list("verification_level", flat=True)) == {1}


@pytest.mark.usefixtures("portal")
def test_repeating_says_that_nothing_changed() -> None:
    assert spoken() == "The demo corpus is already here: nothing changed."


@pytest.mark.usefixtures("portal")
def test_if_empty_leaves_a_portal_with_works_alone() -> None:
    runs = ImportRun.objects.count()

    assert spoken(if_empty=True) == "The portal already holds works: the demo corpus was not loaded."
    assert ImportRun.objects.count() == runs


@pytest.mark.django_db
def test_if_empty_loads_into_an_empty_portal() -> None:
    assert spoken(if_empty=True) == "The demo corpus is loaded: 107 of 107 records written."


@pytest.mark.django_db
def test_missing_file_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bzpeer.management.commands.demo.CORPUS", tmp_path)

    with pytest.raises(CommandError, match=r"institutions\.jsonl.*install bzpeer again"):
        call_command("demo")

    assert ImportRun.objects.get().state == "failed"
