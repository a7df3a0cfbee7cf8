"""`bzpeer import arxiv`: papers, by asking arXiv or from files."""

from django.core.management.base import CommandParser

from bzpeer.management.importing.asking import Options, Say, asked, listed, one_question
from bzpeer.management.importing.working import import_now
from works.sources.arxiv_query import FORMATS

NAME = "arxiv"
HELP = "papers from arXiv"


def add_arguments(parser: CommandParser) -> None:
    """Declare what arXiv can be asked."""
    question = one_question(parser)
    question.add_argument("--id", metavar="ID,…", dest="ids", type=listed, help="papers by id, such as 2006.13719")
    question.add_argument("--author", metavar="NAME", help="papers by an author's name")
    question.add_argument("--query", metavar="QUERY", help="papers by a query in arXiv's own language")
    question.add_argument("--set", metavar="SET", help="whole sets such as cs, math or physics:hep-th, or “all” (OAI-PMH)")
    parser.add_argument("--from", metavar="DAY", dest="from_day", help="with --set: records changed on or after this day, e.g. 2024-01-01")
    parser.add_argument("--until", metavar="DAY", dest="until_day", help="with --set: records changed on or before this day")
    parser.add_argument(
        "--format",
        choices=sorted(FORMATS),
        help="with --set: “raw” (the default) has every version with its date; “structured” each author apart, with affiliations; "
        "“both” asks twice and keeps what either has",
    )


def handle(options: Options, say: Say) -> None:
    """Import now, or leave it to a worker."""
    import_now(NAME, asked(options, "ids", "author", "query", "set", "from_day", "until_day", "format"), options, say)
