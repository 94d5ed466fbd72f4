"""Every family that tensors can show, in the order in which they are tried: the first that holds is the answer.

To add one: write a row (needs, lacks, widths) into the file of its kind, above every row whose conditions
it also meets, and a header of it into tests/knowledge/test_architectures.py.
"""

from typing import Final

from inspector.knowledge.architecture_row import Family, layout
from inspector.knowledge.architectures_adapters import ADAPTERS
from inspector.knowledge.architectures_diffusion import (
    AUTOENCODERS,
    CONTROL_NETWORKS,
    DIFFUSION_TRANSFORMERS,
    UNETS,
    UPSCALERS,
    VIDEO,
)
from inspector.knowledge.architectures_language import DECODERS, ENCODERS, SEQUENCE_TO_SEQUENCE
from inspector.knowledge.architectures_perception import AUDIO, IMAGE, VISION_LANGUAGE

STATES: Final = (
    Family(
        "optimizer-state",
        "Optimizer state",
        "optimizer",
        (layout("state/*/exp_avg state/*/exp_avg_sq"), layout("state/*/momentum_buffer"), layout("exp_avg exp_avg_sq")),
        "huggingface/lerobot, src/lerobot/optim/optimizers.py; torch, optim/adam.py",
    ),
)

FAMILIES: Final[tuple[Family, ...]] = (
    *STATES,
    *ADAPTERS,
    *CONTROL_NETWORKS,
    *UNETS,
    *DIFFUSION_TRANSFORMERS,
    *VIDEO,
    *VISION_LANGUAGE,
    *AUDIO,
    *DECODERS,
    *SEQUENCE_TO_SEQUENCE,
    *UPSCALERS,
    *IMAGE,
    *ENCODERS,
    *AUTOENCODERS,
)
