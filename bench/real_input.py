"""Every OpenAlex and arXiv file of the shared data into one portal: python bench/real_input.py [FOLDER …].

Prints, per folder, how many records were read, stored, unchanged and set aside, then the reasons. Every record is one
of the three, or the script fails; and importing all again must change nothing. Works in a database of its own.
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.db import connection  # noqa: E402 - Django is set up first
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from researchers.models import Institution, Researcher  # noqa: E402
from works.importing import store  # noqa: E402
from works.models import Authorship, ImportProblem, ImportRun, Reference, Source, Topic, Work, WorkVersion  # noqa: E402
from works.sources import arxiv, openalex  # noqa: E402

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"))
READERS = {
    "openalex-api-objects": openalex, "openalex-daily-history": openalex, "openalex-snapshot-sample": openalex,
    "openalex-works-2022-schema": openalex, "openalex-fixtures": openalex, "openalex-vcr": openalex, "hep-1991-1996": openalex,
    "arxiv-kaggle-sample": arxiv, "arxiv-atom": arxiv, "arxiv-oai": arxiv, "unarxive-sample": arxiv, "arxiv-bulk": arxiv,
}  # fmt: skip
NO_RECORDS = {"LICENSE", "LICENSE.txt", "README", "dois.rds"}
COLUMNS = ("read", "written", "unchanged", "merged", "quarantined", "works_new", "works_updated", "works_merged", "reservations")


def files_of(folder: str) -> list[Path]:
    """Return the data files of a folder: the state of a history first, then its days."""
    found = [path for path in (SHARED / folder).rglob("*") if path.is_file() and path.name not in NO_RECORDS]
    return sorted(found, key=lambda path: (not path.name.startswith("base_"), path))


def imported(folder: str) -> tuple[Counter[str], Counter[tuple[bool, str]]]:
    """Import a folder; return its counts and its problems by reason."""
    module = READERS[folder]
    counts: Counter[str] = Counter()
    run = ImportRun.objects.create(provider=module.__name__.rpartition(".")[2], parameters={"folder": folder})
    for path in files_of(folder):
        counts += store(module.read_file(path), run=run, where=path.name)
    reasons = Counter(ImportProblem.objects.filter(run=run).order_by("pk").values_list("is_quarantined", "reason"))
    accounted = counts["written"] + counts["unchanged"] + counts["merged"] + counts["quarantined"]
    assert counts["read"] == accounted, f"{folder}: {counts['read']} read, {accounted} accounted for"
    return counts, reasons


def round_of(folders: list[str], title: str) -> Counter[tuple[bool, str]]:
    """Import folders and print their table; return all problems by reason."""
    problems: Counter[tuple[bool, str]] = Counter()
    total: Counter[str] = Counter()
    print(f"\n{title}\n{'folder':<28}" + "".join(f"{column.replace('works_', 'w. '):>13}" for column in COLUMNS) + f"{'seconds':>9}")
    for folder in folders:
        started = time.perf_counter()
        counts, reasons = imported(folder)
        problems += reasons
        total += counts
        print(
            f"{folder:<28}" + "".join(f"{counts[column]:>13,}" for column in COLUMNS) + f"{time.perf_counter() - started:>9.1f}", flush=True
        )
    print(f"{'total':<28}" + "".join(f"{total[column]:>13,}" for column in COLUMNS))
    return problems


def main() -> None:
    """Import everything twice and print what happened."""
    folders = sys.argv[1:] or list(READERS)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        problems = round_of(folders, "First import")
        for model in (Work, WorkVersion, Authorship, Reference, Researcher, Institution, Source, Topic):
            print(f"{model.__name__:<28}{model.objects.count():>13,}")
        print(f"{'assembled researchers':<28}{Researcher.objects.filter(assembled=True).count():>13,}")
        print(f"{'resolved references':<28}{Reference.objects.filter(cited__isnull=False).count():>13,}")
        for (is_quarantined, reason), count in sorted(problems.items(), key=lambda item: (not item[0][0], -item[1], item[0][1])):
            print(f"{count:>7,} {'set aside' if is_quarantined else 'noted    '}  {reason[:150]}")
        steady = [folder for folder in folders if folder != "openalex-daily-history"]
        round_of(steady, "Second import")
    finally:
        connection.close()
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
