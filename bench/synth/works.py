"""Works as lines of JSON, composed from ready pieces: building and encoding an object of 14 kB would take three times as long.

Only text of ours goes in, none of which needs escaping. What a work is depends on its number and the seed alone, not on
the partition it is written to.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson

from bench.synth import ids, rates, words
from bench.synth.catalog import Catalog, Embedded, window
from bench.synth.names import People
from bench.synth.plan import Plan

CHUNK = 250
"""Works drawn together."""

Options = tuple[tuple[str, float], ...]


def chosen(rng: np.random.Generator, options: Options, count: int) -> list[str]:
    """Return `count` of the options by their shares."""
    shares = np.cumsum([share for _, share in options])
    names = [name for name, _ in options]
    return [names[index] for index in np.minimum(np.searchsorted(shares, rng.random(count) * shares[-1]), len(names) - 1).tolist()]


class Draws:
    """The dice of one chunk of works, thrown at once."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self.is_there: list[list[float]] = rng.random((count, 18)).tolist()
        self.type = chosen(rng, rates.TYPES, count)
        self.access = chosen(rng, rates.OPEN_ACCESS, count)
        self.license = chosen(rng, rates.LICENSES, count)
        self.language = chosen(rng, rates.LANGUAGES, count)
        self.topics = np.minimum(np.searchsorted(np.cumsum(rates.TOPICS_PER_WORK), rng.random(count)) + 1, 3).tolist()
        self.locations = np.minimum(np.searchsorted(np.cumsum(rates.LOCATIONS), rng.random(count)) + 1, 4).tolist()
        self.abstract = np.maximum(1, rng.gamma(rates.ABSTRACT_SHAPE, rates.ABSTRACT_SCALE, size=count).astype(np.int64))
        self.abstract[rng.random(count) < rates.WITHOUT_ABSTRACT] = 0
        self.title = np.clip(rng.normal(*rates.TITLE_WORDS, size=count), 3, 40).astype(np.int64)
        self.source = rng.random(count)
        scores: list[list[float]] = (1 - rng.random((count, 3)) ** 3 * 0.4).tolist()
        self.score: list[list[str]] = [[f"{value:.4f}" for value in row] for row in scores]
        self.volume: list[list[int]] = rng.integers(1, 400, size=(count, 4)).tolist()
        self.keywords = rng.poisson(rates.KEYWORDS_MEAN, size=count).clip(1, 25).tolist()
        self.concepts = rng.poisson(rates.CONCEPTS_MEAN, size=count).clip(1, 35).tolist()


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that dice and plan say about one work.

    `bylines` holds the authorships and the corresponding author's id as JSON, and the institutions.
    """

    work: int
    row: int
    draws: Draws
    date: str
    title: list[str]
    abstract: list[str]
    references: list[int]
    related: list[int]
    bylines: tuple[str, str, list[int]]

    @property
    def die(self) -> list[float]:
        """Return the dice of this work."""
        return self.draws.is_there[self.row]

    @property
    def is_open(self) -> str:
        """Return as JSON whether the work can be read by everybody."""
        return truth(self.draws.access[self.row] != "closed")

    @property
    def license(self) -> str:
        """Return the licence as JSON."""
        return self.draws.license[self.row] if self.draws.access[self.row] != "closed" else "null"


class Works:
    """Makes the lines; counts, on the way, how many works each topic, source and institution has."""

    def __init__(self, *, plan: Plan, catalog: Catalog, people: People, vocabulary: words.Vocabulary, seed: int) -> None:
        self._plan, self._catalog, self._people, self._vocabulary, self._seed = plan, catalog, people, vocabulary, seed
        self.of_topic, self.of_source, self.of_institution = (
            [0] * len(each) for each in (catalog.topics, catalog.sources, catalog.institutions)
        )
        self._siblings: list[list[int]] = [[] for _ in range(max(topic.subfield for topic in catalog.topics) + 1)]
        for index, topic in enumerate(catalog.topics):
            self._siblings[topic.subfield].append(index)
        self.arxiv = arxiv_ids(plan, np.random.default_rng([seed, 4]))

    def chunk(self, number: int, updated: str) -> Iterator[bytes]:
        """Yield the lines of a chunk."""
        first = number * CHUNK
        end = min(first + CHUNK, self._plan.works)
        rng = np.random.default_rng([self._seed, 5, number])
        draws = Draws(rng, end - first)
        titles = self._texts(rng, draws.title, first, share=0.55)
        abstracts = self._texts(rng, draws.abstract, first, share=0.15)
        references = ids.numbers(self._plan.references_of(first, end)).tolist()
        starts = (self._plan.reference_start[first : end + 1] - self._plan.reference_start[first]).tolist()
        related: list[list[int]] = ids.numbers(rng.integers(0, self._plan.works, size=(end - first, rates.RELATED_WORKS))).tolist()
        dates = (self._plan.day[first:end].astype("datetime64[D]") - np.timedelta64(719_163, "D")).astype(str).tolist()
        for row in range(end - first):
            bylines = self._bylines(rng, first + row)
            drawn = Drawn(
                work=first + row, row=row, draws=draws, date=dates[row], title=titles[row], abstract=abstracts[row],
                references=references[starts[row] : starts[row + 1]], related=related[row], bylines=bylines,
            )  # fmt: skip
            yield self._line(drawn, updated)

    def _texts(self, rng: np.random.Generator, lengths: npt.NDArray[np.int64], first: int, share: float) -> list[list[str]]:
        """Return the words of a text of each length: by Zipf's law, a `share` of them the topic's own; sentences of some twenty."""
        total = int(lengths.sum())
        ranks = self._vocabulary.drawn(rng, total).astype(np.int64)
        own = np.flatnonzero(rng.random(total) < share)
        topic = np.repeat(self._plan.topic[first : first + len(lengths)].astype(np.int32), lengths)
        ranks[own] = self._catalog.term_ranks(topic[own], (rng.random(len(own)) ** 2 * 48).astype(np.int64))
        ends = rng.random(total) < 0.05
        ranks[ends] += words.VOCABULARY
        begins = np.zeros(total, dtype=bool)
        begins[1:] = ends[:-1]
        starts = np.cumsum(lengths) - lengths
        begins[starts[lengths > 0]] = True
        ranks[begins] = ranks[begins] % words.VOCABULARY + 2 * words.VOCABULARY
        forms = self._vocabulary.forms
        spelled = [forms[rank] for rank in ranks.tolist()]
        return [spelled[start : start + length] for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)]

    # --- bylines ---------------------------------------------------------------------------------------------------

    def _bylines(self, rng: np.random.Generator, work: int) -> tuple[str, str, list[int]]:
        plan = self._plan
        authors, day = plan.authors_of(work), int(plan.day[work])
        later = (plan.second_home[authors] >= 0) & (plan.moved_on[authors] <= day)
        homes: list[int] = np.where(later, plan.second_home[authors], plan.home[authors]).tolist()
        dice: list[list[float]] = rng.random((len(authors), 5)).tolist()
        raw, corresponding = rng.random(2).tolist()
        last = len(authors) - 1
        speaker = -1 if corresponding >= rates.CORRESPONDING else 0 if corresponding < rates.CORRESPONDING * 0.7 else last
        seen: set[int] = set()
        found = []
        for place, (author, home, die) in enumerate(zip(authors.tolist(), homes, dice, strict=True)):
            known = self._known(author, home, die) if raw < rates.RAW_AFFILIATION else []
            seen.update(known)
            position = "first" if place == 0 else "last" if place == last else "middle"
            where = self._where(home, known, die) if raw < rates.RAW_AFFILIATION else _NOWHERE
            found.append(
                f'{{"author_position":"{position}",{self._who(author, die)},"is_corresponding":{truth(place == speaker)},{where}}}'
            )
        for each in seen:
            self.of_institution[each] += 1
        return ",".join(found), f'"https://openalex.org/A{ids.number(int(authors[speaker]))}"' if speaker >= 0 else "", sorted(seen)

    def _known(self, author: int, home: int, die: list[float]) -> list[int]:
        """Return the institutions upstream made out."""
        if die[0] >= rates.INSTITUTION_KNOWN:
            return []
        second = (home * 7 + author) % len(self._catalog.institutions)
        return [home, second] if die[1] < rates.SECOND_INSTITUTION and second != home else [home]

    def _who(self, author: int, die: list[float]) -> str:
        """Return the author and the printed name as JSON members."""
        people = self._people
        name = people.display(author)
        printed = name if die[3] > rates.OTHER_BYLINE else other_spelling(people, author, die[4])
        if die[2] < rates.WITHOUT_AUTHOR_ID:
            return f'"author":{{"id":null,"display_name":"{name}","orcid":null}},"raw_author_name":"{printed}"'
        orcid = f'"https://orcid.org/{ids.orcid(author)}"' if people.has_orcid(author) else "null"
        own = f"https://openalex.org/A{ids.number(author)}"
        return f'"author":{{"id":"{own}","display_name":"{name}","orcid":{orcid}}},"raw_author_name":"{printed}"'

    def _where(self, home: int, known: list[int], die: list[float]) -> str:
        """Return the institutions and the affiliation as printed as JSON members."""
        listed_ = [self._catalog.institutions[each] for each in known]
        own = self._catalog.institutions[home]
        department = self._vocabulary.forms[2 * words.VOCABULARY + 200 + int(die[2] * 40)]
        raw = f'"Department of {department}, {own.name}{", " if own.country else ""}{own.country}"'
        embedded = ",".join([each.json for each in listed_])
        countries = ",".join(dict.fromkeys([f'"{each.country}"' for each in listed_ if each.country]))
        numbers = ",".join([f'"https://openalex.org/I{each.number}"' for each in listed_])
        return (
            f'"institutions":[{embedded}],"countries":[{countries}],"raw_affiliation_strings":[{raw}],'
            f'"affiliations":[{{"raw_affiliation_string":{raw},"institution_ids":[{numbers}]}}]'
        )

    # --- the work ----------------------------------------------------------------------------------------------------

    def _topics(self, work: int, count: int, die: float) -> list[int]:
        primary = int(self._plan.topic[work])
        siblings = self._siblings[self._catalog.topics[primary].subfield]
        others = (siblings[int(die * len(siblings))], int(die * 7_919) % len(self._catalog.topics))
        return list(dict.fromkeys((primary, *others)))[:count]

    def _line(self, drawn: Drawn, updated: str) -> bytes:
        number, die, type_ = ids.number(drawn.work), drawn.die, drawn.draws.type[drawn.row]
        own, doi = f'"https://openalex.org/W{number}"', self._doi(drawn, number)
        title = titled(drawn.title, has_markup=die[1] < rates.TITLE_MARKUP) if die[2] >= rates.WITHOUT_TITLE else "null"
        language = f'"{drawn.draws.language[drawn.row]}"' if die[9] >= rates.WITHOUT_LANGUAGE else "null"
        access = drawn.draws.access[drawn.row]
        locations = self._locations(drawn, doi)
        cited = int(self._plan.cited[drawn.work])
        also, crossref = ("", "") if doi == "null" else (f',"doi":{doi}', '"crossref"')
        related = listed(drawn.related) if die[14] >= rates.WITHOUT_RELATED else ""
        parts = (
            f'{{"id":{own},"doi":{doi},"title":{title},"display_name":{title},"publication_year":{drawn.date[:4]},',
            f'"publication_date":"{drawn.date}","ids":{{"openalex":{own}{also}}},"language":{language},"primary_location":{locations[0]},',
            f'"type":"{type_}","indexed_in":[{crossref}],"open_access":{{"is_oa":{drawn.is_open},"oa_status":"{access}","oa_url":null,',
            f'"any_repository_has_fulltext":false}},{self._people_part(drawn)},"apc_list":null,"apc_paid":null,',
            f"{standing(die, cited)},{self._biblio(drawn)},",
            f'"is_paratext":{truth(type_ == "paratext")},"is_xpac":false,{self._subjects(drawn)},"mesh":[],',
            f'"locations_count":{len(locations)},"locations":[{",".join(locations)}],',
            f'"best_oa_location":{locations[0] if access != "closed" else "null"},"sustainable_development_goals":[{goal(die)}],',
            '"awards":[],"funders":[],"has_content":{"pdf":false,"grobid_xml":false},',
            f'"referenced_works_count":{len(drawn.references)},"referenced_works":[{listed(sorted(drawn.references))}],',
            f'"related_works":[{related}],"abstract_inverted_index":{inverted(drawn.abstract)},',
            f'"counts_by_year":[{by_year(int(drawn.date[:4]), cited)}],"updated_date":"{updated}T03:46:38.306776",',
            '"created_date":"2025-10-10T00:00:00"}\n',
        )
        return "".join(parts).encode()

    def _doi(self, drawn: Drawn, number: int) -> str:
        """Return a DOI under the prefix kept for examples, or arXiv's own one for a part of the works there."""
        arxiv = self.arxiv.get(drawn.work)
        if arxiv and drawn.die[17] < rates.ARXIV_DOI:
            return f'"https://doi.org/10.48550/arxiv.{arxiv}"'
        return f'"https://doi.org/10.5555/synth.{number}"' if drawn.die[0] >= rates.WITHOUT_DOI else "null"

    def _people_part(self, drawn: Drawn) -> str:
        authorships, corresponding, seen = drawn.bylines
        institutions = [self._catalog.institutions[each] for each in seen]
        countries = {each.country for each in institutions if each.country}
        return (
            f'"authorships":[{authorships}],"institutions":[],"countries_distinct_count":{len(countries)},'
            f'"institutions_distinct_count":{len(institutions)},"corresponding_author_ids":[{corresponding}],"corresponding_institution_ids":[]'
        )

    def _biblio(self, drawn: Drawn) -> str:
        die, numbers = drawn.die, drawn.draws.volume[drawn.row]
        volume = f'"{numbers[0]}"' if die[6] < rates.VOLUME else "null"
        issue = f'"{numbers[1] % 12 + 1}"' if die[7] < rates.ISSUE else "null"
        first, last = (f'"{numbers[2]}"', f'"{numbers[2] + numbers[3] % 30}"') if die[8] < rates.PAGES else ("null", "null")
        retracted = "null" if die[10] < rates.RETRACTED_UNKNOWN else truth(die[10] > 1 - rates.RETRACTED)
        return f'"biblio":{{"volume":{volume},"issue":{issue},"first_page":{first},"last_page":{last}}},"is_retracted":{retracted}'

    def _subjects(self, drawn: Drawn) -> str:
        """Return topics, keywords and concepts as JSON members."""
        die, row, draws, catalog = drawn.die, drawn.row, drawn.draws, self._catalog
        if die[4] < rates.WITHOUT_TOPIC:
            return '"primary_topic":null,"topics":[],"keywords":[],"concepts":[]'
        primary = int(self._plan.topic[drawn.work])
        subfield = catalog.topics[primary].subfield
        siblings = self._siblings[subfield]
        others = (siblings[int(die[3] * len(siblings))], int(die[3] * 7_919) % len(catalog.topics))
        topics = list(dict.fromkeys((primary, *others)))[: draws.topics[row]]
        for each in topics:
            self.of_topic[each] += 1
        scored = [catalog.topics[each].scored("score", score) for each, score in zip(topics, draws.score[row], strict=False)]
        shift = int(die[5] * 20)
        return (
            f'"primary_topic":{scored[0]},"topics":[{",".join(scored)}],'
            f'"keywords":[{window(catalog.keywords[subfield], shift, draws.keywords[row])}],'
            f'"concepts":[{window(catalog.concepts[subfield], shift, draws.concepts[row])}]'
        )

    def _locations(self, drawn: Drawn, doi: str) -> list[str]:
        catalog, die, work = self._catalog, drawn.die, drawn.work
        is_preprint = drawn.draws.type[drawn.row] == "preprint"
        venue = self._venue(drawn)
        found = []
        if arxiv := self.arxiv.get(work):
            self.of_source[0] += 1
            found.append(location(
                identifier=f"pmh:oai:arXiv.org:{arxiv}", is_open="true", landing=f"http://arxiv.org/abs/{arxiv}", pdf=f'"https://arxiv.org/pdf/{arxiv}"',
                source=catalog.sources[0], is_published=False,
            ))  # fmt: skip
        if not doi.startswith('"https://doi.org/10.48550'):
            is_there = die[15] >= rates.WITHOUT_SOURCE
            if is_there:
                self.of_source[venue] += 1
            pdf = f'"https://repository.example/{work}.pdf"' if die[16] < rates.PDF_ADDRESS else "null"
            landing = doi[1:-1] if doi != "null" else f"https://repository.example/{work}"
            identifier = f"doi:{doi[17:-1]}" if doi != "null" else f"pmh:oai:repository.example:{work}"
            found.insert(0, location(
                identifier=identifier, is_open=drawn.is_open, landing=landing, pdf=pdf, source=catalog.sources[venue] if is_there else None,
                license_=drawn.license, raw_type=_RAW_TYPES.get(drawn.draws.type[drawn.row], '"other"'), is_published=not is_preprint,
            ))  # fmt: skip
        for extra in range(drawn.draws.locations[drawn.row] - len(found)):
            place = f"https://archive{extra}.example/{work}"
            found.append(
                location(identifier=f"pmh:oai:archive{extra}.example:{work}", is_open=drawn.is_open, landing=place, is_published=False)
            )
        return found

    def _venue(self, drawn: Drawn) -> int:
        """Return the venue: a subfield's works appear in a window of all venues, in its first ones more often."""
        count = len(self._catalog.sources)
        subfield = self._catalog.topics[int(self._plan.topic[drawn.work])].subfield
        return 1 + (subfield * 37 + int(drawn.draws.source[drawn.row] ** 2 * max(5, count // 20))) % (count - 1)


_NOWHERE = '"institutions":[],"countries":[],"raw_affiliation_strings":[],"affiliations":[]'
_RAW_TYPES = {
    "article": '"journal-article"', "book-chapter": '"book-chapter"', "preprint": '"posted-content"', "review": '"journal-article"',
    "book": '"book"', "dataset": '"dataset"', "dissertation": '"dissertation"', "editorial": '"journal-article"',
}  # fmt: skip
_GOALS = [
    f'{{"display_name":"{name}","id":"https://metadata.un.org/sdg/{number}","score":0.61}}'
    for number, name in (
        (3, "Good health and well-being"),
        (7, "Affordable and clean energy"),
        (13, "Climate action"),
        (14, "Life below water"),
    )
]


def location(
    *,
    identifier: str,
    is_open: str,
    landing: str,
    is_published: bool,
    pdf: str = "null",
    source: Embedded | None = None,
    license_: str = "null",
    raw_type: str = "null",
) -> str:
    """Return a location as JSON; `is_open`, `pdf`, `license_` and `raw_type` are JSON already."""
    identified = f'"https://openalex.org/licenses/{license_[1:-1]}"' if license_ != "null" else "null"
    name = f'"{source.name}"' if source else "null"
    return (
        f'{{"id":"{identifier}","is_oa":{is_open},"landing_page_url":"{landing}","pdf_url":{pdf},'
        f'"source":{source.json if source else "null"},"license":{license_},"license_id":{identified},'
        f'"version":"{"published" if is_published else "submitted"}Version",'
        f'"is_accepted":{truth(is_published)},"is_published":{truth(is_published)},"raw_source_name":{name},"raw_type":{raw_type}}}'
    )


def truth(value: bool) -> str:
    """Return a truth value as JSON."""
    return "true" if value else "false"


def titled(text: list[str], *, has_markup: bool) -> str:
    """Return a title as JSON."""
    spelled = " ".join(text).replace(".", ":").rstrip(":")
    return f'"{spelled} of <i>{text[-1].strip(".")}</i>"' if has_markup else f'"{spelled}"'


def goal(die: list[float]) -> str:
    """Return a sustainable development goal as JSON, or nothing."""
    return _GOALS[int(die[12] * len(_GOALS))] if die[13] < rates.SUSTAINABLE_GOAL else ""


def standing(die: list[float], cited: int) -> str:
    """Return the members that compare citations."""
    fwci = "null" if die[11] < rates.WITHOUT_FWCI else f"{die[11] * 3:.5f}"
    return (
        f'"fwci":{fwci},"has_fulltext":false,"cited_by_count":{cited},"citation_normalized_percentile":null,"cited_by_percentile_year":null'
    )


def listed(numbers: list[int]) -> str:
    """Return works' ids as JSON list items."""
    return '"https://openalex.org/W' + '","https://openalex.org/W'.join(map(str, numbers)) + '"' if numbers else ""


def inverted(text: list[str]) -> str:
    """Return the inverted index of a text as JSON."""
    if not text:
        return "null"
    index: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(text):
        index[word].append(place)
    return orjson.dumps(index).decode()


def by_year(year: int, cited: int) -> str:
    """Return citations by year, the latest first, spread evenly over at most the last ten years since publication."""
    years = range(max(year, 2016), 2026)
    each, rest = divmod(cited, len(years))
    shares = [(counted, each + (index < rest)) for index, counted in enumerate(reversed(years))]
    return ",".join([f'{{"year":{counted},"cited_by_count":{share}}}' for counted, share in shares if share])


def other_spelling(people: People, author: int, die: float) -> str:
    """Return a spelling of a name other than the record's; `die` in 0 … 1 picks it."""
    if die < rates.INITIALS:
        return people.initials(author)
    if die > 0.92:
        return people.native(author)
    name = people.display(author)
    if "-" in name and die > 0.92 - rates.TYPOGRAPHIC_HYPHEN:
        return name.replace("-", "\u2010")
    return people.inverted(author) if die < 0.85 else f"{people.family(author)} {people.given(author)}"


def arxiv_ids(plan: Plan, rng: np.random.Generator) -> dict[int, str]:
    """Return arXiv ids of the works that have one: of their month, numbered above what arXiv reached in it."""
    picked = np.flatnonzero(rng.random(plan.works) < rates.ON_ARXIV)
    found: dict[int, str] = {}
    last, taken = (0, 0), 0
    for work in picked.tolist():
        date = datetime.date.fromordinal(int(plan.day[work]))
        month = (date.year, date.month)
        taken = taken + 1 if month == last else 0
        last = month
        stamp = f"{date.year % 100:02d}{date.month:02d}"
        if month >= (2015, 1) and taken < 10_000:
            found[work] = f"{stamp}.{90_000 + taken}"
        elif (2007, 4) <= month < (2015, 1) and taken < 1_000:
            found[work] = f"{stamp}.{9_000 + taken:04d}"
        elif (1991, 8) <= month < (2007, 4) and taken < 1_000:
            found[work] = f"synth-ph/{stamp}{taken:03d}"
    return found
