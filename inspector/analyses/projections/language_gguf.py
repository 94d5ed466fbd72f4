"""The GGUF file of a language model: llama.cpp's converter and quantiser, joined to the other projections."""

from typing import TYPE_CHECKING, Final

from inspector.analyses.projections.containers import Bounds
from inspector.analyses.projections.sets import SetProjection
from inspector.analyses.projections.values import ProjectedGroup
from inspector.model import Checkpoint
from inspector.paths import name_of

if TYPE_CHECKING:
    from inspector.analyses.gguf.model import Refusal
    from inspector.analyses.gguf.project import GgufModel
    from inspector.analyses.gguf.tokenizer import TokenizerFiles
    from inspector.analyses.projections.weights import WeightSource

_JSON_TEXTS: Final = ("tokenizer_config.json", "generation_config.json", "added_tokens.json", "chat_template.json")


def prepare(source: "WeightSource", checkpoint: Checkpoint) -> "GgufModel | Refusal":
    """The weight set as llama.cpp's converter would write it, or why it would not."""
    from inspector.analyses.gguf.project import prepare as prepare_gguf

    return prepare_gguf(
        source.census,
        config=source.config,
        tokenizer=tokenizer_files(checkpoint, source.census.weights.folder),
        name=_model_name(checkpoint),
    )


def _model_name(checkpoint: Checkpoint) -> str:
    """The last part of the repository's or folder's name."""
    target = checkpoint.target
    return name_of((target.repo_id or target.ref).replace("\\", "/").rstrip("/"))


def tokenizer_files(checkpoint: Checkpoint, folder: str) -> "TokenizerFiles":
    """Tokenizer and template files of one folder as far as they were read, and the sizes of all its files."""
    import json

    from inspector.analyses.gguf.tokenizer import TokenizerFiles

    prefix = f"{folder}/" if folder else ""

    def name(path: str) -> str:
        tail = path[len(prefix) :]
        return tail if path.startswith(prefix) and "/" not in tail else ""

    texts: dict[str, str | bytes] = {name(path): text for path, text in checkpoint.texts.items() if name(path)}
    texts |= {name(path): raw for path, raw in checkpoint.tokenizers.items() if name(path)}
    texts |= {n: json.dumps(value) for path, value in checkpoint.configs.items() if (n := name(path)) in _JSON_TEXTS}
    return TokenizerFiles(texts=texts, sizes={name(f.path): f.bytes for f in checkpoint.files if name(f.path)})


def project(model: "GgufModel", scheme_id: str) -> SetProjection | str:
    """One file type's file."""
    from inspector.analyses.gguf.model import Refusal
    from inspector.analyses.gguf.project import project as project_gguf

    answer = project_gguf(model, scheme_id)
    if isinstance(answer, Refusal):
        return answer.reason
    groups = tuple(
        ProjectedGroup(
            component=group.component,
            pattern=group.pattern,
            tensors=group.tensors,
            from_dtype=group.source,
            to_dtype=group.target,
            bytes=group.bytes,
            reason=group.reason,
        )
        for group in answer.groups
    )
    return SetProjection(
        header=Bounds(answer.header_low_bytes, answer.header_bytes, answer.header_high_bytes),
        data=Bounds(answer.data_bytes, answer.data_bytes, answer.data_bytes),
        groups=groups,
        params=sum(group.params for group in answer.groups),
        certain=answer.exact,
        assumptions=answer.assumptions,
    )
