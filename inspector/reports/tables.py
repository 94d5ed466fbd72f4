"""Tables for the terminal, for Markdown and as CSV; every cell is sanitised here, whatever it holds."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final, Literal, NamedTuple

from inspector.reports.styles import wrap
from inspector.text import MAX_SHOWN, for_markdown, for_terminal, shown_width

Style = Literal["terminal", "markdown", "html"]

#: Rows above which tabulate's time shows (91,000 rows: seconds); plain formatting gives the same columns.
_MANY_ROWS: Final = 500
_GAP: Final = 2
_NARROWEST: Final = 10
_READABLE: Final = 20


class Column(NamedTuple):
    """A column's title; numbers go right. Where the line is too long, columns give way in this order.

    `spare` ones are left out, the last of them first, as long as a flexible one has less than the `readable` columns it
    needs. `flexible` ones are shortened in their middle; `prose` is broken into lines instead.
    """

    title: str
    right: bool = False
    flexible: bool = False
    spare: bool = False
    prose: bool = False
    readable: int = _READABLE


def text_column(title: str) -> Column:
    return Column(title, flexible=True)


def number_column(title: str, *, spare: bool = False) -> Column:
    return Column(title, right=True, spare=spare)


def prose_column(title: str, *, spare: bool = False, readable: int = _READABLE) -> Column:
    return Column(title, flexible=True, prose=True, spare=spare, readable=readable)


def render_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    style: Style = "terminal",
    width: int | None = None,
    indented: bool = False,
) -> str:
    """The table without a final line break; `width` bounds its lines (None: as wide as its cells).

    `indented` keeps the blanks that cells begin with. The terminal's tables are formatted here, since importing
    tabulate takes as long as all else that a small file needs; Markdown's are tabulate's.
    """
    sanitise = for_markdown if style == "markdown" else for_terminal
    limits = [4096 if width is None or column.prose else MAX_SHOWN for column in columns]
    cells = [list(map(sanitise, row, limits)) for row in rows]
    if style == "terminal" and width is not None:
        columns, cells = _leave_out(columns, cells, width)
        cells = _fit(columns, cells, width)
    if style == "terminal" or len(cells) > _MANY_ROWS or indented:
        return _plain(columns, cells, style)
    from tabulate import tabulate

    return tabulate(
        cells,
        headers=[column.title for column in columns],
        tablefmt="pipe",
        colalign=["right" if column.right else "left" for column in columns] if cells else None,
        disable_numparse=True,
    )


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    widths = [len(column.title) for column in columns]
    for row in cells:
        widths = [max(width, shown_width(cell)) for width, cell in zip(widths, row, strict=True)]
    return widths


def _leave_out(
    columns: Sequence[Column], cells: list[list[str]], width: int
) -> tuple[Sequence[Column], list[list[str]]]:
    """Without the spare columns that a line has no room for."""
    widths = _widths(columns, cells)
    needed = [min(wide, one.readable) if one.flexible else wide for one, wide in zip(columns, widths, strict=True)]
    kept = list(range(len(columns)))
    for i in reversed(range(len(columns))):
        if columns[i].spare and sum(needed[k] + _GAP for k in kept) - _GAP > width:
            kept.remove(i)
    return [columns[k] for k in kept], [[row[k] for k in kept] for row in cells]


def _fit(columns: Sequence[Column], cells: list[list[str]], width: int) -> list[list[str]]:
    """Cells whose rows fit the line: flexible columns made narrower, the widest first, down to what can be read."""
    widths = _widths(columns, cells)
    for least in ([column.readable for column in columns], [_NARROWEST] * len(columns)):
        excess = sum(widths) + _GAP * (len(widths) - 1) - width
        while excess > 0:
            candidates = [i for i, column in enumerate(columns) if column.flexible and widths[i] > least[i]]
            if not candidates:
                break
            widest = max(candidates, key=lambda i: widths[i])
            cut = min(excess, widths[widest] - least[widest], max(1, widths[widest] // 4))
            widths[widest] -= cut
            excess -= cut
    return [list(map(_narrowed, row, columns, widths)) for row in cells]


def _narrowed(cell: str, column: Column, width: int) -> str:
    return wrap(cell, width) if column.prose else _cut(cell, width)


def _cut(cell: str, width: int) -> str:
    """At most `width` characters, two thirds of them the end, where names of tensors and files differ."""
    if len(cell) <= width:
        return cell
    head = (width - 1) // 3
    return f"{cell[:head]}…{cell[head + 1 - width :]}"


def _plain(columns: Sequence[Column], cells: Sequence[Sequence[str]], style: Style) -> str:
    """The same layout without tabulate, for thousands of rows."""
    rows = [line for row in cells for line in _lines(row)] if any(column.prose for column in columns) else cells
    widths = _widths(columns, rows)
    between, edge = (" | ", ("| ", " |")) if style == "markdown" else (" " * _GAP, ("", ""))

    def line(row: Sequence[str]) -> str:
        padded = between.join(map(_pad, row, widths, [column.right for column in columns]))
        return f"{edge[0]}{padded}{edge[1]}".rstrip()

    dashes = ["-" * width for width in widths]
    if style == "markdown":
        dashes = [dash[:-1] + ":" if column.right else dash for column, dash in zip(columns, dashes, strict=True)]
    return "\n".join([line([column.title for column in columns]), line(dashes), *map(line, rows)])


def _lines(row: Sequence[str]) -> Iterable[Sequence[str]]:
    """A row as the lines that its cells of prose take."""
    if not any("\n" in cell for cell in row):
        return [row]
    return zip_longest(*(cell.split("\n") for cell in row), fillvalue="")


def _pad(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - shown_width(cell))
    return blanks + cell if right else cell + blanks


def render_csv(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Comma-separated values with a header line; text cells do nothing in a spreadsheet."""
    import csv
    import io

    from inspector.text import for_csv

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([for_csv(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()
