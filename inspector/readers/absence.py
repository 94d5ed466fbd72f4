"""What a target without safetensors weights holds instead, in a sentence."""

from collections.abc import Sequence
from typing import Final

from inspector.errors import NothingToInspect
from inspector.knowledge.file_kinds import KIND_BY_ID, kind_of
from inspector.readers.layout import Layout
from inspector.sources.base import SourceFile
from inspector.units import plural

_CONVERT: Final = "Convert it to safetensors, or name another target."
#: What a folder may hold in place of safetensors files, the most telling first, and what to do then.
_INSTEAD: Final = {
    "partial": "Run the download again.",
    **dict.fromkeys(("pickle", "gguf", "onnx", "torch-program", "keras", "flax", "tensorflow"), _CONVERT),
    **dict.fromkeys(("openvino", "coreml", "numpy"), _CONVERT),
    "archive": "Unpack it, or name another target.",
}


def nothing_here(ref: str, planned: Layout, files: Sequence[SourceFile]) -> NothingToInspect:
    """The sentence for a target without safetensors weights: what is there instead, and what to do."""
    if not files:
        return NothingToInspect(f"{ref} is empty: there are no safetensors files in it.", hint="Check the path.")
    broken = [one for one in planned.faults if one.kind in ("dangling-link", "link-outside", "special-file")]
    if broken:
        return NothingToInspect(
            f"{ref} holds no safetensors file that can be opened: {broken[0].name} is {broken[0].saw}.",
            hint="Download the files again, or name the file itself.",
        )
    useless = next((one for one in planned.faults if one.kind.startswith("index-")), None)
    if useless is not None:
        return NothingToInspect(
            f"{ref} holds an index that leads to no shard: {useless.saw}.", hint="Download the index and its shards."
        )
    others = [kind_of(file.path) for file in files]
    for kind, hint in _INSTEAD.items():
        if kind in others:
            name = files[others.index(kind)].path
            return NothingToInspect(
                f"{ref} holds {KIND_BY_ID[kind].label} ({name}) but no safetensors file.", hint=hint
            )
    return NothingToInspect(
        f"{ref} holds no safetensors file among its {plural(len(files), 'file')}.",
        hint="Name a folder with .safetensors files.",
    )
