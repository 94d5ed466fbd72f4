"""The kind of model that the components of one weight set make, whatever its family."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import LabelledGroup

#: Components that decide alone where they hold more than half of all parameters.
_RULING: Final = (
    ("optimizer", "optimizer"),
    ("adapter", "adapter"),
    ("controlnet", "controlnet"),
    ("motion", "adapter"),
    ("upscaler", "upscaler"),
    ("codec", "codec"),
    ("vocoder", "speech"),
    ("unclassified", "unknown"),
)
_DIFFUSION_PARTS: Final = frozenset(("modulation", "time_embedding"))
#: Fewer rows than any vocabulary has: vectors of single new words.
_FEW_ROWS: Final = 256

#: What each kind deals in; two kinds can be of one model where they share a word.
DOMAINS: Final = {
    "causal-lm": "text",
    "encoder-decoder": "text",
    "text-encoder": "text",
    "vision-language": "text image",
    "audio-language": "text audio",
    "speech": "audio text",
    "codec": "audio",
    "image-encoder": "image",
    "image-classification": "image",
    "text-to-image": "diffusion",
    "text-to-video": "diffusion",
    "image-to-video": "diffusion",
    "vae": "diffusion image audio",
    "controlnet": "diffusion",
    "upscaler": "image diffusion",
    "adapter": "adapter",
    "optimizer": "optimizer",
    "other": "text image audio diffusion adapter",
    "unknown": "text image audio diffusion adapter optimizer",
}


#: Kinds of a whole set that a family of each kind may be found in; a kind without a row may be found in any.
_WITHIN: Final = {
    "image-encoder": ("image-encoder", "image-classification"),
    "text-encoder": ("text-encoder", "causal-lm", "encoder-decoder"),
    "causal-lm": ("causal-lm", "text-encoder", "encoder-decoder"),
    "encoder-decoder": ("encoder-decoder", "causal-lm", "text-encoder"),
    "codec": ("codec", "vae"),
    "vae": ("vae", "codec", "upscaler"),
    "upscaler": ("upscaler", "image-encoder", "encoder-decoder"),
    "text-to-image": ("text-to-image", "text-to-video", "other"),
    "text-to-video": ("text-to-image", "text-to-video", "other"),
    "image-to-video": ("text-to-image", "text-to-video", "other"),
}


def is_whole(family_kind: str, structural: str) -> bool:
    """Can a family of this kind be the whole of what the components make, and not a part of it?"""
    return structural == "unknown" or structural in _WITHIN.get(family_kind, (structural,))


def params_by_component(labels: Sequence[LabelledGroup]) -> Counter[str]:
    """Logical parameters of each component; a component of buffers alone is there with 0."""
    params: Counter[str] = Counter()
    for label in labels:
        params[label.role.component] += label.logical.params
    return params


def compatible(one: str, other: str) -> bool:
    """Can one model be of both kinds?"""
    return bool(set(DOMAINS[one].split()) & set(DOMAINS[other].split()))


def structural_kind(labels: Sequence[LabelledGroup]) -> str:
    """The kind that the components speak for; "unknown" where they speak for none."""
    params = params_by_component(labels)
    total = max(sum(params.values()), 1)
    for component, kind in _RULING:
        if 2 * params[component] > total or (component in params and len(params) == 1):
            return kind
    return _diffusion(labels, params) or _perception(params) or _text(labels, params)


def _diffusion(labels: Sequence[LabelledGroup], params: Counter[str]) -> str:
    if "unet" in params or _is_diffusion_transformer(labels):
        video = any(len(label.logical.shape) == 5 and label.role.component != "vae" for label in labels)
        return "text-to-video" if video else "text-to-image"
    return "vae" if 2 * params["vae"] > sum(params.values()) else ""


def _is_diffusion_transformer(labels: Sequence[LabelledGroup]) -> bool:
    """A transformer that is told the time and embeds no tokens."""
    components = {label.role.component for label in labels}
    parts = {label.role.part for label in labels if label.role.component == "transformer"}
    return "embedding" not in components and bool(parts & _DIFFUSION_PARTS)


def _perception(params: Counter[str]) -> str:
    """A tower beside a part that embeds tokens sees or hears and speaks; beside one that does not, it detects.

    What writes in the code of an image's or a sound's autoencoder draws or speaks.
    """
    computes = "transformer" in params
    if "vision_encoder" in params:
        if "text_encoder" in params or (computes and "embedding" in params):
            return "vision-language"
        if computes or 4 * params["unclassified"] > sum(params.values()):
            return "other"
        return "image-classification" if "head" in params else "image-encoder"
    if "audio_encoder" in params:
        return "audio-language" if computes and "projector" in params else "speech"
    if computes and "vae" in params:
        return "vision-language"
    return "speech" if computes and ("codec" in params or "vocoder" in params) else ""


def _is_token_table(label: LabelledGroup) -> bool:
    return label.role.component == "embedding" and len(label.logical.shape) == 2


def _text(labels: Sequence[LabelledGroup], params: Counter[str]) -> str:
    if "transformer" in params and ("head" in params or any(map(_is_token_table, labels))):
        names = {label.name for label in labels if label.role.component == "transformer"}
        return "encoder-decoder" if len(names) > 1 else "causal-lm"
    if "text_encoder" in params:
        return "text-encoder"
    if "embedding" in params:
        rows = max((label.logical.shape[0] for label in labels if len(label.logical.shape) == 2), default=0)
        return "adapter" if rows < _FEW_ROWS else "text-encoder"
    return "unknown"
