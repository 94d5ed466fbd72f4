"""The tokenizer part of a GGUF header, from the checkpoint's own files or from its vocabulary size."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.keyvalues import KeyValues, between, text_bytes
from inspector.analyses.gguf.tokenizer import (
    ADDED_FILE,
    JSON_FILE,
    SETTINGS_FILE,
    Tokenizer,
    TokenizerFiles,
    Vocabulary,
)
from inspector.knowledge.gguf_keys import SPACE_PREFIX
from inspector.knowledge.gguf_tokenizers import (
    TEMPLATE_BEST,
    TEMPLATE_HIGH,
    TEMPLATE_LOW,
    UNKNOWN_BEST,
    UNKNOWN_HIGH,
    UNKNOWN_LOW,
    known_vocabulary,
)

_TEMPLATE: Final = "chat_template.jinja"
_TEMPLATE_JSON: Final = "chat_template.json"
_TEMPLATE_FILES: Final = (SETTINGS_FILE, _TEMPLATE, _TEMPLATE_JSON)
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
#: Vocabulary sizes for which the converter settles a token itself: Code Llama, small Granite models.
_CODE_LLAMA: Final = 32016
_SMALL_GRANITE: Final = 49152
#: Length of the name of a pre-tokenizer, which only running the tokenizer tells ("mpt" to "deepseek-coder").
_PRE_NAME: Final = between(3, 7, 20)


def add_tokenizer(
    header: KeyValues, files: TokenizerFiles, tokenizer: Tokenizer, config: GgufConfig, size: int, architecture: str
) -> bool:
    """Adds the tokenizer's key-values; True where all of them follow from files that were read."""
    vocabulary = tokenizer.vocabulary
    if vocabulary is None:
        _add_by_size(header, size, architecture)
    else:
        _add_vocabulary(header, vocabulary, config.number("vocab_size") or len(vocabulary.lengths))
    _add_specials(header, tokenizer, config, size)
    if architecture in SPACE_PREFIX:
        _add_llama_specials(header, tokenizer, config)
    template = _add_template(header, files, tokenizer)
    known_kind = vocabulary is not None and vocabulary.kind in ("sentencepiece", "byte-fallback")
    return template and known_kind and not files.unread(ADDED_FILE, JSON_FILE)


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


def _add_specials(header: KeyValues, tokenizer: Tokenizer, config: GgufConfig, size: int) -> None:
    for name, key in _SPECIAL.items():
        token = tokenizer.settings.get(f"{name}_token")
        content = token.get("content") if isinstance(token, dict) else token
        number = config.find(f"{name}_token_id")
        if (isinstance(content, str) and content in tokenizer.added) or (isinstance(number, int) and number < size):
            header.scalar(f"tokenizer.ggml.{key}")
    for name in _ADDABLE:
        if name in tokenizer.template or isinstance(tokenizer.settings.get(f"add_{name}_token"), bool):
            header.scalar(f"tokenizer.ggml.add_{name}_token", 1)
    for name in sorted(tokenizer.normalizers):
        header.scalar(f"tokenizer.ggml.normalizer.{name}", 1)


def _add_llama_specials(header: KeyValues, tokenizer: Tokenizer, config: GgufConfig) -> None:
    """What the converter adds for Llama and its kin alone."""
    if tokenizer.settings.get("add_prefix_space") is not None:
        header.scalar("tokenizer.ggml.add_space_prefix", 1)
    if config.number("vocab_size") == _CODE_LLAMA:
        header.scalar("tokenizer.ggml.eot_token_id")
    if config.number("vocab_size") == _SMALL_GRANITE:
        header.scalar("tokenizer.ggml.add_bos_token", 1)


def _add_template(header: KeyValues, files: TokenizerFiles, tokenizer: Tokenizer) -> bool:
    """Adds the chat template, which counts only beside a tokenizer_config.json; False where it could not be read."""
    if files.unread(*_TEMPLATE_FILES):
        header.text_of("tokenizer.chat_template", between(TEMPLATE_LOW, TEMPLATE_BEST, TEMPLATE_HIGH))
        return False
    template = tokenizer.settings.get("chat_template", _template_file(files)) if tokenizer.settings else None
    if isinstance(template, str):
        header.text("tokenizer.chat_template", template)
    elif isinstance(template, list):
        _add_templates(header, template)
    return True


def _template_file(files: TokenizerFiles) -> Any:
    text = files.texts.get(_TEMPLATE)
    if text is None:
        return files.mapping(_TEMPLATE_JSON).get("chat_template")
    template = text.decode(errors="replace") if isinstance(text, bytes) else text
    return template.replace("\r\n", "\n")


def _add_templates(header: KeyValues, templates: list[Any]) -> None:
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
