"""Memory of one checkpoint, to run or to train it: the estimates, where they fit, and what is not known."""

from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import Census
from inspector.analyses.memory.attention import CacheLayout
from inspector.analyses.memory.cache_values import CacheRequest
from inspector.analyses.memory.decoder import Decoder, find_decoder
from inspector.analyses.memory.fit import Fit, Load, Offload, fit, offload
from inspector.analyses.memory.inference import (
    OVERHEAD_BYTES,
    Weights,
    cache_parts,
    overhead_part,
    priced_cache,
    step_parts,
    stored_weights,
    weight_parts,
)
from inspector.analyses.memory.kept_layout import kept_layout
from inspector.analyses.memory.kv_cache import as_engine_reads, reserved_size
from inspector.analyses.memory.layer_weights import layer_weights
from inspector.analyses.memory.parts import total
from inspector.analyses.memory.report import BestScheme, Estimate, MemoryReport, MemoryRequest
from inspector.analyses.memory.training import TrainingRequest, TrainingState, training_state
from inspector.analyses.projection import overview_projections, project
from inspector.analyses.projections.values import Projection
from inspector.analyses.recognition.active import active_params
from inspector.analyses.recognition.architecture import Architecture, recognise
from inspector.errors import UsageError, nearest
from inspector.knowledge.cache_types import CACHE_TYPE
from inspector.knowledge.config_keys import KEYS_OF
from inspector.knowledge.devices import DEVICES, Device
from inspector.knowledge.engines import ENGINE_IDS, Engine, find_engine
from inspector.knowledge.optimizers import METHOD
from inspector.model import Checkpoint
from inspector.units import ceil_div
from inspector.values import frozen, replace

STORED: Final = "stored"
#: Tokens of context where none are asked for and the model does not stop earlier.
DEFAULT_CONTEXT: Final = 8192


@frozen
class _Model:
    """A checkpoint as this analysis sees it; `layout` is None for a model that keeps no cache."""

    checkpoint: Checkpoint
    census: Census
    architecture: Architecture
    decoder: Decoder
    layout: CacheLayout | None
    engine: Engine
    cache: CacheRequest
    overhead: int


def estimate_memory(checkpoint: Checkpoint, census: Census, request: MemoryRequest) -> MemoryReport:
    """All that was asked. Raises `UsageError` for an engine, cache type, scheme or method that is not known."""
    model = _model(checkpoint, census, request)
    active = active_params(census, model.architecture)
    if request.training is not None:
        estimates, refused = _train(model, request, request.training)
    else:
        estimates, refused = _infer(model, request)
    return MemoryReport(
        checkpoint=checkpoint,
        architecture=model.architecture,
        engine=model.engine,
        request=model.cache,
        params=sum(label.logical.params for label in census.labels),
        active_params=None if active is None else active.params,
        max_context=model.layout.max_context if model.layout is not None else None,
        generates=model.layout is not None,
        estimates=estimates,
        best=_best(model, request) if request.best and request.training is None else (),
        best_asked=request.best and request.training is None,
        not_offered=refused,
        assumptions=(*_assumptions(model, request), *_left_out(model, request, estimates)),
    )


def _model(checkpoint: Checkpoint, census: Census, request: MemoryRequest) -> _Model:
    engine = find_engine(request.engine)
    if engine is None:
        raise UsageError(f"{request.engine!r} is no engine.", hint=nearest(request.engine, ENGINE_IDS))
    architecture = recognise(checkpoint, census)
    decoder = _decoder(census, architecture, request)
    layout = kept_layout(architecture, census, as_engine_reads(decoder, engine))
    overhead = OVERHEAD_BYTES if request.overhead_bytes is None else request.overhead_bytes
    cache = _cache_request(census, layout, request)
    return _Model(
        checkpoint=checkpoint,
        census=census,
        architecture=architecture,
        decoder=decoder,
        layout=layout,
        engine=engine,
        cache=cache,
        overhead=overhead,
    )


def _decoder(census: Census, architecture: Architecture, request: MemoryRequest) -> Decoder:
    main = next((one for one in census.sets if one.weights.path == architecture.main), None)
    sets = (main,) if main is not None else census.sets
    config = main.context.config if main is not None else {}
    found = find_decoder(Census(sets=sets), config)
    known = architecture.id != "unknown" and not found.model_type
    family = {"model_type": architecture.id.replace("-", "_")} if known else {}
    return replace(found, config={**found.config, **_deduced(found, architecture), **family, **request.settings})


def _deduced(decoder: Decoder, architecture: Architecture) -> dict[str, int]:
    """Numbers that the configuration lacks and the shapes tell, under the first of their keys."""
    seen = architecture.hyperparameters
    numbers = {
        "hidden": seen.hidden,
        "intermediate": seen.intermediate,
        "vocabulary": seen.vocabulary,
        "heads": seen.heads,
        "kv_heads": seen.kv_heads,
        "head_dim": seen.head_dim,
    }
    missing = {name: known.value for name, known in numbers.items() if known and decoder.number(name) is None}
    return {KEYS_OF[name][0]: value for name, value in missing.items()}


def _cache_request(census: Census, layout: CacheLayout | None, request: MemoryRequest) -> CacheRequest:
    dtype = request.kv_dtype or _sixteen_bit_type(census)
    for name in (dtype, request.value_dtype or dtype):
        if name not in CACHE_TYPE:
            raise UsageError(f"{name!r} is no cache type.", hint=nearest(name, CACHE_TYPE))
    limit = layout.max_context if layout is not None else None
    default = min(limit or DEFAULT_CONTEXT, DEFAULT_CONTEXT) if request.training is None else request.training.context
    context = request.context or default
    plain = CacheRequest(
        context=context,
        batch=request.batch,
        kv_dtype=dtype,
        value_dtype=request.value_dtype,
        model_dtype=_sixteen_bit_type(census),
        encoder_context=request.encoder_context,
        shared_context=request.shared_context,
        windows=request.windows,
        static=request.static,
        unified=request.unified,
    )
    return plain if request.ubatch is None else replace(plain, ubatch=request.ubatch)


def _sixteen_bit_type(census: Census) -> str:
    """The 16-bit type of the model: f16 where it stores that and no bf16."""
    dtypes = {label.group.form.dtype for label in census.labels}
    return "f16" if "F16" in dtypes and "BF16" not in dtypes else "bf16"


# inference


def _infer(model: _Model, request: MemoryRequest) -> tuple[tuple[Estimate, ...], tuple[tuple[str, str], ...]]:
    if not request.schemes:
        return (_inference(model, request, stored_weights(model.census)),), ()
    estimates = [_inference(model, request, stored_weights(model.census))] if STORED in request.schemes else []
    wanted = [scheme for scheme in request.schemes if scheme != STORED]
    found = project(model.checkpoint, model.census, wanted) if wanted else None
    if found is not None:
        estimates += [_inference(model, request, _projected(row)) for row in found.projections]
    refused = tuple((row.scheme, row.reason) for row in found.not_offered) if found is not None else ()
    return tuple(estimates), refused


def _projected(row: Projection) -> Weights:
    return Weights(
        components=row.components,
        scheme=row.scheme,
        formula=f"its tensors under {row.scheme} ({row.basis})",
        source=f"projection {row.scheme}",
    )


def _load(model: _Model, request: MemoryRequest, weights: Weights) -> Load:
    return Load(
        weights=weight_parts(weights, without=request.without, in_turn=request.in_turn),
        decoder=model.decoder,
        layout=model.layout,
        engine=model.engine,
        request=model.cache,
        overhead_bytes=model.overhead,
        overhead_assumed=request.overhead_bytes is None,
    )


def _inference(model: _Model, request: MemoryRequest, weights: Weights) -> Estimate:
    load = _load(model, request, weights)
    cache = priced_cache(model.layout, model.engine, model.cache)
    step, missing = step_parts(model.decoder, model.layout, model.engine, model.cache)
    parts = (
        *load.weights,
        *cache_parts(cache, model.engine),
        *step,
        overhead_part(model.overhead, assumed=load.overhead_assumed),
    )
    return Estimate(
        purpose="inference",
        scheme=weights.scheme,
        parts=parts,
        rule_of_thumb_bytes=ceil_div(total(load.weights) * 5, 4),
        rule_of_thumb="weights x 1.25",
        kv_cache_reserved_bytes=_reserved(model) if not cache.gaps else None,
        fits=tuple(fit(load, device, request.device_count) for device in request.devices or DEVICES),
        offload=_offloads(load, model, request, weights) if request.offload else (),
        gaps=(*cache.gaps, *missing),
    )


def _reserved(model: _Model) -> int:
    return 0 if model.layout is None else reserved_size(model.layout, model.engine, model.cache).kv_bytes


def _offloads(load: Load, model: _Model, request: MemoryRequest, weights: Weights) -> tuple[Offload, ...]:
    layers = layer_weights(model.census, model.architecture.main, weights.components.get("transformer", 0))
    return tuple(offload(load, device, layers) for device in request.devices or DEVICES)


def _best(model: _Model, request: MemoryRequest) -> tuple[BestScheme, ...]:
    """For each device the widest of the usual schemes that fits, weights as stored included."""
    stored = stored_weights(model.census)
    choices = [(stored.bytes, stored)]
    choices += [
        (row.projected_bytes, _projected(row))
        for row in overview_projections(model.census, model.checkpoint)
        if not row.scheme.startswith("ideal/")
    ]
    choices = [choice for choice in choices if choice[0] <= stored.bytes]
    choices.sort(key=lambda choice: (-choice[0], choice[1].scheme))
    found = (_first_fit(model, request, device, choices) for device in request.devices or DEVICES)
    return tuple(one for one in found if one is not None)


def _first_fit(
    model: _Model, request: MemoryRequest, device: Device, choices: Sequence[tuple[int, Weights]]
) -> BestScheme | None:
    for size, weights in choices:
        found = fit(_load(model, request, weights), device, request.device_count)
        if found.fits:
            return BestScheme(scheme=weights.scheme, projected_bytes=size, fit=found)
    return None


# training


def _train(
    model: _Model, request: MemoryRequest, training: TrainingRequest
) -> tuple[tuple[Estimate, ...], tuple[tuple[str, str], ...]]:
    if training.method not in METHOD:
        raise UsageError(f"{training.method!r} is no way to train.", hint=f"Known are {', '.join(METHOD)}.")
    scheme = METHOD[training.method].base_scheme
    base: int | None = None
    if scheme:
        found = project(model.checkpoint, model.census, [scheme])
        if not found.projections:
            return (), tuple((row.scheme, row.reason) for row in found.not_offered)
        base = sum(found.projections[0].components.values())
    wanted = replace(training, context=request.context or training.context, batch=request.batch)
    state = training_state(model.census, model.decoder, wanted, base_bytes=base)
    return (_training_estimate(model, request, wanted, state),), ()


def _training_estimate(
    model: _Model, request: MemoryRequest, training: TrainingRequest, state: TrainingState
) -> Estimate:
    parts = (*state.parts, overhead_part(model.overhead, assumed=request.overhead_bytes is None))
    needed = total(parts)
    known = not state.gaps
    devices = training.devices
    return Estimate(
        purpose="training",
        scheme=f"{training.method} {state.precision}" if not METHOD[training.method].adapter else training.method,
        parts=parts,
        rule_of_thumb_bytes=state.rule_of_thumb_bytes,
        rule_of_thumb=f"{state.rule_of_thumb} x the model",
        fits=tuple(_plain_fit(device, devices, needed, known) for device in request.devices or DEVICES),
        gaps=state.gaps,
        trained_params=state.trained_params,
        flops=state.flops,
    )


def _plain_fit(device: Device, devices: int, needed: int, known: bool) -> Fit:
    enough = needed <= device.usable_bytes
    return Fit(
        device=device.name,
        devices=devices,
        usable_bytes=device.usable_bytes,
        needed_bytes=needed,
        fits=enough if known or not enough else None,
    )


def _assumptions(model: _Model, request: MemoryRequest) -> tuple[str, ...]:
    lines = []
    if request.context is None and request.training is None and model.layout is not None:
        lines.append(f"context of {model.cache.context:,} tokens; --context sets it")
    limit = model.layout.max_context if model.layout is not None else None
    if limit and model.cache.context > limit:
        lines.append(f"{model.cache.context:,} tokens are more than the {limit:,} that the model states")
    if request.overhead_bytes is None:
        lines.append(f"{model.overhead:,} bytes for the runtime; --overhead sets them")
    if model.layout is not None and not model.decoder.root and not model.layout.gaps:
        lines.append("no configuration: every layer is taken to attend to all tokens; --set sliding_window=N")
    if model.layout is not None and any(row.cross for row in model.layout.rows) and request.encoder_context is None:
        lines.append(
            "encoder tokens: the encoder's own maximum, else as many as the context; --encoder-context sets them"
        )
    if request.in_turn:
        lines.append("only the largest component is on the device, the others wait in host memory")
    if any(label.role.component == "mtp" for label in model.census.labels) and "mtp" not in request.without:
        lines.append("the weights of multi-token prediction are counted; --without mtp leaves them out")
    if request.device_count > 1:
        lines.append(f"tensor parallel over {request.device_count} devices; the figures are those of the fullest one")
    return tuple(lines)


def _left_out(model: _Model, request: MemoryRequest, estimates: Sequence[Estimate]) -> tuple[str, ...]:
    """A remark for each scheme whose file does not hold every component, such as a vision tower in a file apart."""
    if request.in_turn:
        return ()
    components = stored_weights(model.census).components
    stored = {name for name, size in components.items() if size} - request.without - {"buffer"}
    held = {
        one.scheme: {part.component for part in one.parts if part.label == "weights"}
        for one in estimates
        if one.purpose == "inference"
    }
    missing = {scheme: sorted(stored - names) for scheme, names in held.items() if names and scheme != STORED}
    return tuple(f"not in the file of {scheme}, and not counted: {', '.join(m)}" for scheme, m in missing.items() if m)
