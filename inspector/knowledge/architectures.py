"""Every family that tensors can show, in groups; within a group the first row that holds is the answer.

A group is loaded when it is looked at. To add a family: write a row (needs, lacks, widths) into the file of its group,
above every row whose conditions it also meets; tests/knowledge/test_architectures.py finds rows that are hidden.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from inspector.knowledge.architecture_row import Family, layout

if TYPE_CHECKING:
    from inspector.knowledge.architecture_variants import Variant

Group = Callable[[], tuple[Family, ...]]

STATES: Final = (
    Family(
        "optimizer-state",
        "Optimizer state",
        "optimizer",
        (layout("state/*/exp_avg state/*/exp_avg_sq"), layout("state/*/momentum_buffer"), layout("exp_avg exp_avg_sq")),
        "huggingface/lerobot, src/lerobot/optim/optimizers.py; torch, optim/adam.py",
    ),
)


def beside() -> tuple[Family, ...]:
    """What is no model of its own: optimizer states, adapters."""
    from inspector.knowledge.architectures_adapters import ADAPTERS

    return (*STATES, *ADAPTERS)


def images() -> tuple[Family, ...]:
    """What makes images, video or sound by diffusion, and what serves it."""
    from inspector.knowledge import architectures_diffusion as rows

    return (
        *rows.CONTROL_NETWORKS,
        *rows.UNETS,
        *rows.DIFFUSION_TRANSFORMERS,
        *rows.VIDEO,
        *rows.UPSCALERS,
        *rows.AUTOENCODERS,
    )


def senses() -> tuple[Family, ...]:
    """What sees or hears."""
    from inspector.knowledge import architectures_perception as rows

    return (*rows.VISION_LANGUAGE, *rows.AUDIO, *rows.IMAGE)


def text() -> tuple[Family, ...]:
    """What reads or writes."""
    from inspector.knowledge import architectures_language as rows

    return (*rows.SPEAKERS, *rows.DECODERS, *rows.SEQUENCE_TO_SEQUENCE, *rows.ENCODERS)


_TEXT_KINDS: Final = frozenset(("causal-lm", "encoder-decoder", "text-encoder"))
_SENSE_KINDS: Final = frozenset(
    ("vision-language", "audio-language", "speech", "codec", "image-encoder", "image-classification", "other")
)


def groups_for(kind: str, patterns: int) -> tuple[Group, ...]:
    """The groups in the order in which a set of this kind is looked up in them.

    A set of one or two name patterns that is of no kind is looked up among adapters alone.
    """
    if kind in _TEXT_KINDS:
        return (text, senses, images, beside)
    if kind in _SENSE_KINDS:
        return (senses, text, images, beside)
    return (beside,) if kind == "unknown" and patterns < 3 else (beside, images, senses, text)


def variants_in(group: Group) -> "tuple[Variant, ...]":
    """The variants of a group's families; what reads or writes has none."""
    if group not in (images, senses):
        return ()
    from inspector.knowledge.architecture_variants import VARIANTS

    return VARIANTS


def all_families() -> Iterator[Family]:
    """Every row of every group."""
    for group in (beside, images, senses, text):
        yield from group()


def families_of(id: str) -> Iterator[Family]:
    """The rows with this id: one for each kind of model that goes by it."""
    return (family for family in all_families() if family.id == id)
