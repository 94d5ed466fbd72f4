"""Everything that stands before the first tensor of a GGUF file, byte by byte where the files tell."""

from collections.abc import Iterable
from typing import Final

from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.keyvalues import Amount, KeyValues, between, known, padded
from inspector.analyses.gguf.metadata import add_metadata
from inspector.analyses.gguf.model import GgufTensors
from inspector.analyses.gguf.tokenizer import Tokenizer, TokenizerFiles
from inspector.analyses.gguf.tokenizer_keys import add_tokenizer
from inspector.knowledge.gguf_architectures import ROPE_FACTORS
from inspector.knowledge.gguf_keys import BASE_KEYS, DEFAULTS, FILLED, FULL_SECTIONS, MORE_KEYS, OWN_KEYS, GgufKey
from inspector.values import frozen

#: Magic, version, number of tensors and number of key-values.
_FIXED: Final = 4 + 4 + 8 + 8
#: Stands for an architecture's name in its keys where that is not known.
UNKNOWN_PREFIX: Final = "llama"
#: Keys of architectures that are not listed: a few less than the base's to two dozen more.
_OTHER_KEYS: Final = between(-160, 200, 1_400)
#: What `llama-quantize --imatrix` adds: a path and a data set of up to 127 bytes each, two counts. Programs that call
#: the library add none of it.
IMATRIX_KEYS: Final = between(0, 41 + 44 + 45 + 44 + 60, 41 + 44 + 45 + 44 + 2 * 127)


@frozen
class Header:
    """Bytes before the tensors without padding, whether all is known, and what is not."""

    size: Amount
    exact: bool
    why: str = ""

    def padded(self, more: Amount | None = None) -> Amount:
        """Up to the first tensor, with further key-values."""
        size = self.size + (more or known(0))
        return between(padded(size.low), padded(size.best), padded(size.high))


def measure_header(
    tensors: Iterable[GgufTensors],
    architecture: str,
    config: GgufConfig,
    files: TokenizerFiles,
    tokenizer: Tokenizer,
    name: str,
) -> Header:
    """The header of a converted model; bounds where its tokenizer, name or keys cannot be read."""
    rows = tuple(tensors)
    header = KeyValues()
    exact_name = add_metadata(header, rows, files, config, architecture or UNKNOWN_PREFIX, name)
    exact_keys = _add_architecture(header, architecture, config)
    exact_tokens = add_tokenizer(header, files, tokenizer, config, _table_rows(rows, config), architecture)
    size = known(_FIXED + sum(tensor_info_bytes(row) for row in rows)) + header.total
    exact = exact_name and exact_keys and exact_tokens
    return Header(size=size, exact=exact, why=_why(tokenizer, exact_tokens, exact_keys, exact_name))


def tensor_info_bytes(tensors: GgufTensors) -> int:
    """What the header says of these tensors: name, dimensions, type, offset."""
    fixed = 8 + 4 + 8 * tensors.dims + 4 + 8
    stem = len(tensors.name.encode())
    if "*" not in tensors.name:
        return fixed + stem
    return sum(fixed + stem - 1 + len(str(block)) for block in tensors.blocks)


def _table_rows(tensors: Iterable[GgufTensors], config: GgufConfig) -> int:
    """Tokens of the vocabulary: as configured, else rows of the embedding table."""
    rows = next((row.shape[0] for row in tensors if row.name == "token_embd.weight" and row.shape), 0)
    return config.number("vocab_size") or rows


def _why(tokenizer: Tokenizer, tokens: bool, keys: bool, name: bool) -> str:
    if tokenizer.vocabulary is None:
        return "the tokenizer could not be read, its part of the header is known by vocabulary size"
    if not tokens:
        return "parts of the tokenizer's description could not be read"
    if not keys:
        return "key-values of this architecture are not all known"
    return "" if name else "the model's name and card are not known"


def _add_architecture(header: KeyValues, architecture: str, config: GgufConfig) -> bool:
    """Adds what describes the model; True where every key is known."""
    own, prefix = OWN_KEYS.get(architecture), architecture or UNKNOWN_PREFIX
    if own is None:
        _add_rope(header, prefix, config)
    for row in own if own is not None else (*BASE_KEYS, *MORE_KEYS.get(architecture, ())):
        if _is_written(row, config):
            _add_key(header, row, prefix, config.layers or 0)
    if architecture in ROPE_FACTORS and config.rope().get("long_factor"):
        header.scalar(f"{architecture}.rope.scaling.attn_factor")
    header.scalar("general.file_type")
    header.scalar("general.quantization_version")
    if own is not None or architecture in MORE_KEYS:
        return bool(config.values) if own is not None else config.model_type in DEFAULTS
    header.unknown("further keys", _OTHER_KEYS)
    return False


def _add_key(header: KeyValues, row: GgufKey, architecture: str, blocks: int) -> None:
    key = row.key if row.key.startswith(FULL_SECTIONS) else f"{architecture}.{row.key}"
    if row.text:
        header.text(key, row.text)
    elif row.each:
        header.numbers(key, blocks, row.each)
    else:
        header.scalar(key, row.bytes)


def _is_written(row: GgufKey, config: GgufConfig) -> bool:
    if not row.configs:
        return True
    return bool(config.find(*row.configs)) if row.truly else has_value(config, row.configs)


def has_value(config: GgufConfig, keys: tuple[str, ...]) -> bool:
    """Does one of these keys have a value, in config.json or by the default of its class?"""
    if config.find(*keys) is not None:
        return True
    given = DEFAULTS.get(config.model_type, frozenset())
    return any(key in given and (key not in config.values or key in FILLED) for key in keys)


_YARN: Final = (
    ("extrapolation_factor", "rope.scaling.yarn_ext_factor"),
    ("attention_factor", "rope.scaling.yarn_attn_factor"),
    ("beta_fast", "rope.scaling.yarn_beta_fast"),
    ("beta_slow", "rope.scaling.yarn_beta_slow"),
)


def _add_rope(header: KeyValues, architecture: str, config: GgufConfig) -> None:
    rope = config.rope()
    kind = rope.get("rope_type", rope.get("type"))
    if rope.get("rope_theta") is not None or has_value(config, ("rope_theta", "rotary_emb_base")):
        header.scalar(f"{architecture}.rope.freq_base")
    local = config.local_rope_theta
    if local is not None:
        header.scalar(f"{architecture}.rope.freq_base_swa")
    if kind in ("linear", "yarn") and rope.get("factor") is not None:
        header.text(f"{architecture}.rope.scaling.type", str(kind))
        header.scalar(f"{architecture}.rope.scaling.factor")
    if kind in ("su", "longrope"):
        header.text(f"{architecture}.rope.scaling.type", "longrope")
    if kind == "yarn" and rope.get("factor") is not None:
        header.scalar(f"{architecture}.rope.scaling.original_context_length")
        for key, name in _YARN:
            if rope.get(key) is not None:
                header.scalar(f"{architecture}.{name}")
    if isinstance(rope.get("mrope_section"), list):
        header.numbers(f"{architecture}.rope.dimension_sections", 4)
