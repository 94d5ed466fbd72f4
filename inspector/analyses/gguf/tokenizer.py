"""A checkpoint's tokenizer as far as a GGUF header depends on it: its vocabulary and its special tokens."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from inspector.analyses.gguf.keyvalues import text_bytes
from inspector.analyses.gguf.sentencepiece import piece_lengths
from inspector.values import field, frozen

MODEL_FILE: Final = "tokenizer.model"
JSON_FILE: Final = "tokenizer.json"
SETTINGS_FILE: Final = "tokenizer_config.json"
ADDED_FILE: Final = "added_tokens.json"


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


@frozen
class Tokenizer:
    """What the files of a folder tell of its tokenizer.

    `added` are the texts of added tokens, `template` names what a template for single texts puts around them
    ("bos", "eos", "sep"), `normalizers` the ones that the header notes.
    """

    vocabulary: Vocabulary | None
    settings: Mapping[str, Any]
    added: frozenset[str] = frozenset()
    template: frozenset[str] = frozenset()
    normalizers: frozenset[str] = frozenset()


def read_tokenizer(files: TokenizerFiles) -> Tokenizer:
    """Everything that the files tell, each parsed once."""
    described = files.mapping(JSON_FILE)
    settings = files.mapping(SETTINGS_FILE)
    return Tokenizer(
        vocabulary=_vocabulary(files, described, settings),
        settings=settings,
        added=frozenset(token["content"] for token in _added_tokens(described)),
        template=_template(described.get("post_processor")),
        normalizers=_normalizers(described.get("normalizer")),
    )


def _vocabulary(files: TokenizerFiles, described: Mapping[str, Any], settings: Mapping[str, Any]) -> Vocabulary | None:
    """The vocabulary in tokenizer.model or tokenizer.json, None where neither can be read."""
    model = files.texts.get(MODEL_FILE)
    pieces = piece_lengths(model) if isinstance(model, bytes) else None
    if pieces:
        lengths = dict(enumerate(pieces)) | _replaced(files.mapping(ADDED_FILE), settings)
        return Vocabulary(kind="sentencepiece", lengths=lengths)
    return _from_json(described) if MODEL_FILE not in files.sizes else None


def _replaced(added: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[int, int]:
    """Bytes of tokens that other files than the model put in place of its pieces."""
    lengths = {number: text_bytes(text) for text, number in added.items() if isinstance(number, int)}
    decoder = settings.get("added_tokens_decoder")
    for number, token in (decoder if isinstance(decoder, dict) else {}).items():
        content = token.get("content") if isinstance(token, dict) else None
        if number.isdecimal() and isinstance(content, str):
            lengths[int(number)] = text_bytes(content if token.get("special") else content.replace("\u2581", " "))
    return lengths


def _added_tokens(described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = described.get("added_tokens")
    tokens = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [token for token in tokens if isinstance(token.get("content"), str)]


def _from_json(tokenizer: Mapping[str, Any]) -> Vocabulary | None:
    model = tokenizer.get("model")
    if not isinstance(model, dict):
        return None
    lengths = _lengths(model.get("vocab"))
    if not lengths:
        return None
    for token in _added_tokens(tokenizer):
        if isinstance(token.get("id"), int):
            lengths[token["id"]] = text_bytes(token["content"])
    kind = "byte-fallback" if model.get("byte_fallback") else str(model.get("type") or "BPE")
    return Vocabulary(kind=kind, lengths=lengths, merges=_merges(model.get("merges")))


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


#: What each kind of post-processor says of the tokens around a text.
_SURROUNDING: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"ByteLevel": frozenset(("bos", "eos")), "RobertaProcessing": frozenset(("bos", "eos", "sep"))}
)
#: Normalizers that the header notes, by their type.
_NOTED: Final[Mapping[str, str]] = MappingProxyType({"Lowercase": "lowercase", "StripAccents": "strip_accents"})


def _template(processor: Any) -> frozenset[str]:
    """Special tokens whose use a post-processor settles."""
    if not isinstance(processor, dict):
        return frozenset()
    inner = processor.get("processors")
    if isinstance(inner, list):
        return frozenset(name for one in inner for name in _template(one))
    if processor.get("type") != "TemplateProcessing":
        return _SURROUNDING.get(str(processor.get("type")), frozenset())
    single = processor.get("single")
    ends = (single[0], single[-1]) if isinstance(single, list) and len(single) > 1 else ()
    found = {name for name, end in zip(("bos", "eos"), ends, strict=False) if _is_special(end)}
    return frozenset(found | ({"sep"} if _has_middle(processor.get("pair"), found) else set()))


def _is_special(step: Any) -> bool:
    return isinstance(step, dict) and isinstance(step.get("SpecialToken"), dict)


def _has_middle(pair: Any, ends: set[str]) -> bool:
    """Does a template for two texts put anything between them?"""
    if not isinstance(pair, list):
        return False
    inner = pair[int("bos" in ends) : len(pair) - int("eos" in ends)]
    texts = [step.get("Sequence", {}).get("id") if isinstance(step, dict) else None for step in inner]
    return len(inner) > 2 and texts[0] == "A" and texts[-1] == "B"


def _normalizers(normalizer: Any) -> frozenset[str]:
    if not isinstance(normalizer, dict):
        return frozenset()
    inner = normalizer.get("normalizers")
    if isinstance(inner, list):
        return frozenset(name for one in inner for name in _normalizers(one))
    if normalizer.get("type") == "BertNormalizer":
        return frozenset(name for name in ("lowercase", "strip_accents") if normalizer.get(name) is not None)
    noted = _NOTED.get(str(normalizer.get("type")))
    return frozenset((noted,)) if noted else frozenset()
