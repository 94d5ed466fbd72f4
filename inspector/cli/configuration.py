"""The configuration: the nearest inspector.toml, else [tool.inspector] in pyproject.toml, from the folder upwards.

Nothing is merged. An unknown key, a wrong type or a value that cannot be read is a `UsageError` that names the
key, the file and the nearest known key.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from inspector.dtypes import DTYPE_BY_NAME, find_dtype
from inspector.errors import CannotLook, UsageError, nearest
from inspector.knowledge.storage_limits import STORAGE_LIMIT_BY_ID
from inspector.rules.budgets import Budget, Limit, ValueKind
from inspector.rules.engine import SEVERITIES
from inspector.rules.policy import LIMIT_BY_KEY
from inspector.rules.suppressions import Suppression
from inspector.sources.local import read_regular
from inspector.units import parse_count, parse_percent, parse_size
from inspector.values import frozen, replace

FILE_NAME: Final = "inspector.toml"
_PROJECT: Final = "pyproject.toml"
_TOP_KEYS: Final = ("fail-on", "select", "ignore-rules", "baseline", "budget", "ignore")
_BUDGET_KEYS: Final = ("name", "path", "scheme", "context", "message")
_IGNORE_KEYS: Final = ("rule", "path", "tensor", "reason", "expires")
_MAX_BYTES: Final = 1_000_000


@frozen
class Configuration:
    """What a configuration file says; without a file, nothing. `folder` is what its globs are relative to."""

    path: str = ""
    folder: Path = Path()
    fail_on: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: str = ""
    budgets: tuple[Budget, ...] = ()
    suppressions: tuple[Suppression, ...] = ()

    def prefix_of(self, target: str) -> str:
        """What leads from the configuration's folder to the files of a local target: "models/a/"; "" for others."""
        path = Path(target)
        if "://" in target or not path.exists():
            return ""
        folder = path.absolute() if path.is_dir() else path.absolute().parent
        try:
            relative = Path(os.path.relpath(folder, self.folder.absolute())).as_posix()
        except ValueError:
            return ""
        return "" if relative == "." else f"{relative}/"

    def suppressions_for(self, target: str) -> tuple[Suppression, ...]:
        """The suppressions, with how this configuration's folder leads to a target."""
        prefix = self.prefix_of(target)
        return tuple(replace(one, prefix=prefix) for one in self.suppressions)


def load_configuration(config: str, *, isolated: bool, start: Path | None = None) -> Configuration:
    """The configuration named by --config, else the nearest one; an empty one when isolated or where there is none."""
    if isolated and config:
        raise UsageError("--config and --isolated contradict each other.", hint="Give one of them.")
    if isolated:
        return Configuration()
    if config:
        return _read(Path(config), named=True) or Configuration(path=config)
    for folder in _upwards(start or Path.cwd()):
        for name in (FILE_NAME, _PROJECT):
            found = _read(folder / name, named=False)
            if found is not None:
                return found
    return Configuration()


def _upwards(start: Path) -> Iterable[Path]:
    folder = start.absolute()
    return (folder, *folder.parents)


def _read(path: Path, *, named: bool) -> Configuration | None:
    """The configuration in a file; None where the file is not there or does not speak of us."""
    if not named and not path.is_file():
        return None
    import tomllib

    try:
        document = tomllib.loads(read_regular(str(path), _MAX_BYTES).decode("utf-8"))
    except CannotLook as error:
        raise UsageError(error.message, hint="`inspector init` writes a configuration.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}.") from None
    tool = document.get("tool")
    section = tool.get("inspector") if isinstance(tool, dict) else None
    if section is None:
        if path.name == _PROJECT:
            return None
        section = document
    return parse_configuration(section, path)


def parse_configuration(section: Any, path: Path) -> Configuration:
    """A configuration from its parsed table. Raises `UsageError` that names the file and the key."""
    table = _Table(section, f"{path.name}", _TOP_KEYS)
    fail_on = table.text("fail-on")
    if fail_on and fail_on not in (*SEVERITIES, "never"):
        raise UsageError(
            f"{path.name}: fail-on is {fail_on!r}.", hint=f"Write one of {', '.join((*SEVERITIES, 'never'))}."
        )
    return Configuration(
        path=path.as_posix(),
        folder=path.absolute().parent,
        fail_on=fail_on,
        select=table.texts("select"),
        ignore=table.texts("ignore-rules"),
        baseline=table.text("baseline"),
        budgets=tuple(_budget(row, i, path) for i, row in enumerate(table.tables("budget"), 1)),
        suppressions=tuple(_suppression(row, i, path) for i, row in enumerate(table.tables("ignore"), 1)),
    )


class _Table:
    """One table of a configuration: values by type, each failure a sentence with file, key and an example."""

    def __init__(self, value: Any, where: str, known: Sequence[str]) -> None:
        if not isinstance(value, dict):
            raise UsageError(f"{where} is not a table.")
        self.values, self.where = value, where
        for key in value:
            if key not in known:
                raise UsageError(f"{where}: the key {key!r} is not known.", hint=nearest(key.replace("_", "-"), known))

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise UsageError(f"{self.where}: {key} is not a text.", hint=f'Write it like {key} = "…".')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise UsageError(f"{self.where}: {key} is not a list of texts.", hint=f'Write it like {key} = ["…"].')
        return tuple(items)

    def tables(self, key: str) -> list[Any]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise UsageError(f"{self.where}: {key} is not a list of tables.", hint=f"Write it like [[{key}]].")
        return value


def _budget(row: Any, number: int, path: Path) -> Budget:
    where = f"{path.name}, budget {number}"
    table = _Table(row, where, (*_BUDGET_KEYS, *LIMIT_BY_KEY))
    limits = tuple(
        parse_limit(key, value, f"{where}: {key}")
        for key, value in table.values.items()
        if key in LIMIT_BY_KEY and value is not False
    )
    if not limits:
        example = 'max-size = "5 GB"'
        raise UsageError(f"{where} asks for nothing.", hint=f"Give it a limit, such as {example}.")
    context = table.values.get("context")
    if context is not None and (not isinstance(context, int) or context <= 0):
        raise UsageError(f"{where}: context is not a positive number.", hint="Write it like context = 8192.")
    return Budget(
        name=table.text("name") or f"budget {number}",
        limits=limits,
        paths=table.texts("path"),
        scheme=table.text("scheme"),
        context=context,
        message=table.text("message"),
        origin=f"budget {table.text('name') or number} of {path.name}",
    )


def _suppression(row: Any, number: int, path: Path) -> Suppression:
    where = f"{path.name}, ignore {number}"
    table = _Table(row, where, _IGNORE_KEYS)
    for key in ("rule", "reason"):
        if not table.text(key).strip():
            raise UsageError(f"{where}: {key} is missing.", hint=f'Write it like {key} = "…".')
    expires = table.values.get("expires")
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise UsageError(f"{where}: expires is not a date.", hint="Write it like expires = 2027-03-01.")
    return Suppression(
        rule=table.text("rule"),
        reason=table.text("reason"),
        path=table.text("path") or "*",
        tensor=table.text("tensor"),
        expires=expires,
    )


def parse_limit(key: str, value: Any, where: str) -> Limit:
    """A limit from what the configuration or a flag says. Raises `UsageError` that begins with `where`."""
    try:
        parsed = _PARSERS[LIMIT_BY_KEY[key].kind](value)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
    return Limit(key=key, value=parsed, text=_as_written(value))


def _as_written(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {size}" for name, size in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _whole(value: Any, parse: Callable[[str], int], example: str) -> int:
    """A number of bytes or things: written as a text, or as a plain integer."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not isinstance(value, str):
        raise UsageError(f"{value!r} is not a size.", hint=f"Write it like {example}.")
    return parse(value)


def _size(value: Any) -> int:
    return _whole(value, parse_size, '"5 GB"')


def _growth(value: Any) -> Fraction | int:
    if isinstance(value, str) and "%" in value:
        return parse_percent(value)
    try:
        return _size(value)
    except UsageError:
        raise UsageError(f"{value!r} is no growth.", hint="Write it like 2% or 20MB.") from None


def _place(value: Any) -> tuple[int, str]:
    """The limit of a named place, or a size."""
    row = STORAGE_LIMIT_BY_ID.get(value.lower()) if isinstance(value, str) else None
    if row is not None:
        return row.bytes, row.id
    try:
        return _size(value), ""
    except UsageError:
        places = f"Places are {', '.join(STORAGE_LIMIT_BY_ID)}."
        hint = nearest(value, STORAGE_LIMIT_BY_ID, places) if isinstance(value, str) else places
        raise UsageError(f"{value!r} is neither a place nor a size.", hint=hint) from None


def _texts(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) for item in items):
        raise UsageError(f"{value!r} is not a list of texts.", hint='Write it like ["BF16"].')
    return tuple(items)


def _dtypes(value: Any) -> tuple[str, ...]:
    """Names of dtypes, in any case, also as frameworks write them."""
    names = _texts(value)
    for name in names:
        if not find_dtype(name):
            raise UsageError(f"{name!r} is no dtype.", hint=nearest(name, DTYPE_BY_NAME))
    return tuple(map(find_dtype, names))


def _sizes(value: Any) -> Mapping[str, int]:
    if not isinstance(value, dict) or not value:
        raise UsageError(f"{value!r} names no sizes.", hint='Write it like { vae = "200 MB" }.')
    return {str(name): _size(size) for name, size in value.items()}


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{value!r} is neither true nor false.")
    return value


_PARSERS: Final[Mapping[ValueKind, Callable[[Any], Any]]] = {
    "size": _size,
    "count": lambda value: _whole(value, parse_count, '"8B"'),
    "number": lambda value: _whole(value, parse_count, "64"),
    "growth": _growth,
    "place": _place,
    "texts": _texts,
    "dtypes": _dtypes,
    "sizes": _sizes,
    "flag": _flag,
}
