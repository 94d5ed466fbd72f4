"""The functions of `import inspector`: open a checkpoint, then ask. Each is typed, lazy, and used as documented."""

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


def open(
    target: str,
    *,
    revision: str | None = None,
    offline: bool = False,
    jobs: int = 0,
    tokenizers: bool | None = None,
) -> Checkpoint:
    """Read a target: a path, a Hub repository, a URL, a bucket or a snapshot. No weights are read.

    `revision` is a branch, tag or commit of a Hub target; `offline` allows this machine and its caches only;
    `jobs` bounds parallel reads (0: what suits the source); `tokenizers` reads tokenizer files too, for exact
    container sizes (None: where a read costs no round trip). Raises `inspector.InspectorError` where nothing could be
    read.
    """

    def remote() -> "HubSettings":
        from inspector.cli.hub_settings import remote_settings

        return remote_settings(offline=offline)

    opened = resolve(target, revision=revision or "", remote=remote)
    near = opened.source.parallel_reads == 1
    return read_checkpoint(opened.source, jobs=jobs, tokenizers=near if tokenizers is None else tokenizers)


def inspect(checkpoint: Checkpoint) -> "Overview":
    """What is inside: architecture, components, totals, packing, projected sizes, notable findings.

    `.to_dict()` is the body of the `inspect` document.
    """
    from inspector.analyses.overview import inspect_checkpoint
    from inspector.rules.audit import notable_findings

    return inspect_checkpoint(checkpoint, take_census(checkpoint), notable_findings)


def project(
    checkpoint: Checkpoint, *, schemes: str | Sequence[str] = ("all",), components: Mapping[str, str] | None = None
) -> "Projections":
    """Projected artifact sizes: `schemes` are scheme ids, families or "all"; `components` a scheme per component."""
    from inspector.analyses.projection import project as project_census

    return project_census(checkpoint, take_census(checkpoint), _several(schemes), components or {})


def memory(checkpoint: Checkpoint, **options: Unpack["MemoryOptions"]) -> "MemoryReport":
    """Memory to run or to train; the options are those of `inspector memory`, with underscores."""
    from inspector.analyses.memory.options import estimate_checkpoint

    return estimate_checkpoint(checkpoint, **options)


def audit(
    checkpoint: Checkpoint, *, select: str | Sequence[str] = (), ignore: str | Sequence[str] = ()
) -> "AuditReport":
    """Every rule that headers and small files can answer; `select` and `ignore` are code prefixes."""
    from inspector.rules.audit import audit as audit_census

    census = take_census(checkpoint)
    return audit_census(checkpoint, census, select=_several(select), ignore=_several(ignore))


def diff(old: Checkpoint, new: Checkpoint) -> "Difference":
    """What changed between two checkpoints: tensors, dtypes, shapes, components, bytes."""
    from inspector.analyses.difference import compare_checkpoints

    return compare_checkpoints(old, take_census(old), new, take_census(new))


def _several(given: str | Sequence[str]) -> Sequence[str]:
    """A single name stands for a list of one, never for its letters."""
    return (given,) if isinstance(given, str) else given
