"""Weight and colour of text on a terminal; what writes to anything else strips them again."""

from typing import Final

_RESET: Final = "\x1b[0m"
_CODES: Final = {"bold": "1", "dim": "2", "error": "31;1", "warning": "33", "info": "36", "pass": "32", "fail": "31;1"}


def styled(text: str, style: str) -> str:
    """`text` (sanitised before) in a style: bold, dim, a severity, pass or fail."""
    return f"\x1b[{_CODES[style]}m{text}{_RESET}" if text and style in _CODES else text
