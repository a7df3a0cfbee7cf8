"""`bzpeer import arxiv`: papers, by asking arXiv or from files."""

from django.core.management.base import CommandParser

from bzpeer.management.importing.asking import Options, Say, asked, listed, one_question
from bzpeer.management.importing.working import import_now

NAME = "arxiv"
HELP = "papers from arXiv"


def add_arguments(parser: CommandParser) -> None:
    """Declare what arXiv can be asked."""
    question = one_question(parser)
    question.add_argument("--id", metavar="ID,…", dest="ids", type=listed, help="papers by id, such as 2006.13719")
    question.add_argument("--author", metavar="NAME", help="papers by an author's name")
    question.add_argument("--query", metavar="QUERY", help="papers by a query in arXiv's own language")


def handle(options: Options, say: Say) -> None:
    """Import now, or leave it to a worker."""
    import_now(NAME, asked(options, "ids", "author", "query"), options, say)
