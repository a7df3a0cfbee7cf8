"""What the records of one work tell differently."""

from bzpeer.pages.versions import differences
from works.drafts import AuthorshipDraft, SourceDraft, WorkDraft
from works.facts import StoredRecord


def record(key, **said):
    return StoredRecord(key=key, gone_at=None, draft=WorkDraft(key=key, **said))


def authors(*names):
    return tuple(AuthorshipDraft(position=place, byline=name) for place, name in enumerate(names, 1))


def test_a_preprint_and_its_publication_are_compared_field_by_field():
    preprint = record(
        "arxiv:2006.13719",
        title="Dynamic of SGD",
        abstract="One two three.",
        publication_date="2020-06-24",
        license="cc-by",
        categories=("cs.LG", "stat.ML"),
        authorships=authors("Q. Meng", "Liu, Tie-Yan"),
    )
    published = record(
        "openalex:W1",
        title="Dynamics of $x$",
        abstract="One, two, three",
        publication_date="2021-01-01",
        source=SourceDraft(key="", display_name="Journal of Noise"),
        doi="10.1000/x",
        authorships=authors("Qi Meng", "Tie-Yan Liu", "Ann New"),
    )
    assert [(one.label, one.told) for one in differences([preprint, published])] == [
        ("Title", (("arXiv 2006.13719", "Dynamic of SGD"), ("OpenAlex W1", "Dynamics of x"))),
        ("Authors", (("arXiv 2006.13719", "2: Q. Meng; Liu, Tie-Yan"), ("OpenAlex W1", "3: Qi Meng; Tie-Yan Liu; Ann New"))),
        ("Date", (("arXiv 2006.13719", "2020-06-24"), ("OpenAlex W1", "2021-01-01"))),
    ]


def test_spellings_of_names_and_signs_are_no_difference():
    one = record("arxiv:1", title="A  title!", authorships=authors("K. Liu"), license="cc-by")
    two = record("openalex:W1", title="a title", authorships=authors("Kangqiao Liu"), license="")
    assert differences([one, two]) == []


def test_one_record_differs_from_nothing():
    assert differences([StoredRecord(key="arxiv:1", gone_at=None, draft=None)]) == []
    assert differences([]) == []
