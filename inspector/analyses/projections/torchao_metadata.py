"""The text that torchao 0.18.0 writes into the metadata of a safetensors file: one JSON value for each tensor.

Read from torchao prototype/safetensors/safetensors_utils.py and compared with files that it wrote. The order of the
entries follows a hash map, their length does not.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspector.analyses.containers import json_bytes
from inspector.analyses.projections.layouts import TORCH_NAMES
from inspector.analyses.projections.plan import Row
from inspector.analyses.projections.weights import WeightSource

_PLAIN: Final = json.dumps({"_type": "Tensor"})

_DYNAMIC: Final = {
    "_type": "QuantizeTensorToInt8Kwargs",
    "_data": {
        "granularity": {"_type": "PerRow", "_data": {"dim": -1}},
        "mapping_type": {"_type": "MappingType", "_data": "SYMMETRIC"},
        "reduce_range": False,
    },
}
_KERNEL: Final = {"_type": "KernelPreference", "_data": "AUTO"}


def torchao_metadata_bytes(scheme_id: str, source: WeightSource, rows: Sequence[Row]) -> int:
    """Bytes of `"__metadata__":{…}` for these rows; every tensor of the model has an entry."""
    entries = len('"format":"pt"')
    names = total = 0
    for row in rows:
        if not row.runs:
            continue
        text = _tensor_text(scheme_id, row) if row.converted else _PLAIN
        name_bytes = json_bytes(source.names(row.weight))
        count = row.weight.count
        entries += name_bytes + count * len(f',"":{json.dumps(text)}')
        names += name_bytes
        total += count
    listed = len(',"tensor_names":"[]"') + names + total * len('\\"\\"') + max(total - 1, 0) * len(", ")
    return len('"__metadata__":{}') + entries + listed


def _tensor_text(scheme_id: str, row: Row) -> str:
    rows, cols = row.runs[0].form.shape[-2:]
    dtype = {"_type": "torch.dtype", "_data": TORCH_NAMES.get(row.weight.dtype, "bfloat16")}
    if scheme_id == "torchao/fp8wo":
        data: Mapping[str, Any] = {
            "block_size": [1, cols],
            "mm_config": None,
            "act_quant_kwargs": None,
            "kernel_preference": _KERNEL,
            "dtype": dtype,
        }
        return json.dumps({"_type": "Float8Tensor", "_data": data, "_tensor_data_names": ["qdata", "scale"]})
    dynamic = _DYNAMIC if scheme_id == "torchao/int8dyn" else None
    data = {"act_quant_kwargs": dynamic, "reduce_range": False, "block_size": [1, cols], "dtype": dtype}
    return json.dumps({"_type": "Int8Tensor", "_data": data, "_tensor_data_names": ["zero_point", "qdata", "scale"]})
