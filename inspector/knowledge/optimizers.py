"""Optimizers and precisions of training as rows: which buffers each keeps for a trained parameter."""

from typing import Final, Literal

from inspector.values import frozen


@frozen
class Optimizer:
    """State of one optimizer.

    `buffers` full-size buffers in the format that the optimizer steps in; `step_bytes` per trained tensor;
    `factored`: rows and columns of a matrix instead of one full buffer; `matrices_only`: nothing for other tensors;
    `block`: buffers of one byte with one f32 scale for so many elements, tensors below `small` elements in f32.
    `rule` is the multiple of the model that people use.
    """

    id: str
    name: str
    buffers: int
    step_bytes: int = 0
    factored: bool = False
    matrices_only: bool = False
    block: int = 0
    small: int = 0
    rule: int = 4
    source: str


_TORCH: Final = "torch 2.13.0 torch/optim, state measured"

OPTIMIZERS: Final = (
    Optimizer(id="adamw", name="AdamW", buffers=2, step_bytes=4, source=_TORCH),
    Optimizer(id="amsgrad", name="AdamW with amsgrad", buffers=3, step_bytes=4, rule=5, source=_TORCH),
    Optimizer(
        id="adamw8bit",
        name="8-bit AdamW",
        buffers=2,
        block=256,
        small=4096,
        rule=4,
        source="bitsandbytes optim/optimizer.py: blocks of 256, tensors below 4,096 elements stay 32-bit",
    ),
    Optimizer(id="sgd", name="SGD", buffers=0, rule=2, source=_TORCH),
    Optimizer(id="sgd-momentum", name="SGD with momentum", buffers=1, rule=3, source=_TORCH),
    Optimizer(id="adafactor", name="Adafactor", buffers=1, step_bytes=4, factored=True, rule=2, source=_TORCH),
    Optimizer(
        id="muon",
        name="Muon on hidden matrices",
        buffers=1,
        matrices_only=True,
        rule=3,
        source="torch 2.13.0 torch.optim.Muon, state measured: one buffer for each 2-D hidden matrix",
    ),
    Optimizer(id="lion", name="Lion", buffers=1, rule=3, source="arXiv 2302.06675"),
)

OPTIMIZER: Final = {row.id: row for row in OPTIMIZERS}


@frozen
class Precision:
    """Bytes of weights, gradients and master weights of a trained parameter; the optimizer steps in `step_bytes`."""

    id: str
    weight_bytes: int
    gradient_bytes: int
    master_bytes: int
    step_bytes: int
    name: str
    source: str


_ZERO: Final = "ZeRO, arXiv 1910.02054, section 3.1; state measured"

PRECISIONS: Final = (
    Precision(
        id="fp32", weight_bytes=4, gradient_bytes=4, master_bytes=0, step_bytes=4, name="all in 32-bit", source=_TORCH
    ),
    Precision(
        id="autocast",
        weight_bytes=4,
        gradient_bytes=4,
        master_bytes=0,
        step_bytes=4,
        name="32-bit weights, 16-bit arithmetic by autocast",
        source=_TORCH,
    ),
    Precision(
        id="bf16", weight_bytes=2, gradient_bytes=2, master_bytes=0, step_bytes=2, name="all in 16-bit", source=_TORCH
    ),
    Precision(
        id="mixed",
        weight_bytes=2,
        gradient_bytes=2,
        master_bytes=4,
        step_bytes=4,
        name="16-bit weights and gradients, 32-bit master weights",
        source=_ZERO,
    ),
    Precision(
        id="mixed-f32-grads",
        weight_bytes=2,
        gradient_bytes=4,
        master_bytes=4,
        step_bytes=4,
        name="16-bit weights, 32-bit gradients and master weights",
        source=_ZERO,
    ),
    Precision(
        id="mixed-both-grads",
        weight_bytes=2,
        gradient_bytes=6,
        master_bytes=4,
        step_bytes=4,
        name="16-bit weights, 16-bit and 32-bit gradients alive, 32-bit master weights",
        source=_ZERO,
    ),
)

PRECISION: Final = {row.id: row for row in PRECISIONS}

Adapter = Literal["", "lora", "dora"]


@frozen
class Method:
    """A value of --training: an optimizer over all weights, or adapters over a frozen base (stored or quantised)."""

    id: str
    optimizer: str
    adapter: Adapter = ""
    base_scheme: str = ""
    summary: str
    source: str


METHODS: Final = (
    *(Method(id=row.id, optimizer=row.id, summary=f"all weights, {row.name}", source=row.source) for row in OPTIMIZERS),
    Method(
        id="lora",
        optimizer="adamw",
        adapter="lora",
        summary="frozen base as stored, low-rank adapters",
        source="peft 0.21.2, state measured",
    ),
    Method(
        id="dora",
        optimizer="adamw",
        adapter="dora",
        summary="LoRA with a magnitude vector for each target",
        source="peft 0.21.2, state measured",
    ),
    Method(
        id="qlora",
        optimizer="adamw",
        adapter="lora",
        base_scheme="bnb/nf4-dq",
        summary="frozen base in NF4 with double quantisation, low-rank adapters",
        source="QLoRA, arXiv 2305.14314",
    ),
)

METHOD: Final = {row.id: row for row in METHODS}


@frozen
class Sharding:
    """What a data-parallel scheme divides by the number of devices."""

    id: str
    optimizer: bool
    gradients: bool
    weights: bool
    source: str = _ZERO


SHARDINGS: Final = (
    Sharding(id="none", optimizer=False, gradients=False, weights=False),
    Sharding(id="zero1", optimizer=True, gradients=False, weights=False),
    Sharding(id="zero2", optimizer=True, gradients=True, weights=False),
    Sharding(id="zero3", optimizer=True, gradients=True, weights=True),
    Sharding(id="fsdp", optimizer=True, gradients=True, weights=True, source="PyTorch FSDP full_shard"),
)

SHARDING: Final = {row.id: row for row in SHARDINGS}
