"""Name trees cut into scopes: which subtree is a tower, a denoiser, a projector, before anything is decided."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from inspector.knowledge.roles_scopes import OPEN, SCOPES, Scope
from inspector.values import frozen

#: Kinds proposed for what no scope word opens.
ROOT: Final = ("auto",)


@frozen
class Region:
    """A scope with its members: `path` is where its subtree begins, `kinds` what its word proposes."""

    path: tuple[str, ...]
    kinds: tuple[str, ...]
    name: str
    members: tuple[int, ...]


#: How far a walk down one name has come: the path of a scope, the kinds that it proposes, its name.
_Place = tuple[tuple[str, ...], tuple[str, ...], str]


@cache
def _rows() -> dict[str, tuple[Scope, ...]]:
    rows: dict[str, tuple[Scope, ...]] = {}
    for scope in SCOPES:
        for word in scope.words:
            rows[word] = (*rows.get(word, ()), scope)
    return rows


def _counts(scope: Scope, place: _Place, depth: int, *, below_number: bool) -> bool:
    if (below_number and not scope.deep) or (scope.first and depth):
        return False
    return any(kind in (scope.under or OPEN) for kind in place[1])


def _descend(place: _Place, segments: tuple[str, ...], depth: int, *, below_number: bool) -> _Place:
    for scope in _rows().get(segments[depth], ()):
        if _counts(scope, place, depth, below_number=below_number):
            stop = depth + 2 if scope.numbered else depth + 1
            return segments[:stop], scope.kinds, scope.name
    return place


def _place(segments: tuple[str, ...]) -> _Place:
    place: _Place = ((), ROOT, "")
    numbers = False
    for depth, segment in enumerate(segments):
        if segment in _rows():
            place = _descend(place, segments, depth, below_number=numbers)
        numbers = numbers or segment == "*"
    return place


def cut(names: Sequence[tuple[str, ...]]) -> list[Region]:
    """The regions of a name tree in order of first appearance; every name is in exactly one."""
    places: dict[_Place, list[int]] = {}
    for index, segments in enumerate(names):
        places.setdefault(_place(segments), []).append(index)
    return [
        Region(path=path, kinds=kinds, name=name, members=tuple(members))
        for (path, kinds, name), members in places.items()
    ]
