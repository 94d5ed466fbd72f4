"""The functions of `import inspector`: open a checkpoint, then ask. Each is typed, lazy, and used as documented."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from inspector.analyses.labelling import take_census
from inspector.model import Checkpoint
from inspector.readers.checkpoint import read_checkpoint
from inspector.sources.resolve import resolve

if TYPE_CHECKING:
    from inspector.analyses.difference import Difference
    from inspector.analyses.memory.options import MemoryOptions
    from inspector.analyses.memory.report import MemoryReport
    from inspector.analyses.overview import Overview
    from inspector.analyses.projections.values import Projections
    from inspector.rules.engine import AuditReport
    from inspector.sources.hub_settings import HubSettings


#: What every function takes: an opened checkpoint, or a target to open.
Inspectable = Checkpoint | str | os.PathLike[str]


def open(
    target: str | os.PathLike[str],
    *,
    revision: str | None = None,
    offline: bool = False,
    jobs: int = 0,
    tokenizers: bool | None = None,
) -> Checkpoint:
    """Read a target: a path, a Hub repository, a URL, a bucket, an OCI artifact or a snapshot. No weights.

    `revision` is a branch, tag or commit on the Hub, or a tag or digest of an OCI target; `offline` allows this
    machine and its caches only; `jobs` bounds parallel reads (0: what suits the source); `tokenizers` reads tokenizer
    files too, for exact container sizes (None: where a read costs no round trip). Raises `inspector.InspectorError`
    where nothing could be read.
    """

    def remote() -> "HubSettings":
        from inspector.cli.hub_settings import remote_settings

        return remote_settings(offline=offline)

    opened = resolve(os.fspath(target), revision=revision or "", remote=remote)
    near = opened.source.parallel_reads == 1
    return read_checkpoint(opened.source, jobs=jobs, tokenizers=near if tokenizers is None else tokenizers)


def inspect(checkpoint: Inspectable) -> "Overview":
    """What is inside: architecture, components, totals, packing, projected sizes, notable findings.

    `.to_dict()` is the body of the `inspect` document.
    """
    from inspector.analyses.overview import inspect_checkpoint
    from inspector.rules.audit import notable_findings

    opened = _opened(checkpoint)
    return inspect_checkpoint(opened, take_census(opened), notable_findings)


def project(
    checkpoint: Inspectable, *, schemes: str | Sequence[str] = ("all",), components: Mapping[str, str] | None = None
) -> "Projections":
    """Projected artifact sizes: `schemes` are scheme ids, families or "all"; `components` a scheme per component.

    Raises `inspector.InspectorError` for a scheme that is not known; one that does not apply is in `.not_offered`.
    """
    from inspector.analyses.projection import project as project_census

    opened = _opened(checkpoint)
    return project_census(opened, take_census(opened), _several(schemes), components or {})


def memory(checkpoint: Inspectable, **options: Unpack["MemoryOptions"]) -> "MemoryReport":
    """Memory to run or to train; the options are those of `inspector memory`, with underscores."""
    from inspector.analyses.memory.options import estimate_checkpoint

    return estimate_checkpoint(_opened(checkpoint), **options)


def audit(
    checkpoint: Inspectable, *, select: str | Sequence[str] = (), ignore: str | Sequence[str] = ()
) -> "AuditReport":
    """Every rule that headers and small files can answer; `select` and `ignore` are code prefixes."""
    from inspector.rules.audit import audit as audit_census

    opened = _opened(checkpoint)
    return audit_census(opened, take_census(opened), select=_several(select), ignore=_several(ignore))


def diff(old: Inspectable, new: Inspectable) -> "Difference":
    """What changed between two checkpoints: tensors, dtypes, shapes, components, bytes."""
    from inspector.analyses.difference import compare_checkpoints

    before, after = _opened(old), _opened(new)
    return compare_checkpoints(before, take_census(before), after, take_census(after))


def _opened(given: Inspectable) -> Checkpoint:
    """The checkpoint itself; a target is opened as `open` does."""
    if isinstance(given, Checkpoint):
        return given
    if isinstance(given, str | os.PathLike):
        return open(given)
    raise TypeError(
        f"A checkpoint or a target is needed, not {type(given).__name__}: inspector.open(target) makes one."
    )


def _several(given: str | Sequence[str]) -> Sequence[str]:
    """A single name stands for a list of one, never for its letters."""
    return (given,) if isinstance(given, str) else given
