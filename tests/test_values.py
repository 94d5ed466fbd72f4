"""Values: what a frozen, slotted, keyword-only dataclass promises."""

import copy
import pickle
from inspect import signature

import pytest

from inspector.values import field, fields_of, frozen, replace


@frozen
class Point:
    """A place."""

    x: int
    y: int = 0
    tags: tuple[str, ...] = field(default_factory=tuple)

    @property
    def total(self) -> int:
        return self.x + self.y


def test_construction_is_by_keyword_with_defaults() -> None:
    point = Point(x=1)
    assert (point.x, point.y, point.tags, point.total) == (1, 0, (), 1)
    assert Point(x=1, y=2).total == 3
    assert Point.__doc__ == "A place."
    assert repr(point) == "Point(x=1, y=0, tags=())"


@pytest.mark.parametrize("fields", [{}, {"y": 1}, {"x": 1, "z": 2}])
def test_wrong_fields_are_refused(fields: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(**fields)  # type: ignore[arg-type]


def test_a_value_cannot_be_changed_and_has_no_other_attributes() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x
    with pytest.raises(AttributeError):
        point.other = 1  # type: ignore[attr-defined]
    assert not hasattr(point, "__dict__")


def test_equality_and_hash_are_by_fields() -> None:
    assert Point(x=1) == Point(x=1, y=0)
    assert hash(Point(x=1)) == hash(Point(x=1))
    assert Point(x=1) != Point(x=2)
    assert Point(x=1).__eq__((1, 0, ())) is NotImplemented


def test_copies() -> None:
    point = Point(x=1, tags=("a",))
    assert replace(point, y=5) == Point(x=1, y=5, tags=("a",))
    assert fields_of(point) == {"x": 1, "y": 0, "tags": ("a",)}
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point
    with pytest.raises(TypeError):
        replace(point, z=1)


@frozen
class Named(Point):
    """A place with a name and a secret."""

    name: str
    token: str = field(default="", repr=False)


def test_a_value_may_extend_another() -> None:
    one = Named(x=1, name="a", token="secret")
    assert (one.x, one.total, one.name) == (1, 1, "a")
    assert repr(one) == "Named(x=1, y=0, tags=(), name='a')"
    assert one != Named(x=1, name="b")
    with pytest.raises(TypeError):
        Named(name="a")  # type: ignore[call-arg]


def test_help_shows_how_a_value_is_made() -> None:
    shown = str(signature(Named))
    assert shown == "(*, x: int, y: int = 0, tags: tuple[str, ...] = (), name: str, token: str = '')"
