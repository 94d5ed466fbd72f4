"""The documentation of schemes and measured sizes is what the code says today."""

from pathlib import Path

from inspector.knowledge.schemes import SCHEMES
from inspector.reports.schemes import layout_text, schemes_markdown, schemes_text
from tests.analyses.projections.measured_table import measured_table

_PAGE = (Path(__file__).parents[2] / "docs" / "quantisation.md").read_text(encoding="utf-8")


def test_the_page_lists_the_schemes_as_they_are() -> None:
    assert _PAGE.endswith(schemes_markdown(SCHEMES))


def test_the_page_shows_what_was_measured() -> None:
    assert measured_table() in _PAGE


def test_a_layout_shows_its_parts() -> None:
    rows = {row.id: row for row in SCHEMES}
    assert layout_text(rows["bnb/nf4"]) == "32 codes + 4 absmax F32 = 36 bytes per 64"
    assert layout_text(rows["cast/f8_e4m3"]) == "1 F8_E4M3 = 1 byte per 1"


def test_pages_fit_the_line() -> None:
    text = schemes_text(SCHEMES[:40], detailed=True, width=80)
    assert max(len(line) for line in text.splitlines()) <= 120
