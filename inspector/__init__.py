"""inspector: what is inside a safetensors checkpoint, what it will cost, and whether to trust it.

Importing this package costs next to nothing: each public name is imported on its first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from inspector.errors import InspectorError as InspectorError
    from inspector.model import Checkpoint as Checkpoint
    from inspector.model import Shard as Shard
    from inspector.model import Tensor as Tensor

_HOMES: Final = {
    "Checkpoint": "inspector.model",
    "InspectorError": "inspector.errors",
    "Shard": "inspector.model",
    "Tensor": "inspector.model",
}

__all__ = ["Checkpoint", "InspectorError", "Shard", "Tensor", "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'inspector' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
