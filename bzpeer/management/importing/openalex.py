"""`bzpeer import openalex`: author records and works, by asking OpenAlex or from its files."""

from django.core.management.base import CommandParser

from bzpeer.management.importing import snapshots
from bzpeer.management.importing.asking import Options, Say, asked, listed, one_question
from bzpeer.management.importing.working import import_now

NAME = "openalex"
HELP = "author records and works from OpenAlex"
_ASKED = ("author", "orcid", "works", "dois", "search", "topic", "institution", "from_year")


def add_arguments(parser: CommandParser) -> None:
    """Declare what OpenAlex can be asked."""
    question = one_question(parser)
    question.required = False  # a topic and an institution may be asked together; the query says what is missing
    question.add_argument("--author", metavar="A…", help="an author and all of their works")
    question.add_argument("--orcid", metavar="iD", help="the author with this ORCID iD and all of their works")
    question.add_argument("--works", metavar="W…,…", type=listed, help="works by id")
    question.add_argument("--doi", metavar="DOI,…", dest="dois", type=listed, help="works by DOI")
    question.add_argument("--search", metavar="WORDS", help="works that match a search")
    snapshots.add_arguments(parser, question)
    parser.add_argument("--topic", metavar="T…", help="works of a topic")
    parser.add_argument("--institution", metavar="I…|ROR", help="works with an author of this institution, by OpenAlex id or ROR id")
    parser.add_argument("--from-year", metavar="YEAR", type=int, help="only works published since that year")


def handle(options: Options, say: Say) -> None:
    """Import now, or leave it to a worker."""
    if options.get("snapshot"):
        snapshots.handle(options, say)
        return
    snapshots.refuse_without_snapshot(options)
    import_now(NAME, asked(options, *_ASKED), options, say)
