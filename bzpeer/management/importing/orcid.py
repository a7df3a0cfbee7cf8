"""`bzpeer import orcid`: the works that the ORCID record of a researcher lists, by DOI and arXiv id."""

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from bzpeer.management.importing.asking import Options, Say
from bzpeer.management.importing.working import import_now
from researchers.models import Researcher
from researchers.queries import researcher_by_openalex_id, researcher_by_orcid
from works import identifiers
from works.citations import Citation
from works.matching import works_by_key
from works.sources.http import UpstreamError
from works.sources.orcid import WorksList, fetch_works

NAME = "orcid"
HELP = "works that the ORCID record of a researcher already here lists"
REASONS_SHOWN = 5


def add_arguments(parser: CommandParser) -> None:
    """Declare whose record is asked for."""
    parser.add_argument("researcher", metavar="IDENTIFIER", help="an ORCID iD, an OpenAlex author id (A…) or the number of a record here")
    parser.add_argument("--background", action="store_true", help="leave the imports to a worker and say where to watch them")


def handle(options: Options, say: Say) -> None:
    """Fetch the list, tell what is here, import the rest by id."""
    person = _researcher(options["researcher"])
    if not person.orcid:
        raise CommandError(f"The record of {person.display_name} has no ORCID iD.")
    try:
        listed = fetch_works(person.orcid, base_url=settings.ORCID_API_URL)
    except UpstreamError as error:
        raise CommandError(str(error)) from error
    _tell(person, listed, say)
    import_missing([each for each in listed.citations if each.keys], options, say)


def import_missing(citations: list[Citation], options: Options, say: Say) -> None:
    """Import the works that citations name by DOI or arXiv id and that are not here."""
    with connection.cursor() as cursor:
        here = works_by_key(cursor, {key for citation in citations for key in citation.keys})
    missing = [each for each in citations if not any(key in here for key in each.keys)]
    if not missing:
        say("Every work with an id is here already." if citations else "No work has an id to import it by.")
        return
    dois = list(dict.fromkeys(each.doi for each in missing if each.doi))
    papers = list(dict.fromkeys(each.arxiv_id for each in missing if not each.doi))
    refused = ""
    for provider, asked in (("openalex", {"dois": dois}), ("arxiv", {"ids": papers})):
        if any(asked.values()):
            try:
                import_now(provider, asked, options, say)
            except CommandError as error:
                # What one provider does not give keeps nobody from asking the other.
                refused = f"{refused} {error}".strip()
    if refused:
        raise CommandError(refused)


def _researcher(text: str) -> Researcher:
    """Return the record an identifier names. Raises CommandError if there is none."""
    found = None
    if orcid := identifiers.orcid(text):
        found = researcher_by_orcid(orcid)
    elif author := identifiers.openalex_id(text, "A"):
        found = researcher_by_openalex_id(author)
    elif text.isascii() and text.isdecimal() and len(text) < 16:
        found = Researcher.objects.filter(pk=int(text)).first()
    if found is None:
        raise CommandError(
            f"No researcher here is known as “{text[:80]}”. Import them first, for example with `bzpeer import openalex --orcid`."
        )
    return found


def _tell(person: Researcher, listed: WorksList, say: Say) -> None:
    total = len(listed.citations)
    say(f"ORCID record {listed.orcid} of {person.display_name} shows {total:,} work{'' if total == 1 else 's'}.")
    if listed.orcid != person.orcid:
        say(f"  ORCID says that {person.orcid} was merged into it.")
    for fault in listed.faults[:REASONS_SHOWN]:
        say(f"  work {fault.line}: {fault.reason}")
    if unnamed := sum(not each.keys for each in listed.citations):
        verb = "is" if unnamed == 1 else "are"
        say(f"  {unnamed:,} without DOI or arXiv id {verb} left to the owner, who can add them from their profile.")
