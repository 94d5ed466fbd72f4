"""docs/gate.md shows the example files and the tables of limits and places as they are.

`python -m tests.test_gate_page` writes them into the page.
"""

import re
from pathlib import Path

from inspector.knowledge.storage_limits import STORAGE_LIMITS
from inspector.rules.engine import explain
from inspector.rules.policy import LIMITS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "gate.md"
_EXAMPLE = re.compile(r"(<!-- (examples/[\w.-]+) -->\n```\w+\n).*?(```\n)", re.DOTALL)


def written(text: str) -> str:
    """The page with its examples and tables filled in."""

    def example(match: "re.Match[str]") -> str:
        return match[1] + (ROOT / match[2]).read_text(encoding="utf-8") + match[3]

    text = _EXAMPLE.sub(example, text)
    text = re.sub(r"<!-- limits -->\n(?:\|.*\n)*", lambda _: f"<!-- limits -->\n{_limits()}", text)
    return re.sub(r"<!-- places -->\n(?:\|.*\n)*", lambda _: f"<!-- places -->\n{_places()}", text)


def _limits() -> str:
    rows = [f"| `{row.key}` | {row.code} | {explain(row.rule).title} |\n" for row in LIMITS]
    return "".join(["| key | rule | broken when |\n", "|---|---|---|\n", *rows])


def _places() -> str:
    rows = [
        f"| `{row.id}` | {row.name} | {row.bytes:,} | {row.unit} | {row.source} | {row.read} |\n"
        for row in STORAGE_LIMITS
    ]
    return "".join(["| id | place | bytes | limits a | source | read |\n", "|---|---|---|---|---|---|\n", *rows])


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text


def test_every_example_is_shown() -> None:
    shown = {match[1] for match in _EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))}
    assert shown == {f"examples/{path.name}" for path in (ROOT / "examples").iterdir() if path.suffix != ".py"}


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
