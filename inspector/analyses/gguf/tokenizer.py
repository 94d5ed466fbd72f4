"""The tokenizer part of a GGUF header, from the checkpoint's own files or from its vocabulary size."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.keyvalues import KeyValues, between, text_bytes
from inspector.analyses.gguf.sentencepiece import piece_lengths
from inspector.knowledge.gguf_tokenizers import (
    TEMPLATE_BEST,
    TEMPLATE_HIGH,
    TEMPLATE_LOW,
    UNKNOWN_BEST,
    UNKNOWN_HIGH,
    UNKNOWN_LOW,
    known_vocabulary,
)
from inspector.values import field, frozen

_MODEL: Final = "tokenizer.model"
_JSON: Final = "tokenizer.json"
_CONFIG: Final = "tokenizer_config.json"
_ADDED: Final = "added_tokens.json"
_TEMPLATE: Final = "chat_template.jinja"
_TEMPLATE_JSON: Final = "chat_template.json"
_TEMPLATE_FILES: Final = (_CONFIG, _TEMPLATE, _TEMPLATE_JSON)
#: Keys of special tokens: the name in tokenizer_config.json, then in the file.
_SPECIAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bos": "bos_token_id",
        "eos": "eos_token_id",
        "unk": "unknown_token_id",
        "sep": "seperator_token_id",
        "pad": "padding_token_id",
        "mask": "mask_token_id",
    }
)
_ADDABLE: Final = ("bos", "eos", "sep")
#: Length of the name of a pre-tokenizer, which only running the tokenizer tells ("mpt" to "deepseek-coder").
_PRE_NAME: Final = between(3, 7, 20)


@frozen
class TokenizerFiles:
    """Files of the model folder that describe its tokenizer: contents by name, and sizes of those not read."""

    texts: Mapping[str, str | bytes] = field(default_factory=lambda: MappingProxyType({}))
    sizes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def value(self, name: str) -> Any:
        """A JSON file's value, None where it was not read or holds none."""
        import json

        text = self.texts.get(name)
        try:
            return None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            return None

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self.value(name)
        return value if isinstance(value, dict) else {}

    def unread(self, *names: str) -> bool:
        """Is one of these files there without having been read?"""
        return any(name in self.sizes and name not in self.texts for name in names)


@frozen
class Vocabulary:
    """Tokens of a vocabulary: bytes of their texts by id, and merges where there are any (count, bytes)."""

    kind: str
    lengths: Mapping[int, int]
    merges: tuple[int, int] = (0, 0)
    specials: tuple[Mapping[str, Any], ...] = ()


def read_vocabulary(files: TokenizerFiles) -> Vocabulary | None:
    """The vocabulary in tokenizer.model or tokenizer.json, None where neither can be read."""
    model = files.texts.get(_MODEL)
    if isinstance(model, bytes):
        pieces = piece_lengths(model)
        if pieces:
            return Vocabulary(kind="sentencepiece", lengths=_with_added(dict(enumerate(pieces)), files))
    return _from_json(files.mapping(_JSON)) if _MODEL not in files.sizes else None


def _with_added(lengths: dict[int, int], files: TokenizerFiles) -> Mapping[int, int]:
    added = files.mapping(_ADDED)
    lengths |= {number: text_bytes(text) for text, number in added.items() if isinstance(number, int)}
    decoder = files.mapping(_CONFIG).get("added_tokens_decoder")
    for number, token in (decoder if isinstance(decoder, dict) else {}).items():
        content = token.get("content") if isinstance(token, dict) else None
        if number.isdecimal() and isinstance(content, str):
            plain = content if token.get("special") else content.replace("\u2581", " ")
            lengths[int(number)] = text_bytes(plain)
    return lengths


def _from_json(tokenizer: Mapping[str, Any]) -> Vocabulary | None:
    model = tokenizer.get("model")
    if not isinstance(model, dict):
        return None
    lengths = _lengths(model.get("vocab"))
    if not lengths:
        return None
    rows = tokenizer.get("added_tokens")
    added = [token for token in rows if isinstance(token, dict)] if isinstance(rows, list) else []
    for token in added:
        if isinstance(token.get("id"), int) and isinstance(token.get("content"), str):
            lengths[token["id"]] = text_bytes(token["content"])
    kind = "byte-fallback" if model.get("byte_fallback") else str(model.get("type") or "BPE")
    return Vocabulary(kind=kind, lengths=lengths, merges=_merges(model.get("merges")), specials=tuple(added))


def _lengths(vocabulary: Any) -> dict[int, int]:
    """Bytes of tokens by id: of a mapping from text to id, or of a list of texts with scores."""
    if isinstance(vocabulary, dict):
        return {number: text_bytes(text) for text, number in vocabulary.items() if isinstance(number, int)}
    if not isinstance(vocabulary, list):
        return {}
    texts = (row[0] if isinstance(row, list) and row else row for row in vocabulary)
    return {number: text_bytes(text) for number, text in enumerate(texts) if isinstance(text, str)}


def _merges(merges: Any) -> tuple[int, int]:
    """Number and bytes of merges; a space within a part takes two bytes, as the converter writes it."""
    if not isinstance(merges, list):
        return 0, 0
    texts: Iterable[str] = (
        merge if isinstance(merge, str) else " ".join(str(part).replace(" ", "\u0120") for part in merge)
        for merge in merges
        if isinstance(merge, str | list)
    )
    return len(merges), sum(text_bytes(text) for text in texts)


def add_tokenizer(
    header: KeyValues,
    files: TokenizerFiles,
    vocabulary: Vocabulary | None,
    config: GgufConfig,
    size: int,
    architecture: str,
) -> bool:
    """Adds the tokenizer's key-values; True where all of them follow from files that were read."""
    if vocabulary is None:
        _add_by_size(header, size, architecture)
    else:
        _add_vocabulary(header, vocabulary, config.number("vocab_size") or len(vocabulary.lengths))
    _add_specials(header, files, vocabulary, config, size)
    template = _add_template(header, files)
    exact_kinds = ("sentencepiece", "byte-fallback")
    return template and vocabulary is not None and vocabulary.kind in exact_kinds and not files.unread(_ADDED)


def _add_by_size(header: KeyValues, size: int, architecture: str) -> None:
    row = known_vocabulary(size, architecture)
    if row is None:
        arrays = between(size * UNKNOWN_LOW, size * UNKNOWN_BEST, size * UNKNOWN_HIGH)
    else:
        arrays = between(row.low, (row.low + row.high) // 2, row.high)
    header.unknown("tokens", arrays)
    header.text("tokenizer.ggml.model", "llama")
    header.text_of("tokenizer.ggml.pre", _PRE_NAME)


def _add_vocabulary(header: KeyValues, vocabulary: Vocabulary, size: int) -> None:
    held = {number: length for number, length in vocabulary.lengths.items() if 0 <= number < size}
    missing = digits_below(size) - sum(len(str(number)) for number in held)
    padding = missing + len("[PAD]") * (size - len(held))
    header.texts("tokenizer.ggml.tokens", size, sum(held.values()) + padding)
    header.numbers("tokenizer.ggml.token_type", size)
    if vocabulary.kind in ("sentencepiece", "byte-fallback", "Unigram"):
        header.text("tokenizer.ggml.model", "llama")
        header.text("tokenizer.ggml.pre", "default")
        header.numbers("tokenizer.ggml.scores", size)
    else:
        header.text("tokenizer.ggml.model", "gpt2")
        header.text_of("tokenizer.ggml.pre", _PRE_NAME)
        header.texts("tokenizer.ggml.merges", *vocabulary.merges)


def digits_below(limit: int) -> int:
    """Digits of all numbers from 0 up to and without the limit, written out."""
    total, power = min(limit, 1), 1
    while power < limit:
        total += (min(limit, 10 * power) - power) * len(str(power))
        power *= 10
    return total


def _add_specials(
    header: KeyValues, files: TokenizerFiles, vocabulary: Vocabulary | None, config: GgufConfig, size: int
) -> None:
    settings = files.mapping(_CONFIG)
    known_tokens = [token.get("content") for token in (vocabulary.specials if vocabulary else ())]
    for name, key in _SPECIAL.items():
        token = settings.get(f"{name}_token")
        content = token.get("content") if isinstance(token, dict) else token
        number = config.find(f"{name}_token_id")
        if (isinstance(content, str) and content in known_tokens) or (isinstance(number, int) and number < size):
            header.scalar(f"tokenizer.ggml.{key}")
    for name in _ADDABLE:
        if isinstance(settings.get(f"add_{name}_token"), bool):
            header.scalar(f"tokenizer.ggml.add_{name}_token", 1)
    if isinstance(settings.get("add_prefix_space"), bool):
        header.scalar("tokenizer.ggml.add_space_prefix", 1)


def _add_template(header: KeyValues, files: TokenizerFiles) -> bool:
    """Adds the chat template; False where it could not be read."""
    if files.unread(*_TEMPLATE_FILES):
        header.text_of("tokenizer.chat_template", between(TEMPLATE_LOW, TEMPLATE_BEST, TEMPLATE_HIGH))
        return False
    template = files.mapping(_CONFIG).get("chat_template")
    if template is None:
        text = files.texts.get(_TEMPLATE)
        template = text.decode(errors="replace") if isinstance(text, bytes) else text
    if template is None:
        template = files.mapping(_TEMPLATE_JSON).get("chat_template")
    if isinstance(template, str):
        header.text("tokenizer.chat_template", template)
    elif isinstance(template, list):
        return _add_templates(header, template)
    return True


def _add_templates(header: KeyValues, templates: list[Any]) -> bool:
    named = {
        row["name"]: row["template"]
        for row in templates
        if isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("template"), str)
    }
    others = [name for name in named if name != "default"]
    if "default" in named:
        header.text("tokenizer.chat_template", named["default"])
    for name in others:
        header.text(f"tokenizer.chat_template.{name}", named[name])
    if others:
        header.texts("tokenizer.chat_templates", len(others), sum(text_bytes(name) for name in others))
    return True
