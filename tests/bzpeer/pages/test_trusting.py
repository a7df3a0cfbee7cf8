"""The trust page of a record, the page about trust, and the marks beside names."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from bzpeer.accounts.domain import follow
from bzpeer.addresses import slug
from bzpeer.feeds.models import Reader
from bzpeer.pipeline import derive_all_pending, rebuild_everything
from researchers.domain import mark_verified
from researchers.models import Researcher, TrustSnapshot, VerificationLevel
from researchers.trust import BANDS, LEVEL_POINTS, levels, rules
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import AffiliationFactory, ResearcherFactory, WorkFactory, collaborate
from works.models import RecordChange

pytestmark = pytest.mark.django_db


def text_of(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


@pytest.fixture
def ada():
    person, *others = (ResearcherFactory(display_name=name) for name in ("Ada Byron", "Charles Babbage"))
    for number in (1, 2):
        WorkFactory(title=f"On engines {number}", doi=f"10.1/{number}", authors=[person, *others])
    AffiliationFactory(researcher=person)
    rebuild_everything()
    return Researcher.objects.get(pk=person.pk)


def page(client, person, **parameters):
    answer = client.get(f"/researchers/{person.pk}/ada-byron/trust/", parameters)
    assert answer.status_code == 200
    return answer.text


def test_every_part_has_its_points_its_rows_and_what_more_would_take(client, ada):
    html = page(client, ada)
    words = text_of(html)
    for rule in rules():
        assert f'id="{rule.key}"' in html
    assert "Trust 14 - Unverified" in words  # L1 8, two works, one close collaborator, an affiliation
    assert html.count("On engines") == 2
    assert "Charles Babbage, 2 works" in words
    assert "18 more points: 18 more works with a DOI or an arXiv id on the record." in words
    assert "37 more points: Its owner claims it with an account whose e-mail address is confirmed." in words
    assert "1 snapshot" in words


def test_a_full_part_asks_for_nothing(client, ada):
    assert "An institution in the author record" not in page(client, ada)


def test_history_is_drawn_told_and_compared(client, ada):
    WorkFactory(title="On looms", doi="10.1/3", authors=[ada])
    RecordChange.objects.create(kind="researcher", record_id=ada.pk)
    derive_all_pending()
    html = page(client, ada)
    words = text_of(html)
    assert "trust-history__score" in html
    assert "Works with a DOI or arXiv id +1" in words
    assert "Works with a DOI or arXiv id 2 3 +1" in words
    first, second = TrustSnapshot.objects.filter(researcher=ada).order_by("pk")
    assert text_of(page(client, ada, **{"from": second.pk, "to": first.pk})).count("Works with a DOI or arXiv id 2 3 +1") == 1


@pytest.mark.parametrize("asked", ["", "0", "-1", "x", "9" * 30, "\x00"])
def test_an_unknown_snapshot_is_the_newest(client, ada, asked):
    TrustSnapshot.objects.create(
        researcher=ada, computed_at=datetime(2020, 1, 1, tzinfo=UTC), formula_version="v0", level=0, score=3, components=[]
    )
    words = text_of(page(client, ada, **{"from": asked, "to": asked}))
    assert "Formula v0 became v1" in words


def test_a_record_without_a_score_says_so(client):
    person = ResearcherFactory(display_name="Ada Byron")
    assert "not computed yet" in page(client, person)


def test_other_slugs_lead_on_and_unknown_records_are_not_found(client, ada):
    answer = client.get(f"/researchers/{ada.pk}/-/trust/")
    assert (answer.status_code, answer["Location"]) == (301, f"/researchers/{ada.pk}/ada-byron/trust/")
    assert client.get("/researchers/999999/x/trust/").status_code == 404


def test_the_page_about_trust_takes_every_number_from_the_formula(client):
    html = client.get("/about/trust/").text
    words = text_of(html)
    for rule in rules():
        assert f"{rule.label} {rule.cap} {rule.gives}" in words
    for level, points in enumerate(LEVEL_POINTS):
        assert f"L{level} {points} {levels()[level].means}" in words
    assert [name for _, name in BANDS] == re.findall(r'<th scope="row">(\w+)</th><td class="number">\d+–', html)
    assert "It gives 21 points instead of 8" in words
    assert "Anchored 80–100" in words


def test_a_name_in_a_list_carries_its_level(client, ada):
    mark_verified(ada, level=VerificationLevel.PROVED, is_claimed=True)
    for address in ("/", "/researchers/", "/works/", "/search/?q=engines"):
        assert "badge--l3" in client.get(address).text, address


def test_a_level_stands_behind_every_name_that_a_member_is_shown(client):
    """Lists of people on member pages: the mark says what the level means."""
    me, person, fan = MemberFactory(), ResearcherFactory(display_name="Ada Lovelace"), MemberFactory(display_name="A fan")
    owned(person, user=me, proved=True)
    fans_own = owned(ResearcherFactory(display_name="A fan"), user=fan, proved=True).researcher
    Reader.objects.create(user=fan, is_listed=True)
    follow(user=fan, researcher=person)
    follow(user=me, researcher=fans_own)
    between = ResearcherFactory(display_name="Bea Between")
    for pair in ((person, between), (between, fans_own)):
        WorkFactory(authors=list(pair))
        collaborate(*pair)
    client.force_login(me)
    places = {
        f"/researchers/{person.pk}/followers/": fans_own,
        "/feed/following/": fans_own,
        "/feed/": between,  # suggested: nothing is new yet
        f"/researchers/{fans_own.pk}/{slug(fans_own.display_name)}/connection/": fans_own,
        f"/researchers/{person.pk}/{slug(person.display_name)}/suggestions/": fans_own,
    }
    for place, shown in places.items():
        page = client.get(place, follow=True).text
        shown.refresh_from_db()
        mark = f'title="Verification L{shown.verification_level}: '
        assert shown.display_name in page, place
        assert mark in page, place
