"""The published way to load OpenAlex into PostgreSQL, to compare with: JSON lines to CSV files, COPY into plain tables, indexes.

Written after the method OpenAlex documents (one CSV per table, csv.DictWriter, json of the standard library, packed CSV,
COPY in one go): tables as plain as theirs, no constraint, nothing derived, nothing matched. The indexes are those bzpeer
has on what the tables share with its own, so that both answer the same questions.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

Json = dict[str, Any]
Flat = Iterator[tuple[str, Json]]

LOCATION = "work_id source_id landing_page_url pdf_url is_oa:boolean version license"
BY_YEAR = "year:integer works_count:integer cited_by_count:integer"
COLUMNS = {
    "authors": (
        "id orcid display_name display_name_alternatives:json works_count:integer cited_by_count:integer last_known_institution "
        "works_api_url updated_date:timestamp"
    ),
    "authors_ids": "author_id openalex orcid scopus twitter wikipedia mag:bigint",
    "authors_counts_by_year": f"author_id {BY_YEAR}",
    "topics": (
        "id display_name subfield_id subfield_display_name field_id field_display_name domain_id domain_display_name "
        "description keywords works_count:integer cited_by_count:integer updated_date:timestamp"
    ),
    "institutions": (
        "id ror display_name country_code type homepage_url display_name_acronyms:json display_name_alternatives:json "
        "works_count:integer cited_by_count:integer updated_date:timestamp"
    ),
    "institutions_geo": "institution_id city geonames_city_id region country_code country latitude:real longitude:real",
    "sources": (
        "id issn_l issn:json display_name publisher works_count:integer cited_by_count:integer is_oa:boolean is_in_doaj:boolean "
        "homepage_url updated_date:timestamp"
    ),
    "works": (
        "id doi title display_name publication_year:integer publication_date type cited_by_count:integer is_retracted:boolean "
        "is_paratext:boolean cited_by_api_url abstract_inverted_index:json language"
    ),
    "works_primary_locations": LOCATION,
    "works_locations": LOCATION,
    "works_best_oa_locations": LOCATION,
    "works_authorships": "work_id author_position author_id institution_id raw_affiliation_string",
    "works_biblio": "work_id volume issue first_page last_page",
    "works_topics": "work_id topic_id score:real",
    "works_concepts": "work_id concept_id score:real",
    "works_ids": "work_id openalex doi mag:bigint pmid pmcid",
    "works_mesh": "work_id descriptor_ui descriptor_name qualifier_ui qualifier_name is_major_topic:boolean",
    "works_open_access": "work_id is_oa:boolean oa_status oa_url any_repository_has_fulltext:boolean",
    "works_referenced_works": "work_id referenced_work_id",
    "works_related_works": "work_id related_work_id",
}
"""The tables with their columns, of type text unless another one is named."""
TABLES = {
    table: {name: type_ or "text" for name, _, type_ in (column.partition(":") for column in columns.split())}
    for table, columns in COLUMNS.items()
}

INDEXES = (
    # works_work: its keys, its search, its lists
    "CREATE UNIQUE INDEX ON plain.works (id)",
    "CREATE INDEX ON plain.works (doi)",
    "CREATE INDEX ON plain.works USING gin (to_tsvector('simple', coalesce(title, '')))",
    "CREATE INDEX ON plain.works (publication_date DESC NULLS LAST, id DESC)",
    "CREATE INDEX ON plain.works (cited_by_count DESC, id)",
    "CREATE INDEX ON plain.works (publication_year, publication_date DESC NULLS LAST, id DESC)",
    "CREATE INDEX ON plain.works (type, publication_date DESC NULLS LAST, id DESC)",
    "CREATE INDEX ON plain.works (hashtextextended(title, 0))",
    "CREATE INDEX ON plain.works_primary_locations (work_id)",
    "CREATE INDEX ON plain.works_primary_locations (source_id)",
    "CREATE INDEX ON plain.works_locations (work_id)",
    "CREATE INDEX ON plain.works_best_oa_locations (work_id)",
    "CREATE INDEX ON plain.works_biblio (work_id)",
    "CREATE INDEX ON plain.works_ids (work_id)",
    "CREATE INDEX ON plain.works_open_access (work_id)",
    # works_authorship, works_authorshipinstitution, works_worktopic, works_reference
    "CREATE INDEX ON plain.works_authorships (work_id, author_position)",
    "CREATE INDEX ON plain.works_authorships (author_id, work_id)",
    "CREATE INDEX ON plain.works_authorships (institution_id)",
    "CREATE INDEX ON plain.works_topics (work_id, topic_id)",
    "CREATE INDEX ON plain.works_topics (topic_id)",
    "CREATE INDEX ON plain.works_referenced_works (work_id, referenced_work_id)",
    "CREATE INDEX ON plain.works_referenced_works (referenced_work_id)",
    # researchers_researcher
    "CREATE UNIQUE INDEX ON plain.authors (id)",
    "CREATE INDEX ON plain.authors (orcid)",
    "CREATE INDEX ON plain.authors USING gin (to_tsvector('simple', display_name || ' ' || display_name_alternatives::text))",
    "CREATE INDEX ON plain.authors (works_count DESC, id)",
    "CREATE INDEX ON plain.authors (left(display_name, 64), id)",
    "CREATE INDEX ON plain.authors_ids (author_id)",
    # researchers_institution, works_topic, works_source
    "CREATE UNIQUE INDEX ON plain.institutions (id)",
    "CREATE INDEX ON plain.institutions (ror)",
    "CREATE INDEX ON plain.institutions USING gin (to_tsvector('simple', display_name))",
    "CREATE INDEX ON plain.institutions (works_count DESC, id)",
    "CREATE UNIQUE INDEX ON plain.topics (id)",
    "CREATE INDEX ON plain.topics USING gin (to_tsvector('simple', display_name || ' ' || keywords))",
    "CREATE INDEX ON plain.topics (works_count DESC, id)",
    "CREATE UNIQUE INDEX ON plain.sources (id)",
)


def flatten(folder: Path, into: Path, *, packed: bool) -> int:
    """Write the CSV files of a snapshot's records below `into`; return how many records there were."""
    count = 0
    with ExitStack() as stack:
        writers = {name: _writer(stack, _csv(into, name, packed=packed), columns, packed=packed) for name, columns in TABLES.items()}
        for kind, rows_of in _KINDS.items():
            for path in sorted((folder / kind).rglob("*.gz")):
                with gzip.open(path, "rb") as lines:
                    for line in lines:
                        record = json.loads(line)
                        count += 1
                        for table, row in rows_of(record):
                            writers[table].writerow(row)
    return count


def copy(connection: psycopg.Connection[Any], folder: Path, *, packed: bool) -> None:
    """COPY the CSV files into new plain tables of the schema "plain"."""
    connection.execute("CREATE SCHEMA plain")
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE plain.{name} ({', '.join(f'{column} {type_}' for column, type_ in columns.items())})")
        path = _csv(folder, name, packed=packed)
        statement = f"COPY plain.{name} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, HEADER)"
        with gzip.open(path, "rb") if packed else path.open("rb") as content, connection.cursor().copy(statement) as receiver:
            while chunk := content.read(1 << 18):
                receiver.write(chunk)
    connection.commit()


def index(connection: psycopg.Connection[Any]) -> None:
    """Build the indexes and let the planner look at the tables."""
    for statement in INDEXES:
        connection.execute(statement)
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE")


def _csv(folder: Path, table: str, *, packed: bool) -> Path:
    return folder / (f"{table}.csv.gz" if packed else f"{table}.csv")


def _writer(stack: ExitStack, path: Path, columns: dict[str, str], *, packed: bool) -> "csv.DictWriter[str]":
    content = gzip.open(path, "wt", encoding="utf-8") if packed else path.open("w", encoding="utf-8", newline="")  # noqa: SIM115 - the stack has it
    writer = csv.DictWriter(stack.enter_context(content), fieldnames=list(columns), extrasaction="ignore")
    writer.writeheader()
    return writer


def _author(author: Json) -> Flat:
    last = (author.get("last_known_institutions") or [{}])[0]
    names = json.dumps(author.get("display_name_alternatives"), ensure_ascii=False)
    yield "authors", author | {"display_name_alternatives": names, "last_known_institution": last.get("id")}
    yield "authors_ids", (author.get("ids") or {}) | {"author_id": author["id"]}
    for counts in author.get("counts_by_year") or ():
        yield "authors_counts_by_year", counts | {"author_id": author["id"]}


def _topic(topic: Json) -> Flat:
    row = topic | {"keywords": "; ".join(topic.get("keywords") or ())}
    for level in ("subfield", "field", "domain"):
        row |= {f"{level}_id": topic[level]["id"], f"{level}_display_name": topic[level]["display_name"]}
    yield "topics", row


def _institution(institution: Json) -> Flat:
    lists = ("display_name_acronyms", "display_name_alternatives")
    yield "institutions", institution | {name: json.dumps(institution.get(name), ensure_ascii=False) for name in lists}
    yield "institutions_geo", (institution.get("geo") or {}) | {"institution_id": institution["id"]}


def _source(source: Json) -> Flat:
    yield "sources", source | {"issn": json.dumps(source.get("issn"))}


def _location(work_id: str, location: Json) -> Json:
    return location | {"work_id": work_id, "source_id": (location.get("source") or {}).get("id")}


def _work(work: Json) -> Flat:
    work_id = work["id"]
    abstract = work.get("abstract_inverted_index")
    yield "works", work | {"abstract_inverted_index": json.dumps(abstract, ensure_ascii=False) if abstract is not None else None}
    for table, location in (("works_primary_locations", "primary_location"), ("works_best_oa_locations", "best_oa_location")):
        if work.get(location):
            yield table, _location(work_id, work[location])
    for location in work.get("locations") or ():
        yield "works_locations", _location(work_id, location)
    for authorship in work.get("authorships") or ():
        for institution in authorship.get("institutions") or ({},):
            yield (
                "works_authorships",
                {
                    "work_id": work_id,
                    "author_position": authorship.get("author_position"),
                    "author_id": (authorship.get("author") or {}).get("id"),
                    "institution_id": institution.get("id"),
                    "raw_affiliation_string": "; ".join(authorship.get("raw_affiliation_strings") or ()),
                },
            )
    yield "works_biblio", (work.get("biblio") or {}) | {"work_id": work_id}
    for topic in work.get("topics") or ():
        yield "works_topics", {"work_id": work_id, "topic_id": topic["id"], "score": topic.get("score")}
    for concept in work.get("concepts") or ():
        yield "works_concepts", {"work_id": work_id, "concept_id": concept["id"], "score": concept.get("score")}
    yield "works_ids", (work.get("ids") or {}) | {"work_id": work_id}
    for mesh in work.get("mesh") or ():
        yield "works_mesh", mesh | {"work_id": work_id}
    yield "works_open_access", (work.get("open_access") or {}) | {"work_id": work_id}
    for cited in work.get("referenced_works") or ():
        yield "works_referenced_works", {"work_id": work_id, "referenced_work_id": cited}
    for related in work.get("related_works") or ():
        yield "works_related_works", {"work_id": work_id, "related_work_id": related}


_KINDS: dict[str, Callable[[Json], Flat]] = {
    "authors": _author,
    "topics": _topic,
    "institutions": _institution,
    "sources": _source,
    "works": _work,
}
