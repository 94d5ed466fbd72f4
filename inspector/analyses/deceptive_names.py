"""Tensor names made to deceive: one search over all names of a file, each name only after a hit."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, Literal

from inspector.text import MAX_COMBINING

Problem = Literal["", "control", "invisible", "path", "deceptive", "extreme", "unusual", "case"]

#: The longest name that tools can be expected to carry; frameworks' own are below 200 characters.
MAX_NAME_CHARS: Final = 1000

_INVISIBLE: Final = frozenset(("Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
#: Joiner and variation selector, which emoji are made with.
_EMOJI_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f")
#: What a name has to contain, between line breaks, to be a path, empty or reserved.
_MARKS: Final = ("\n/", "\n.", "..", "\n\n", ":", "\n__", ".__", "/__", "\n-", "\n+", "\n@", "\n=")
#: Characters that shells, spreadsheets, HTML, Markdown or templates act on, anywhere in a name.
_ACTIVE: Final = frozenset("<>|\"'`$;&!?%^~{}[]()\\,=")
_DIGITS: Final = re.compile("[0-9]+")
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


def find_problems(names: Sequence[str]) -> Mapping[Problem, list[str]]:
    """The names of each kind of problem, in order; empty for names as frameworks write them."""
    if not names or _plain(names):
        return {}
    found: dict[Problem, list[str]] = {}
    for name in names:
        # Which digits a number has makes no problem, so names of one pattern are judged once.
        if problem := _classify_pattern(_DIGITS.sub("0", name)) if len(name) <= MAX_NAME_CHARS else "extreme":
            found.setdefault(problem, []).append(name)
    if twins := _twins_by_case(names):
        found["case"] = twins
    return found


def _twins_by_case(names: Sequence[str]) -> list[str]:
    """The names that an earlier one equals but for upper and lower case."""
    lowered = [name.casefold() for name in names]
    if len(set(lowered)) == len(set(names)):
        return []
    first = dict(zip(reversed(lowered), reversed(names), strict=True))
    return [name for name, folded in zip(names, lowered, strict=True) if first[folded] != name]


def _plain(names: Sequence[str]) -> bool:
    """Whether no name of a file can be a problem, told without looking at them one by one."""
    joined = "".join(names)
    if not (joined.isascii() and joined.isprintable()) or " " in joined or len(max(names, key=len)) > MAX_NAME_CHARS:
        return False
    if any(char in joined for char in _ACTIVE):
        return False
    lines = "\n".join(("", *names, ""))
    return not any(mark in lines for mark in _MARKS) and not _twins_by_case(names)


@lru_cache(maxsize=10_000)
def _classify_pattern(name: str) -> Problem:
    return classify(name)


def classify(name: str) -> Problem:
    """What is wrong with one name, the gravest first; "" where nothing is."""
    if not name or len(name) > MAX_NAME_CHARS:
        return "extreme"
    categories = {unicodedata.category(char) for char in name}
    if "Cc" in categories:
        return "control"
    if not name.isascii() and _hides_something(name):
        return "invisible"
    if name.startswith(("/", "\\")) or name in (".", "..") or _path().search(name):
        return "path"
    if _deceives(name):
        return "deceptive"
    return "unusual" if _ACTIVE & set(name) or name.startswith(("-", "+", "@", ":")) else ""


def _hides_something(name: str) -> bool:
    marks = 0
    for char in name:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > MAX_COMBINING or (unicodedata.category(char) in _INVISIBLE and char not in _EMOJI_JOINERS):
            return True
    return bool(_EMOJI_JOINERS & set(name)) and not any(unicodedata.category(char) == "So" for char in name)


def _deceives(name: str) -> bool:
    if name != name.strip() or _dunder().search(name):
        return True
    return not name.isascii() and (unicodedata.normalize("NFKC", name) != name or mixes_scripts(name))


def mixes_scripts(name: str) -> bool:
    """Does a word have letters of several scripts that look alike?"""
    return any(len(_scripts(word)) > 1 for word in _words().findall(name))


def _scripts(word: str) -> set[str]:
    firsts = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return firsts & set(_SCRIPTS)


@cache
def _path() -> re.Pattern[str]:
    return re.compile(r"(?:^|[/\\])\.\.?(?:[/\\]|$)|^[A-Za-z]:[/\\]")


@cache
def _dunder() -> re.Pattern[str]:
    return re.compile(r"(?:^|[./])__\w+__(?:$|[./])")


@cache
def _words() -> re.Pattern[str]:
    return re.compile(r"[^\W\d_]+")
