"""The options of a memory estimate as users write them, for the command line and for Python alike."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict, Unpack

from inspector.analyses.labelling import take_census
from inspector.analyses.memory.adapters import ALL_LINEAR
from inspector.analyses.memory.estimates import STORED, estimate_memory
from inspector.analyses.memory.report import MemoryReport, MemoryRequest
from inspector.analyses.memory.training import TrainingRequest
from inspector.analyses.projection import select_schemes
from inspector.errors import UsageError, nearest
from inspector.knowledge.devices import DEVICES, Device, find_devices
from inspector.knowledge.engines import ENGINE_IDS, find_engine
from inspector.knowledge.optimizers import METHOD, OPTIMIZER, PRECISION, SHARDING
from inspector.model import Checkpoint
from inspector.units import parse_count, parse_size

_SIZE: Final = re.compile(r"\d[\d.,_]*\s*[kMGTP]i?B", re.IGNORECASE)
_TIMES: Final = re.compile(r"(\d+)\s*[xX]\s*(\S.*)")


class MemoryOptions(TypedDict, total=False):
    """The options of `inspector memory`, with underscores. `settings` are the pairs of --set."""

    scheme: str | Sequence[str]
    context: int | None
    batch: int
    kv_dtype: str | None
    v_dtype: str | None
    engine: str
    encoder_context: int | None
    shared_context: bool
    full_windows: bool
    kv_unified: bool
    ubatch: int | None
    static_cache: bool
    overhead: str | int | None
    without: Iterable[str]
    in_turn: bool
    settings: Mapping[str, Any] | Sequence[str]
    gpu: str | Sequence[str]
    gpus: int | None
    offload: bool
    best: bool
    training: str | None
    precision: str | None
    optimizer: str | None
    rank: int
    lora_target: Sequence[str]
    modules_to_save: Sequence[str]
    adapter_dtype: str
    checkpointing: bool
    attention: Literal["flash", "eager"]
    no_activations: bool
    sharding: str
    tokens: str | int | None


def estimate_checkpoint(checkpoint: Checkpoint, **options: Unpack[MemoryOptions]) -> MemoryReport:
    """The estimate of a checkpoint whose census has not been taken."""
    return estimate_memory(checkpoint, take_census(checkpoint), memory_request(**options))


def memory_request(**options: Unpack[MemoryOptions]) -> MemoryRequest:
    """What the options ask for.

    Raises `UsageError` for a scheme, engine, device, size, pair or way to train that cannot be understood, `TypeError`
    for an option that does not exist.
    """
    if unknown := options.keys() - MemoryOptions.__annotations__.keys():
        raise TypeError(f"memory has no option {', '.join(sorted(unknown))}")
    engine = options.get("engine", "generic")
    if find_engine(engine) is None:
        raise UsageError(f"{engine!r} is no engine.", hint=nearest(engine, ENGINE_IDS))
    devices, count = _devices(_several(options.get("gpu", ())), options.get("gpus"))
    schemes, overhead = _several(options.get("scheme", ())), options.get("overhead")
    select_schemes(scheme for scheme in schemes if scheme != STORED)
    settings = options.get("settings", ())
    return MemoryRequest(
        schemes=schemes,
        context=options.get("context"),
        batch=options.get("batch", 1),
        kv_dtype=options.get("kv_dtype") or "",
        value_dtype=options.get("v_dtype") or "",
        engine=engine,
        encoder_context=options.get("encoder_context"),
        shared_context=options.get("shared_context", False),
        windows=not options.get("full_windows", False),
        static=options.get("static_cache", False),
        unified=options.get("kv_unified", False),
        ubatch=options.get("ubatch"),
        training=_training(options, count),
        devices=devices,
        device_count=count,
        overhead_bytes=parse_size(overhead) if isinstance(overhead, str) else overhead,
        offload=options.get("offload", False),
        best=options.get("best", False) or bool(devices and not schemes),
        without=frozenset(options.get("without", ())),
        in_turn=options.get("in_turn", False),
        settings=settings if isinstance(settings, Mapping) else _pairs(settings),
    )


def _training(options: MemoryOptions, devices: int) -> TrainingRequest | None:
    """How to train, None where only running is asked for; raises `UsageError` for a word that no table has."""
    method, precision = options.get("training"), options.get("precision")
    optimizer, sharding = options.get("optimizer"), options.get("sharding", "none")
    if method is None:
        return None
    for word, table in ((method, METHOD), (precision, PRECISION), (optimizer, OPTIMIZER), (sharding, SHARDING)):
        if word and word not in table:
            raise UsageError(f"{word!r} is no way to train.", hint=nearest(word, table))
    tokens = options.get("tokens")
    return TrainingRequest(
        method=method,
        precision=precision or "",
        optimizer=optimizer or "",
        rank=options.get("rank", 16),
        targets=tuple(options.get("lora_target", ())) or (ALL_LINEAR,),
        saved=tuple(options.get("modules_to_save", ())),
        adapter_dtype=options.get("adapter_dtype", "f32"),
        checkpointing="full" if options.get("checkpointing", False) else "none",
        attention=options.get("attention", "flash"),
        sharding=sharding,
        devices=devices,
        tokens=parse_count(tokens) if isinstance(tokens, str) else tokens,
        activations=not options.get("no_activations", False),
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
        listed = "Write a size like 24GB, or see inspector memory --list-devices."
        raise UsageError(f"{name!r} is no known device.", hint=nearest(name, (row.name for row in DEVICES), listed))
    return rows
