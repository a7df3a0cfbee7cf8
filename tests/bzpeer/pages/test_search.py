"""Search over every kind of record, pasted ids, suggestions."""

import re

import pytest
from django.core.management import load_command_class

from bzpeer.addresses import record_address
from bzpeer.pages.search import recognised
from researchers.names import fold
from tests.factories.records import InstitutionFactory, ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

QUERIES = 7  # one for each kind, two for what stands beside researchers, one for the bylines of works


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


def found(client, q, **parameters):
    answer = client.get("/search/", {"q": q, **parameters})
    assert answer.status_code == 200
    return words(answer.text)


@pytest.mark.parametrize("size", [1, 3])
def test_a_search_costs_the_same_queries_whatever_is_found(client, django_assert_num_queries, size):
    for number in range(size):
        person = ResearcherFactory(display_name=f"Noise {number}")
        WorkFactory(title=f"Noise {number}", authors=[person])
        TopicFactory(display_name=f"Noise {number}")
        InstitutionFactory(display_name=f"Noise {number}")
    with django_assert_num_queries(QUERIES):
        client.get("/search/", {"q": "noise"})


@pytest.mark.parametrize("asked", ["jose garcia", "García José", "gar jos", "JOSÉ", "garcia, jose", "jose garc"])
def test_a_name_is_found_in_any_order_without_accents_by_its_beginnings(client, asked):
    ResearcherFactory(display_name="José García Márquez")
    ResearcherFactory(display_name="Joseph Haydn")
    shown = found(client, asked)
    assert "José García Márquez" in shown
    assert ("Joseph Haydn" in shown) == (fold(asked) == "jose")


def test_every_kind_is_found_at_once_with_its_number(client):
    for number in range(22):
        WorkFactory(title=f"Noise {number}")
    TopicFactory(display_name="Noise")
    InstitutionFactory(display_name="Noise Institute", country_code="FR")
    shown = found(client, "noise")
    assert "Researchers 0 Works 20+ Topics 1 Institutions 1" in shown
    assert "Noise Institute 0 works France" in shown
    only = found(client, "noise", kind="work")
    assert "Noise Institute" not in only
    assert "page 1" in only
    assert found(client, "noise", kind="work", page="2").count("citations here") == 2


def test_an_empty_answer_and_an_empty_question_help(client):
    shown = found(client, "xyzzy")
    assert "Nothing is found for “xyzzy”" in shown
    assert "Try fewer words" in shown
    assert "An id leads straight to its record" in found(client, "")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("0000-0002-1825-0097", "researcher"),
        ("https://orcid.org/0000-0002-1825-0097", "researcher"),
        ("A123", "researcher"),
        ("https://openalex.org/A123", "researcher"),
        ("10.1000/abc", "work"),
        ("https://doi.org/10.1000/ABC", "work"),
        ("doi:10.1000/abc", "work"),
        ("2105.09557", "work"),
        ("arXiv:2105.09557v2", "work"),
        ("https://arxiv.org/abs/2105.09557", "work"),
        ("https://api.openalex.org/works/W77", "work"),
        ("10.48550/arXiv.2105.09557", "work"),
        ("T5", "topic"),
        ("I6", "institution"),
        ("https://ror.org/057zh3y96", "institution"),
    ],
)
def test_a_pasted_id_leads_straight_to_its_record(client, asked, kind):
    records = {
        "researcher": ResearcherFactory(openalex_id="A123", orcid="0000-0002-1825-0097"),
        "work": WorkFactory(openalex_id="W77", doi="10.1000/abc", arxiv_id="2105.09557"),
        "topic": TopicFactory(openalex_id="T5"),
        "institution": InstitutionFactory(openalex_id="I6", ror="057zh3y96"),
    }
    record = records[kind]
    answer = client.get("/search/", {"q": f"  {asked} "})
    assert (answer.status_code, answer["Location"]) == (302, record_address(kind, record.pk, str(record)))


def test_a_pasted_id_that_is_not_here_says_how_to_bring_it(client):
    shown = found(client, "arXiv:2105.09557")
    assert (
        "arXiv id 2105.09557 is not on this portal. Look it up at its source , or bring it here with bzpeer import arxiv --id 2105.09557"
        in shown
    )


@pytest.mark.parametrize("asked", ["0000-0002-1825-0097", "A123", "W77", "2105.09557"])
def test_the_command_named_for_an_absent_id_is_one_the_import_understands(asked):
    command = recognised(asked).command.removeprefix("bzpeer import ").split()
    options = vars(load_command_class("bzpeer", "import").create_parser("manage.py", "import").parse_args(command))
    assert options["way"] in {"openalex", "arxiv"}
    assert asked in str(list(options.values()))


def test_suggestions_are_a_short_list_of_links(client):
    for number in range(9):
        WorkFactory(title=f"Noise $x_{number}$", type="preprint")
    person = ResearcherFactory(display_name="Noise <b>Maker")
    answer = client.get("/search/", {"q": "noi", "part": "suggestions"})
    assert answer.text.count('role="option"') == 5
    assert f'data-address="{record_address("researcher", person.pk, person.display_name)}"' in answer.text
    assert "<b>" not in answer.text
    assert "Preprint, 2022" in answer.text
    assert 'role="option"' not in client.get("/search/", {"q": "n", "part": "suggestions"}).text


@pytest.mark.parametrize(
    "asked", ["\x00", "'", '"', "a & b | !c", "<script>alert(1)</script>", ":*", "\\", "x" * 60_000, "a " * 3_000, "ﷺ" * 200, "\ud83d"]
)
def test_any_question_is_answered(client, asked):
    for parameters in (
        {},
        {"kind": "work"},
        {"kind": "\x00", "page": "-1"},
        {"kind": "topic", "page": "9" * 5000},
        {"part": "suggestions"},
    ):
        answer = client.get("/search/", {"q": asked.encode("utf-8", "surrogatepass"), **parameters})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
