"""The text that torchao 0.18.0 writes into the metadata of a safetensors file: one JSON value for each tensor.

Read from torchao prototype/safetensors/safetensors_utils.py and compared with files that it wrote. The order of the
entries follows a hash map, their length does not.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspector.analyses.projections.experts import fused_run, internal_stems, is_fusible
from inspector.analyses.projections.layouts import TORCH_NAMES
from inspector.analyses.projections.modules import Module
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


def torchao_metadata_bytes(scheme_id: str, source: WeightSource, rows: Sequence[Row], modules: Sequence[Module]) -> int:
    """Bytes of `"__metadata__":{…}` for these rows; every tensor of the model in memory has an entry."""
    entries = len('"format":"pt"')
    names = total = 0
    for row, module in zip(rows, modules, strict=True):
        if row.is_dropped:
            continue
        name_bytes, count = _names_in_memory(source, module)
        text = _tensor_text(scheme_id, row) if row.converted else _PLAIN
        entries += name_bytes + count * len(f',"":{json.dumps(text)}')
        names += name_bytes
        total += count
    if is_tied(source):
        head = "proj_out.weight" if source.model_type == "whisper" else "lm_head.weight"
        entries += len(f',"{head}":{json.dumps(_PLAIN)}')
        names, total = names + len(head), total + 1
    listed = len(',"tensor_names":"[]"') + names + total * len('\\"\\"') + max(total - 1, 0) * len(", ")
    return len('"__metadata__":{}') + entries + listed


def _names_in_memory(source: WeightSource, module: Module) -> tuple[int, int]:
    """Bytes and number of the names that a weight has in memory: experts are fused there."""
    if is_fusible(module):
        run = fused_run(source, module)
        return (run.name_bytes, run.tensors) if run else (0, 0)
    stems = internal_stems(source.stems(module.weight), module.weight.pattern)
    return stems.bytes + stems.modules * (1 + len(module.weight.leaf)), stems.modules


def is_tied(source: WeightSource) -> bool:
    """Does the model have an output head that is stored with the embeddings alone?"""
    components = {weight.component for weight in source.weights}
    return "embedding" in components and "head" not in components and "transformer" in components


def _tensor_text(scheme_id: str, row: Row) -> str:
    cols = row.runs[0].form.shape[-1]
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
