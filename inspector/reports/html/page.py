"""A report as one HTML file: the blocks of the text reports as sections, style and script inside, nothing fetched.

The policy in its head lets a browser run the script that stands here and nothing else, whatever a name holds.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from inspector.reports.html.treemap import FIGURE, SCRIPT
from inspector.reports.page import Page
from inspector.reports.tables import Column
from inspector.text import for_html
from inspector.values import frozen

_STYLE: Final = Path(__file__).with_name("page.css")
#: Line breaks beside block elements, which would show as empty lines.
_BEFORE_BLOCKS: Final = re.compile(r"\s+(?=</?(?:h[1-3]|ul|li|div|section|figure)\b)")
_AFTER_BLOCKS: Final = re.compile(r"(</?(?:h[1-3]|ul|li|div|section|figure)>)\s+")


@frozen
class HtmlPage(Page):
    """Text in the style of a web page: lines stay lines, lists and tables are elements."""

    def text(self, text: str, limit: int = 400) -> str:
        return for_html(text, limit)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, indented: bool = False) -> str:
        if not rows:
            return ""
        kinds = [' class="number"' if column.right else "" for column in columns]
        head = "".join(f"<th{kind}>{for_html(one.title)}</th>" for kind, one in zip(kinds, columns, strict=True))
        body = "".join(_row(row, kinds) for row in rows)
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

    def title(self, text: str, level: int = 2) -> str:
        return f"<h{level}>{text}</h{level}>"

    def strong(self, text: str, style: str = "bold") -> str:
        return f'<strong class="{style}">{text}</strong>'

    def coloured(self, text: str, style: str) -> str:
        return f'<span class="{style}">{text}</span>'

    def prose(self, text: str, first: str = "", rest: str = "") -> str:
        return text

    def entry(self, text: str) -> str:
        return f"<li>{text}</li>"

    def listed(self, title: str, entries: Sequence[str], level: int = 2) -> str:
        return f"{self.title(title, level)}<ul>{''.join(map(self.entry, entries))}</ul>" if entries else ""

    def apart(self, reports: Iterable[str]) -> str:
        return self.join(reports)

    def under_targets(self, refs: Sequence[str], reports: Sequence[str], *, of: int) -> str:
        titles = [f"<h1>{self.text(ref)}</h1>" if of > 1 else "" for ref in refs]
        return "".join(f"{title}{report}" for title, report in zip(titles, reports, strict=True))

    def join(self, blocks: Iterable[str]) -> str:
        return "".join(f"<section>{block}</section>" for block in blocks if block)


def _row(row: Sequence[str], kinds: Sequence[str]) -> str:
    return (
        f"<tr>{''.join(f'<td{kind}>{for_html(cell, 4096)}</td>' for kind, cell in zip(kinds, row, strict=True))}</tr>"
    )


def html_document(title: str, body: str, *, version: str) -> str:
    """The whole file around a body made of sanitised text; the script is there where a treemap is."""
    style = _STYLE.read_text(encoding="utf-8")
    code = SCRIPT.read_text(encoding="utf-8") if FIGURE in body else ""
    runs = f"script-src {_hash(code)}; " if code else ""
    policy = f"default-src 'none'; {runs}style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{for_html(title)}</title>",
            f"<style>{style}</style>",
            f"<main>{_tight(body)}</main>",
            f"<footer>inspector {for_html(version)}</footer>",
            *([f"<script>{code}</script>"] if code else []),
            "</html>\n",
        ]
    )


def _tight(body: str) -> str:
    """Without the line breaks beside block elements."""
    return _AFTER_BLOCKS.sub(r"\1", _BEFORE_BLOCKS.sub("", body))


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
