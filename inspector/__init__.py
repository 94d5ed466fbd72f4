"""inspector: what is inside a safetensors checkpoint, what it will cost, and whether to trust it.

Importing this package costs next to nothing: each public name is imported on its first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from inspector.api import audit as audit
    from inspector.api import diff as diff
    from inspector.api import inspect as inspect
    from inspector.api import memory as memory
    from inspector.api import open as open
    from inspector.api import project as project
    from inspector.errors import InspectorError as InspectorError
    from inspector.model import Checkpoint as Checkpoint
    from inspector.model import Shard as Shard
    from inspector.model import Tensor as Tensor
    from inspector.readers.header import read_header as read_header

_HOMES: Final = {
    "Checkpoint": "inspector.model",
    "InspectorError": "inspector.errors",
    "Shard": "inspector.model",
    "Tensor": "inspector.model",
    "audit": "inspector.api",
    "diff": "inspector.api",
    "inspect": "inspector.api",
    "memory": "inspector.api",
    "open": "inspector.api",
    "project": "inspector.api",
    "read_header": "inspector.readers.header",
}

__all__ = [
    "Checkpoint",
    "InspectorError",
    "Shard",
    "Tensor",
    "__version__",
    "audit",
    "diff",
    "inspect",
    "memory",
    "open",
    "project",
    "read_header",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'inspector' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
