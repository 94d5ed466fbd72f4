"""Weight, colour and line breaks of text on a terminal; what writes to anything else strips the styles again."""

import re
from typing import Final

from inspector.text import shown_width

_RESET: Final = "\x1b[0m"
_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "error": "31;1",
    "warning": "33",
    "info": "36",
    "pass": "32",
    "fail": "31;1",
    "skip": "33",
    "none": "33;1",
}
_STYLE: Final = re.compile(r"\x1b\[[\d;]*m")


def styled(text: str, style: str) -> str:
    """`text` (sanitised before) in a style: bold, dim, a severity, a verdict or a check's outcome."""
    return f"\x1b[{_CODES[style]}m{text}{_RESET}" if text and style in _CODES else text


def wrap(text: str, width: int | None, first: str = "", rest: str = "") -> str:
    """Lines of at most `width` columns (None: no bound) broken at blanks, led by `first`, then by `rest`.

    Styles take no room; a word that is wider than a line stays whole.
    """
    if width is None or _columns(first + text) <= width:
        return first + text
    lines, fresh = [first], True
    for word in text.split(" "):
        if not fresh and _columns(lines[-1]) + 1 + _columns(word) > width:
            lines.append(rest)
            fresh = True
        lines[-1] += word if fresh else f" {word}"
        fresh = False
    return "\n".join(lines)


def _columns(text: str) -> int:
    return shown_width(_STYLE.sub("", text) if "\x1b" in text else text)
