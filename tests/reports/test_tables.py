"""Tables on the terminal."""

from inspector.reports.tables import Column, number_column, render_table, text_column

COLUMNS = [Column("scheme"), number_column("size"), text_column("by component"), Column("lowest", spare=True)]
ROW = ["gguf/q4_k_m", "4.92 GB", "transformer 4.19 GB, head 0.43 GB, embedding 0.30 GB", "4.92 GB"]


def test_a_wide_terminal_shows_everything() -> None:
    assert render_table(COLUMNS, [ROW], width=200) == render_table(COLUMNS, [ROW])


def test_spare_columns_are_left_out_before_others_become_unreadable() -> None:
    roomy = render_table(COLUMNS, [ROW], width=60)
    assert "lowest" in roomy
    narrow = render_table(COLUMNS, [ROW], width=45)
    assert "lowest" not in narrow
    assert "gguf/q4_k_m" in narrow
    assert max(map(len, [*roomy.splitlines(), *narrow.splitlines()])) <= 60
    assert max(map(len, narrow.splitlines())) <= 45


def test_markdown_keeps_every_column() -> None:
    assert "lowest" in render_table(COLUMNS, [ROW], style="markdown", width=20)
