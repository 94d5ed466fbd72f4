"""How one report is written: for which place, in which units, how wide."""

from collections.abc import Iterable, Sequence

from inspector.reports.styles import styled, wrap
from inspector.reports.tables import Column, Style, render_table
from inspector.text import for_markdown, for_terminal
from inspector.units import Units, format_bytes
from inspector.values import frozen


@frozen
class Page:
    """Text in the style of its place; `width` bounds the lines on a terminal, None where nothing does."""

    style: Style = "terminal"
    units: Units = "si"
    width: int | None = None
    verbose: bool = False

    @property
    def markdown(self) -> bool:
        return self.style == "markdown"

    @property
    def bullet(self) -> str:
        return "- " if self.markdown else "  "

    def text(self, text: str, limit: int = 400) -> str:
        """Untrusted text, sanitised for the place."""
        return for_markdown(text, limit) if self.markdown else for_terminal(text, limit)

    def bytes(self, count: int) -> str:
        return format_bytes(count, self.units)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, indented: bool = False) -> str:
        """A table; nothing where it has no rows."""
        if not rows:
            return ""
        return render_table(columns, rows, style=self.style, width=self.width, indented=indented)

    def title(self, text: str, level: int = 2) -> str:
        """The line above a table or list."""
        return f"{'#' * level} {text}\n" if self.markdown else styled(text, "bold")

    def strong(self, text: str, style: str = "bold") -> str:
        return f"**{text}**" if self.markdown else styled(text, style)

    def coloured(self, text: str, style: str) -> str:
        """Colour where there is any."""
        return text if self.markdown else styled(text, style)

    def prose(self, text: str, first: str = "", rest: str = "") -> str:
        """A paragraph, broken where the terminal ends."""
        return wrap(text, self.width, first, rest)

    def entry(self, text: str) -> str:
        """One entry of a list."""
        return self.prose(text, self.bullet, "    ")

    def join(self, blocks: Iterable[str]) -> str:
        """A report's blocks, empty ones left out."""
        return "\n\n".join(block for block in blocks if block)

    def apart(self, reports: Iterable[str]) -> str:
        """Whole reports, one after the other."""
        return "\n\n\n".join(reports)

    def under_targets(self, refs: Sequence[str], reports: Sequence[str], *, of: int) -> str:
        """The reports of several targets, each under the target's name; that of the only one `of` them as it is."""
        if of == 1:
            return "".join(reports)
        titles = [self.title(self.text(ref) if self.markdown else f"Target {self.text(ref)}", 1) for ref in refs]
        return self.apart(f"{title}\n{report}" for title, report in zip(titles, reports, strict=True))

    def listed(self, title: str, entries: Sequence[str], level: int = 2) -> str:
        """A titled list; nothing where there are no entries."""
        return "\n".join([self.title(title, level), *map(self.entry, entries)]) if entries else ""
