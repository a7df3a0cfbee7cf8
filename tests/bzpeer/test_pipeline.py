"""The pipeline: what a change touches, that nothing is lost or counted twice, and that rebuilding gives the same."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import OperationalError as CeleryUnavailable
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bzpeer import pipeline
from bzpeer.accounts.domain import follow, unfollow
from bzpeer.accounts.models import Follow
from bzpeer.claims.domain import accept_claim, submit_claim
from bzpeer.claims.levels import settle_levels
from bzpeer.claims.models import ClaimEvidence
from bzpeer.claims.trust import refresh_trust
from graph.models import Collaboration
from researchers.models import Affiliation, Institution, Researcher, TrustSnapshot
from tests.factories.members import MemberFactory
from tests.factories.records import (
    AuthorshipFactory,
    InstitutionFactory,
    ReferenceFactory,
    ResearcherFactory,
    SourceFactory,
    TopicFactory,
    WorkFactory,
)
from works.counts import recount_researchers
from works.models import AuthorshipInstitution, RecordChange, Topic, Work

REASON = "I wrote these two papers with Takashi Mori in Tokyo."


def changed(*records: Work | Researcher | Topic | Institution) -> None:
    RecordChange.objects.bulk_create(RecordChange(kind=type(record).__name__.lower(), record_id=record.pk) for record in records)


def derived() -> dict[str, Any]:
    """Every derived value there is, the history of trust aside."""
    return {
        "works": list(Work.objects.order_by("pk").values_list("pk", "references_count", "cited_by_count")),
        "researchers": list(
            Researcher.objects.order_by("pk").values_list(
                "pk", "works_count", "topics_count", "close_collaborators_count", "followers_count",
                "cited_by_count", "trust_score", "verification_level",
            )
        ),
        "topics": list(Topic.objects.order_by("pk").values_list("pk", "works_count", "researchers_count")),
        "institutions": list(Institution.objects.order_by("pk").values_list("pk", "works_count", "researchers_count")),
        "affiliations": list(
            Affiliation.objects.order_by("researcher", "institution", "evidence").values_list(
                "researcher", "institution", "evidence", "years",
            )
        ),
        "edges": list(
            Collaboration.objects.order_by("researcher", "collaborator").values_list(
                "researcher", "collaborator", "works", "first_year", "last_year", "weight"
            )
        ),
        "newest": list(
            TrustSnapshot.objects.order_by("researcher", "-computed_at", "-pk").distinct("researcher").values_list(
                "researcher", "score", "components",
            )
        ),
    }  # fmt: skip


def small_corpus() -> dict[str, Any]:
    """Three researchers, three works, a citation, two topics and an institution printed in bylines."""
    a, b, c = ResearcherFactory.create_batch(3)
    first, second = TopicFactory.create_batch(2)
    place = InstitutionFactory()
    one = WorkFactory(authors=[a, b], topics=[first, second], publication_year=2020, doi="10.1000/1")
    two = WorkFactory(authors=[a, b, a], topics=[first], publication_year=2022, arxiv_id="2006.13719")
    three = WorkFactory(authors=[c], publication_year=2023)
    ReferenceFactory(citing=three, cited=one, raw_key="openalex:W1")
    ReferenceFactory(citing=three, cited=one, raw_key="doi:10.1000/1")
    ReferenceFactory(citing=three, cited=None, raw_key="openalex:W404")
    for byline in (one.authorships.get(position=1), two.authorships.get(position=1), two.authorships.get(position=3)):
        AuthorshipInstitution.objects.create(authorship=byline, institution=place)
    return {"a": a, "b": b, "c": c, "first": first, "second": second, "place": place, "one": one, "two": two, "three": three}


@pytest.mark.django_db
def test_everything_follows_from_changed_works():
    corpus = small_corpus()
    changed(corpus["one"], corpus["two"], corpus["three"])
    pipeline.derive_all_pending()
    a, b, c = (Researcher.objects.get(pk=corpus[name].pk) for name in "abc")
    assert [(r.works_count, r.topics_count, r.close_collaborators_count, r.cited_by_count) for r in (a, b, c)] == [
        (2, 2, 1, 1),
        (2, 2, 1, 1),
        (1, 0, 0, 0),
    ]
    assert Work.objects.get(pk=corpus["one"].pk).cited_by_count == 1
    assert Work.objects.get(pk=corpus["three"].pk).references_count == 2
    assert Topic.objects.get(pk=corpus["first"].pk).works_count == 2
    assert Topic.objects.get(pk=corpus["first"].pk).researchers_count == 2
    assert Institution.objects.get(pk=corpus["place"].pk).works_count == 2
    assert Institution.objects.get(pk=corpus["place"].pk).researchers_count == 1
    assert list(Affiliation.objects.values_list("researcher", "evidence", "years")) == [(a.pk, "authorships", [2020, 2022])]
    assert a.trust_score == 8 + 2 + 1 + 3
    assert not RecordChange.objects.exists()


@pytest.mark.django_db
def test_step_by_step_equals_rebuilding_everything():
    corpus = small_corpus()
    changed(corpus["one"], corpus["two"], corpus["three"])
    pipeline.derive_all_pending()
    # b leaves the second work, the third one is written by a and c, and topic and institution go from the first
    before = [corpus["b"], corpus["second"], corpus["place"]]
    corpus["two"].authorships.filter(researcher=corpus["b"]).delete()
    AuthorshipFactory(work=corpus["three"], position=2, researcher=corpus["a"])
    corpus["one"].topic_links.filter(topic=corpus["second"]).delete()
    AuthorshipInstitution.objects.filter(authorship__work=corpus["one"]).delete()
    changed(corpus["one"], corpus["two"], corpus["three"], *before)
    pipeline.derive_all_pending()
    step_by_step = derived()
    assert step_by_step["edges"] != []
    Collaboration.objects.all().delete()
    Affiliation.objects.all().delete()
    TrustSnapshot.objects.all().delete()
    Researcher.objects.update(
        works_count=77, topics_count=77, close_collaborators_count=77, followers_count=77, cited_by_count=77, trust_score=77
    )
    Work.objects.update(references_count=77, cited_by_count=77)
    Topic.objects.update(works_count=77, researchers_count=77)
    Institution.objects.update(works_count=77, researchers_count=77)
    pipeline.rebuild_everything()
    assert derived() == step_by_step


@pytest.mark.django_db
def test_rebuilding_twice_writes_no_second_snapshot():
    small_corpus()
    assert pipeline.rebuild_everything().snapshots == 3
    assert pipeline.rebuild_everything().snapshots == 0
    assert TrustSnapshot.objects.count() == 3


@pytest.mark.django_db
def test_rebuilding_counts_the_followers_of_venues_and_topics_anew():
    venue, topic = SourceFactory(followers_count=77), TopicFactory(followers_count=77)
    Follow.objects.create(user=MemberFactory(), source=venue)
    pipeline.rebuild_everything()
    venue.refresh_from_db()
    topic.refresh_from_db()
    assert (venue.followers_count, topic.followers_count) == (1, 0)


@pytest.mark.django_db
def test_rebuilding_keeps_changes_that_arrive_meanwhile():
    corpus = small_corpus()
    changed(corpus["one"])
    arriving = [corpus["two"]]

    def meanwhile(stage: str, done: int, total: int) -> None:
        while arriving:
            changed(arriving.pop())

    pipeline.rebuild_everything(progress=meanwhile)
    assert list(RecordChange.objects.values_list("kind", "record_id")) == [("work", corpus["two"].pk)]


@pytest.mark.django_db
def test_a_record_that_is_gone_is_passed_over():
    RecordChange.objects.bulk_create(RecordChange(kind=kind, record_id=9_999) for kind in ("work", "researcher", "topic", "institution"))
    assert pipeline.derive_all_pending().changes == 4


@pytest.mark.django_db
def test_a_kind_nobody_knows_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="record_change_kind"), transaction.atomic():
        RecordChange.objects.create(kind="planet", record_id=9)


@pytest.mark.django_db
def test_a_change_of_citations_alone_recounts_the_work_and_its_authors():
    corpus = small_corpus()
    RecordChange.objects.create(kind="citation", record_id=corpus["one"].pk)
    pipeline.derive_all_pending()
    assert Work.objects.get(pk=corpus["one"].pk).cited_by_count == 1
    assert dict(Researcher.objects.values_list("pk", "cited_by_count")) == {corpus["a"].pk: 1, corpus["b"].pk: 1, corpus["c"].pk: 0}
    assert not TrustSnapshot.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("enough", "stages"), [(3, {"trust"}), (4, set())])
def test_a_flood_of_changes_is_made_anew_instead(monkeypatch: pytest.MonkeyPatch, enough: int, stages: set[str]):
    monkeypatch.setattr(pipeline, "REBUILD_FROM", enough)
    corpus = small_corpus()
    changed(corpus["one"], corpus["two"], corpus["three"])
    RecordChange.objects.filter(record_id=corpus["three"].pk).delete()
    RecordChange.objects.create(kind="citation", record_id=corpus["one"].pk)
    monkeypatch.setattr(pipeline, "REBUILD_SHARE", 0.3)
    seen: set[str] = set()
    assert pipeline.derive_all_pending(progress=lambda stage, *_: seen.add(stage)).changes == 3
    assert seen & {"trust"} == stages
    assert Researcher.objects.get(pk=corpus["a"].pk).works_count == 2


@pytest.mark.django_db
def test_an_unclaimed_record_rises_to_l1_with_its_first_stable_id():
    researcher = ResearcherFactory(openalex_id=None, verification_level=0)
    changed(researcher)
    pipeline.derive_all_pending()
    assert Researcher.objects.get().trust_score == 0
    Researcher.objects.update(openalex_id="A5000000001")
    changed(researcher)
    pipeline.derive_all_pending()
    assert list(Researcher.objects.values_list("verification_level", "trust_score")) == [(1, 8)]


# --- trust and people -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_accepting_a_claim_changes_trust_through_the_pipeline():
    researcher = ResearcherFactory()
    pipeline.rebuild_everything()
    claim = submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON)
    accept_claim(claim, by=MemberFactory(is_staff=True))
    pipeline.derive_all_pending()
    researcher.refresh_from_db()
    assert researcher.trust_score == 16 + 5
    assert list(TrustSnapshot.objects.order_by("pk").values_list("score", flat=True)) == [8, 21]


@pytest.mark.django_db
def test_a_second_claim_in_review_is_an_open_dispute():
    researcher = ResearcherFactory()
    accept_claim(submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON), by=MemberFactory(is_staff=True))
    submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON)
    refresh_trust([researcher.pk], at=timezone.now())
    researcher.refresh_from_db()
    assert researcher.trust_score == 16


@pytest.mark.django_db
def test_a_follower_counts_for_trust_once_their_own_record_is_proved():
    followed, own = ResearcherFactory.create_batch(2)
    member, stranger = MemberFactory.create_batch(2)
    follow(user=member, researcher=followed)
    follow(user=stranger, researcher=followed)
    claim = accept_claim(submit_claim(user=member, researcher=own, reason=REASON), by=MemberFactory(is_staff=True))
    pipeline.derive_all_pending()
    followed.refresh_from_db()
    assert (followed.followers_count, followed.trust_score) == (2, 8)
    ClaimEvidence.objects.create(claim=claim, kind="orcid", value="0", state="proved", proved_at=timezone.now(), is_enough=True)
    assert settle_levels([own.pk]) == [own.pk]
    changed(own)  # only the follower's own record changed
    pipeline.derive_all_pending()
    followed.refresh_from_db()
    assert followed.trust_score == 9
    unfollow(user=member, researcher=followed)
    pipeline.derive_all_pending()
    followed.refresh_from_db()
    assert (followed.followers_count, followed.trust_score) == (1, 8)


@pytest.mark.django_db
def test_two_sources_agree_only_when_both_told_one_work():
    both, apart = ResearcherFactory.create_batch(2)
    WorkFactory(authors=[both], provenance={"openalex": {}, "arxiv": {}}, doi="10.1000/1")
    WorkFactory(authors=[apart], provenance={"openalex": {}}, doi="10.1000/2")
    WorkFactory(authors=[apart], provenance={"arxiv": {}}, doi="10.1000/3")
    refresh_trust([both.pk, apart.pk], at=timezone.now())
    assert dict(Researcher.objects.values_list("pk", "trust_score")) == {both.pk: 8 + 1 + 2, apart.pk: 8 + 2}


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_trust_takes_the_same_queries_for_one_and_three(number: int, django_assert_num_queries: Any):
    people = ResearcherFactory.create_batch(number)
    WorkFactory(authors=people)
    with django_assert_num_queries(4):
        refresh_trust([person.pk for person in people], at=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_a_batch_takes_the_same_queries_for_one_and_three_changes(number: int, django_assert_num_queries: Any):
    changed(*[WorkFactory(authors=ResearcherFactory.create_batch(2)) for _ in range(number)])
    with django_assert_num_queries(37):
        pipeline._derive_batch()


@pytest.mark.django_db
def test_an_unchanged_score_writes_no_snapshot_and_a_later_change_keeps_history():
    researcher = ResearcherFactory()
    now = timezone.now()
    assert refresh_trust([researcher.pk], at=now) == 1
    assert refresh_trust([researcher.pk], at=now + timedelta(hours=1)) == 0
    WorkFactory(authors=[researcher], doi="10.1000/1")
    assert refresh_trust([researcher.pk], at=now + timedelta(hours=2)) == 1
    assert list(TrustSnapshot.objects.order_by("computed_at").values_list("score", flat=True)) == [8, 9]


@pytest.mark.django_db
def test_a_score_that_drifted_is_put_right_without_a_snapshot():
    researcher = ResearcherFactory()
    refresh_trust([researcher.pk], at=timezone.now())
    Researcher.objects.update(trust_score=99)
    assert refresh_trust([researcher.pk], at=timezone.now()) == 0
    assert Researcher.objects.get().trust_score == 8


# --- faults -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_hands_make_what_one_makes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pipeline, "REBUILD_CHUNK", 2)
    people, topics = ResearcherFactory.create_batch(9), TopicFactory.create_batch(3)
    for number in range(20):
        authors = [people[(number * step) % 9] for step in (1, 2, 4)]
        work = WorkFactory(authors=list(dict.fromkeys(authors)), topics=topics[: number % 4], publication_year=2000 + number)
        AuthorshipInstitution.objects.create(authorship=work.authorships.get(position=1), institution=InstitutionFactory())
        changed(work)
    pipeline.rebuild_everything()
    alone = derived()
    assert len(alone["edges"]) > 20
    Collaboration.objects.all().delete()
    TrustSnapshot.objects.all().delete()
    Researcher.objects.update(works_count=77, close_collaborators_count=77, trust_score=77)
    Work.objects.update(references_count=77)
    told: dict[str, tuple[int, int]] = {}
    assert pipeline.rebuild_everything(hands=3, progress=lambda stage, *of: told.update({stage: of})).snapshots == 9
    assert derived() == alone
    assert told["trust"] == (9, 9)


@pytest.mark.django_db(transaction=True)
def test_a_failure_gives_the_changes_back(monkeypatch: pytest.MonkeyPatch):
    changed(WorkFactory(authors=ResearcherFactory.create_batch(2)))

    def broken(*args: Any, **kwargs: Any) -> int:
        raise RuntimeError("power cut")

    monkeypatch.setattr(pipeline, "refresh_trust", broken)
    with pytest.raises(RuntimeError):
        pipeline.derive_all_pending()
    assert RecordChange.objects.count() == 1
    assert not Collaboration.objects.exists()
    assert set(Researcher.objects.values_list("works_count", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_the_bell_never_fails_when_the_broker_is_away(monkeypatch: pytest.MonkeyPatch):
    def away(*args: Any, **kwargs: Any) -> None:
        raise CeleryUnavailable("no broker")

    monkeypatch.setattr(pipeline.derive_pending, "apply_async", away)
    researcher = ResearcherFactory()
    with transaction.atomic():
        changed(researcher)
        pipeline.derive_soon()
    assert RecordChange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_once_the_transaction_commits_and_not_before(monkeypatch: pytest.MonkeyPatch):
    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(pipeline.derive_pending, "apply_async", lambda **options: rung.append(options))
    with transaction.atomic():
        pipeline.derive_soon()
        assert rung == []
    assert len(rung) == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_rings_whichever_door_it_came_through(monkeypatch: pytest.MonkeyPatch):
    rung: list[dict[str, Any]] = []
    monkeypatch.setattr(pipeline.derive_pending, "apply_async", lambda **options: rung.append(options))
    follow(user=MemberFactory(), researcher=ResearcherFactory())
    assert len(rung) == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_brings_trust_up_to_date_within_seconds(worker: Any):
    researcher = ResearcherFactory()
    accept_claim(submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON), by=MemberFactory(is_staff=True))
    deadline = time.monotonic() + 15
    while Researcher.objects.get().trust_score != 21 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert Researcher.objects.get().trust_score == 21
    assert not RecordChange.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_derive_everything_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pipeline, "BATCH_CHANGES", 3)
    people = ResearcherFactory.create_batch(4)
    changed(*[WorkFactory(authors=people) for _ in range(20)])
    taken: list[int] = []
    troubles: list[Exception] = []

    def derive() -> None:
        try:
            taken.append(pipeline.derive_all_pending().changes)
        except Exception as error:  # seen by the assertion below
            troubles.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=derive) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    assert sum(taken) == 20
    assert {(r.works_count, r.close_collaborators_count) for r in Researcher.objects.all()} == {(20, 3)}
    assert set(Collaboration.objects.values_list("works", flat=True)) == {20}


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_with_another_writer_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    """The other writer takes two researchers in the opposite order; one of the two is aborted and the pipeline still ends right."""
    monkeypatch.setattr(pipeline, "_lock_in_order", lambda scope: None)
    a, b = ResearcherFactory.create_batch(2)
    WorkFactory(authors=[a, b])
    changed(a, b)
    holds, may_go_on = threading.Event(), threading.Event()
    tries: list[int] = []

    def crosswise(ids: Any) -> int:
        tries.append(1)
        if len(tries) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '50ms'")
                cursor.execute("UPDATE researchers_researcher SET biography = biography WHERE id = %s", [a.pk])
            may_go_on.set()
            assert holds.wait(10)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE researchers_researcher SET biography = biography WHERE id = %s", [b.pk])
        return recount_researchers(ids)

    def other_writer() -> None:
        try:
            assert may_go_on.wait(10)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '60s'")  # so that the pipeline is the one aborted
                cursor.execute("UPDATE researchers_researcher SET biography = 'b' WHERE id = %s", [b.pk])
                holds.set()
                cursor.execute("UPDATE researchers_researcher SET biography = 'a' WHERE id = %s", [a.pk])
        finally:
            connection.close()

    monkeypatch.setattr(pipeline, "recount_researchers", crosswise)
    thread = threading.Thread(target=other_writer)
    thread.start()
    pipeline.derive_all_pending()
    thread.join(20)
    assert len(tries) == 2
    assert set(Researcher.objects.values_list("works_count", "biography")) == {(1, "a"), (1, "b")}


# --- the command ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]):
    changed(WorkFactory(authors=ResearcherFactory.create_batch(2)))
    call_command("derive")
    assert capsys.readouterr().out.startswith("1 change derived in ")
    call_command("derive")
    assert capsys.readouterr().out == "Nothing to derive: no record changed since the last time.\n"
    call_command("derive", all=True)
    assert capsys.readouterr().out.startswith("Everything derived anew in ")
