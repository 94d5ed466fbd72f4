"""What every command does around its own work: open targets, collect failures, write outputs, map exit codes."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import click

from inspector import __version__
from inspector.analyses.census import Census
from inspector.cli.messages import show_error, show_note
from inspector.cli.options import Output, Settings
from inspector.cli.progress import file_progress
from inspector.errors import InspectorError, LimitReached, NotFound, Unreachable, Unreadable, UsageError
from inspector.model import Checkpoint
from inspector.readers.checkpoint import read_checkpoint
from inspector.reports import documents
from inspector.sources.base import Source
from inspector.sources.resolve import resolve
from inspector.text import for_terminal

if TYPE_CHECKING:
    from inspector.sources.hub_settings import HubSettings

_TO_A_FILE: Final = "Name a file, such as -o json=report.json."
#: With several targets the worst code counts: no verdict over findings over done.
_SEVERITY: Final = (3, 1, 0)


class Looked:
    """A target that was read: where its bytes come from, what was read, and its census when first asked for."""

    def __init__(self, target: str, source: Source, checkpoint: Checkpoint) -> None:
        self.target, self.source, self.checkpoint = target, source, checkpoint

    @cached_property
    def census(self) -> Census:
        from inspector.analyses.labelling import take_census

        return take_census(self.checkpoint)


class Failed(NamedTuple):
    """A target that could not be looked at, and why."""

    target: str
    error: InspectorError

    def document(self) -> dict[str, Any]:
        return documents.error_document(__version__, self.error)


def look(targets: Sequence[str], settings: Settings, *, tokenizers: bool = False) -> Iterator[Looked | Failed]:
    """Each target read in turn; one that fails does not stop the others. Its error has been shown."""
    for target in targets:
        try:
            yield look_at(target, settings, tokenizers=tokenizers)
        except UsageError:
            raise
        except InspectorError as error:
            show_error(error)
            yield Failed(target, error)


def look_at(
    target: str, settings: Settings, *, tokenizers: bool = False, sparing: bool = True, judging: bool = False
) -> Looked:
    """One target read, with `sparing` only what says what the weights are. Raises `InspectorError`.

    Where not one weight file could be read that is the error, unless `judging`: then it is for the rules to say.
    """
    source = open_source(target, settings)
    with _path_in_mind(target), file_progress(settings) as progress:
        checkpoint = read_checkpoint(
            source, jobs=settings.jobs, tokenizers=tokenizers, sparing=sparing, progress=progress
        )
    if not judging:
        _demand_tensors(checkpoint)
        _tell_gaps(target, checkpoint, settings)
    return Looked(target, source, checkpoint)


@contextmanager
def _path_in_mind(target: str) -> Iterator[None]:
    """Where a repository cannot be had, say that no path has its name: one may have been meant."""
    try:
        yield
    except (NotFound, Unreachable) as error:
        if not error.hint and "://" not in target and not os.path.lexists(target):
            error.hint = f"Nothing on this machine is called {for_terminal(target)} either."
        raise


def _tell_gaps(target: str, checkpoint: Checkpoint, settings: Settings) -> None:
    """Say on stderr what the figures do not hold, the first part of it in words."""
    if checkpoint.complete or settings.quiet:
        return
    from inspector.analyses.completeness import uncounted

    gaps = list(uncounted(checkpoint))
    more = f" ({len(gaps) - 1:,} more)" if len(gaps) > 1 else ""
    show_note(f"not all of {target} is counted: {''.join(gaps[:1])}{more}; inspector audit says what to do.")


def _demand_tensors(checkpoint: Checkpoint) -> None:
    """Raise what is wrong with the first file of a checkpoint of which nothing could be read."""
    if any(shard.loadable or len(shard.tensors) for shard in checkpoint.shards):
        return
    limit = next((shard for shard in checkpoint.shards if shard.limit), None)
    if limit is not None:
        raise LimitReached(f"{limit.path} was not read: {limit.limit}.", hint="Look at it with the loader itself.")
    from inspector.rules.audit import notable_findings

    findings = notable_findings(checkpoint, Census(sets=()))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        more = f" ({len(errors) - 1:,} more)" if len(errors) > 1 else ""
        raise Unreadable(f"{errors[0].path}: {errors[0].message}{more}.", hint=errors[0].action)


def open_source(target: str, settings: Settings) -> Source:
    """The source that a target names, with the user's settings for remote ones. Raises `InspectorError`."""

    def remote() -> "HubSettings":
        from inspector.cli.hub_settings import remote_settings

        return remote_settings(
            offline=settings.offline,
            no_cache=settings.no_cache,
            anonymous=settings.anonymous,
            timeout_seconds=settings.timeout_seconds,
            parallel_reads=settings.jobs,
            say=None if settings.quiet else show_note,
        )

    opened = resolve(target, revision=settings.revision, remote=remote)
    if opened.note and not settings.quiet:
        show_note(opened.note)
    return opened.source


#: Renders the results of a command's targets in one format.
Renderer = Callable[[], str]


def write_outputs(settings: Settings, renderers: Mapping[str, Renderer], *, default: str = "table") -> None:
    """Write each asked-for format to its place; without any for stdout, the default format goes there unless quiet."""
    outputs = list(settings.outputs)
    if not settings.quiet and all(output.file for output in outputs):
        outputs.insert(0, Output(format=default))
    for output in outputs:
        _write(output, renderers[output.format]())


def _write(output: Output, text: str) -> None:
    if output.file:
        _write_file(output.file, click.unstyle(text))
    else:
        write_stdout(text, styled=output.format == "table")


@contextmanager
def documented(settings: Settings) -> Iterator[None]:
    """What cannot be looked at is a document too, wherever JSON is asked for; the error goes on."""
    try:
        yield
    except UsageError:
        raise
    except InspectorError as error:
        document = documents.error_document(__version__, error)
        for output in settings.outputs:
            if output.format in ("json", "jsonl"):
                _write(
                    output, documents.to_json(document) if output.format == "json" else documents.to_jsonl([document])
                )
        raise


def write_stdout(text: str, *, styled: bool = False) -> None:
    """Text to stdout as UTF-8; what the terminal's encoding cannot show is escaped, never a crash."""
    if text and not text.endswith("\n"):
        text += "\n"
    if sys.stdout is None:
        raise UsageError("The output cannot be written: stdout is closed.", hint=_TO_A_FILE)
    try:
        if styled:
            encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
            click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False)
        else:
            sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_stdout()
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"The output cannot be written: {reason}.", hint=_TO_A_FILE) from None


def give_up_stdout() -> None:
    """Nobody takes our output: make the interpreter's last flush quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_file(path: str, text: str) -> None:
    folder = os.path.dirname(path)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text if text.endswith("\n") or not text else f"{text}\n")
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"{path} cannot be written: {reason}.", hint="Name another file after the format.") from None


class Told(Protocol):
    """The answer of a command about one target."""

    @property
    def complete(self) -> bool: ...
    def to_dict(self) -> dict[str, Any]: ...


def body_of(command: str, one: Told | Failed) -> dict[str, Any]:
    """The document of one target: the command's, or that of its error."""
    return one.document() if isinstance(one, Failed) else documents.document(command, __version__, one.to_dict())


def code_of(one: Told | Failed) -> int:
    """The exit code of one target: 3 where something of it could not be read."""
    if isinstance(one, Failed):
        return one.error.exit_code
    return 0 if one.complete else 3


def as_document(command: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One document for one target, one with a list for several."""
    return dict(results[0]) if len(results) == 1 else documents.several(command, __version__, results)


def worst(codes: Iterable[int]) -> int:
    """The exit code of several targets."""
    found = set(codes)
    return next((code for code in _SEVERITY if code in found), 0)
