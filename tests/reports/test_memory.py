"""Memory tables as text, and the documentation's tables against the knowledge they show."""

from pathlib import Path

import pytest

from inspector.reports import memory_tables
from inspector.reports.memory import devices_table
from inspector.reports.page import Page

PAGE = Path(__file__).parents[2] / "docs" / "memory.md"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("engines", memory_tables.engines_markdown()),
        ("cache-types", memory_tables.cache_types_markdown()),
        ("methods", memory_tables.methods_markdown()),
        ("precisions", memory_tables.precisions_markdown()),
        ("shardings", memory_tables.shardings_markdown()),
    ],
)
def test_the_documentation_shows_the_tables_as_they_are(name: str, table: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = text.partition(f"<!-- {name} -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown == table


@pytest.mark.parametrize("width", [80, 100])
def test_devices_fit_a_narrow_terminal(width: int) -> None:
    lines = devices_table(Page(width=width)).splitlines()
    assert max(map(len, lines)) <= width
    assert "RTX 4090" in "\n".join(lines)


def test_sums_of_precisions() -> None:
    assert "| mixed " in memory_tables.precisions_markdown()
    row = next(line for line in memory_tables.precisions_markdown().splitlines() if line.startswith("| mixed "))
    assert [cell.strip() for cell in row.split("|")[2:7]] == ["2", "2", "4", "8", "16"]
