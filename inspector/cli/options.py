"""Options that several commands share, as decorators; their values arrive together as one `Settings`."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

import click

from inspector.cli import completions
from inspector.cli.sections import Option
from inspector.errors import UsageError, nearest
from inspector.reports.page import Page
from inspector.reports.tables import Style
from inspector.units import Units
from inspector.values import frozen

P = ParamSpec("P")
R = TypeVar("R")
_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DEFAULT_WIDTH: Final = 100


@frozen
class Output:
    """One `-o FORMAT[=FILE]`; "" is stdout."""

    format: str
    file: str = ""


@frozen
class Settings:
    """What the shared options say. `width` bounds the lines of tables, None for no bound."""

    outputs: tuple[Output, ...] = ()
    quiet: bool = False
    verbose: int = 0
    units: Units = "si"
    config: str = ""
    isolated: bool = False
    revision: str = ""
    offline: bool = False
    jobs: int = 0
    no_cache: bool = False
    anonymous: bool = False
    timeout_seconds: float = 0.0
    width: int | None = None

    def page(self, style: Style) -> Page:
        """How a report for the terminal or in Markdown is written."""
        width = self.width if style == "terminal" else None
        return Page(style=style, units=self.units, width=width, verbose=self.verbose > 0)


def output_options(*formats: str, configured: bool = False) -> _Decorator:
    """-o, --json, -q, -v, --color, --units, --no-truncate, --config, --isolated; `formats` are those it renders.

    A configuration is offered where it is `configured`; elsewhere a named one is only checked.
    """
    option = partial(click.option, cls=Option, section="Output")
    listed = ", ".join(formats)
    return _chain(
        option(
            "-o",
            "--output",
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"Write as FORMAT ({listed}), to FILE or stdout. Repeatable.",
            callback=lambda ctx, param, value: _outputs(value, formats),
        ),
        *([option("--json", is_flag=True, help="Same as -o json.")] if "json" in formats else []),
        option("-q", "--quiet", is_flag=True, help="Print nothing but what -o asks for."),
        option("-v", "--verbose", count=True, help="Say more."),
        option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on the terminal."
        ),
        option("--units", type=click.Choice(["si", "iec", "bytes"]), default="si", help="GB, GiB or exact bytes."),
        option("--no-truncate", is_flag=True, help="Do not fit lines to the terminal."),
        option("--config", metavar="FILE", default="", hidden=not configured, help="Use this configuration file."),
        option("--isolated", is_flag=True, hidden=not configured, help="Use no configuration file."),
    )


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--revision, --offline, --jobs, --no-cache, --anonymous: how targets are opened."""
    option = partial(click.option, cls=Option, section="Reading")
    return _chain(
        option(
            "--revision",
            default="",
            metavar="REV",
            help="Branch, tag or commit on the Hub; tag or digest of OCI targets.",
        ),
        option("--offline", is_flag=True, help="Use nothing but this machine and its caches."),
        option("--jobs", type=click.IntRange(0, 256), default=0, metavar="N", help="Reads at once (0: what suits)."),
        option("--no-cache", is_flag=True, help="Neither use nor keep remote headers."),
        option(
            "--timeout",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help="Give remote reads no longer.",
        ),
        option("--anonymous", is_flag=True, help="Send no credentials to object stores and registries."),
    )(function)


def targets_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """One target or more."""
    return click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=completions.paths)(
        function
    )


def target_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Exactly one target."""
    return click.argument("target", metavar="TARGET", shell_complete=completions.paths)(function)


def take_settings(options: dict[str, Any]) -> Settings:
    """Remove the shared options from a command's keyword arguments and give them as one value."""
    outputs: tuple[Output, ...] = options.pop("output", ())
    if options.pop("json", False):
        outputs = (*outputs, Output(format="json"))
    if sum(not output.file for output in outputs) > 1:
        raise UsageError("Two formats are asked for on stdout.", hint="Give all but one a file: -o csv=report.csv.")
    _set_color(options.pop("color", "auto"))
    _check_configuration(options.get("config", ""), isolated=options.get("isolated", False))
    no_truncate = options.pop("no_truncate", False)
    return Settings(
        outputs=outputs,
        quiet=options.pop("quiet", False),
        verbose=options.pop("verbose", 0),
        units=options.pop("units", "si"),
        config=options.pop("config", ""),
        isolated=options.pop("isolated", False),
        revision=options.pop("revision", ""),
        offline=options.pop("offline", False),
        jobs=options.pop("jobs", 0),
        no_cache=options.pop("no_cache", False),
        anonymous=options.pop("anonymous", False),
        timeout_seconds=options.pop("timeout", 0.0),
        width=None if no_truncate else terminal_width(),
    )


def terminal_width() -> int | None:
    """Columns of the terminal on stdout, None where stdout is none (nothing is shortened in a pipe or file)."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or DEFAULT_WIDTH
    except OSError:
        return DEFAULT_WIDTH


def _check_configuration(config: str, *, isolated: bool) -> None:
    """A configuration that is named must be one, also for commands that ask it nothing. Raises `UsageError`."""
    if config:
        from inspector.cli.configuration import load_configuration

        load_configuration(config, isolated=isolated)


def _set_color(choice: str) -> None:
    """The flag, then FORCE_COLOR, then NO_COLOR, then whether the terminal is one."""
    context = click.get_current_context()
    if choice != "auto":
        context.color = choice == "always"
    elif os.environ.get("FORCE_COLOR"):
        context.color = True
    elif os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False


def _outputs(values: Sequence[str], formats: Sequence[str]) -> tuple[Output, ...]:
    outputs = []
    for value in values:
        name, equals, file = value.partition("=")
        if name == "md":
            name = "markdown"
        if name not in formats:
            raise UsageError(f"--output: this command does not write {name!r}.", hint=nearest(name, formats))
        if equals and not file:
            raise UsageError(f"--output: {value!r} names no file.", hint=f"Write it like {name}=report.{name}.")
        outputs.append(Output(format=name, file=file))
    return tuple(outputs)


def _chain(*decorators: _Decorator) -> _Decorator:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate
