"""Which rule projects a weight set under a scheme, and to which kinds of sets each family applies."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from inspector.analyses.projections.cast import cast_set
from inspector.analyses.projections.linear import PT, TOOLS, plan_linear
from inspector.analyses.projections.modules import Module, SetKind, modules_of, set_kind
from inspector.analyses.projections.plan import GB, Container
from inspector.analyses.projections.sets import SetProjection, from_rows
from inspector.analyses.projections.weights import WeightSource
from inspector.knowledge.schemes import MARGINS, Scheme
from inspector.model import Checkpoint
from inspector.values import frozen

if TYPE_CHECKING:
    from inspector.analyses.gguf.model import Refusal
    from inspector.analyses.gguf.project import GgufModel
    from inspector.analyses.projections.comfy_gguf import ComfyFile


class Target:
    """One weight set as quantisers meet it; what every scheme needs is worked out once. Read-only."""

    def __init__(self, source: WeightSource, checkpoint: Checkpoint) -> None:
        self.source, self.checkpoint = source, checkpoint

    @cached_property
    def gguf_model(self) -> "GgufModel | Refusal":
        """The set as llama.cpp's converter would write it, or its refusal."""
        from inspector.analyses.projections import language_gguf

        return language_gguf.prepare(self.source, self.checkpoint)

    @cached_property
    def comfy_file(self) -> "ComfyFile | str":
        """The set's denoiser as ComfyUI-GGUF's converter would write it, or why it would not."""
        from inspector.analyses.projections import comfy_gguf

        return comfy_gguf.prepare(self.source)

    @cached_property
    def kind(self) -> SetKind:
        return set_kind(self.source)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return modules_of(self.source)

    @property
    def path(self) -> str:
        return self.source.census.weights.path


#: diffusers' save_pretrained.
DIFFUSERS_FILES: Final = Container(metadata=PT, max_shard_bytes=10 * GB)

#: How many bytes the entries of tied embeddings in torchao's metadata may take.
_TIED_NAMES: Final = 2048

#: Families whose tools write names of modules into the header.
_NAMING: Final = frozenset({"torchao", "quanto"})

#: A rule answers with the set's projection, or with the reason why the scheme does not apply.
Rule = Callable[[Scheme, Target], SetProjection | str]

_TEXT_MODELS: Final[frozenset[SetKind]] = frozenset({"language-model"})
_TRANSFORMERS: Final[frozenset[SetKind]] = frozenset({"language-model", "encoder", "denoiser"})
_LARGE_MODELS: Final[frozenset[SetKind]] = frozenset({"language-model", "denoiser"})
#: Components of plain language models.
_TEXT: Final = frozenset({"embedding", "transformer", "head", "mtp"})
_DENOISERS: Final[frozenset[SetKind]] = frozenset({"denoiser"})
_DIFFUSION: Final[frozenset[SetKind]] = frozenset({"denoiser", "encoder"})
_ALL: Final[frozenset[SetKind]] = frozenset({"language-model", "encoder", "denoiser", "other"})


def _cast(scheme: Scheme, target: Target) -> SetProjection | str:
    return cast_set(scheme.block_parts[0][0], target.source)


def _linear(scheme: Scheme, target: Target) -> SetProjection | str:
    rows = plan_linear(scheme, target.source, target.modules)
    if isinstance(rows, str):
        return rows
    container = DIFFUSERS_FILES if target.kind == "denoiser" else TOOLS[scheme.family].container
    if scheme.family == "torchao":
        from inspector.analyses.projections.torchao_metadata import torchao_metadata_bytes

        container = Container(metadata=torchao_metadata_bytes(scheme.id, target.source, rows, target.modules))
    slack = _TIED_NAMES if scheme.family == "torchao" and target.source.is_encoder_decoder else 0
    return from_rows(
        target.source, rows, container, certain=_certain(scheme, target), assumptions=_notes(scheme), slack=slack
    )


def _certain(scheme: Scheme, target: Target) -> bool:
    """Does a comparison with the tool stand behind the rule for this kind of set?"""
    components = {weight.component for weight in target.source.weights if weight.params}
    text = target.kind == "language-model" and components <= _TEXT
    named = scheme.family not in _NAMING or _has_usual_names(target)
    return bool(scheme.compared) and text and named and not target.source.is_encoder_decoder


def _has_usual_names(target: Target) -> bool:
    """Is all that a tool names by itself called as in Llama: the output head that is tied, and experts one by one?"""
    if any(module.kind == "experts" for module in target.modules):
        return False
    return not target.source.ties_head or any(weight.pattern.startswith("model.") for weight in target.source.weights)


def _notes(scheme: Scheme) -> tuple[str, ...]:
    margin = MARGINS.get(scheme.family)
    version = f"Follows {scheme.tool}."
    return (version, f"The bounds allow for this: {margin[2]}.") if margin else (version,)


def _decoder_only(rule: Rule) -> Rule:
    def checked(scheme: Scheme, target: Target) -> SetProjection | str:
        if target.source.is_encoder_decoder:
            return "known for decoder-only language models alone"
        return rule(scheme, target)

    return checked


def _compressed(scheme: Scheme, target: Target) -> SetProjection | str:
    speech = any(weight.component == "audio_encoder" for weight in target.source.weights)
    if speech and target.source.is_encoder_decoder:
        return "the recipe's ignore=['lm_head'] does not name the output head of speech models"
    return _linear(scheme, target)


def _mlx(scheme: Scheme, target: Target) -> SetProjection | str:
    from inspector.analyses.projections.mlx import CONTAINER, plan_mlx

    rows = plan_mlx(scheme, target.source, target.modules)
    if not any(row.converted for row in rows):
        return "no rows divide by the group"
    return from_rows(target.source, rows, CONTAINER, certain=_certain(scheme, target), assumptions=_notes(scheme))


def _mxfp4(scheme: Scheme, target: Target) -> SetProjection | str:
    from inspector.analyses.projections.mxfp4 import plan_mxfp4

    rows = plan_mxfp4(scheme, target.source, target.modules)
    if isinstance(rows, str):
        return rows
    return from_rows(target.source, rows, Container(metadata=PT), certain=False, assumptions=_notes(scheme))


def _gguf(scheme: Scheme, target: Target) -> SetProjection | str:
    if target.kind == "denoiser":
        from inspector.analyses.projections import comfy_gguf

        file = target.comfy_file
        return file if isinstance(file, str) else comfy_gguf.project(file, scheme.id.removeprefix("gguf/").upper())
    from inspector.analyses.gguf.model import Refusal
    from inspector.analyses.projections import language_gguf

    model = target.gguf_model
    return model.reason if isinstance(model, Refusal) else language_gguf.project(model, scheme.id)


def _comfy(scheme: Scheme, target: Target) -> SetProjection | str:
    from inspector.analyses.projections.comfy_fp8 import plan_comfy

    whole = target.kind != "denoiser"
    rows = plan_comfy(scheme, target.source, target.modules, whole=whole)
    container = TOOLS["comfy"].container
    return from_rows(target.source, rows, container, certain=False, assumptions=_notes(scheme))


def _svdquant(scheme: Scheme, target: Target) -> SetProjection | str:
    from inspector.analyses.projections import svdquant

    return svdquant.project(scheme.id, target.source)


def _sdcpp(scheme: Scheme, target: Target) -> SetProjection | str:
    from inspector.analyses.projections import sdcpp

    return sdcpp.project((target.source,), scheme.id.removeprefix("sdcpp/").upper())


@frozen
class Family:
    """The rule of one family and the kinds of weight sets that its tool takes."""

    rule: Rule
    kinds: frozenset[SetKind]


FAMILIES: Final[Mapping[str, Family]] = {
    "cast": Family(rule=_cast, kinds=_ALL),
    "bnb": Family(rule=_linear, kinds=_TRANSFORMERS),
    "torchao": Family(rule=_linear, kinds=_TRANSFORMERS),
    "quanto": Family(rule=_linear, kinds=_TRANSFORMERS),
    "hqq": Family(rule=_decoder_only(_linear), kinds=_TEXT_MODELS),
    "fp8": Family(rule=_linear, kinds=frozenset({"language-model", "encoder"})),
    "ct": Family(rule=_compressed, kinds=_TEXT_MODELS),
    "nvfp4": Family(rule=_linear, kinds=_TEXT_MODELS),
    "gptq": Family(rule=_decoder_only(_linear), kinds=_TEXT_MODELS),
    "awq": Family(rule=_decoder_only(_linear), kinds=_TEXT_MODELS),
    "exl3": Family(rule=_decoder_only(_linear), kinds=_TEXT_MODELS),
    "bitnet": Family(rule=_decoder_only(_linear), kinds=_TEXT_MODELS),
    "mlx": Family(rule=_decoder_only(_mlx), kinds=_TEXT_MODELS),
    "mxfp4": Family(rule=_mxfp4, kinds=_TEXT_MODELS),
    "gguf": Family(rule=_gguf, kinds=_TRANSFORMERS),
    "comfy": Family(rule=_comfy, kinds=_DIFFUSION),
    "svdq": Family(rule=_svdquant, kinds=_DENOISERS),
    "sdcpp": Family(rule=_sdcpp, kinds=_DIFFUSION),
}
