"""The words of a profile, made from the record: what each says can be checked on the same page. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from bzpeer.addresses import record_address
from bzpeer.pages.drawings import Terms, runs_of_years, share, terms
from graph.collaborators import is_close
from graph.models import Collaboration
from researchers.models import Affiliation, NameForm, Researcher
from works.bibliography import TopicOfWorks, YearCount

SOURCES = {"openalex": "OpenAlex", "arxiv": "arXiv", "owner": "the owner", "orcid": "ORCID"}


@dataclass(frozen=True, kw_only=True)
class Biography:
    """One line about a person and what it was made from."""

    text: str
    made_from: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number with its label and its reason."""

    number: int
    label: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Post:
    """An institution on the record, with the years and every kind of evidence for it."""

    name: str
    address: str
    years: str
    is_last_known: bool
    line: Terms | None = None
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Career:
    """The places of a researcher with their years drawn to one scale; `first` is None where no year is known."""

    posts: list[Post]
    first: int | None
    last: int | None
    evidence: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Somebody the researcher published with."""

    key: int
    name: str
    address: str
    works: int
    years: str
    is_close: bool
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A topic with the number of works on it and their share of all in hundredths."""

    name: str
    address: str
    works: int
    share: int


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something this record lacks, and how it comes in."""

    what: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the record was taken from, when, and where to see it there."""

    source: str
    at: datetime | None
    id: str = ""
    address: str = ""
    fields: tuple[str, ...] = field(default=())


def biography(researcher: Researcher, topics: Sequence[TopicOfWorks], years: Sequence[YearCount], *, says_owner: bool = True) -> Biography:
    """Return the owner's words where `says_owner`, or a line made from works, years and topics."""
    if researcher.biography and says_owner:
        at = parse_datetime(str((researcher.asserted.get("biography") or {}).get("at", "")))
        when = f" on {at:%-d %B %Y}" if at else ""
        return Biography(text=researcher.biography, made_from=f"Written by the owner of this record{when}.")
    works = sum(row["works"] for row in years)
    if not works:
        return Biography(text="No work on this portal carries a byline of this record yet.", made_from="")
    dated = [row["publication_year"] for row in years if row["publication_year"] is not None]
    when = f", {span(min(dated), max(dated))}" if dated else ""
    on = f"Works on {'; '.join(topic.display_name for topic in topics[:3])}. " if topics else ""
    text = f"{on}{works:,}\N{NO-BREAK SPACE}{'work' if works == 1 else 'works'} on this portal{when}."
    basis = "the works, their years and their topics" if topics else "the works and their years"
    written = "nobody has claimed it" if not researcher.is_claimed else "its owner has not written one"
    return Biography(text=text, made_from=f"Made from {basis} on this record; {written}.")


def figures(researcher: Researcher, *, works: int, closeness: int, most_authors: int) -> list[Figure]:
    """Return the four counts of a profile with what each was counted from."""
    name = researcher.display_name
    return [
        Figure(
            number=works,
            label="work" if works == 1 else "works",
            why=f"Works on this portal with a byline that is resolved to {name}. Each card below says why it is listed.",
        ),
        Figure(
            number=researcher.followers_count,
            label="follower" if researcher.followers_count == 1 else "followers",
            why="Members of this portal who follow the record now. Who they are is not shown.",
        ),
        Figure(
            number=researcher.topics_count,
            label="topic" if researcher.topics_count == 1 else "topics",
            why="Different topics that OpenAlex's classifier gave to the works counted here; up to three for each work.",
        ),
        Figure(
            number=researcher.close_collaborators_count,
            label="close collaborator" if researcher.close_collaborators_count == 1 else "close collaborators",
            why=f"People with at least {closeness} works together with {name} on this portal. "
            f"Works with more than {most_authors} authors are left out.",
        ),
    ]


def posts(affiliations: Iterable[Affiliation]) -> list[Post]:
    """Return one line per institution, in the order given, with years and evidence of all its rows together."""
    together: dict[int, list[Affiliation]] = {}
    affiliations = list(affiliations)
    years = [year for row in affiliations for year in row.years]
    for row in affiliations:
        together.setdefault(row.institution_id, []).append(row)
    return [_post(rows, years=years) for rows in together.values()]


def career(affiliations: Sequence[Affiliation]) -> Career:
    """Return the places with the scale they are drawn to and the kinds of evidence that occur."""
    years = [year for row in affiliations for year in row.years]
    kinds = {row.evidence for row in affiliations if row.years}
    return Career(
        posts=posts(affiliations),
        first=min(years, default=None),
        last=max(years, default=None),
        evidence=[(kind.value, kind.label) for kind in Affiliation.Evidence if kind.value in kinds],
    )


def partners(edges: Iterable[Collaboration]) -> list[Partner]:
    """Return the collaborators of `edges` in the order given."""
    return [
        Partner(
            key=edge.collaborator_id,
            name=edge.collaborator.display_name,
            address=record_address("researcher", edge.collaborator_id, edge.collaborator.display_name),
            works=edge.works,
            years=span(edge.first_year, edge.last_year) if edge.first_year and edge.last_year else "",
            is_close=is_close(edge),
            level=edge.collaborator.verification_level,
        )
        for edge in edges
    ]


def subjects(topics: Iterable[TopicOfWorks], *, works: int) -> list[Subject]:
    """Return the topics in the order given; `works` is the whole their shares are parts of."""
    return [
        Subject(
            name=topic.display_name,
            address=record_address("topic", topic.key, topic.display_name),
            works=topic.works,
            share=share(topic.works, works),
        )
        for topic in topics
    ]


def names(forms: Iterable[NameForm]) -> list[tuple[str, str]]:
    """Return each further name with where it was seen."""
    return [(form.name, f"{form.get_kind_display()}, {SOURCES.get(form.source, form.source)}") for form in forms]


def origins(researcher: Researcher) -> list[Origin]:
    """Return the sources of the record with their dates, newest information first as stored."""
    told = researcher.provenance if isinstance(researcher.provenance, dict) else {}
    found = [_origin(researcher, source, entry if isinstance(entry, dict) else {}) for source, entry in sorted(told.items())]
    if not found and researcher.openalex_id:
        found.append(_origin(researcher, "openalex", {}))
    return found


def gaps(researcher: Researcher, *, affiliations: Sequence[Affiliation], topics: Sequence[TopicOfWorks], works: int) -> list[Gap]:
    """Return what is missing on the record, the most useful to mend first."""
    found = []
    if not researcher.is_claimed:
        found.append(Gap(what="No owner", remedy="If this is you, claim the record."))
    if not affiliations:
        found.append(Gap(what="No affiliation", remedy="It comes with the author record or with bylines that name an institution."))
    if not researcher.orcid:
        found.append(Gap(what="No ORCID iD", remedy="Add your works to your ORCID record; the source links them at its next update."))
    if researcher.assembled:
        found.append(Gap(what="No upstream author id", remedy="Import the person's OpenAlex record; the bylines are then compared."))
    if not works:
        found.append(Gap(what="No works", remedy="Import works by this person's id."))
    elif not topics:
        found.append(Gap(what="No topics", remedy="Topics come with OpenAlex records of the works."))
    return found


def year_ranges(years: Iterable[int]) -> str:
    """Return years as ranges: [2018, 2019, 2020, 2022] is "2018–2020, 2022"."""
    return ", ".join(span(first, last) for first, last in runs_of_years(list(years)))


def span(first: int, last: int) -> str:
    """Return "2020–2022", or "2022" for one year."""
    return str(first) if first == last else f"{first}–{last}"


def listed(words: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def _post(rows: Sequence[Affiliation], *, years: Sequence[int]) -> Post:
    institution = rows[0].institution
    by_evidence = {row.evidence: row.years for row in rows if row.years}
    return Post(
        name=institution.display_name,
        address=record_address("institution", institution.pk, institution.display_name),
        years=year_ranges(year for row in rows for year in row.years),
        is_last_known=any(row.is_last_known for row in rows),
        line=terms(by_evidence, first=min(years), last=max(years)) if by_evidence else None,
        told=_told(rows),
    )


def _told(rows: Sequence[Affiliation]) -> str:
    """Say who says so; with the years of each where they differ."""
    years = [year_ranges(row.years) for row in rows]
    if len(set(years)) == 1:
        return f"From {listed([row.get_evidence_display() for row in rows])}."
    each = [f"{row.get_evidence_display()} ({known or 'years unknown'})" for row, known in zip(rows, years, strict=True)]
    return f"From {listed(each)}."


def _origin(researcher: Researcher, source: str, entry: dict[str, Any]) -> Origin:
    key = researcher.openalex_id if source == "openalex" else ""
    moment = entry.get("at")
    fields = entry.get("fields")
    return Origin(
        source=SOURCES.get(source, source),
        at=parse_datetime(moment) if isinstance(moment, str) else None,
        id=key or "",
        address=f"https://openalex.org/{key}" if key else "",
        fields=tuple(str(name) for name in fields) if isinstance(fields, list) else (),
    )
