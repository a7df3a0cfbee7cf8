"""How well citations find their works: real works cited with the mistakes people make, looked for in the whole corpus.

The corpus is what ../shared/data holds of OpenAlex objects (2,614 works) and high-energy physics (49,264 works); a database that
holds works already is measured as it is. For each kind of mistake it prints how many of the sampled works were recognised as
certain (recall), how many of the certain ones were right (precision), how often the right
work was at least offered, how often another work would be taken for it if it were not here (mistaken; most of these are the same
paper under a slightly different title), and the time.
"Not here" cites papers that are not in the corpus: each certain one is a mistake. Typical of what a person's list holds is the last
kind, "everyday": a random mixture.

    python -m bench recognising
"""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402

from works import recognising  # noqa: E402
from works.citations import Citation  # noqa: E402
from works.drafts import WorkDraft  # noqa: E402
from works.models import Work  # noqa: E402
from works.recognising import Candidate, Verdict, recognised, verdict  # noqa: E402
from works.sources import arxiv  # noqa: E402

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parents[1] / ".." / "shared" / "data"))
SAMPLE = int(os.environ.get("BENCH_CITATIONS", "1000"))
SEED = 20261121
_ACCENTS = {
    "é": r"\'{e}",
    "è": r"\`{e}",
    "ö": r"{\"o}",
    "ü": r"{\"u}",
    "ä": r"{\"a}",
    "ñ": r"{\~n}",
    "ø": r"{\o}",
    "ç": r"\c{c}",
    "á": r"{\'a}",
}

Change = Callable[[random.Random, Citation], Citation]


def _replace(citation: Citation, **values: object) -> Citation:
    return Citation(**{name: values.get(name, getattr(citation, name)) for name in citation.__struct_fields__})


def as_it_is(rng: random.Random, citation: Citation) -> Citation:
    return citation


def typos(rng: random.Random, citation: Citation) -> Citation:
    """Two letters of the title swapped, dropped or doubled."""
    letters = list(citation.title)
    for _ in range(2):
        if len(letters) < 6:
            break
        place = rng.randrange(1, len(letters) - 2)
        match rng.randrange(3):
            case 0:
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
            case 1:
                del letters[place]
            case _:
                letters.insert(place, letters[place])
    return _replace(citation, title="".join(letters))


def no_subtitle(rng: random.Random, citation: Citation) -> Citation:
    return _replace(citation, title=citation.title.split(": ")[0])


def no_year(rng: random.Random, citation: Citation) -> Citation:
    return _replace(citation, year=None)


def year_off(rng: random.Random, citation: Citation) -> Citation:
    return _replace(citation, year=citation.year + rng.choice((-1, 1)) if citation.year else None)


def initials(rng: random.Random, citation: Citation) -> Citation:
    """ "Smith, J. A." for "John Anders Smith"."""
    names = []
    for name in citation.authors:
        words = name.split()
        names.append(f"{words[-1]}, {' '.join(word[0] + '.' for word in words[:-1])}" if len(words) > 1 else name)
    return _replace(citation, authors=tuple(names))


def no_accents_or_tex(rng: random.Random, citation: Citation) -> Citation:
    """Capitals in braces, TeX for accents in the title."""
    title = "".join(_ACCENTS.get(letter, letter) for letter in citation.title)
    return _replace(
        citation, title=" ".join(f"{{{word}}}" if word[:1].isupper() and rng.random() < 0.3 else word for word in title.split())
    )


def first_author(rng: random.Random, citation: Citation) -> Citation:
    return _replace(citation, authors=citation.authors[:1], has_more_authors=True)


def no_authors(rng: random.Random, citation: Citation) -> Citation:
    return _replace(citation, authors=())


def lost_words(rng: random.Random, citation: Citation) -> Citation:
    """One word of the title missing, another put in another place."""
    words = citation.title.split()
    if len(words) > 4:
        del words[rng.randrange(len(words))]
    return _replace(citation, title=" ".join(words))


def everyday(rng: random.Random, citation: Citation) -> Citation:
    for change in rng.sample((typos, no_subtitle, no_year, year_off, no_accents_or_tex, first_author, lost_words), 2):
        citation = change(rng, citation)
    return initials(rng, citation)


KINDS: dict[str, Change] = {
    "as it is": as_it_is, "initials": initials, "first author only": first_author, "no authors": no_authors, "no year": no_year,
    "year off by one": year_off, "TeX and braces": no_accents_or_tex, "two typos": typos, "a lost word": lost_words,
    "no subtitle": no_subtitle, "everyday": everyday,
}  # fmt: skip


def load() -> None:
    """Bring the corpus into an empty database."""
    if Work.objects.exists():
        return
    for folder in ("openalex-api-objects", "hep-1991-1996"):
        call_command("import", "openalex", "--file", str(SHARED / folder), verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE works_work")


def cited(candidate: Candidate) -> Citation:
    """Return a faultless citation of a work, without its ids."""
    return Citation(line=candidate.work_id, title=candidate.title, authors=candidate.bylines, year=candidate.year)


def twins(sample: dict[int, Candidate]) -> dict[int, set[int]]:
    """Return for each work the works with the very same title: a preprint and its published version, a record told twice."""
    found: dict[str, set[int]] = {}
    for work_id, title in Work.objects.filter(folded_title__in=Work.objects.filter(pk__in=sample).values("folded_title")).values_list(
        "pk", "folded_title"
    ):
        found.setdefault(title, set()).add(work_id)
    return {member: group for group in found.values() for member in group}


def measure(name: str, change: Change, sample: dict[int, Candidate], same: dict[int, set[int]]) -> None:
    rng = random.Random(SEED)
    citations = [change(rng, cited(each)) for each in sample.values()]
    begun = time.perf_counter()
    answers = recognised(citations)
    seconds = time.perf_counter() - begun
    certain = right = offered = mistaken = 0
    for citation, answer in zip(citations, answers, strict=True):
        meant = same.get(citation.line, {citation.line})
        offered += any(each.work_id in meant for each in answer)
        if verdict(answer) is Verdict.CERTAIN:
            certain += 1
            right += answer[0].work_id in meant
        mistaken += verdict([each for each in answer if each.work_id not in meant]) is Verdict.CERTAIN
    total = len(citations)
    print(
        f"{name:20} recall {right / total:6.1%}  precision {right / certain if certain else 1:6.1%}  "
        f"offered {offered / total:6.1%}  mistaken {mistaken / total:5.1%}  {1000 * seconds / total:5.1f} ms each"
    )


def strangers(number: int) -> list[Citation]:
    """Return citations of papers from other years and fields than the corpus."""
    found = []
    for folder in sorted((SHARED / "arxiv-bulk").glob("*.gz")):
        for read in arxiv.read_file(folder):
            if isinstance(read, WorkDraft) and read.title:
                found.append(Citation(line=0, title=read.title, authors=tuple(each.byline for each in read.authorships), year=2020))
            if len(found) >= number:
                return found
    return found


def main() -> None:
    load()
    total = Work.objects.count()
    ids = list(Work.objects.exclude(title="").order_by("pk").values_list("pk", flat=True))
    chosen = random.Random(SEED).sample(ids, min(SAMPLE, len(ids)))
    from_openalex = list(Work.objects.filter(doi__isnull=False).exclude(title="").order_by(F("pk")).values_list("pk", flat=True)[:SAMPLE])
    for label, keys in (("every work", chosen), ("works with a DOI", from_openalex)):
        sample = recognising.candidates_of(keys)
        same = twins(sample)
        print(f"\n{len(sample):,} citations of {label} against {total:,} works; load {os.getloadavg()[0]:.1f}")
        for name, change in KINDS.items():
            measure(name, change, sample, same)
    outside = strangers(SAMPLE)
    answers = recognised(outside)
    wrong = [(citation, answer) for citation, answer in zip(outside, answers, strict=True) if verdict(answer) is Verdict.CERTAIN]
    doubtful = sum(verdict(answer) is Verdict.UNCERTAIN for answer in answers)
    print(f"\nnot here: {len(outside):,} citations, {len(wrong)} taken for a work, {doubtful} offered as uncertain")
    for citation, answer in wrong[:10]:
        print(f"  “{citation.title}” for {Work.objects.get(pk=answer[0].work_id).title!r}")


if __name__ == "__main__":
    main()
