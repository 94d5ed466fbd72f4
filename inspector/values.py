"""Frozen, slotted, keyword-only values that cost next to nothing to define.

`dataclasses.dataclass(frozen=True, slots=True, kw_only=True)` compiles six methods for every class, 0.3 to 0.7 ms
each time the module is imported: for the hundred values of this package more than the whole budget of a small file
(benchmarks/startup.py measures it). `frozen` gives the same behaviour with methods that all classes share.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, cast, dataclass_transform, overload

if TYPE_CHECKING:
    from inspect import Signature

T = TypeVar("T")


class _Field:
    """A default that is made anew for each value, or a field that is kept out of `repr`."""

    __slots__ = ("default", "make", "shown")

    def __init__(self, default: Any, make: Callable[[], Any] | None, shown: bool) -> None:
        self.default, self.make, self.shown = default, make, shown


@overload
def field(*, default_factory: Callable[[], T], repr: bool = True) -> T: ...
@overload
def field(*, default: T, repr: bool = True) -> T: ...
def field(*, default_factory: Callable[[], Any] | None = None, default: Any = None, repr: bool = True) -> Any:
    """A field's default, or a factory called for each value; `repr=False` keeps a secret out of messages."""
    return _Field(default, default_factory, repr)


def no_entries() -> Mapping[str, Any]:
    """An empty mapping that cannot be written to: the default of mapping fields."""
    return MappingProxyType({})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class with annotated fields a value: keyword-only construction, equality and hash by fields, no change."""
    own = tuple(cls.__annotations__)
    inherited: _Shape | None = getattr(cls, "_shape", None)
    defaults = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
    kept = {key: item for key, item in cls.__dict__.items() if key not in defaults and key not in _MADE_ANEW}
    made: Any = type(cls.__name__, cls.__bases__, {**_METHODS, **kept, "__slots__": own})
    made.__qualname__ = cls.__qualname__
    setters = {name: made.__dict__[name].__set__ for name in own}
    required = frozenset(own) - defaults.keys()
    made._shape = _Shape(own, setters, defaults, required, inherited)
    return cast(type[T], made)


def replace(one: T, **changes: Any) -> T:
    """A copy of a value (or a dataclass) with some fields changed. Raises `TypeError` for a field it does not have."""
    if not hasattr(one, "_shape"):
        import dataclasses

        return cast(T, dataclasses.replace(cast(Any, one), **changes))
    return type(one)(**{**fields_of(one), **changes})


def fields_of(one: Any) -> dict[str, Any]:
    """The fields of a value by name, in order."""
    return {name: getattr(one, name) for name in one._shape.names}


class _Shape:
    """What the shared methods need to know of one class."""

    __slots__ = ("defaults", "names", "required", "setters")

    def __init__(
        self,
        names: tuple[str, ...],
        setters: Mapping[str, Callable[[Any, Any], None]],
        defaults: Mapping[str, Any],
        required: frozenset[str],
        base: "_Shape | None",
    ) -> None:
        self.names: tuple[str, ...] = (base.names if base else ()) + names
        self.setters: dict[str, Callable[[Any, Any], None]] = {**(base.setters if base else {}), **setters}
        self.defaults: dict[str, Any] = {**(base.defaults if base else {}), **defaults}
        self.required: frozenset[str] = (base.required if base else frozenset()) | required


def _init(self: Any, /, **given: Any) -> None:
    shape: _Shape = self._shape
    setters = shape.setters
    try:
        for name, item in given.items():
            setters[name](self, item)
    except KeyError as unknown:
        raise TypeError(f"{type(self).__name__} has no field {unknown}") from None
    if len(given) == len(setters):
        return
    if missing := shape.required - given.keys():
        raise TypeError(f"{type(self).__name__} needs {', '.join(sorted(missing))}")
    for name, default in shape.defaults.items():
        if name not in given:
            setters[name](self, _made(default) if type(default) is _Field else default)


def _made(default: _Field) -> Any:
    return default.default if default.make is None else default.make()


def _key(one: Any) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in one._shape.names)


def _eq(self: Any, other: object) -> bool:
    return _key(self) == _key(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_key(self))


def _repr(self: Any) -> str:
    hidden = {name for name, default in self._shape.defaults.items() if type(default) is _Field and not default.shown}
    shown = ", ".join(f"{name}={item!r}" for name, item in fields_of(self).items() if name not in hidden)
    return f"{type(self).__name__}({shown})"


def _refuse(self: Any, name: str, *_: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")


def _reduce(self: Any) -> tuple[Any, ...]:
    return _rebuild, (type(self), fields_of(self))


def _rebuild(cls: type[T], fields: Mapping[str, Any]) -> T:
    return cls(**fields)


class _Signature:
    """How a value is made, for help(): worked out when somebody asks."""

    def __get__(self, one: object, made: Any) -> "Signature":
        from inspect import Parameter, Signature

        shape: _Shape = made._shape
        types: dict[str, Any] = {}
        for cls in reversed(made.__mro__):
            types |= vars(cls).get("__annotations__", {})
        defaults = {name: _made(item) if type(item) is _Field else item for name, item in shape.defaults.items()}
        return Signature(
            [
                Parameter(
                    name,
                    Parameter.KEYWORD_ONLY,
                    default=defaults.get(name, Parameter.empty),
                    annotation=types.get(name, Parameter.empty),
                )
                for name in shape.names
            ]
        )


_MADE_ANEW: Final = frozenset(("__dict__", "__weakref__"))
_METHODS: Final[dict[str, Any]] = {
    "__init__": _init,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__reduce__": _reduce,
    "__signature__": _Signature(),
}
