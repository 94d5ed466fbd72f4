"""One sanitiser per sink: names in a header are attacker text.

Each function returns text that does nothing in its sink but show itself, on one line, of bounded length.
"""

import unicodedata
from typing import Final

#: Characters of an untrusted text that are shown before it is cut with an ellipsis in its middle.
MAX_SHOWN: Final = 200
#: Combining marks in a row that are shown; more pile up over the lines above.
MAX_COMBINING: Final = 4

_ASCII_SAFE: Final = frozenset(chr(code) for code in range(0x20, 0x7F))
#: Unicode categories that are not shown: control, format (bidirectional, zero-width), surrogate, private, unassigned,
#: line and paragraph separators.
_HIDDEN_CATEGORIES: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
#: Letters and marks that show as blank although their category says otherwise.
_BLANK: Final = frozenset("\u00a0\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def shorten(text: str, limit: int = MAX_SHOWN) -> str:
    """At most `limit` characters, the middle replaced by an ellipsis: both ends of a tensor name matter."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[-tail:] if tail else ''}"


def is_hidden(char: str) -> bool:
    """Does a character show as nothing, or change how its neighbours show?"""
    if char in _ASCII_SAFE:
        return False
    return unicodedata.category(char) in _HIDDEN_CATEGORIES or char in _BLANK


def shown_width(text: str) -> int:
    """Columns that a text takes on a terminal: two for wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def escape(text: str) -> str:
    """Every hidden character spelled out in ASCII, as Python would write it."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        out.append(_escape_char(char) if is_hidden(char) or marks > MAX_COMBINING else char)
    return "".join(out)


def _escape_char(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def for_terminal(text: str, limit: int = MAX_SHOWN) -> str:
    """For a terminal or a log: no control, bidirectional or invisible character, one line."""
    return shorten(escape(shorten(text, 4 * limit)), limit)


_MARKDOWN: Final = str.maketrans(
    {**{char: f"\\{char}" for char in "\\`*_[]|~#$"}, "<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;"}
)


def for_markdown(text: str, limit: int = MAX_SHOWN) -> str:
    """For Markdown, table cells included: no markup, link, mention, HTML or cell border from the text."""
    return for_terminal(text, limit).translate(_MARKDOWN)


_HTML: Final = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&#39;"})


def for_html(text: str, limit: int = MAX_SHOWN) -> str:
    """For HTML, inside elements and quoted attributes: no markup from the text."""
    return for_terminal(text, limit).translate(_HTML)


def for_csv(text: str) -> str:
    """For a CSV cell: what a spreadsheet would take for a formula is preceded by an apostrophe."""
    out = escape(text)
    return f"'{out}" if out[:1] in ("=", "+", "-", "@", "|", "%") else out


def for_github_data(text: str) -> str:
    """For the message of a GitHub workflow command."""
    return escape(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def for_github_property(text: str) -> str:
    """For a property of a GitHub workflow command."""
    return for_github_data(text).replace(":", "%3A").replace(",", "%2C")


def for_xml(text: str) -> str:
    """For XML: only characters that XML 1.0 allows; an XML writer still escapes its markup."""
    return escape(text)
