"""With whom a researcher might work next: people their collaborators work with, and what both work on.

The closeness of two people who have not published together is the sum over the collaborators they share of
1/ln(collaborators of that one) (Adamic and Adar, Social Networks 25, 211, 2003): a shared colleague who works with few
says more than one who works with everybody. Each shared topic among the main ones adds a fixed part.

One statement finds the people, one their topics. Every list is read through an index and cut at a fixed number, so the
cost depends on the neighbourhood and not on the corpus.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from researchers.models import Researcher
from researchers.names import fold
from works.bibliography import TopicOfWorks, main_topics

NEIGHBOURS, THEIRS = 150, 150
"""How many collaborators are looked at, strongest first: of the researcher and of each collaborator."""
CANDIDATES = 60
"""How many of the closest are compared by their topics."""
TOPICS_COMPARED = 12
TOPIC_WEIGHT = 0.15
"""What one shared topic adds: about as much as a shared collaborator who has 800 others."""
NAMED = 3
"""Shared collaborators named as the reason, the most telling first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedCollaborator:
    """Somebody both published with."""

    key: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """Somebody the researcher has not published with, and why they are suggested."""

    researcher: Researcher
    score: float
    shared: tuple[SharedCollaborator, ...]
    shared_total: int
    topics: tuple[TopicOfWorks, ...]


def suggested_for(researcher_id: int, *, without: Collection[int] = ()) -> list[Suggestion]:
    """Return up to CANDIDATES people, the closest first; `without` are never suggested.

    Nobody of the researcher's own folded name is suggested: that is more often another record of the same person.
    """
    found = _two_steps_away(researcher_id, without)
    people = Researcher.objects.in_bulk([row[0] for row in found])
    names = _names([key for row in found for key in row[3]] + [researcher_id])
    topics = main_topics([researcher_id, *people], each=TOPICS_COMPARED)
    own_name = fold(names.get(researcher_id, ""))
    own_topics = {topic.key for topic in topics[researcher_id]}
    suggestions = [
        Suggestion(
            researcher=people[key],
            score=closeness + TOPIC_WEIGHT * len(shared_topics),
            shared=tuple(SharedCollaborator(key=via, name=names[via]) for via in shared if via in names),
            shared_total=total,
            topics=shared_topics,
        )
        for key, closeness, total, shared in found
        if key in people and fold(people[key].display_name) != own_name
        for shared_topics in [tuple(topic for topic in topics[key] if topic.key in own_topics)]
    ]
    return sorted(suggestions, key=lambda one: (-one.score, one.researcher.pk))


_TWO_STEPS = """
    WITH near AS MATERIALIZED (
        SELECT collaborator_id AS id FROM graph_collaboration WHERE researcher_id = %(id)s
         ORDER BY works DESC, weight DESC, collaborator_id LIMIT %(neighbours)s
    ), telling AS MATERIALIZED (
        SELECT near.id, 1 / ln(greatest(sized.n, 2)) AS says
          FROM near CROSS JOIN LATERAL (SELECT count(*) AS n FROM graph_collaboration WHERE researcher_id = near.id) AS sized
    ), pairs AS (
        SELECT theirs.collaborator_id AS id, telling.id AS via, telling.says
          FROM telling CROSS JOIN LATERAL (
               SELECT collaborator_id FROM graph_collaboration WHERE researcher_id = telling.id
                ORDER BY works DESC, weight DESC, collaborator_id LIMIT %(theirs)s
          ) AS theirs
         WHERE theirs.collaborator_id <> ALL(%(without)s::bigint[])
    ), ranked AS (
        SELECT id, sum(says)::float8 AS closeness, count(*) AS total, (array_agg(via ORDER BY says DESC, via))[:%(named)s] AS shared
          FROM pairs GROUP BY id
    )
    SELECT id, round(closeness::numeric, 9)::float8, total, shared FROM ranked
     WHERE NOT EXISTS (SELECT FROM graph_collaboration WHERE researcher_id = %(id)s AND collaborator_id = ranked.id)
     ORDER BY 2 DESC, id LIMIT %(candidates)s
"""


def _two_steps_away(researcher_id: int, without: Collection[int]) -> list[tuple[int, float, int, list[int]]]:
    """Return (researcher, closeness, shared collaborators, the most telling of them) of the closest."""
    parameters: dict[str, Any] = {
        "id": researcher_id,
        "neighbours": NEIGHBOURS,
        "theirs": THEIRS,
        "without": sorted({researcher_id, *without}),
        "named": NAMED,
        "candidates": CANDIDATES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TWO_STEPS, parameters)
        rows: list[tuple[int, float, int, list[int]]] = cursor.fetchall()
    return rows


def _names(keys: Iterable[int]) -> dict[int, str]:
    return dict(Researcher.objects.filter(pk__in=set(keys)).order_by("pk").values_list("pk", "display_name"))
