"""Disjoint sets: which things belong together when belonging is passed on."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Partition(Generic[T]):
    """Sets of things that were joined, directly or through others. Near-constant time per call (Tarjan 1975)."""

    def __init__(self, things: Iterable[T] = ()) -> None:
        self._parent: dict[T, T] = {thing: thing for thing in things}

    def root(self, thing: T) -> T:
        """Return the thing that stands for the whole set of `thing`; an unknown thing starts a set of its own."""
        parent = self._parent
        parent.setdefault(thing, thing)
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    def join(self, one: T, other: T) -> None:
        """Make one set of the sets of both."""
        self._parent[self.root(other)] = self.root(one)

    def sets(self) -> list[list[T]]:
        """Return the sets, each in the order in which its things were first seen."""
        found: dict[T, list[T]] = defaultdict(list)
        for thing in self._parent:
            found[self.root(thing)].append(thing)
        return list(found.values())
