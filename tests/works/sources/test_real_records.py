"""Every record of every real file becomes a draft or is set aside with a true reason. `-s` prints the table."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fidelity import shared
from works.drafts import Quarantined, Read
from works.sources import arxiv, openalex
from works.sources.http import UnreadableFile

Reader = Callable[[Path], Iterator[Read]]

NO_RECORDS = {"LICENSE", "LICENSE.txt", "README", "dois.rds"}

NOT_KEPT = {
    "openalex-snapshot-sample": {
        "concepts are not kept (yet)": 31,
        "publishers are not kept (yet)": 31,
        "a snapshot's manifest, not a record": 2,
    },
    "openalex-fixtures": {
        "concepts are not kept (yet)": 1,
        "publishers are not kept (yet)": 1,
        "keywords are not kept (yet)": 1,
        "OpenAlex uses this id for unknown or deleted authors: it is nobody's record": 1,
    },
    "openalex-vcr": {
        "“W0001” is not an OpenAlex id": 1,
        "“W0002” is not an OpenAlex id": 1,
        "“W0003” is not an OpenAlex id": 1,
        "an error answer of the API, not a record": 9,
        "an answer of counts, not a record": 2,
        "the record has no id": 3,
    },
    "arxiv-atom": {"an error answer of arXiv, not a record": 1},
    "arxiv-oai": {"the record has no arXiv id": 1},
}

DRAFTED = {
    "openalex-api-objects": {"WorkDraft": 2614, "AuthorDraft": 57},
    "openalex-daily-history": {"WorkDraft": 3081, "AuthorDraft": 58},
    "openalex-snapshot-sample": {
        "WorkDraft": 55,
        "AuthorDraft": 3,
        "InstitutionDraft": 1357,
        "SourceDraft": 499,
        "FunderDraft": 7,
        "Merged": 9,
    },
    "openalex-works-2022-schema": {"WorkDraft": 410},
    "openalex-fixtures": {"WorkDraft": 2, "AuthorDraft": 2, "InstitutionDraft": 1, "SourceDraft": 1, "TopicDraft": 1, "FunderDraft": 1},
    "openalex-vcr": {"WorkDraft": 456},
    "hep-1991-1996": {"WorkDraft": 49_264},
    "arxiv-atom": {"WorkDraft": 221},
    "arxiv-bulk": {"WorkDraft": 34_737},
    "arxiv-kaggle-sample": {"WorkDraft": 200},
    "arxiv-oai": {"WorkDraft": 30},
    "unarxive-sample": {"WorkDraft": 49},
}


def counted(folder: Path, reader: Reader) -> tuple[Counter[str], Counter[str]]:
    drafts: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        try:
            for read in reader(path):
                if isinstance(read, Quarantined):
                    assert path.name in read.place
                    aside[read.reason.partition(":")[0] if "error answer" in read.reason else read.reason] += 1
                else:
                    drafts[type(read).__name__] += 1
        except UnreadableFile:
            assert path.name in NO_RECORDS
    return drafts, aside


@pytest.mark.parametrize("name", sorted(DRAFTED))
def test_every_real_record_is_drafted_or_set_aside_with_its_reason(name):
    reader = openalex.read_file if name.startswith(("openalex", "hep")) else arxiv.read_file

    drafts, aside = counted(shared(name), reader)

    print(f"\n{name:28} {dict(drafts)} | set aside: {dict(aside)}")
    assert drafts == DRAFTED[name]
    assert aside == NOT_KEPT.get(name, {})
