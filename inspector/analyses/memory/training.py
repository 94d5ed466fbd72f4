"""What training takes: weights, gradients, optimizer, master weights and activations, each with formula and source.

State is exact for the tensors as stored; every figure is for one device after the sharding that was asked for.
"""

import re
from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import Census, LabelledGroup
from inspector.analyses.memory.activations import Attention, Checkpointing, block_shape, saved_activations
from inspector.analyses.memory.adapters import ALL_LINEAR, Adapters, count_adapters
from inspector.analyses.memory.attention import Gap
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.memory.parts import Label, Part
from inspector.dtypes import BITS
from inspector.knowledge.optimizers import METHOD, OPTIMIZER, PRECISION, SHARDING, Method, Optimizer, Precision
from inspector.units import ceil_div
from inspector.values import field, frozen

_GATE: Final = re.compile(r"gate_proj|gate_up_proj|gate_and_up|\.w3\.|linear_v|wi_1")
_PEFT: Final = "peft 0.21.2: adapters are 32-bit unless told otherwise"


@frozen
class TrainingRequest:
    """How to train. `precision` "" follows the weights: mixed for 16-bit ones, fp32 for 32-bit ones.

    `adapter_dtype` is f32 or bf16; `optimizer` "" is the method's own; `tokens` counts training tokens for the compute.
    """

    method: str = "adamw"
    precision: str = ""
    optimizer: str = ""
    context: int = 2048
    batch: int = 1
    rank: int = 16
    targets: tuple[str, ...] = (ALL_LINEAR,)
    saved: tuple[str, ...] = ()
    adapter_dtype: str = "f32"
    checkpointing: Checkpointing = "none"
    attention: Attention = "flash"
    sharding: str = "none"
    devices: int = 1
    tokens: int | None = None
    activations: bool = True


@frozen
class TensorCount:
    """A group of trained tensors: one logical shape, how many of them, and whether Muon takes them."""

    shape: tuple[int, ...]
    tensors: int
    hidden_matrix: bool

    @property
    def elements(self) -> int:
        product = 1
        for dim in self.shape:
            product *= dim
        return product


@frozen
class TrainingState:
    """The parts of a training run on one device; `trained_params` of `params`.

    `rule_of_thumb` is the multiple of the model that people use.
    """

    parts: tuple[Part, ...]
    params: int
    trained_params: int
    rule_of_thumb: int
    rule_of_thumb_bytes: int
    precision: str
    flops: int | None = None
    gaps: tuple[Gap, ...] = field(default=())


def trained_tensors(census: Census) -> tuple[TensorCount, ...]:
    """The logical weights of a checkpoint, buffers and quantisation side-data left out."""
    return tuple(
        TensorCount(shape=label.logical.shape, tensors=_count(label), hidden_matrix=_is_hidden_matrix(label))
        for label in census.labels
        if label.logical.kind == "parameter" and label.logical.params
    )


def _count(label: LabelledGroup) -> int:
    elements = TensorCount(shape=label.logical.shape, tensors=1, hidden_matrix=False).elements
    return max(label.logical.params // elements, 1) if elements else 0


def _is_hidden_matrix(label: LabelledGroup) -> bool:
    return len(label.logical.shape) == 2 and label.role.component not in ("embedding", "head")


def default_precision(census: Census) -> str:
    """`mixed` where most stored parameters are 16-bit or narrower, `fp32` where they are 32-bit."""
    wide = narrow = 0
    for label in census.labels:
        if label.logical.params:
            if BITS[label.group.form.dtype] >= 32 and not label.logical.packing:
                wide += label.logical.params
            else:
                narrow += label.logical.params
    return "fp32" if wide > narrow else "mixed"


def training_state(
    census: Census, decoder: Decoder, request: TrainingRequest, *, base_bytes: int | None = None
) -> TrainingState:
    """All parts of one run; `base_bytes` are those of a quantised base under a projected scheme."""
    method = METHOD[request.method]
    precision = PRECISION[request.precision or default_precision(census)]
    optimizer = OPTIMIZER[request.optimizer or method.optimizer]
    params = sum(label.logical.params for label in census.labels)
    if method.adapter:
        parts, trained, gaps = _adapter_parts(census, request, method, optimizer, base_bytes)
    else:
        counts = trained_tensors(census)
        parts, trained, gaps = _full_parts(counts, precision, optimizer), params, []
    parts = [_divided(part, request) for part in parts if part.bytes]
    saved, missing = _activation_parts(census, decoder, request, precision)
    stored = 4 if (request.precision or default_precision(census)) == "fp32" else 2
    return TrainingState(
        parts=(*parts, *saved),
        params=params,
        trained_params=trained,
        rule_of_thumb=optimizer.rule,
        rule_of_thumb_bytes=optimizer.rule * params * stored,
        precision=precision.id,
        flops=None if request.tokens is None else 6 * params * request.tokens,
        gaps=(*gaps, *missing),
    )


def _full_parts(counts: Sequence[TensorCount], precision: Precision, optimizer: Optimizer) -> list[Part]:
    params = sum(count.elements * count.tensors for count in counts)
    parts = [
        _per_param("weights", params, precision.weight_bytes, precision.source),
        _per_param("gradients", params, precision.gradient_bytes, precision.source),
        _per_param("master_weights", params, precision.master_bytes, precision.source),
    ]
    return parts + optimizer_parts(counts, optimizer, precision.step_bytes)


def _per_param(label: Label, params: int, width: int, source: str, component: str = "transformer") -> Part:
    formula = f"{params} parameters x {width}"
    return Part(label=label, component=component, bytes=params * width, formula=formula, source=source)


def optimizer_parts(counts: Sequence[TensorCount], optimizer: Optimizer, width: int, what: str = "all") -> list[Part]:
    """The optimizer's buffers in elements of `width` bytes, and its step counters."""
    chosen = [count for count in counts if count.hidden_matrix or not optimizer.matrices_only]
    params = sum(count.elements * count.tensors for count in chosen)
    if optimizer.factored:
        size, words = _factored(chosen)
    elif optimizer.block:
        size, words = _blockwise(chosen, optimizer)
    else:
        size, words = params * width * optimizer.buffers, f"{params} parameters x {optimizer.buffers} buffers x {width}"
    tensors = sum(count.tensors for count in chosen)
    steps = tensors * optimizer.step_bytes
    formula = f"{words} + {tensors} tensors x {optimizer.step_bytes} step" if steps else words
    component = "adapter" if what == "adapter" else "transformer"
    return [Part(label="optimizer", component=component, bytes=size + steps, formula=formula, source=optimizer.source)]


def _factored(counts: Sequence[TensorCount]) -> tuple[int, str]:
    vectors = full = 0
    for count in counts:
        if len(count.shape) > 1:
            leading = count.elements // (count.shape[-1] * count.shape[-2]) if count.elements else 0
            vectors += count.tensors * leading * (count.shape[-1] + count.shape[-2])
        else:
            full += count.tensors * count.elements
    return 4 * (vectors + full), f"4 x ({vectors} rows and columns of matrices + {full} elements of vectors)"


def _blockwise(counts: Sequence[TensorCount], optimizer: Optimizer) -> tuple[int, str]:
    size = 0
    for count in counts:
        blocks = ceil_div(count.elements, optimizer.block)
        small = count.elements < optimizer.small
        each = 4 * count.elements if small else count.elements + 4 * blocks
        size += optimizer.buffers * count.tensors * each
    params = sum(count.elements * count.tensors for count in counts)
    words = f"{params} parameters x {optimizer.buffers} buffers x 1 + one f32 scale per {optimizer.block}"
    return size, f"{words}; tensors below {optimizer.small} elements x 4"


def _adapter_parts(
    census: Census, request: TrainingRequest, method: Method, optimizer: Optimizer, base_bytes: int | None
) -> tuple[list[Part], int, list[Gap]]:
    adapters = count_adapters(
        census,
        rank=request.rank,
        targets=request.targets,
        magnitudes=method.adapter == "dora",
        saved=request.saved,
    )
    stored = sum(label.group.stored_bytes for label in census.labels)
    base = stored if base_bytes is None else base_bytes
    formula = f"frozen base as stored, {stored} bytes" if base_bytes is None else f"frozen base as {method.base_scheme}"
    parts = [Part(label="weights", component="transformer", bytes=base, formula=formula, source="headers of the files")]
    parts += _adapter_state(adapters, optimizer, 4 if request.adapter_dtype == "f32" else 2)
    parts += _saved_state(adapters, optimizer, census, request.saved)
    gaps = [
        Gap(subject=f"adapters on {name!r}", reason="no such linear layer in the weights", flag="--lora-target NAME")
        for name in adapters.unmatched
    ]
    return parts, adapters.params + adapters.saved_params, gaps


def _adapter_state(adapters: Adapters, optimizer: Optimizer, width: int) -> list[Part]:
    params, words = adapters.params, f"{adapters.modules} layers, rank {adapters.rank} x (in + out)"
    rows: list[tuple[Label, int]] = [("weights", 1), ("gradients", 1), ("optimizer", optimizer.buffers)]
    parts = []
    for label, times in rows:
        steps = adapters.tensors * optimizer.step_bytes if label == "optimizer" else 0
        formula = f"{params} adapter parameters ({words}) x {times * width}"
        formula += f" + {adapters.tensors} tensors x {optimizer.step_bytes} step" if steps else ""
        size = params * times * width + steps
        parts.append(Part(label=label, component="adapter", bytes=size, formula=formula, source=_PEFT))
    return parts


def _saved_state(adapters: Adapters, optimizer: Optimizer, census: Census, saved: Sequence[str]) -> list[Part]:
    """Modules trained whole: a second copy in the base's format, with gradients and moments in that format."""
    if not adapters.saved_params:
        return []
    width = 4 if default_precision(census) == "fp32" else 2
    params, steps = adapters.saved_params, adapters.saved_tensors * optimizer.step_bytes
    words, source = f"{params} parameters of {', '.join(saved)}", "peft 0.21.2 modules_to_save"
    moments = params * width * optimizer.buffers + steps
    rows: list[tuple[Label, int, str]] = [
        ("weights", params * width, f"{words} x {width}, second copy"),
        ("gradients", params * width, f"{words} x {width}"),
        ("optimizer", moments, f"{words} x {width * optimizer.buffers} + {steps} steps"),
    ]
    return [
        Part(label=label, component="adapter", bytes=size, formula=form, source=source) for label, size, form in rows
    ]


def _divided(part: Part, request: TrainingRequest) -> Part:
    """The share of one device under the sharding."""
    sharding = SHARDING[request.sharding]
    divides = {
        "optimizer": sharding.optimizer,
        "master_weights": sharding.optimizer,
        "gradients": sharding.gradients,
        "weights": sharding.weights,
    }
    if request.devices < 2 or not divides.get(part.label, False):
        return part
    return Part(
        label=part.label,
        component=part.component,
        bytes=ceil_div(part.bytes, request.devices),
        formula=f"({part.formula}) / {request.devices} devices ({sharding.id})",
        source=f"{part.source}; {sharding.source}",
    )


def _activation_parts(
    census: Census, decoder: Decoder, request: TrainingRequest, precision: Precision
) -> tuple[list[Part], list[Gap]]:
    if not request.activations:
        return [], []
    shape = block_shape(decoder, gated=_is_gated(census))
    if shape is None:
        reason = "no formula for this block: mixture, latent attention, encoder-decoder, or no configuration"
        return [], [Gap(subject="activations", reason=reason)]
    saved = saved_activations(
        shape,
        tokens=request.context,
        batch=request.batch,
        element_bytes=4 if precision.id == "fp32" else 2,
        attention=request.attention,
        checkpointing=request.checkpointing,
    )
    formula = f"{saved.formula}; {request.attention} attention, checkpointing {request.checkpointing}"
    parts = [
        Part(label="activations", component="transformer", bytes=saved.bytes, formula=formula, source=saved.source)
    ]
    if precision.id == "autocast":
        parts.append(_cast_weights(census))
    return parts, []


def _cast_weights(census: Census) -> Part:
    """The 16-bit copies of linear weights that autocast keeps for the backward pass."""
    linear = sum(label.logical.params for label in census.labels if len(label.logical.shape) == 2)
    return Part(
        label="activations",
        component="transformer",
        bytes=2 * linear,
        formula=f"{linear} parameters of matrices x 2, cast by autocast",
        source="read off one measured run, which held some 10 % more: an estimate",
    )


def _is_gated(census: Census) -> bool:
    """Whether the MLPs have a gate beside the up projection."""
    return any(_GATE.search(label.logical.weight) for label in census.labels)
