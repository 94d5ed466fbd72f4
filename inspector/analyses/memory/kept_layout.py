"""Whether a model keeps anything between tokens at all, and its layout where it does."""

from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import Census
from inspector.analyses.memory.attention import CacheLayout, Gap, cache_layout
from inspector.analyses.memory.decoder import Decoder
from inspector.analyses.recognition.architecture import Architecture
from inspector.values import replace

_GENERATING: Final = frozenset({"causal-lm", "encoder-decoder", "vision-language", "audio-language", "speech"})
#: How the classes of models that generate are named in a configuration.
_CLASSES: Final = ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel", "MTModel", "ForSpeechSeq2Seq")
#: Components in which a decoder's layers stand, or may stand where they were not recognised.
_DECODERS: Final = frozenset({"transformer", "unclassified"})


def kept_layout(architecture: Architecture, census: Census, decoder: Decoder) -> CacheLayout | None:
    """The cache layout; None for a model that keeps nothing, a gap alone where nothing says what a model is."""
    named = _is_named_so(decoder)
    if architecture.kind not in (*_GENERATING, "other", "unknown") and not named:
        return None
    decodes = any(label.role.component in _DECODERS for label in census.labels)
    if not decodes and architecture.kind not in ("causal-lm", "encoder-decoder"):
        return None
    known = architecture.kind in _GENERATING or named
    if known and (architecture.id != "unknown" or decoder.model_type):
        layout = cache_layout(decoder)
        return replace(layout, encoder_varies=layout.encoder_context is None and architecture.kind != "encoder-decoder")
    reason = "the architecture is not known"
    return CacheLayout(gaps=(Gap(subject="what it keeps between tokens", reason=reason, flag="--set model_type=NAME"),))


def _is_named_so(decoder: Decoder) -> bool:
    """A configuration names a class that generates, or says that there is a decoder."""
    classes = decoder.root.get("architectures")
    first = classes[0] if isinstance(classes, Sequence) and classes else ""
    return (isinstance(first, str) and first.endswith(_CLASSES)) or decoder.root.get("is_encoder_decoder") is True
