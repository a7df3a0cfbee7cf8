"""Records taken apart stay away: over imports, other sources, merges upstream, and a restored backup."""

import json

import msgspec
import pytest
from django.db import connection, transaction

from researchers.models import NameForm, Researcher, Suppression, SuppressionKey
from researchers.suppression import AnotherList, dumped, is_suppressed, listed, restored, suppress
from tests.works.drafting import arxiv_work, author, bylines, openalex_work
from works.drafts import AuthorDraft, Merged
from works.importing import store
from works.keeping import kept_drafts
from works.models import Authorship, ImportRun, UpstreamConflict, UpstreamRecord, Work
from works.recomposing import recompose_works
from works.withholding import WITHHELD, erase_name, take_apart

pytestmark = pytest.mark.django_db

JANE = ("Jane Gone", "A1")
WORK = openalex_work(1, doi="10.1/x", authorships=bylines(JANE, ("Sam Stays", "A2")))
RECORD = AuthorDraft(key="openalex:A1", display_name="Jane Gone", orcid="0000-0002-1825-0097", other_names=("J. Gone",))


def imported(*drafts):
    run = ImportRun.objects.create(provider="openalex", parameters={})
    store(list(drafts), run=run)


def removed(name="Jane Gone", *, hides_name=False):
    with transaction.atomic(), connection.cursor() as cursor:
        take_apart(cursor, Researcher.objects.get(display_name=name), hides_name=hides_name)


def people():
    return sorted(Researcher.objects.values_list("display_name", flat=True))


def printed():
    return list(Authorship.objects.order_by("work_id", "position").values_list("byline", "researcher__display_name"))


def everywhere(text):
    """The tables of records in which a text stands, drafts unpacked."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
        drafts = kept_drafts(cursor, list(Work.objects.values_list("pk", flat=True)))
    if text.lower() in msgspec.json.encode({key: kept.draft for key, kept in drafts.items()}).decode().lower():
        found.append("drafts")
    return found


def test_a_removed_record_is_gone_and_its_works_keep_their_bylines():
    imported(WORK, RECORD)
    key = Researcher.objects.get(display_name="Jane Gone").pk
    removed()
    assert people() == ["Sam Stays"]
    assert printed() == [("Jane Gone", None), ("Sam Stays", "Sam Stays")]
    assert [is_suppressed(one) for one in (f"id:{key}", "openalex:A1", "orcid:0000-0002-1825-0097", "openalex:A2")] == [True] * 3 + [False]
    assert everywhere("0000-0002-1825-0097") == []


def test_a_withheld_name_is_nowhere_in_the_database():
    imported(WORK, RECORD)
    removed(hides_name=True)
    assert printed() == [(WITHHELD, None), ("Sam Stays", "Sam Stays")]
    # The list of removed records holds digests in hex, in which any two letters may stand.
    assert (everywhere("Gone"), [table for table in everywhere('A1"') if table != "researchers_suppression"]) == ([], [])


@pytest.mark.parametrize("hides_name", [False, True])
def test_importing_again_brings_nothing_back(hides_name):
    imported(WORK, RECORD)
    removed(hides_name=hides_name)
    before = printed()
    renewed = msgspec.structs.replace(WORK, upstream_updated="2030-01-01", title="Another title")
    imported(renewed, msgspec.structs.replace(RECORD, upstream_updated="2030-01-01"))
    assert Work.objects.get().title == "Another title"
    assert (people(), printed()) == (["Sam Stays"], before)
    assert everywhere("Gone") == ([] if hides_name else ["drafts", "works_authorship"][::-1])


def test_new_works_of_a_removed_author_come_without_the_author_and_other_sources_make_no_record_of_the_name():
    imported(WORK)
    removed()
    imported(openalex_work(2, arxiv_id="2006.00001", authorships=bylines(JANE, ("Sam Stays", "A2"))))
    imported(arxiv_work("2006.00001", "Jane Gone", "Sam Stays"))
    imported(openalex_work(1, doi="10.1/x", upstream_updated="2031-01-01", authorships=bylines("Jane Gone", ("Sam Stays", "A2"))))
    assert people() == ["Sam Stays"]
    assert {who for byline, who in printed() if byline == "Jane Gone"} == {None}


def test_a_record_put_together_from_bylines_stays_away_too():
    imported(arxiv_work("2006.00002", "Jane Gone", "Ann Other"), arxiv_work("2006.00003", "Jane Gone", "Ann Other"))
    removed()
    imported(
        arxiv_work("2006.00002", "Jane Gone", "Ann Other", comments="again"),
        arxiv_work("2006.00003", "Jane Gone", "Ann Other", comments="again"),
    )
    assert people() == ["Ann Other"]


def test_somebody_else_of_the_same_name_keeps_their_record():
    imported(WORK, openalex_work(3, authorships=bylines(("Jane Gone", "A9"))))
    with transaction.atomic(), connection.cursor() as cursor:
        take_apart(cursor, Researcher.objects.get(openalex_id="A1"), hides_name=True)
    imported(openalex_work(3, upstream_updated="2031-01-01", authorships=bylines(("Jane Gone", "A9"))))
    assert list(Researcher.objects.order_by("pk").values_list("openalex_id", flat=True)) == ["A2", "A9"]


def test_composing_works_anew_brings_nothing_back():
    imported(WORK)
    removed()
    with transaction.atomic(), connection.cursor() as cursor:
        recompose_works(cursor, [Work.objects.get().pk])
    assert (people(), printed()[0]) == (["Sam Stays"], ("Jane Gone", None))


@pytest.mark.parametrize(("old", "new"), [("A1", "A7"), ("A7", "A1")])
def test_a_merge_upstream_takes_the_other_record_along(old, new):
    imported(WORK, openalex_work(4, authorships=bylines(("J. Gone", "A7"))))
    removed()
    imported(Merged(old_key=f"openalex:{old}", new_key=f"openalex:{new}"))
    assert people() == ["Sam Stays"]
    assert is_suppressed("openalex:A7")


def test_a_merge_upstream_with_a_claimed_record_goes_to_a_moderator():
    imported(WORK, openalex_work(4, authorships=bylines(("J. Gone", "A7"))))
    removed()
    Researcher.objects.filter(openalex_id="A7").update(is_claimed=True, verification_level=2)
    imported(Merged(old_key="openalex:A1", new_key="openalex:A7"))
    assert people() == ["J. Gone", "Sam Stays"]
    assert UpstreamConflict.objects.filter(key="openalex:A7").exists()


def test_the_list_is_restored_from_its_file_and_works_there():
    imported(WORK, RECORD)
    removed()
    dump = json.loads(json.dumps(dumped()))
    Suppression.objects.all().delete()
    SuppressionKey.objects.all().delete()
    assert not is_suppressed("openalex:A1")
    assert restored(dump) == len(dump["entries"])
    assert restored(dump) == 0
    imported(msgspec.structs.replace(WORK, upstream_updated="2031-01-01"))
    assert people() == ["Sam Stays"]


def test_two_lists_with_different_secrets_are_not_mixed():
    suppress({"openalex:A1": "record"})
    dump = dumped() | {"secret": "00" * 32}
    with pytest.raises(AnotherList):
        restored(dump)


def test_the_list_holds_no_names_and_no_ids():
    suppress({"openalex:A1": "record", "name:1:jane gone": "name"}, record_id=1)
    rows = list(Suppression.objects.values_list("digest", flat=True))
    assert all(len(bytes(row)) == 32 and b"A1" not in bytes(row) for row in rows)
    assert set(listed(["openalex:A1", "openalex:A2"])) == {"openalex:A1"}


# --- former names -----------------------------------------------------------------------------------


def test_a_former_name_is_erased_here_and_in_what_comes():
    imported(WORK, RECORD)
    person = Researcher.objects.get(openalex_id="A1")
    person.display_name = "June Now"
    person.asserted = {"display_name": {"value": "June Now"}}
    person.save()
    with transaction.atomic(), connection.cursor() as cursor:
        assert erase_name(cursor, person, name="Jane Gone") == 1
    for update in ("2030-01-01", "2031-01-01"):
        imported(
            msgspec.structs.replace(WORK, upstream_updated=update, title=f"Title {update}"),
            msgspec.structs.replace(RECORD, upstream_updated=update),
            openalex_work(5, upstream_updated=update, arxiv_id="2006.00009", authorships=bylines(JANE)),
            arxiv_work("2006.00009", "Jane Gone", comments=update),
        )
    assert everywhere("Jane Gone") == []
    assert {row[0] for row in printed()} == {"June Now", "Sam Stays"}
    assert sorted(NameForm.objects.filter(researcher=person).values_list("name", flat=True)) == ["J. Gone", "June Now"]


def test_an_import_asks_two_questions_more_while_the_list_is_empty():
    imported(WORK)
    suppressed = [
        query for query in _queries(lambda: imported(openalex_work(8, authorships=bylines(("New Name", "A8"))))) if "suppression" in query
    ]
    assert len(suppressed) == 2  # once for the drafts, once for the works written
    assert not UpstreamRecord.objects.filter(key="openalex:A8").exists()


def _queries(act):
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        act()
    return [one["sql"] for one in caught]


def test_an_author_embedded_under_a_listed_orcid_is_left_out():
    suppress({"orcid:0000-0002-1825-0097": "record"})
    embedded = author("A55", "Jane Gone", orcid="0000-0002-1825-0097")
    draft = openalex_work(9, authorships=(msgspec.structs.replace(bylines("Jane Gone")[0], author=embedded),))
    imported(draft)
    assert (people(), printed()) == ([], [("Jane Gone", None)])
