"""Hand-made drafts, short to write."""

from typing import Any

from works.drafts import AuthorDraft, AuthorshipDraft, InstitutionDraft, SourceDraft, TopicDraft, VersionDraft, WorkDraft, WorkTopicDraft

TOPIC = TopicDraft(key="openalex:T11612", display_name="Stochastic Gradient Optimization", field_id=17, field_name="Computer Science")
TOKYO = InstitutionDraft(key="openalex:I74801974", display_name="The University of Tokyo", country_code="JP", is_brief=True)
JOURNAL = SourceDraft(key="openalex:S1", display_name="Journal of Examples", type="journal")


def author(key: str, name: str, **more: Any) -> AuthorDraft:
    """An author as embedded in a work."""
    return AuthorDraft(key=f"openalex:{key}", display_name=name, is_brief=True, **more)


def bylines(*names: str | tuple[str, str]) -> tuple[AuthorshipDraft, ...]:
    """Bylines in order; a pair is a printed name with its OpenAlex author id."""
    found = []
    for position, name in enumerate(names, start=1):
        printed, key = name if isinstance(name, tuple) else (name, "")
        found.append(AuthorshipDraft(position=position, byline=printed, author=author(key, printed) if key else None))
    return tuple(found)


def openalex_work(number: int, *, title: str = "", **more: Any) -> WorkDraft:
    """A work as OpenAlex tells it."""
    key = f"W{number}"
    return WorkDraft(key=f"openalex:{key}", openalex_id=key, title=title or f"Title of {key}", **more)


def arxiv_work(number: str, *names: str, title: str = "", categories: tuple[str, ...] = ("cs.LG",), **more: Any) -> WorkDraft:
    """A paper as arXiv tells it: bylines without ids."""
    return WorkDraft(
        key=f"arxiv:{number}",
        arxiv_id=number,
        title=title or f"Title of {number}",
        authorships=bylines(*names),
        categories=categories,
        versions=(VersionDraft(number=1, submitted_at="2020-06-24T12:00:00Z"),),
        **more,
    )


def topical(rank: int = 1) -> WorkTopicDraft:
    """The one topic of these tests on a work."""
    return WorkTopicDraft(topic=TOPIC, score=0.9, rank=rank)
