"""Works as lines of JSON, composed from ready pieces: building and encoding an object of 14 kB would take three times as long.

Only text of ours goes in, none of which needs escaping. What a work is depends on its number and the seed alone, not on
the partition it is written to.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import orjson

from bench.synth import ids, rates, words
from bench.synth.catalog import Catalog, window
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
        self.is_there: list[list[float]] = rng.random((count, 24)).tolist()
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
        self.score: list[list[str]] = [[f"{value:.4f}" for value in row] for row in (1 - rng.random((count, 3)) ** 3 * 0.4).tolist()]
        self.volume: list[list[int]] = rng.integers(1, 400, size=(count, 4)).tolist()
        self.keywords = rng.poisson(rates.KEYWORDS_MEAN, size=count).clip(1, 25).tolist()
        self.concepts = rng.poisson(rates.CONCEPTS_MEAN, size=count).clip(1, 35).tolist()


class Works:
    """Makes the lines; counts, on the way, how many works each topic, source and institution has."""

    def __init__(self, *, plan: Plan, catalog: Catalog, people: People, vocabulary: words.Vocabulary, seed: int) -> None:
        self._plan, self._catalog, self._people, self._vocabulary, self._seed = plan, catalog, people, vocabulary, seed
        self.of_topic, self.of_source, self.of_institution = (
            [0] * len(each) for each in (catalog.topics, catalog.sources, catalog.institutions)
        )
        self._siblings = [[] for _ in range(max(topic.subfield for topic in catalog.topics) + 1)]  # type: list[list[int]]
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
            yield self._line(
                first + row,
                row,
                draws,
                dates[row],
                updated,
                titles[row],
                abstracts[row],
                references[starts[row] : starts[row + 1]],
                related[row],
                bylines,
            )

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

    def _bylines(self, rng: np.random.Generator, work: int) -> tuple[str, list[str], list[int]]:
        """Return the authorships as JSON, the ids of corresponding authors, and the institutions."""
        plan = self._plan
        authors = plan.authors_of(work)
        count = len(authors)
        day = int(plan.day[work])
        later = (plan.second_home[authors] >= 0) & (plan.moved_on[authors] <= day)
        homes: list[int] = np.where(later, plan.second_home[authors], plan.home[authors]).tolist()
        dice: list[list[float]] = rng.random((count, 5)).tolist()
        has_raw, corresponding = rng.random(2).tolist()
        speaker = (0 if corresponding < 0.25 else count - 1) if corresponding < rates.CORRESPONDING else -1
        numbers: list[int] = ids.numbers(authors).tolist()
        found, seen = [], set()
        for place, (author, number, home, die) in enumerate(zip(authors.tolist(), numbers, homes, dice, strict=True)):
            position = "first" if place == 0 else "last" if place == count - 1 else "middle"
            affiliated, known = "", []
            if has_raw < rates.RAW_AFFILIATION:
                if die[0] < rates.INSTITUTION_KNOWN:
                    known = [home]
                    if die[1] < rates.SECOND_INSTITUTION:
                        known.append((home * 7 + author) % len(self._catalog.institutions))
                affiliated = self._printed(home, die[2])
            seen.update(known)
            found.append(self._authorship(position, author, number, known, affiliated, die, is_corresponding=place == speaker))
        for each in seen:
            self.of_institution[each] += 1
        return ",".join(found), [f'"https://openalex.org/A{numbers[speaker]}"'] if speaker >= 0 else [], sorted(seen)

    def _printed(self, home: int, die: float) -> str:
        institution = self._catalog.institutions[home]
        department = self._vocabulary.forms[2 * words.VOCABULARY + 200 + int(die * 40)]
        return f"Department of {department}, {institution.name}{', ' if institution.country else ''}{institution.country}"

    def _authorship(
        self, position: str, author: int, number: int, known: list[int], affiliated: str, die: list[float], *, is_corresponding: bool
    ) -> str:
        people, institutions = self._people, self._catalog.institutions
        name = people.display(author)
        printed = name if die[3] > rates.OTHER_BYLINE else other_spelling(people, author, die[4])
        orcid = f'"https://orcid.org/{ids.orcid(author)}"' if people.has_orcid(author) else "null"
        identifier = f'"https://openalex.org/A{number}"' if die[4] > rates.WITHOUT_AUTHOR_ID else "null"
        embedded = ",".join([institutions[each].json for each in known])
        countries = ",".join(dict.fromkeys([f'"{institutions[each].country}"' for each in known if institutions[each].country]))
        numbers = ",".join([f'"https://openalex.org/I{institutions[each].number}"' for each in known])
        raw = f'"{affiliated}"' if affiliated else ""
        affiliation = f'{{"raw_affiliation_string":{raw},"institution_ids":[{numbers}]}}' if affiliated else ""
        return (
            f'{{"author_position":"{position}","author":{{"id":{identifier},"display_name":"{name}","orcid":{orcid if identifier != "null" else "null"}}},'
            f'"institutions":[{embedded}],"countries":[{countries}],"is_corresponding":{"true" if is_corresponding else "false"},'
            f'"raw_author_name":"{printed}","raw_affiliation_strings":[{raw}],"affiliations":[{affiliation}]}}'
        )

    # --- the work ----------------------------------------------------------------------------------------------------

    def _topics(self, work: int, count: int, die: float) -> list[int]:
        primary = int(self._plan.topic[work])
        siblings = self._siblings[self._catalog.topics[primary].subfield]
        others = (siblings[int(die * len(siblings))], int(die * 7_919) % len(self._catalog.topics))
        return list(dict.fromkeys((primary, *others)))[:count]

    def _line(self, work: int, row: int, draws: Draws, date: str, updated: str, title: list[str], abstract: list[str], references: list[int],
              related: list[int], bylines: tuple[str, list[str], list[int]]) -> bytes:  # fmt: skip
        catalog, die = self._catalog, draws.is_there[row]
        number = ids.number(work)
        own = f'"https://openalex.org/W{number}"'
        doi = f'"https://doi.org/10.5555/synth.{number}"' if die[0] >= rates.WITHOUT_DOI else "null"
        spelled = " ".join(title).replace(".", ":").rstrip(":")
        if die[1] < rates.TITLE_MARKUP:
            spelled += " of <i>" + title[-1].strip(".") + "</i>"
        titled = f'"{spelled}"' if die[2] >= rates.WITHOUT_TITLE else "null"
        topics = self._topics(work, draws.topics[row], die[3]) if die[4] >= rates.WITHOUT_TOPIC else []
        for each in topics:
            self.of_topic[each] += 1
        scored = [catalog.topics[each].scored("score", score) for each, score in zip(topics, draws.score[row], strict=False)]
        subfield = catalog.topics[int(self._plan.topic[work])].subfield
        shift = int(die[5] * 20)
        access = draws.access[row]
        is_open = "false" if access == "closed" else "true"
        license_ = draws.license[row] if access != "closed" else "null"
        locations = self._locations(work, row, draws, doi, is_open, license_)
        best = locations[0] if access != "closed" else "null"
        has_pages = die[8] < rates.PAGES
        page, volume = draws.volume[row][2], draws.volume[row]
        volume_, issue = (
            f'"{volume[0]}"' if die[6] < rates.VOLUME else "null",
            f'"{volume[1] % 12 + 1}"' if die[7] < rates.ISSUE else "null",
        )
        pages = f'"first_page":"{page}","last_page":"{page + volume[3] % 30}"' if has_pages else '"first_page":null,"last_page":null'
        cited = int(self._plan.cited[work])
        institutions = [catalog.institutions[each] for each in bylines[2]]
        languages = f'"{draws.language[row]}"' if die[9] >= rates.WITHOUT_LANGUAGE else "null"
        retracted = "null" if die[10] < rates.RETRACTED_UNKNOWN else "true" if die[10] > 1 - rates.RETRACTED else "false"
        parts = (
            f'{{"id":{own},"doi":{doi},"title":{titled},"display_name":{titled},"publication_year":{date[:4]},"publication_date":"{date}",'
            f'"ids":{{"openalex":{own}{"" if doi == "null" else f""","doi":{doi}"""}}},"language":{languages},"primary_location":{locations[0]},'
            f'"type":"{draws.type[row]}","indexed_in":[{"" if doi == "null" else chr(34) + "crossref" + chr(34)}],'
            f'"open_access":{{"is_oa":{is_open},"oa_status":"{access}","oa_url":null,"any_repository_has_fulltext":false}},"authorships":[',
            bylines[0],
            f'],"institutions":[],"countries_distinct_count":{len({each.country for each in institutions if each.country})},'
            f'"institutions_distinct_count":{len(institutions)},"corresponding_author_ids":[{",".join(bylines[1])}],"corresponding_institution_ids":[],'
            f'"apc_list":null,"apc_paid":null,"fwci":{"null" if die[11] < rates.WITHOUT_FWCI else f"{die[11] * 3:.5f}"},"has_fulltext":false,"cited_by_count":{cited},'
            f'"citation_normalized_percentile":null,"cited_by_percentile_year":null,"biblio":{{"volume":{volume_},"issue":{issue},{pages}}},'
            f'"is_retracted":{retracted},"is_paratext":{"true" if draws.type[row] == "paratext" else "false"},"is_xpac":false,"primary_topic":{scored[0] if scored else "null"},"topics":[',
            ",".join(scored),
            '],"keywords":[',
            window(catalog.keywords[subfield], shift, draws.keywords[row]) if topics else "",
            '],"concepts":[',
            window(catalog.concepts[subfield], shift, draws.concepts[row]) if topics else "",
            f'],"mesh":[],"locations_count":{len(locations)},"locations":[{",".join(locations)}],"best_oa_location":{best},"sustainable_development_goals":[',
            _GOALS[int(die[12] * len(_GOALS))] if die[13] < rates.SUSTAINABLE_GOAL else "",
            f'],"awards":[],"funders":[],"has_content":{{"pdf":false,"grobid_xml":false}},"referenced_works_count":{len(references)},"referenced_works":[',
            listed(sorted(references)),
            '],"related_works":[',
            listed(related) if die[14] >= rates.WITHOUT_RELATED else "",
            '],"abstract_inverted_index":',
            inverted(abstract) if abstract else "null",
            f',"counts_by_year":[{by_year(int(date[:4]), cited)}],"updated_date":"{updated}T03:46:38.306776","created_date":"2025-10-10T00:00:00"}}\n',
        )
        return "".join(parts).encode()

    def _locations(self, work: int, row: int, draws: Draws, doi: str, is_open: str, license_: str) -> list[str]:
        catalog, die = self._catalog, draws.is_there[row]
        arxiv = self.arxiv.get(work)
        # A field's works appear in the venues of the field: a window of all of them, the first ones more often.
        window_size = max(5, len(catalog.sources) // 20)
        venue = 1 + (catalog.topics[int(self._plan.topic[work])].subfield * 37 + int(draws.source[row] ** 2 * window_size)) % (
            len(catalog.sources) - 1
        )
        has_venue = die[15] >= rates.WITHOUT_SOURCE
        landing = doi if doi != "null" else f'"https://repository.example/{work}"'
        published = f'"doi:{doi[17:]}' if doi != "null" else f'"pmh:oai:repository.example:{work}"'
        pdf = f'"https://repository.example/{work}.pdf"' if die[16] < rates.PDF_ADDRESS else "null"
        if has_venue:
            self.of_source[venue] += 1
        name = catalog.sources[venue].name
        found = [location(published, is_open, landing, pdf, catalog.sources[venue].json if has_venue else "null", license_, name)]
        if arxiv:
            self.of_source[0] += 1
            found.append(
                location(
                    f'"pmh:oai:arXiv.org:{arxiv}"',
                    "true",
                    f'"http://arxiv.org/abs/{arxiv}"',
                    f'"https://arxiv.org/pdf/{arxiv}"',
                    catalog.sources[0].json,
                    "null",
                    "",
                    "submittedVersion",
                )
            )
        for extra in range(draws.locations[row] - len(found)):
            place = f'"https://archive{extra}.example/{work}"'
            found.append(
                location(f'"pmh:oai:archive{extra}.example:{work}"', is_open, place, "null", "null", "null", "", "submittedVersion")
            )
        return found


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
    identifier: str, is_open: str, landing: str, pdf: str, source: str, license_: str, name: str, version: str = "publishedVersion"
) -> str:
    """Return a location as JSON; all but `name` and `version` are JSON already."""
    is_published = "true" if version == "publishedVersion" else "false"
    identified = f'"https://openalex.org/licenses/{license_[1:-1]}"' if license_ != "null" else "null"
    return (
        f'{{"id":{identifier},"is_oa":{is_open},"landing_page_url":{landing},"pdf_url":{pdf},"source":{source},"license":{license_},"license_id":{identified},'
        f'"version":"{version}","is_accepted":{is_published},"is_published":{is_published},'
        f'"raw_source_name":{f""" "{name}" """.strip() if name and source != "null" else "null"},"raw_type":"journal-article"}}'
    )


def listed(numbers: list[int]) -> str:
    """Return works' ids as JSON list items."""
    return '"https://openalex.org/W' + '","https://openalex.org/W'.join(map(str, numbers)) + '"' if numbers else ""


def inverted(text: list[str]) -> str:
    """Return the inverted index of a text as JSON."""
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
    if die > 1 - rates.TYPOGRAPHIC_HYPHEN / rates.OTHER_BYLINE:
        return people.display(author).replace("-", "\u2010")
    if die > 0.92:
        return people.native(author)
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
