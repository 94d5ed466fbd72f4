"""The `inspector` command: a group whose commands are imported when they run, and the one place that exits."""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

import click

from inspector import __version__
from inspector.errors import InspectorError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: Command -> (module that defines `command`, the line that --help shows).
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "inspect": ("inspector.cli.inspect", "What is inside: architecture, components, parameters, dtypes, bytes."),
    "tensors": ("inspector.cli.tensors", "The tensors: list, filter, sort, or show as a tree."),
    "project": ("inspector.cli.project", "The artifact's size under each quantisation."),
    "memory": ("inspector.cli.memory", "The memory it needs to run or to train, and where it fits."),
    "audit": ("inspector.cli.audit", "Is it whole, sound, consistent and safe?"),
    "gate": ("inspector.cli.gate", "Budgets and expectations, for CI: pass or fail."),
    "diff": ("inspector.cli.diff", "What changed between two checkpoints."),
    "verify": ("inspector.cli.verify", "Contents against known hashes."),
    "snapshot": ("inspector.cli.snapshot", "Keep all that was read, without weights."),
    "rules": ("inspector.cli.rules", "The audit's rules, explained."),
    "schemes": ("inspector.cli.schemes", "The quantisation schemes, explained."),
    "convert": ("inspector.cli.convert", "Render a kept JSON report in another format."),
    "init": ("inspector.cli.init", "A commented configuration from a measured target."),
    "cache": ("inspector.cli.cache", "The cache of remote headers: its place, its size, clear it."),
    "completion": ("inspector.cli.completion", "The completion script for a shell."),
}
EXIT_DEFECT: Final = 70
EXIT_INTERRUPTED: Final = 130

_EPILOG: Final = """\b
Examples:
  inspector model.safetensors
  inspector org/name --json
  inspector audit ./model-folder
  inspector gate ./model-folder --max-size 5GB

Exit codes: 0 done, 1 findings or a broken gate, 2 wrong usage, 3 no verdict, 70 a defect of ours, 130 interrupted."""


class LazyGroup(click.Group):
    """Imports a command's module only to run it; a first word that is no command is a target to inspect."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is no click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            _check_command(args[0], ctx)
            args = ["inspect", *(["--"] if args[0].startswith("-") else []), *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("-h", "--help", "--version", "--"):
            raise click.UsageError(f"{args[0]} stands before a target: write it after the command or the target.", ctx)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The commands; for other words the files that a target may be."""
        from click.shell_completion import CompletionItem

        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _check_command(word: str, ctx: click.Context) -> None:
    """Refuse a first word that is nearly a command's name, and no target."""
    if not word.isalpha() or os.path.lexists(word):
        return
    from difflib import get_close_matches

    close = "--help" if word == "help" else next(iter(get_close_matches(word, COMMANDS, 1, 0.7)), "")
    if close:
        raise click.UsageError(f"{word} is no command and no file. Did you mean inspector {close}?", ctx)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "INSPECTOR"},
    epilog=_EPILOG,
    invoke_without_command=False,
)
@click.version_option(__version__, prog_name="inspector", message="%(prog)s %(version)s")
def group() -> None:
    """What is inside a safetensors checkpoint, what it will cost, and whether to trust it.

    From headers alone: a file, a folder, a Hub repository, a URL, a bucket or an image. No weights are read.
    `inspector TARGET` is `inspector inspect TARGET`.
    """


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code; every failure becomes one sentence on stderr.

    The cycle collector stays off: a run makes few cycles and many small objects, and ends soon. In the end the system
    takes all memory back at once, which the interpreter would free name by name.
    """
    gc.disable()
    code = exit_code(arguments)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, full, or none at all: told before, if at all
            stream.flush()
    os._exit(code)


def exit_code(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one run; a failure's sentence has been written to stderr."""
    try:
        result = group.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        from inspector.cli.messages import show_usage

        show_usage(error)
        return 2
    except InspectorError as error:
        from inspector.cli.messages import show_error

        show_error(error)
        return error.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return 0
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # the one place that catches everything: a defect becomes a sentence
        from inspector.cli.messages import show_defect

        show_defect(error)
        return EXIT_DEFECT


def _silence_stdout() -> None:
    """The reader of our output went away: make the interpreter's last flush quiet."""
    from inspector.cli.run import give_up_stdout

    give_up_stdout()
