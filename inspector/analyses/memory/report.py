"""What is asked of a memory estimate and what it says: the values behind the `memory` document."""

from collections.abc import Mapping
from typing import Any

from inspector.analyses.memory.attention import Gap
from inspector.analyses.memory.cache_values import CacheRequest
from inspector.analyses.memory.fit import Fit, Offload
from inspector.analyses.memory.parts import Part, total
from inspector.analyses.memory.training import TrainingRequest
from inspector.analyses.overview import target_fields
from inspector.analyses.recognition.architecture import Architecture
from inspector.knowledge.devices import Device
from inspector.knowledge.engines import Engine
from inspector.model import Checkpoint
from inspector.values import field, frozen, no_entries


@frozen
class MemoryRequest:
    """What is asked. `schemes` () is as stored, `context` None the model's own up to a default, `kv_dtype` "" its own.

    `settings` supply what the configuration lacks; `devices` () are all that are known; `offload` and `best` ask for
    layers on the host and for the widest scheme that fits.
    """

    schemes: tuple[str, ...] = ()
    context: int | None = None
    batch: int = 1
    kv_dtype: str = ""
    value_dtype: str = ""
    engine: str = "generic"
    encoder_context: int | None = None
    shared_context: bool = False
    windows: bool = True
    static: bool = False
    unified: bool = False
    ubatch: int | None = None
    training: TrainingRequest | None = None
    devices: tuple[Device, ...] = ()
    device_count: int = 1
    overhead_bytes: int | None = None
    offload: bool = False
    best: bool = False
    without: frozenset[str] = frozenset()
    in_turn: bool = False
    settings: Mapping[str, Any] = field(default_factory=no_entries)


@frozen
class Estimate:
    """One estimate: parts that add up to `estimated_bytes`, on one device unless a part says otherwise."""

    purpose: str
    scheme: str
    parts: tuple[Part, ...]
    rule_of_thumb_bytes: int
    rule_of_thumb: str
    kv_cache_reserved_bytes: int | None = 0
    fits: tuple[Fit, ...] = ()
    offload: tuple[Offload, ...] = ()
    gaps: tuple[Gap, ...] = ()
    trained_params: int = 0
    flops: int | None = None

    @property
    def estimated_bytes(self) -> int:
        return total(self.parts)

    def to_dict(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "scheme": self.scheme,
            "parts": [part.to_dict() for part in self.parts],
            "estimated_bytes": self.estimated_bytes,
            "rule_of_thumb_bytes": self.rule_of_thumb_bytes,
            "rule_of_thumb": self.rule_of_thumb,
            "kv_cache_reserved_bytes": self.kv_cache_reserved_bytes,
            "trained_params": self.trained_params,
            "training_flops": self.flops,
            "fits": [one.to_dict() for one in self.fits],
            "offload": [one.to_dict() for one in self.offload],
            "not_known": [gap_fields(gap) for gap in self.gaps],
        }


@frozen
class BestScheme:
    """The widest scheme of an artifact that fits a device at the asked context."""

    scheme: str
    projected_bytes: int
    fit: Fit

    def to_dict(self) -> dict[str, Any]:
        return {"scheme": self.scheme, "projected_bytes": self.projected_bytes, **self.fit.to_dict()}


@frozen
class MemoryReport:
    """All estimates of one checkpoint with what they rest on."""

    checkpoint: Checkpoint
    architecture: Architecture
    engine: Engine
    request: CacheRequest
    params: int
    active_params: int | None
    max_context: int | None
    generates: bool
    estimates: tuple[Estimate, ...]
    best: tuple[BestScheme, ...] = ()
    best_asked: bool = False
    not_offered: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.checkpoint.complete

    def to_dict(self) -> dict[str, Any]:
        """The body of the `memory` document."""
        return {
            "target": target_fields(self.checkpoint),
            "architecture": self.architecture.to_dict(),
            "complete": self.checkpoint.complete,
            "engine": {
                "id": self.engine.id,
                "version": self.engine.version,
                "evidence": self.engine.evidence,
                "reserves": self.engine.reserves,
            },
            "context": self.request.context,
            "batch": self.request.batch,
            "kv_dtype": self.request.kv_dtype,
            "max_context": self.max_context,
            "params": self.params,
            "active_params": self.active_params,
            "estimates": [estimate.to_dict() for estimate in self.estimates],
            "best": [one.to_dict() for one in self.best],
            "not_offered": [{"scheme": scheme, "reason": reason} for scheme, reason in self.not_offered],
            "assumptions": list(self.assumptions),
        }


def gap_fields(gap: Gap) -> dict[str, str]:
    return {"subject": gap.subject, "reason": gap.reason, "flag": gap.flag}
