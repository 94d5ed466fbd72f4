"""Globs of configurations: `*` stays within a folder, `**` crosses folders, a folder stands for all below it."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

_MAGIC = re.compile(r"[*?\[]")


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Does a path match one of the globs and none of those that begin with "!"?"""
    wanted = [p for p in patterns if not p.startswith("!")]
    unwanted = [p[1:] for p in patterns if p.startswith("!")]
    return any(_matches(path, p) for p in wanted) and not any(_matches(path, p) for p in unwanted)


def _matches(path: str, pattern: str) -> bool:
    return bool(_regex(pattern).fullmatch(path))


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    out, i = "", 0
    pattern = pattern.removeprefix("./").rstrip("/") or "**"
    while i < len(pattern):
        if pattern.startswith("**/", i):
            out, i = out + "(?:.*/)?", i + 3
        elif pattern.startswith("**", i):
            out, i = out + ".*", i + 2
        else:
            out, i = out + {"*": "[^/]*", "?": "[^/]", ".": r"\."}.get(pattern[i], re.escape(pattern[i])), i + 1
    return re.compile(f"{out}(?:/.*)?" if pattern != "." else ".*", re.DOTALL)


def is_glob(text: str) -> bool:
    return bool(_MAGIC.search(text))


def expand(patterns: Sequence[str], folder: Path) -> list[str]:
    """Files and folders that the globs match, relative to `folder`, sorted; nothing below another match."""
    found: set[str] = set()
    for pattern in patterns:
        if not pattern.startswith("!"):
            found |= {_relative(path, folder) for path in _glob(pattern, folder)}
    unwanted = [p[1:] for p in patterns if p.startswith("!")]
    kept = sorted(path for path in found if not any(_matches(path, p) for p in unwanted))
    if "." in kept or any(pattern.removeprefix("./") in ("", ".", "**") for pattern in patterns):
        return ["."]
    return [path for path in kept if not any(path.startswith(f"{other}/") for other in kept)]


def _glob(pattern: str, folder: Path) -> Iterable[Path]:
    import glob

    return (folder / found for found in glob.iglob(pattern, root_dir=folder, recursive=True))


def _relative(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()
