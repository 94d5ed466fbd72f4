"""The overview of one checkpoint: everything that `inspect` shows, as one value and one document."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from inspector.analyses.breakdown import Breakdown, break_down
from inspector.analyses.census import Census, Packing
from inspector.analyses.download import Download, plan_download
from inspector.analyses.projection import overview_projections
from inspector.analyses.projections.values import Projection
from inspector.analyses.provenance import provenance
from inspector.analyses.recognition.active import Active, active_params, headline_params
from inspector.analyses.recognition.architecture import Architecture, recognise
from inspector.model import Checkpoint
from inspector.values import frozen


class Documented(Protocol):
    """A finding: whatever gives its own part of a document."""

    def to_dict(self) -> dict[str, Any]: ...


@frozen
class Overview:
    """What is inside a checkpoint. `active` is None where nothing says how many experts a token meets."""

    checkpoint: Checkpoint
    architecture: Architecture
    breakdown: Breakdown
    headline_params: int
    active: Active | None
    packings: tuple[Packing, ...]
    projections: tuple[Projection, ...]
    provenance: tuple[tuple[str, str], ...] = ()
    findings: Sequence[Documented] = ()
    download: Download | None = None

    @property
    def complete(self) -> bool:
        return self.checkpoint.complete

    def to_dict(self) -> dict[str, Any]:
        """The body of the `inspect` document."""
        checkpoint, cost = self.checkpoint, self.checkpoint.cost
        download = {"download": self.download.to_dict()} if self.download else {}
        return {
            "target": target_fields(checkpoint),
            "read": {"requests": cost.requests, "bytes": cost.bytes, "weights_read": False},
            "architecture": self.architecture.to_dict(),
            "complete": checkpoint.complete,
            "totals": self._totals(),
            "components": [row.to_dict() for row in self.breakdown.rows],
            "dtypes": {dtype: sums.short() for dtype, sums in self.breakdown.dtypes.items()},
            "packing": [packing_fields(packing) for packing in self.packings],
            "projections": [projection.summary() for projection in self.projections],
            "files": [
                {"path": file.path, "bytes": file.bytes, "kind": file.kind, "weight_set": file.weight_set}
                for file in checkpoint.files
            ],
            "alternatives": [
                {
                    "path": other.path,
                    "variant": other.variant,
                    "files": list(other.paths),
                    "file_bytes": other.file_bytes,
                    "reason": other.reason,
                }
                for other in checkpoint.alternatives
            ],
            "findings": [finding.to_dict() for finding in self.findings],
            "metadata": dict(self.provenance),
            "missing": [path for weights in checkpoint.weight_sets for path in weights.missing],
            "not_checked": [
                {"path": part.path, "kind": part.kind, "message": part.message} for part in checkpoint.unread
            ],
            **download,
        }

    def _totals(self) -> dict[str, Any]:
        sums = self.breakdown.totals.full()
        return {
            "files": self.breakdown.files,
            "tensors": sums.pop("tensors"),
            "elements": sums.pop("elements"),
            "params": sums.pop("params"),
            "headline_params": self.headline_params,
            "active_params": self.active.params if self.active else None,
            **sums,
            "header_bytes": self.breakdown.header_bytes,
            "file_bytes": self.breakdown.file_bytes,
        }


#: Judges a checkpoint that was recognised: the rules stand a floor above this one.
Judge = Callable[[Checkpoint, Census, Architecture], Sequence[Documented]]


def inspect_checkpoint(checkpoint: Checkpoint, census: Census, judge: Judge | None = None) -> Overview:
    """The overview of a checkpoint whose census was taken, with the findings of `judge`."""
    architecture = recognise(checkpoint, census)
    return Overview(
        checkpoint=checkpoint,
        architecture=architecture,
        breakdown=break_down(checkpoint, census),
        headline_params=headline_params(census, architecture),
        active=active_params(census, architecture),
        packings=_packings(census),
        projections=overview_projections(census, checkpoint),
        provenance=provenance(checkpoint),
        findings=judge(checkpoint, census, architecture) if judge else (),
        download=plan_download(checkpoint),
    )


def target_fields(checkpoint: Checkpoint) -> dict[str, str]:
    """`target` as every document shows it."""
    target = checkpoint.target
    return {
        "kind": target.kind,
        "ref": target.ref,
        "repo_id": target.repo_id,
        "revision": target.revision,
        "requested_revision": target.requested_revision,
    }


def packing_fields(packing: Packing) -> dict[str, Any]:
    return {
        "scheme": packing.scheme,
        "bits": packing.bits,
        "group_size": packing.group_size,
        "modules": packing.modules,
        "params": packing.params,
    }


def _packings(census: Census) -> tuple[Packing, ...]:
    """The packings of all weight sets, equal ones added up, largest first."""
    merged: dict[tuple[str, int | None, int | None], Packing] = {}
    for one in (packing for weights in census.sets for packing in weights.packings):
        key = (one.scheme, one.bits, one.group_size)
        known = merged.get(key)
        merged[key] = one if known is None else _add(known, one)
    return tuple(sorted(merged.values(), key=lambda packing: (-packing.params, packing.scheme)))


def _add(one: Packing, other: Packing) -> Packing:
    return Packing(
        scheme=one.scheme,
        bits=one.bits,
        group_size=one.group_size,
        modules=one.modules + other.modules,
        params=one.params + other.params,
        evidence=one.evidence,
    )
