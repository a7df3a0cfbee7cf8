"""Every field a draft holds equals what the real object says."""

from tests.fidelity import drafted_work_fields, expected_work_fields, raw_lines, shared, tail
from works.sources import arxiv, openalex


def test_every_real_openalex_work_is_drafted_as_it_stands():
    path = shared("openalex-api-objects") / "geosciencearabia-idb_2026-01-02_works.jsonl.gz"
    compared = 0
    for raw, draft in zip(raw_lines(path), openalex.read_file(path), strict=True):
        expected, found = expected_work_fields(raw), drafted_work_fields(draft)
        assert {name: found[name] for name in expected} == expected
        compared += 1

    assert compared == 2614


def test_every_real_openalex_author_is_drafted_as_it_stands():
    path = shared("openalex-api-objects") / "geosciencearabia-idb_2026-01-02_authors.jsonl.gz"
    for raw, draft in zip(raw_lines(path), openalex.read_file(path), strict=True):
        last = {tail(each["id"]) for each in raw["last_known_institutions"] or ()}
        assert draft.key == f"openalex:{tail(raw['id'])}"
        assert draft.display_name == raw["display_name"]
        assert draft.orcid == tail(raw["orcid"])
        assert set(draft.other_names) == set(raw["display_name_alternatives"]) - {raw["display_name"]}
        found = {each.institution.key.removeprefix("openalex:"): (each.years, each.is_last_known) for each in draft.affiliations}
        listed = {tail(each["institution"]["id"]): tuple(sorted(each["years"])) for each in raw["affiliations"]}
        assert found == {key: (listed.get(key, ()), key in last) for key in [*listed, *last]}


def test_every_real_record_of_the_bulk_file_is_drafted_as_it_stands():
    path = shared("arxiv-kaggle-sample") / "arxiv-metadata-oai-snapshot.json"
    for raw, draft in zip(raw_lines(path), arxiv.read_file(path), strict=True):
        assert draft.key == f"arxiv:{raw['id']}"
        assert draft.title == " ".join(raw["title"].split())
        assert draft.abstract.split() == raw["abstract"].split()
        assert draft.categories == tuple(raw["categories"].split())
        assert draft.doi == (raw["doi"] or "").split(" ")[0].lower()
        assert draft.comments == " ".join((raw["comments"] or "").split())
        assert draft.journal_ref == " ".join((raw["journal-ref"] or "").split())
        assert draft.license == (raw["license"] or "")
        assert [each.number for each in draft.versions] == [int(each["version"][1:]) for each in raw["versions"]]
        assert draft.upstream_updated == raw["update_date"]
        letters = ["".join(filter(str.isalpha, f"{given}{family}{suffix}")) for family, given, suffix, *_ in raw["authors_parsed"]]
        assert ["".join(filter(str.isalpha, each.byline)) for each in draft.authorships] == letters


def test_every_work_of_the_hep_graph_keeps_its_people_and_citations():
    path = shared("hep-1991-1996") / "works.jsonl.gz"
    works = people = citations = to_themselves = 0
    for raw, draft in zip(raw_lines(path), openalex.read_file(path), strict=True):
        assert [each.author.key.removeprefix("openalex:") for each in draft.authorships] == [
            tail(each["author"]["id"]) for each in raw["authorships"]
        ]
        cited = {f"openalex:{tail(each)}" for each in raw["referenced_works"]}
        to_themselves += draft.key in cited
        assert set(draft.references) == cited - {draft.key}
        assert draft.arxiv_id == raw["doi"].removeprefix("https://doi.org/10.48550/arxiv.")
        works, people, citations = works + 1, people + len(draft.authorships), citations + len(draft.references)

    assert (works, citations + to_themselves) == (49_264, 145_674)
    assert people > 90_000
