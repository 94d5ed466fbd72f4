"""The `general.*` key-values of a GGUF header: the model's name, its parts, its size label, sampling defaults."""

from collections.abc import Sequence
from math import prod
from typing import Final

from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.keyvalues import KeyValues, between
from inspector.analyses.gguf.model import GgufTensors
from inspector.analyses.gguf.modelname import first_of, name_parts, title_of
from inspector.analyses.gguf.tokenizer import TokenizerFiles

_SAMPLING: Final = (
    (("sequence",), "sequence"),
    (("top_k",), "top_k"),
    (("top_p",), "top_p"),
    (("min_p",), "min_p"),
    (("xtc_probability",), "xtc_probability"),
    (("xtc_threshold",), "xtc_threshold"),
    (("temperature",), "temp"),
    (("penalty_last_n",), "penalty_last_n"),
    (("penalty_repeat", "repetition_penalty"), "penalty_repeat"),
    (("mirostat",), "mirostat"),
    (("mirostat_tau",), "mirostat_tau"),
    (("mirostat_eta",), "mirostat_eta"),
)
_CARD: Final = "README.md"
_GENERATION: Final = "generation_config.json"
#: What a model card adds: nothing to licence, tags, languages, base models and data sets.
_CARD_KEYS: Final = between(0, 450, 4_000)
_NAME_LENGTH: Final = between(1, 20, 120)
_NAME_KEYS: Final = between(0, 90, 300)


def add_metadata(
    header: KeyValues,
    tensors: Sequence[GgufTensors],
    files: TokenizerFiles,
    config: GgufConfig,
    architecture: str,
    name: str,
) -> bool:
    """Adds the general key-values; True where name, card and sampling defaults are known."""
    header.text("general.architecture", architecture)
    header.text("general.type", "model")
    label = size_label(tensors)
    _add_name(header, name, label, sum(_params(row) for row in tensors), config)
    sampled = _add_sampling(header, files)
    card = _CARD in files.texts or _CARD in files.sizes
    if card:
        header.unknown("model card", _CARD_KEYS)
    return bool(name) and sampled and not card


def _add_name(header: KeyValues, name: str, label: str, params: int, config: GgufConfig) -> None:
    if not name:
        header.text_of("general.name", _NAME_LENGTH)
        header.text("general.size_label", label)
        header.unknown("parts of the name", _NAME_KEYS)
        return
    sources = [name_parts(source, params) for source in (_original_name(config), name) if source]
    parts = first_of(*sources)
    header.text("general.name", title_of(parts.name))
    header.text("general.size_label", parts.size_label or label)
    for key in ("organization", "basename", "finetune", "version"):
        value = getattr(parts, key)
        if value:
            header.text(f"general.{key}", title_of(value) if key == "organization" else value)


def _original_name(config: GgufConfig) -> str:
    """The name that the configuration remembers, "" for none or for a path of somebody's machine."""
    name = config.top.get("_name_or_path")
    return name if isinstance(name, str) and name.count("/") <= 1 else ""


def _add_sampling(header: KeyValues, files: TokenizerFiles) -> bool:
    settings = files.mapping(_GENERATION)
    for keys, name in _SAMPLING:
        value = next((settings[key] for key in keys if settings.get(key) is not None), None)
        if isinstance(value, str):
            header.text(f"general.sampling.{name}", value)
        elif value is not None:
            header.scalar(f"general.sampling.{name}")
    if files.unread(_GENERATION):
        header.unknown("sampling defaults", between(0, 60, 240))
        return False
    return True


def _params(tensors: GgufTensors) -> int:
    return tensors.elements * len(tensors.blocks)


def size_label(tensors: Sequence[GgufTensors]) -> str:
    """The size as the converter rounds it: `8.0B`, or `8x7B` with experts."""
    stacks = [row for row in tensors if "_exps." in row.name and len(row.shape) >= 3]
    total = sum(_params(row) for row in tensors)
    if not stacks:
        return _rounded(total)
    experts = sum(row.shape[0] * len(row.blocks) for row in stacks) // sum(len(row.blocks) for row in stacks)
    each = sum(prod(row.shape[1:]) * len(row.blocks) for row in stacks)
    shared = total - sum(_params(row) for row in stacks)
    return f"{experts}x{_rounded(shared + each)}"


def _rounded(params: int) -> str:
    units = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
    limit, suffix = next((unit for unit in units if params > unit[0]), (10**3, "K"))
    scaled = params / limit
    digits = max(2 - len(str(round(scaled)).lstrip("0")), 0)
    return f"{scaled:.{digits}f}{suffix}"
