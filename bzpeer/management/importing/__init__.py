"""What `bzpeer import NAME …` can do: one module per way in, each with its own questions.

To add a way in, write a module like this and name it in `WAYS` of `bzpeer/management/commands/import.py`:

    NAME = "orcid"
    HELP = "the works on an ORCID record"

    def add_arguments(parser: CommandParser) -> None:
        question = one_question(parser)                       # adds --file and --background; leave out what does not apply
        question.add_argument("--person", metavar="iD", help="whose record")

    def handle(options: Options, say: Say) -> None:
        import_now(NAME, asked(options, "person"), options, say)   # runs it, shows progress, derives, tells what came of it

`import_now` takes any provider that `works.runs.PROVIDERS` knows. A way in that is no run of records (a list of ids to
look up first, a pause) does what it likes in `handle` and raises CommandError with a plain sentence.
"""
