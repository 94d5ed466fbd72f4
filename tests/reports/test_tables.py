"""Tables on the terminal."""

from inspector.reports.styles import styled, wrap
from inspector.reports.tables import Column, number_column, prose_column, render_table, text_column

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


def test_prose_is_broken_into_lines_that_stand_under_each_other() -> None:
    table = render_table([Column("code"), prose_column("what")], [["ST1", "a " * 30], ["ST2", "b"]], width=40)
    assert max(map(len, table.splitlines())) <= 40
    assert table.count("a") == 30 + 1
    assert [line[:3] for line in table.splitlines()[2:]].count("   ") == 1


def test_a_column_gives_way_before_the_names_it_stands_beside() -> None:
    columns = [Column("tensor", flexible=True, readable=40), Column("component", spare=True)]
    name = "model.layers.0.self_attn.q_proj.weight"
    assert "component" in render_table(columns, [[name, "transformer"]], width=60)
    assert render_table(columns, [[name, "transformer"]], width=45).splitlines()[2] == name


def test_lines_are_broken_at_blanks_and_styles_take_no_room() -> None:
    text = f"{styled('error', 'error')} in the first of many words"
    lines = wrap(text, 20, "- ", "  ").splitlines()
    assert lines[0] == f"- {styled('error', 'error')} in the first"
    assert lines[1:] == ["  of many words"]
    assert wrap("x" * 30, 20) == "x" * 30
    assert wrap(text, None) == text


def test_names_are_cut_before_the_end_where_they_differ() -> None:
    names = [f"model.diffusion_model.output_blocks.{i}.0.in_layers.2.weight" for i in range(3)]
    cells = render_table([text_column("tensor")], [[name] for name in names], width=40).splitlines()[2:]
    assert cells == [f"model.diffusi…cks.{i}.0.in_layers.2.weight" for i in range(3)]
    assert {len(cell) for cell in cells} == {40}
