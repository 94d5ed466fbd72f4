"""One report for people in each of its forms: the terminal, Markdown, a web page."""

from collections.abc import Callable, Sequence

from inspector import __version__
from inspector.cli.options import Settings
from inspector.cli.run import Renderer
from inspector.reports.page import Page


def text_renderers(
    settings: Settings, command: str, targets: Sequence[str], render: Callable[[Page], str]
) -> dict[str, Renderer]:
    """The renderers of `table`, `markdown` and `html`; `render` writes the report on the page that it is given."""
    return {
        "table": lambda: render(settings.page("terminal")),
        "markdown": lambda: render(settings.page("markdown")),
        "html": lambda: _html(settings, f"inspector {command} {' '.join(targets)}", render),
    }


def _html(settings: Settings, title: str, render: Callable[[Page], str]) -> str:
    from inspector.reports.html.page import HtmlPage, html_document

    page = HtmlPage(style="html", units=settings.units, verbose=settings.verbose > 0)
    return html_document(title, render(page), version=__version__)
