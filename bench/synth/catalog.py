"""What works point to: the topic tree, institutions, sources. Each knows its own record and the piece of JSON that others embed."""

import random
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import orjson

from bench.synth import ids, rates, words

TOPICS, SUBFIELDS = 4_516, 252

_FIELDS = {
    1: ("Life Sciences", {11: "Agricultural and Biological Sciences", 13: "Biochemistry, Genetics and Molecular Biology",
                          24: "Immunology and Microbiology",
                          28: "Neuroscience", 30: "Pharmacology, Toxicology and Pharmaceutics"}),
    2: ("Social Sciences", {12: "Arts and Humanities", 14: "Business, Management and Accounting", 18: "Decision Sciences",
                            20: "Economics, Econometrics and Finance",
                            32: "Psychology", 33: "Social Sciences"}),
    3: ("Physical Sciences", {15: "Chemical Engineering", 16: "Chemistry", 17: "Computer Science", 19: "Earth and Planetary Sciences",
                              21: "Energy",
                              22: "Engineering", 23: "Environmental Science", 25: "Materials Science",
                              26: "Mathematics", 31: "Physics and Astronomy"}),
    4: ("Health Sciences", {27: "Medicine", 29: "Nursing", 34: "Veterinary", 35: "Dentistry", 36: "Health Professions"}),
}  # fmt: skip
FIELDS = [(number, name, domain, title) for domain, (title, fields) in _FIELDS.items() for number, name in fields.items()]
_WEIGHTS = {27: 5, 22: 3, 33: 3, 17: 2, 31: 2}
"""Fields with more subfields and topics than others."""

Json = dict[str, object]


def text(value: object) -> str:
    """Return a value as JSON text."""
    return orjson.dumps(value).decode()


def zipf_share(count: int, exponent: float) -> npt.NDArray[np.float64]:
    """Return the cumulated shares of `count` things by Zipf's law, softened at the top."""
    weights = 1.0 / (np.arange(count) + 5.0) ** exponent
    share: npt.NDArray[np.float64] = np.cumsum(weights) / weights.sum()
    return share


@dataclass(frozen=True)
class Embedded:
    """A record, its number and name, and the JSON of it that works and authors embed."""

    record: str
    number: int
    name: str
    json: str
    country: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Topic:
    """A topic as its record and, with a score or a count in between, as others embed it."""

    record: str
    before: str
    after: str
    field: int
    subfield: int

    def scored(self, key: str, value: str) -> str:
        """Return the topic as embedded, with one more key."""
        return f'{self.before}"{key}":{value},{self.after}'


class Catalog:
    """Everything fixed before the first work: built once, a few megabytes whatever the number of works."""

    def __init__(self, *, works: int, seed: int, vocabulary: words.Vocabulary) -> None:
        rng = random.Random(f"catalog {seed}")
        self._first_term = vocabulary.first_term
        self._terms = vocabulary.forms[vocabulary.first_term : words.VOCABULARY]
        self.topics = self._topics(rng)
        self.keywords = [self._keywords(rng) for _ in range(SUBFIELDS)]
        self.concepts = [self._concepts(rng) for _ in range(SUBFIELDS)]
        count = min(max(works // 40, 150), 10_000)
        self.institutions = self._institutions(rng, count)
        self.sources = [_source(self._source(rng, index)) for index in range(count)]

    def _name(self, rng: random.Random, low: int, high: int) -> str:
        return " ".join(rng.sample(self._terms[:6_000], rng.randint(low, high)))

    def _topics(self, rng: random.Random) -> list[Topic]:
        weights = [_WEIGHTS.get(field[0], 1) for field in FIELDS]
        owners = sorted([*range(len(FIELDS)), *rng.choices(range(len(FIELDS)), weights=weights, k=SUBFIELDS - len(FIELDS))])
        names = [self._name(rng, 1, 3).title() for _ in owners]
        within = [owners[:index].count(owner) for index, owner in enumerate(owners)]
        found = []
        for index in range(TOPICS):
            subfield = index if index < SUBFIELDS else rng.randrange(SUBFIELDS)
            field = owners[subfield]
            number, field_name, domain, domain_name = FIELDS[field]
            tree = {
                "subfield": {"id": f"https://openalex.org/subfields/{number * 100 + within[subfield]}", "display_name": names[subfield]},
                "field": {"id": f"https://openalex.org/fields/{number}", "display_name": field_name},
                "domain": {"id": f"https://openalex.org/domains/{domain}", "display_name": domain_name},
            }
            head = {"id": f"https://openalex.org/T{900_001 + index}", "display_name": self._name(rng, 2, 5).capitalize()}
            record = head | {
                "description": f"This cluster of papers is about {self._name(rng, 10, 40)}.",
                "keywords": [self._name(rng, 1, 2).title() for _ in range(10)],
                "ids": {"openalex": head["id"]},
            } | tree | {"siblings": []}  # fmt: skip
            found.append(Topic(record=text(record), before=text(head)[:-1] + ",", after=text(tree)[1:], field=field, subfield=subfield))
        return found

    def _keywords(self, rng: random.Random) -> list[str]:
        names = [self._name(rng, 1, 2) for _ in range(40)]
        return [
            text(
                {
                    "id": f"https://openalex.org/keywords/{name.replace(' ', '-')}",
                    "display_name": name.capitalize(),
                    "score": round(0.9 - 0.02 * i, 4),
                }
            )
            for i, name in enumerate(names)
        ]

    def _concepts(self, rng: random.Random) -> list[str]:
        numbers = [rng.randrange(10**8, 10**9) for _ in range(40)]
        return [
            text({
                "id": f"https://openalex.org/C{9 * 10**9 + number}", "wikidata": f"https://www.wikidata.org/wiki/Q{9 * 10**9 + number}",
                "display_name": self._name(rng, 1, 2).capitalize(), "level": i % 5, "score": round(0.8 - 0.019 * i, 6),
            })
            for i, number in enumerate(numbers)
        ]  # fmt: skip

    def _institutions(self, rng: random.Random, count: int) -> list[Embedded]:
        kinds, countries = dict(rates.INSTITUTION_TYPES), dict(rates.COUNTRIES)
        found: list[Embedded] = []
        for index in range(count):
            number = ids.number(index)
            place = rng.choice(self._terms[1_000:9_000]).capitalize()
            kind = rng.choices(list(kinds), weights=list(kinds.values()))[0]
            country = None if rng.random() < rates.WITHOUT_COUNTRY else rng.choices(list(countries), weights=list(countries.values()))[0]
            own = f"https://openalex.org/I{number}"
            parent = f"https://openalex.org/I{found[rng.randrange(index)].number}" if index and rng.random() < rates.WITH_PARENT else None
            name = _institution_name(rng, kind, place)
            found.append(_institution({
                "id": own, "ror": f"https://ror.org/{ids.ror(index)}", "display_name": name, "country_code": country, "type": kind,
                "type_id": f"https://openalex.org/institution-types/{kind}", "lineage": [own, parent] if parent else [own],
                "homepage_url": f"https://www.{place.lower()}{index}.example" if rng.random() < 0.98 else None,
                "image_url": None, "image_thumbnail_url": None,
                "display_name_acronyms": ["".join(part[0] for part in name.split() if part[0].isupper())] if rng.random() < 0.29 else [],
                "display_name_alternatives": [f"{place} {kind.title()}"] if rng.random() < 0.13 else [], "repositories": [],
                "ids": {"openalex": own, "ror": f"https://ror.org/{ids.ror(index)}"},
                "geo": {"city": place, "geonames_city_id": None, "region": None, "country_code": country,
                        "country": country,
                        "latitude": round(rng.uniform(-50, 65), 5), "longitude": round(rng.uniform(-170, 170), 5)},
                "international": {"display_name": {"en": name}}, "associated_institutions": [],
                "roles": [{"role": "institution", "id": own}], "topics": [], "topic_share": [], "x_concepts": [], "is_super_system": False,
            }))  # fmt: skip
        return found

    def _source(self, rng: random.Random, index: int) -> Json:
        kinds = dict(rates.SOURCE_TYPES)
        kind = rng.choices(list(kinds), weights=list(kinds.values()))[0] if index else "repository"
        own = f"https://openalex.org/S{ids.number(index)}"
        name = f"{rng.choice(_SOURCE_NAMES[kind])} {self._name(rng, 1, 3).title()}" if index else "arXiv (synthetic)"
        numbers = (
            [ids.issn(2 * index), ids.issn(2 * index + 1)][: rng.choice((1, 2))] if index and rng.random() < rates.SOURCE_ISSN else None
        )
        publisher = rng.randrange(300) if rng.random() < 0.7 else None
        host = f"https://openalex.org/P{ids.number(publisher)}" if publisher is not None else None
        house = f"{self._terms[3_000 + publisher].capitalize()} Press" if publisher is not None else None
        return {
            "id": own, "issn_l": numbers[0] if numbers else None, "issn": numbers, "display_name": name, "host_organization": host,
            "host_organization_name": house, "host_organization_lineage": [host] if host else [], "is_oa": not index or rng.random() < 0.3,
            "is_in_doaj": rng.random() < 0.2, "is_core": rng.random() < 0.6, "ids": {"openalex": own}, "homepage_url": None,
            "apc_prices": None,
            "apc_usd": None, "country_code": None, "societies": [], "alternate_titles": [], "abbreviated_title": None, "type": kind,
            "topics": [], "topic_share": [], "x_concepts": [],
        }  # fmt: skip

    def term_ranks(self, topic: npt.NDArray[np.int32], draw: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return ranks of words of a topic's own: 48 of each, drawn by `draw`, shared with few other topics."""
        ranks: npt.NDArray[np.int64] = self._first_term + (topic.astype(np.int64) * 1_009 + draw * 257) % (words.VOCABULARY // 2)
        return ranks


_SOURCE_NAMES = {
    "journal": ("Journal of", "Annals of", "Archive for"),
    "repository": ("Repository of", "Open", "Archive of"),
    "conference": ("Conference on", "Symposium on", "Workshop on"),
    "book series": ("Lectures on", "Studies in", "Advances in"),
    "ebook platform": ("Library of", "Books on", "Collection"),
}


def _institution_name(rng: random.Random, kind: str, place: str) -> str:
    if kind == "education":
        return rng.choice(
            (
                f"University of {place}",
                f"{place} University",
                f"Université de {place}",
                f"Technische Universität {place}",
                f"Universidad de {place}",
            )
        )
    return {
        "company": f"{place} Industries",
        "healthcare": f"{place} Hospital",
        "government": f"{place} Survey",
        "archive": f"{place} Museum",
    }.get(kind, f"Institute {place}")


def _institution(record: Json) -> Embedded:
    keys = ("id", "ror", "display_name", "country_code", "type", "lineage")
    return Embedded(
        record=text(record), number=int(str(record["id"]).rpartition("I")[2]), name=str(record["display_name"]),
        json=text({key: record[key] for key in keys}), country=str(record["country_code"] or ""), kind=str(record["type"]),
    )  # fmt: skip


def _source(record: Json) -> Embedded:
    keys = (
        "id",
        "display_name",
        "issn_l",
        "issn",
        "is_oa",
        "is_in_doaj",
        "is_core",
        "host_organization",
        "host_organization_name",
        "host_organization_lineage",
    )
    house = record["host_organization_name"]
    brief = {key: record[key] for key in keys} | {"host_organization_lineage_names": [house] if house else [], "type": record["type"]}
    return Embedded(
        record=text(record),
        number=int(str(record["id"]).rpartition("S")[2]),
        name=str(record["display_name"]),
        json=text(brief),
        kind=str(record["type"]),
    )


def window(pieces: list[str], start: int, length: int) -> str:
    """Return `length` neighbours of a cyclic list, joined as JSON list items."""
    return ",".join(islice(pieces + pieces, start, start + length))
