"""How am I connected: what the page says, whom it begins from, and what it never breaks on."""

import re
from html import unescape
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim
from bzpeer.pipeline import rebuild_everything
from researchers.models import Researcher, ResearcherRedirect
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory, collaborate

pytestmark = pytest.mark.django_db


def address(person: Researcher) -> str:
    return f"/researchers/{person.pk}/{person.display_name.lower().replace(' ', '-')}/connection/"


def page(client, person, **parameters):
    answer = client.get(address(person), parameters)
    assert answer.status_code == 200
    return answer.text


def text_of(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


def chain_of(html):
    """The names on the drawn chain."""
    return re.findall(r'class="chain__name" href="[^"]*">([^<]*)</a>', html)


def own(user: User, researcher: Researcher) -> None:
    Claim.objects.create(user=user, researcher=researcher, state=Claim.State.ACCEPTED, reason="It is mine.", decided_at=timezone.now())
    Researcher.objects.filter(pk=researcher.pk).update(is_claimed=True, verification_level=2)


@pytest.fixture
def people() -> dict[str, Researcher]:
    """Ada wrote with Ben, Ben with Cleo; Ada also with Dan, Dan with Cleo; Zoe with nobody."""
    made: dict[str, Researcher] = {name: ResearcherFactory(display_name=name) for name in ("Ada", "Ben", "Cleo", "Dan", "Zoe")}
    for one, other, title, year in (
        ("Ada", "Ben", "Escape <b>rates</b> where x<y & $\\alpha$", 2019),
        ("Ada", "Ben", "Noise", 2021),
        ("Ben", "Cleo", "Width", None),
        ("Ada", "Dan", "Relations", 2020),
        ("Dan", "Cleo", "Markets", 2022),
    ):
        WorkFactory(title=title, publication_year=year, authors=[made[one], made[other]])
    rebuild_everything()
    return made


def test_the_chain_names_people_and_works_with_years(client, people):
    html = page(client, people["Cleo"], **{"from": people["Ada"].pk})
    assert chain_of(html) == ["Ada", "Ben", "Cleo"]
    words = text_of(html)
    assert "Two steps apart" in words
    assert "2 works together , 2019–2021" in words
    assert "Noise 2021" in words
    assert "Width Year unknown" in words
    assert "<b>rates</b> where" not in html
    assert f'href="/researchers/{people["Ada"].pk}/ada/?with={people["Ben"].pk}#published"' in html


def test_two_who_wrote_together_are_told_so(client, people):
    words = text_of(page(client, people["Ben"], **{"from": people["Ada"].pk}))
    assert "They wrote together" in words
    assert "From Ada to Ben , over works written together." in words


def test_another_way_is_drawn_on_request(client, people):
    html = page(client, people["Cleo"], **{"from": people["Ada"].pk})
    assert f'href="?from={people["Ada"].pk}&amp;way=2#chain"' in html
    assert chain_of(page(client, people["Cleo"], **{"from": people["Ada"].pk}, way="2")) == ["Ada", "Dan", "Cleo"]


def test_a_person_can_be_left_out_and_let_in_again(client, people):
    html = page(client, people["Cleo"], **{"from": people["Ada"].pk})
    assert f'href="?from={people["Ada"].pk}&amp;avoid={people["Ben"].pk}"' in html
    assert html.count("Without this person") == 1  # the ends cannot be left out
    around = page(client, people["Cleo"], **{"from": people["Ada"].pk, "avoid": people["Ben"].pk})
    assert chain_of(around) == ["Ada", "Dan", "Cleo"]
    assert "Without Ben" in text_of(around)
    nobody = page(client, people["Cleo"], **{"from": people["Ada"].pk, "avoid": [people["Ben"].pk, people["Dan"].pk]})
    assert "Their works do not meet" in nobody


def test_none_within_the_steps_is_told_apart_from_none_at_all(client, people):
    assert "Their works do not meet" in page(client, people["Zoe"], **{"from": people["Ada"].pk})
    line = ResearcherFactory.create_batch(9)
    for one, other in pairwise(line):
        collaborate(one, other)
    html = page(client, line[8], **{"from": line[0].pk})
    assert "None within 6 steps" in html
    assert f'href="?from={line[0].pk}&amp;depth=12"' in html
    assert len(chain_of(page(client, line[8], **{"from": line[0].pk}, depth="12"))) == 9


def test_giving_up_is_not_told_as_none(client, people, monkeypatch):
    monkeypatch.setattr("graph.paths.MOST_EDGES", 0)
    assert "The search was given up" in page(client, people["Cleo"], **{"from": people["Ada"].pk})


def test_the_swapped_page_goes_the_other_way(client, people):
    html = page(client, people["Cleo"], **{"from": people["Ada"].pk, "max_authors": "5"})
    assert f'href="/researchers/{people["Ada"].pk}/ada/connection/?from={people["Cleo"].pk}&amp;max_authors=5"' in html


def test_a_stranger_is_asked_whom_to_begin_from_and_finds_them(client, people):
    html = page(client, people["Cleo"])
    assert "How are you connected?" in html
    assert chain_of(html) == []
    assert "Log in" in text_of(html)
    found = page(client, people["Cleo"], name="ad")
    assert f'href="?from={people["Ada"].pk}"' in found
    assert "Nobody else here has such a name" in page(client, people["Cleo"], name="xyz")


def test_an_owner_begins_from_their_own_record(client, people):
    user = MemberFactory()
    client.force_login(user)
    assert "Claim your record" in page(client, people["Cleo"])
    own(user, people["Ada"])
    html = page(client, people["Cleo"])
    assert chain_of(html) == ["Ada", "Ben", "Cleo"]
    assert "From you, Ada, to" in text_of(html)
    assert "You wrote together" in page(client, people["Ben"])
    assert chain_of(page(client, people["Cleo"], **{"from": people["Dan"].pk})) == ["Dan", "Cleo"]


def test_a_claim_in_review_does_not_make_it_mine(client, people):
    user = MemberFactory()
    Claim.objects.create(user=user, researcher=people["Ada"], reason="It is mine.")
    client.force_login(user)
    assert chain_of(page(client, people["Cleo"])) == []


def test_one_and_the_same_record(client, people):
    html = page(client, people["Ada"], **{"from": people["Ada"].pk})
    assert "This is the same record" in html
    assert "Begin from somebody else" in html


def test_a_wrong_slug_and_a_merged_record_lead_on_with_the_question(client, people):
    answer = client.get(f"/researchers/{people['Ada'].pk}/x/connection/?from=7")
    assert (answer.status_code, answer["Location"]) == (301, f"{address(people['Ada'])}?from=7")
    ResearcherRedirect.objects.create(key="id:777777", researcher=people["Ada"])
    assert client.get("/researchers/777777/x/connection/")["Location"] == address(people["Ada"])
    assert chain_of(page(client, people["Cleo"], **{"from": "777777"})) == ["Ada", "Ben", "Cleo"]
    assert client.get("/researchers/888888/x/connection/").status_code == 404
    assert client.get(address(people["Ada"]), {"from": "888888"}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "avoid=x&avoid=-1&avoid=%00&avoid=99999999999999999999", "max_authors=NaN&depth=1e9&way=0", "way=99", "way=" + "9" * 5_000,
        "name=%00%FF", "avoid=1" * 300,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_left_aside(client, people, query):
    answer = client.get(f"{address(people['Cleo'])}?from={people['Ada'].pk}&{query}")
    assert answer.status_code == 200
    assert len(chain_of(answer.text)) == 3


@pytest.mark.parametrize("named", ["x", "-1", "%00", "9" * 5_000, "work:1"])
def test_a_start_that_is_nobody_is_not_found(client, people, named):
    assert client.get(f"{address(people['Cleo'])}?from={named}").status_code == 404


@pytest.mark.parametrize("number", [1, 20])
def test_queries_do_not_grow_with_the_neighbourhood(client, number):
    start, middle, end = (ResearcherFactory(display_name=name) for name in ("Start", "Middle", "End"))
    collaborate(start, middle)
    collaborate(middle, end)
    for person in (start, middle, end):
        for other in ResearcherFactory.create_batch(number):
            collaborate(person, other)
    with CaptureQueriesContext(connection) as queries:
        page(client, end, **{"from": start.pk})
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 10


def test_the_profile_leads_here(client, people):
    assert f'href="{address(people["Ada"])}"' in client.get(f"/researchers/{people['Ada'].pk}/ada/").text
