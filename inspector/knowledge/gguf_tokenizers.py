"""Bytes that known vocabularies take in a GGUF header: tokens, types, and scores or merges.

Used where the checkpoint's own tokenizer cannot be read; a vocabulary size is then the only clue, so a row gives
bounds over the vocabularies of that size.
"""

from typing import Final

from inspector.values import frozen

_VOCAB_FILES: Final = "models/ggml-vocab-*.gguf, ggml-org/llama.cpp@007dbbf3"
_RELEASES: Final = "sizes of published GGUF files less their tensors"


@frozen
class KnownVocabulary:
    """Arrays of one vocabulary size, `low` to `high` bytes; `architectures` empty means any."""

    size: int
    name: str
    low: int
    high: int
    architectures: tuple[str, ...] = ()
    source: str = _VOCAB_FILES


def _row(size: int, name: str, low: int, high: int = 0, architectures: str = "", source: str = "") -> KnownVocabulary:
    return KnownVocabulary(
        size=size,
        name=name,
        low=low,
        high=high or low,
        architectures=tuple(architectures.split()),
        source=source or _VOCAB_FILES,
    )


KNOWN: Final = (
    _row(30522, "BERT", 626_773),
    _row(32000, "Llama 2, Mistral", 716_200, 723_500, source=_RELEASES),
    _row(32001, "Llama 2, Mistral", 716_200, 723_500, source=_RELEASES),
    _row(32002, "Llama 2, Mistral", 716_200, 723_600, source=_RELEASES),
    _row(32016, "Code Llama", 722_900, 724_000, source=_RELEASES),
    _row(32064, "Phi-3", 724_200, 725_300),
    _row(32128, "T5", 1_018_000, 1_027_000, "t5 t5encoder", _RELEASES),
    _row(32256, "DeepSeek Coder", 1_155_119, 1_285_000),
    _row(32768, "Mistral 0.3", 733_000, 745_000, source=_RELEASES),
    _row(49152, "StarCoder, SmolLM", 1_718_613, 1_766_000, source=_RELEASES),
    _row(49155, "Granite", 1_700_000, 1_760_000, source=_RELEASES),
    _row(49216, "Refact", 1_720_052),
    _row(50257, "GPT-2", 1_766_262),
    _row(50280, "GPT-NeoX", 1_766_000, 1_771_000),
    _row(50304, "GPT-NeoX", 1_766_000, 1_772_000),
    _row(50432, "GPT-NeoX", 1_770_801),
    _row(51200, "GPT-2 with padding", 1_780_000, 1_795_000),
    _row(64000, "Baichuan, Yi", 1_340_283, 1_480_000),
    _row(65024, "Falcon", 2_287_069),
    _row(100352, "GPT-4's, padded", 3_480_000, 3_600_000, source=_RELEASES),
    _row(102400, "DeepSeek LLM", 3_969_000, 3_970_500, "llama deepseek deepseek2"),
    _row(128256, "Llama 3", 7_817_421, 7_818_500),
    _row(131072, "Tekken and others", 5_200_000, 7_870_000, source=_RELEASES),
    _row(151646, "Qwen2", 5_920_000, 5_928_000),
    _row(151936, "Qwen2, Qwen3", 5_927_000, 5_929_500),
    _row(152064, "Qwen2", 5_927_000, 5_934_000),
    _row(201088, "gpt-oss", 12_945_000, 12_985_000, source=_RELEASES),
    _row(256000, "Gemma", 6_020_000, 6_320_000, "gemma", _RELEASES),
    _row(256000, "Gemma 2", 6_020_000, 6_036_000, "gemma2", _RELEASES),
    _row(256000, "Command R", 10_864_000, 10_866_000, "command-r cohere2"),
    _row(256000, "Gemma, Command R and others", 6_020_000, 10_866_000),
    _row(262144, "Gemma 3", 6_480_000, 6_740_000, "gemma3 gemma3n gemma-embedding", _RELEASES),
    _row(262144, "Gemma 4", 15_760_000, 15_765_000, "gemma4"),
    _row(262208, "Gemma 3", 6_480_000, 6_740_000, "gemma3", _RELEASES),
)

#: Bytes a token where nothing is known: from a sentencepiece vocabulary to a byte-pair one with two merges a token.
UNKNOWN_LOW: Final = 20
UNKNOWN_BEST: Final = 40
UNKNOWN_HIGH: Final = 66

#: Chat templates of published models: none, a usual one, a long one with tools.
TEMPLATE_LOW: Final = 0
TEMPLATE_BEST: Final = 3_500
TEMPLATE_HIGH: Final = 20_000


def known_vocabulary(size: int, architecture: str) -> KnownVocabulary | None:
    """The row for that vocabulary size, one of the architecture before one of any; None for none."""
    rows = [row for row in KNOWN if row.size == size]
    own = [row for row in rows if architecture in row.architectures]
    return next(iter(own or [row for row in rows if not row.architectures]), None)
