"""The options of a memory estimate as users write them, for the command line and for Python alike."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from inspector.analyses.adapters import ALL_LINEAR
from inspector.analyses.labelling import take_census
from inspector.analyses.memory import estimate_memory
from inspector.analyses.memory_report import MemoryReport, MemoryRequest
from inspector.analyses.training_memory import TrainingRequest
from inspector.errors import UsageError
from inspector.knowledge.devices import Device, find_devices
from inspector.knowledge.optimizers import METHOD, OPTIMIZER, PRECISION, SHARDING
from inspector.model import Checkpoint
from inspector.units import parse_count, parse_size

_SIZE: Final = re.compile(r"\d[\d.,_]*\s*[kKMGTP]i?B")
_TIMES: Final = re.compile(r"(\d+)\s*[xX]\s*(\S.*)")


def estimate_checkpoint(checkpoint: Checkpoint, **options: Any) -> MemoryReport:
    """The estimate of a checkpoint whose census has not been taken; the options are those of `memory_request`."""
    return estimate_memory(checkpoint, take_census(checkpoint), memory_request(**options))


def memory_request(
    *,
    scheme: str | Sequence[str] = (),
    context: int | None = None,
    batch: int = 1,
    kv_dtype: str | None = None,
    v_dtype: str | None = None,
    engine: str = "generic",
    encoder_context: int | None = None,
    shared_context: bool = False,
    full_windows: bool = False,
    kv_unified: bool = False,
    ubatch: int | None = None,
    static_cache: bool = False,
    overhead: str | int | None = None,
    without: Iterable[str] = (),
    in_turn: bool = False,
    settings: Mapping[str, Any] | Sequence[str] = (),
    gpu: str | Sequence[str] = (),
    gpus: int | None = None,
    offload: bool = False,
    best: bool = False,
    training: str | None = None,
    **training_options: Any,
) -> MemoryRequest:
    """What the options of `inspector memory` ask for, with underscores; `settings` are the pairs of --set.

    Raises `UsageError` for a device, size, pair or way to train that cannot be understood.
    """
    devices, count = _devices(_several(gpu), gpus)
    return MemoryRequest(
        schemes=_several(scheme),
        context=context,
        batch=batch,
        kv_dtype=kv_dtype or "",
        value_dtype=v_dtype or "",
        engine=engine,
        encoder_context=encoder_context,
        shared_context=shared_context,
        windows=not full_windows,
        static=static_cache,
        unified=kv_unified,
        ubatch=ubatch,
        training=None if training is None else training_request(training, devices=count, **training_options),
        devices=devices,
        device_count=count,
        overhead_bytes=parse_size(overhead) if isinstance(overhead, str) else overhead,
        offload=offload,
        best=best or bool(devices and not scheme),
        without=frozenset(without),
        in_turn=in_turn,
        settings=settings if isinstance(settings, Mapping) else _pairs(settings),
    )


def training_request(
    method: str,
    *,
    devices: int = 1,
    precision: str | None = None,
    optimizer: str | None = None,
    rank: int = 16,
    lora_target: Sequence[str] = (),
    modules_to_save: Sequence[str] = (),
    adapter_dtype: str = "f32",
    checkpointing: bool = False,
    attention: Literal["flash", "eager"] = "flash",
    no_activations: bool = False,
    sharding: str = "none",
    tokens: str | int | None = None,
) -> TrainingRequest:
    """How to train; raises `UsageError` for a word that no table has."""
    for word, table in ((method, METHOD), (precision, PRECISION), (optimizer, OPTIMIZER), (sharding, SHARDING)):
        if word and word not in table:
            raise UsageError(f"{word!r} is no way to train.", hint=f"Known are {', '.join(table)}.")
    return TrainingRequest(
        method=method,
        precision=precision or "",
        optimizer=optimizer or "",
        rank=rank,
        targets=tuple(lora_target) or (ALL_LINEAR,),
        saved=tuple(modules_to_save),
        adapter_dtype=adapter_dtype,
        checkpointing="full" if checkpointing else "none",
        attention=attention,
        sharding=sharding,
        devices=devices,
        tokens=parse_count(tokens) if isinstance(tokens, str) else tokens,
        activations=not no_activations,
    )


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _pairs(given: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE pairs, the value as JSON where it is that."""
    settings: dict[str, Any] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise UsageError(f"{pair!r} is not KEY=VALUE.", hint="Write it like --set sliding_window=4096.")
        try:
            settings[key] = json.loads(value)
        except (ValueError, RecursionError):
            settings[key] = value
    return settings


def _devices(names: Sequence[str], count: int | None) -> tuple[tuple[Device, ...], int]:
    """The devices that were named, and how many of each; `4xH100` names both."""
    found: list[Device] = []
    for name in names:
        both = _TIMES.fullmatch(name.strip())
        if both is not None:
            count = count or int(both[1])
        found += _device(both[2] if both is not None else name)
    return tuple(dict.fromkeys(found)), max(count or 1, 1)


def _device(name: str) -> tuple[Device, ...]:
    """A size is that much memory; anything else is a name."""
    if _SIZE.fullmatch(name.strip()):
        return (Device(id="given", name=name, kind="memory", memory_bytes=parse_size(name), source="as given"),)
    rows = find_devices(name)
    if not rows:
        hint = "Write a size like 24GB, or see inspector memory --list-devices."
        raise UsageError(f"{name!r} is no known device.", hint=hint)
    return rows
