"""Bylines without an upstream author id: which of them are one provisional researcher, and on what grounds.

Two bylines meet when they print the same name and their works share
- another byline's name, or another author the source identifies (a shared co-author), or
- an arXiv category or a topic, if the name is a full one: initials are too little to go by.
Meeting is passed on: what is connected is one researcher, marked as assembled. A byline that meets nobody is a
researcher of its own. The outcome follows from the works alone, never from the order of their arrival: all bylines
of a name are looked at again whenever one of them changes. Names never join a researcher that upstream identifies.

Left alone on purpose: a name printed twice on one work (which is which is unknown), and co-authors on works with more
than MAX_COAUTHORS authors, where sharing one says little.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import orjson
from django.db.backends.utils import CursorWrapper

from researchers.domain import absorb_researchers
from researchers.models import NameForm, Researcher
from researchers.names import is_full_name
from researchers.searching import searchable
from works.models import Authorship
from works.partition import Partition
from works.staging import Stage, next_ids, stage_of, upsert

MAX_COAUTHORS = 50
MOST_GROUNDS = 10
"""Names or categories kept as grounds of one byline; enough to judge by."""

By = Authorship.ResolvedBy
Trait = tuple[str, str]
"""("coauthor", folded name or researcher key), ("category", code) or ("topic", id)."""


class Byline(msgspec.Struct, frozen=True, kw_only=True):
    """One byline to resolve, as the database has it."""

    id: int
    work_id: int
    name: str
    name_key: str
    researcher_id: int | None = None
    resolved_by: str = By.NONE
    grounds: dict[str, Any] = {}


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Bylines of one provisional researcher, each with the traits it shares with another one."""

    bylines: tuple[Byline, ...]
    shared: Mapping[int, tuple[Trait, ...]]


class Resolved(msgspec.Struct, kw_only=True):
    """What resolving did: records to derive anew, counts, and name keys where two claimed records would have met."""

    changed: set[int] = set()
    new: int = 0
    merged: int = 0
    contested: list[str] = []


def clusters(bylines: Sequence[Byline], traits: Mapping[int, frozenset[Trait]]) -> list[Cluster]:
    """Group the bylines of one name key. `traits` gives what each work offers to share; pure, and blind to order."""
    usable = _usable_traits(bylines, traits)
    joined = Partition(byline.id for byline in bylines)
    first: dict[Trait, int] = {}
    frequency: Counter[Trait] = Counter()
    for byline in bylines:
        for trait in usable[byline.id]:
            frequency[trait] += 1
            joined.join(first.setdefault(trait, byline.id), byline.id)
    by_id = {byline.id: byline for byline in bylines}
    shared = {key: tuple(sorted(trait for trait in offered if frequency[trait] > 1)) for key, offered in usable.items()}
    return [
        Cluster(bylines=tuple(by_id[key] for key in members), shared={key: shared[key] for key in members}) for members in joined.sets()
    ]


def _usable_traits(bylines: Sequence[Byline], traits: Mapping[int, frozenset[Trait]]) -> dict[int, frozenset[Trait]]:
    """Return what each byline can share: nothing if its work prints the name twice, only co-authors if it is not a full name."""
    twice = {work_id for work_id, count in Counter(byline.work_id for byline in bylines).items() if count > 1}
    usable = {}
    for byline in bylines:
        offered = frozenset() if byline.work_id in twice else traits.get(byline.work_id, frozenset())
        enough = {"coauthor", "category", "topic"} if is_full_name(byline.name) else {"coauthor"}
        usable[byline.id] = frozenset(trait for trait in offered if trait[0] in enough and trait != ("coauthor", byline.name_key))
    return usable


def grounds(shared: Iterable[Trait]) -> tuple[str, dict[str, list[str]]]:
    """Return how a byline was resolved and the evidence, from the traits it shares."""
    found: dict[str, list[str]] = defaultdict(list)
    for kind, value in shared:
        found[kind].append(value)
    names = {"coauthor": "shared", "category": "categories", "topic": "topics"}
    evidence = {names[kind]: values[:MOST_GROUNDS] for kind, values in sorted(found.items())}
    if "coauthor" in found:
        return By.SHARED_COAUTHOR, evidence
    return (By.SHARED_CATEGORY if found else By.ALONE), evidence


# --- reading ----------------------------------------------------------------------------------------


def unresolved_names(cursor: CursorWrapper, work_ids: Collection[int]) -> set[str]:
    """Return the name keys of these works' bylines that have no upstream author and no owner's word."""
    if not work_ids:
        return set()
    cursor.execute(
        "SELECT DISTINCT name_key FROM works_authorship WHERE work_id = ANY(%s) AND resolved_by <> ALL(%s) AND name_key <> ''",
        [list(work_ids), [By.UPSTREAM_ID, By.OWNER]],
    )
    return {name for (name,) in cursor.fetchall()}


def _bylines(cursor: CursorWrapper, names: Collection[str], work_ids: Collection[int]) -> list[Byline]:
    """Return every byline of `names` without an upstream author: those of assembled researchers and the new ones of `work_ids`."""
    cursor.execute(
        """
        SELECT a.id, a.work_id, a.byline, a.name_key, a.researcher_id, a.resolved_by, a.grounds
          FROM works_authorship a JOIN researchers_researcher r ON r.id = a.researcher_id
         WHERE r.assembled AND r.name_key = ANY(%(names)s) AND a.name_key = r.name_key AND a.resolved_by <> ALL(%(settled)s)
        UNION ALL
        SELECT id, work_id, byline, name_key, NULL, resolved_by, grounds
          FROM works_authorship WHERE work_id = ANY(%(works)s) AND researcher_id IS NULL AND name_key = ANY(%(names)s)
         ORDER BY 1
        """,
        {"names": list(names), "works": list(work_ids), "settled": [By.UPSTREAM_ID, By.OWNER]},
    )
    columns = ("id", "work_id", "name", "name_key", "researcher_id", "resolved_by", "grounds")
    rows = (dict(zip(columns, row, strict=True)) for row in cursor.fetchall())
    return [Byline(**row | {"grounds": _json(row["grounds"])}) for row in rows]


def _traits(cursor: CursorWrapper, work_ids: Collection[int]) -> dict[int, frozenset[Trait]]:
    """Return what each work offers to share."""
    cursor.execute(
        """
        WITH small AS MATERIALIZED (
            SELECT work_id FROM works_authorship WHERE work_id = ANY(%(ids)s) GROUP BY work_id HAVING count(*) <= %(most)s
        )
        SELECT work_id, 'coauthor', name_key FROM works_authorship JOIN small USING (work_id) WHERE name_key <> ''
        UNION ALL
        SELECT work_id, 'coauthor', 'openalex:' || (grounds ->> 'author_id') FROM works_authorship JOIN small USING (work_id)
         WHERE resolved_by = %(upstream)s AND grounds ? 'author_id'
        UNION ALL
        SELECT l.work_id, 'category', c.code FROM works_workcategory l JOIN works_category c ON c.id = l.category_id
         WHERE l.work_id = ANY(%(ids)s)
        UNION ALL
        SELECT l.work_id, 'topic', t.openalex_id FROM works_worktopic l JOIN works_topic t ON t.id = l.topic_id
         WHERE l.work_id = ANY(%(ids)s)
        """,
        {"ids": list(work_ids), "most": MAX_COAUTHORS, "upstream": By.UPSTREAM_ID},
    )
    found: dict[int, list[Trait]] = defaultdict(list)
    for work_id, kind, value in cursor.fetchall():
        found[work_id].append((kind, value))
    return {work_id: frozenset(traits) for work_id, traits in found.items()}


def _claimed(cursor: CursorWrapper, researcher_ids: Collection[int]) -> set[int]:
    cursor.execute("SELECT id FROM researchers_researcher WHERE id = ANY(%s) AND is_claimed", [list(researcher_ids)])
    return {key for (key,) in cursor.fetchall()}


def _named_by_people(cursor: CursorWrapper, researcher_ids: Collection[int]) -> set[int]:
    """Return which of these records carry a name that a person gave them."""
    cursor.execute("SELECT id FROM researchers_researcher WHERE id = ANY(%s) AND asserted ? 'display_name'", [list(researcher_ids)])
    return {key for (key,) in cursor.fetchall()}


# --- writing ----------------------------------------------------------------------------------------


def resolve_bylines(cursor: CursorWrapper, *, work_ids: Collection[int], names: Collection[str], provenance: Mapping[str, Any]) -> Resolved:
    """Assemble researchers for the bylines of `names`, of which `work_ids` have changed. Callers hold the import lock.

    Records left without bylines lead to the one that took over; claimed ones keep their bylines whatever happens.
    """
    done = Resolved()
    bylines = _bylines(cursor, names, work_ids) if names else []
    if not bylines:
        return done
    traits = _traits(cursor, {byline.work_id for byline in bylines})
    claimed = _claimed(cursor, {byline.researcher_id for byline in bylines if byline.researcher_id})
    by_name: dict[str, list[Byline]] = defaultdict(list)
    for byline in bylines:
        by_name[byline.name_key].append(byline)
    plans: list[tuple[Cluster, int | None]] = []
    for name in sorted(by_name):
        plans += _assigned(clusters(by_name[name], traits), claimed, done)
    _carry_out(cursor, plans, claimed=claimed, provenance=provenance, done=done)
    return done


def _assigned(found: Sequence[Cluster], claimed: Collection[int], done: Resolved) -> list[tuple[Cluster, int | None]]:
    """Give each cluster of one name a researcher: a claimed one, else the oldest one whose bylines it holds; None is a new one."""
    plans: list[tuple[Cluster, int | None]] = []
    taken: set[int] = set()
    pinned = [cluster for cluster in found for cluster in _around_claims(cluster, claimed, done)]
    for cluster in sorted(pinned, key=lambda cluster: (not _holders(cluster) & set(claimed), cluster.bylines[0].id)):
        free = sorted(_holders(cluster) - taken, key=lambda key: (key not in claimed, key))
        taken.update(free[:1])
        plans.append((cluster, free[0] if free else None))
    return plans


def _holders(cluster: Cluster) -> set[int]:
    return {byline.researcher_id for byline in cluster.bylines if byline.researcher_id}


def _around_claims(cluster: Cluster, claimed: Collection[int], done: Resolved) -> list[Cluster]:
    """Part a cluster in which two claimed records would meet: each keeps its bylines, the rest stands apart."""
    owners = _holders(cluster) & set(claimed)
    if len(owners) < 2:
        return [cluster]
    done.contested.append(cluster.bylines[0].name_key)
    parts: dict[int | None, list[Byline]] = defaultdict(list)
    for byline in cluster.bylines:
        parts[byline.researcher_id if byline.researcher_id in owners else None].append(byline)
    return [Cluster(bylines=tuple(part), shared=cluster.shared) for part in parts.values()]


def _carry_out(
    cursor: CursorWrapper,
    plans: Sequence[tuple[Cluster, int | None]],
    *,
    claimed: Collection[int],
    provenance: Mapping[str, Any],
    done: Resolved,
) -> None:
    done.new = sum(key is None for _, key in plans)
    fresh = iter(next_ids(cursor, Researcher, done.new))
    settled = [(cluster, next(fresh) if key is None else key) for cluster, key in plans]
    named = _named_by_people(cursor, [key for _, key in settled])
    _write_researchers(cursor, [(cluster, key) for cluster, key in settled if key not in claimed and key not in named], provenance)
    moves: dict[int, Counter[int]] = defaultdict(Counter)
    updates = []
    for cluster, key in settled:
        for byline in cluster.bylines:
            how, evidence = grounds(cluster.shared[byline.id])
            if byline.researcher_id:
                moves[byline.researcher_id][key] += 1
            if byline.researcher_id != key:
                done.changed |= {key, byline.researcher_id or key}
            if (byline.researcher_id, byline.resolved_by, byline.grounds) != (key, how, evidence):
                updates.append((byline.id, key, how, orjson.dumps(evidence).decode()))
    stage = Stage("staged_resolutions", {"id": "bigint", "researcher_id": "bigint", "resolved_by": "text", "grounds": "jsonb"})
    if stage.fill(cursor, updates):
        cursor.execute(
            "UPDATE works_authorship a SET researcher_id = s.researcher_id, resolved_by = s.resolved_by, grounds = s.grounds "
            "FROM staged_resolutions s WHERE s.id = a.id"
        )
    kept = {key for _, key in settled}
    emptied = {old: min(to, key=lambda key: (-to[key], key)) for old, to in moves.items() if old not in kept}
    absorb_researchers(emptied)
    done.merged = len(emptied)


def _write_researchers(cursor: CursorWrapper, settled: Sequence[tuple[Cluster, int]], provenance: Mapping[str, Any]) -> None:
    """Create assembled records, or bring their names up to date: the form printed most often is shown,
    forms no longer printed are gone."""
    origin = orjson.dumps(dict(provenance)).decode()
    rows, forms = [], []
    for cluster, key in settled:
        printed = Counter(byline.name for byline in cluster.bylines)
        shown = min(printed, key=lambda name: (-printed[name], name))
        rows.append((key, shown, searchable(printed), True, cluster.bylines[0].name_key, origin))
        forms += [(key, name, NameForm.Kind.BYLINE, "arxiv") for name in sorted(printed)]
    stage = stage_of(Researcher, "id", "display_name", "folded_names", "assembled", "name_key", "provenance", purpose="assembled_")
    if stage.fill(cursor, rows):
        upsert(cursor, model=Researcher, stage=stage, update=("display_name", "folded_names"))
        stage = stage_of(NameForm, "researcher_id", "name", "kind", "source")
        stage.fill(cursor, forms)
        cursor.execute(
            f"DELETE FROM researchers_nameform f WHERE f.researcher_id = ANY(%s) AND f.kind = 'byline' AND f.source = 'arxiv' "
            f"AND NOT EXISTS (SELECT FROM {stage.name} s WHERE (s.researcher_id, s.name) = (f.researcher_id, f.name))",
            [[key for _, key in settled]],
        )
        upsert(cursor, model=NameForm, stage=stage, conflict="researcher_id, name")


def remove_emptied(cursor: CursorWrapper, left: Mapping[int, Counter[int]]) -> int:
    """Remove assembled records that lost their last byline; each leads to whoever took most of its bylines.

    `left` counts bylines by former and present researcher. Claimed records stay.
    """
    cursor.execute(
        "SELECT id FROM researchers_researcher r WHERE id = ANY(%s) AND assembled AND NOT is_claimed "
        "AND NOT EXISTS (SELECT 1 FROM works_authorship a WHERE a.researcher_id = r.id) "
        # A record made for a denied byline waits for the byline to come back.
        "AND NOT EXISTS (SELECT 1 FROM works_authorshipruling g WHERE g.stub_id = r.id) ORDER BY id",
        [list(left)],
    )
    emptied = [key for (key,) in cursor.fetchall()]
    absorb_researchers({old: min(left[old], key=lambda key: (-left[old][key], key)) for old in emptied if left[old]})
    Researcher.objects.filter(pk__in=emptied).delete()
    return len(emptied)


def _json(value: Any) -> dict[str, Any]:
    found = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found if isinstance(found, dict) else {}
