"""What a checkpoint would weigh under each scheme, as the tool that writes it would write it.

`project` answers for any schemes of the catalogue, `overview_projections` for the dozen that an overview shows.
A scheme converts the weight sets that its tool takes and leaves the others as stored; a projection is their sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from inspector.analyses.census import Census
from inspector.analyses.projections.cast import project_ideal
from inspector.analyses.projections.families import FAMILIES, Target
from inspector.analyses.projections.modules import SetKind
from inspector.analyses.projections.sets import SetProjection, as_stored, combine
from inspector.analyses.projections.values import NotOffered, Projection, Projections
from inspector.analyses.projections.weights import WeightSource
from inspector.errors import UsageError
from inspector.knowledge.gguf_file_types import find_scheme as find_gguf_scheme
from inspector.knowledge.schemes import FAMILIES as FAMILY_NAMES
from inspector.knowledge.schemes import MARGINS, SCHEME_BY_ID, SCHEMES, Scheme
from inspector.model import Checkpoint
from inspector.paths import name_of
from inspector.values import replace

#: What an overview shows, of those that apply.
_OVERVIEW: Final = (
    *("cast/f16", "cast/bf16", "cast/f8_e4m3", "ideal/8bit", "ideal/4bit"),
    *("gguf/q8_0", "gguf/q6_k", "gguf/q5_k_m", "gguf/q4_k_m", "gguf/q3_k_m"),
    *("bnb/nf4", "gptq/4bit-g128", "ct/fp8-dynamic", "mlx/4bit-g64", "comfy/fp8", "svdq/int4"),
)

_NO_MARGIN: Final = (0, 0, "")
_INCOMPLETE: Final = "the checkpoint is incomplete: this is the figure of what could be read, bounds included"


def overview_projections(census: Census, checkpoint: Checkpoint) -> tuple[Projection, ...]:
    """The dozen schemes that people ask for first, those that apply, in the order of the catalogue."""
    targets = _targets(census, checkpoint)
    rows = (_project_one(SCHEME_BY_ID[scheme], targets) for scheme in _OVERVIEW)
    return tuple(_as_known(row, checkpoint) for row in rows if isinstance(row, Projection))


def _as_known(row: Projection, checkpoint: Checkpoint) -> Projection:
    """A projection of what could be read is not exact: what is missing would be in the artifact too."""
    if checkpoint.complete or row.basis != "exact":
        return row
    return replace(row, basis="modelled", assumptions=(*row.assumptions, _INCOMPLETE))


def project(
    checkpoint: Checkpoint,
    census: Census,
    schemes: Sequence[str] = ("all",),
    components: Mapping[str, str] | None = None,
) -> Projections:
    """Every scheme asked for, by id, family name or `all`; `components` adds one row with a scheme for each.

    Raises `UsageError` for a name that the catalogue does not have.
    """
    targets = _targets(census, checkpoint)
    rows = [_project_one(scheme, targets) for scheme in select_schemes(schemes)]
    if components:
        rows.append(_project_components(components, targets))
    return Projections(
        stored_bytes=sum(shard.file_bytes for shard in checkpoint.shards),
        projections=tuple(_as_known(row, checkpoint) for row in rows if isinstance(row, Projection)),
        not_offered=tuple(row for row in rows if isinstance(row, NotOffered)),
    )


def select_schemes(names: Iterable[str]) -> list[Scheme]:
    """The schemes behind ids, family names and `all`, in the order of the catalogue, each once."""
    chosen: set[str] = set()
    for name in names:
        lowered = name.lower()
        if lowered == "all":
            chosen.update(SCHEME_BY_ID)
        elif lowered in FAMILY_NAMES:
            chosen.update(scheme.id for scheme in SCHEMES if scheme.family == lowered)
        else:
            chosen.add(find_scheme(lowered).id)
    return [scheme for scheme in SCHEMES if scheme.id in chosen]


def find_scheme(name: str) -> Scheme:
    """The scheme of that id, or of llama.cpp's other name for it. Raises `UsageError` that names the nearest ones."""
    alias = find_gguf_scheme(name)
    found = SCHEME_BY_ID.get(alias.id if alias else name.lower())
    if found is None:
        if name.lower() in FAMILY_NAMES:
            raise UsageError(
                f"{name!r} is a family of schemes.", hint=f"`inspector schemes {name.lower()}` lists them."
            )
        raise UsageError(f"Scheme {name!r} is not known.", hint=_nearest_scheme(name.lower()))
    return found


def _nearest_scheme(name: str) -> str:
    """The schemes that are called so in their families, else the nearest ones."""
    from difflib import get_close_matches

    near = [scheme for scheme in SCHEME_BY_ID if scheme.partition("/")[2] == name]
    near = near or get_close_matches(name, [*SCHEME_BY_ID, *FAMILY_NAMES], n=3)
    return f"Nearest: {', '.join(near)}." if near else "`inspector schemes` lists them."


def _targets(census: Census, checkpoint: Checkpoint) -> tuple[Target, ...]:
    return tuple(Target(WeightSource(row, row.context.config), checkpoint) for row in census.sets)


def _project_one(scheme: Scheme, targets: Sequence[Target]) -> Projection | NotOffered:
    if not any(target.source.params for target in targets):
        return NotOffered(scheme=scheme.id, reason="no parameters to convert")
    if scheme.family == "ideal":
        block = (scheme.block_bits, scheme.block_params)
        return project_ideal(scheme.id, block, (target.source for target in targets))
    family = FAMILIES.get(scheme.family)
    kinds = _main_kinds(targets) if scheme.family != "cast" else frozenset(target.kind for target in targets)
    if family is None or not kinds & family.kinds:
        return NotOffered(scheme=scheme.id, reason=f"not for {_described(kinds)}")
    if scheme.family == "sdcpp":
        return _one_file(scheme, targets)
    chosen = {index: scheme for index, target in enumerate(targets) if target.kind in kinds & family.kinds}
    return _combined(scheme.id, chosen, targets)


def _one_file(scheme: Scheme, targets: Sequence[Target]) -> Projection | NotOffered:
    """Every weight set in one file."""
    from inspector.analyses.projections import sdcpp

    sources = (target.source for target in targets)
    if "denoiser" not in {target.kind for target in targets}:
        return NotOffered(scheme=scheme.id, reason="not without a denoiser")
    return combine(scheme.id, [sdcpp.project(sources, scheme.id.removeprefix("sdcpp/").upper())])


def _main_kinds(targets: Sequence[Target]) -> frozenset[SetKind]:
    """The kind of set that quantising is about: the denoiser of a pipeline, else the language model, else encoders."""
    present = {target.kind for target in targets}
    return frozenset({next((kind for kind in _BY_WEIGHT if kind in present), "other")})


_BY_WEIGHT: Final[tuple[SetKind, ...]] = ("denoiser", "language-model", "encoder")


_DESCRIBED: Final[Mapping[str, str]] = {
    "denoiser": "diffusion denoisers",
    "language-model": "language models",
    "encoder": "encoders without a language model",
    "other": "weights that are neither a language model nor a denoiser",
}


def _described(kinds: Iterable[str]) -> str:
    return ", ".join(_DESCRIBED[kind] for kind in sorted(kinds))


def _combined(label: str, chosen: Mapping[int, Scheme], targets: Sequence[Target]) -> Projection | NotOffered:
    """The sum of all sets, those in `chosen` under their scheme and the others as stored."""
    sets: list[SetProjection] = []
    margins = [_NO_MARGIN]
    for index, target in enumerate(targets):
        scheme = chosen.get(index)
        if scheme is None:
            sets.append(as_stored(target.source))
            continue
        answer = FAMILIES[scheme.family].rule(scheme, target)
        if isinstance(answer, str):
            return NotOffered(scheme=label, reason=f"{target.path}: {answer}" if len(targets) > 1 else answer)
        sets.append(answer)
        margins.append(MARGINS.get(scheme.family, _NO_MARGIN))
    return combine(label, sets, margin=(max(m[0] for m in margins), max(m[1] for m in margins)))


def _project_components(components: Mapping[str, str], targets: Sequence[Target]) -> Projection | NotOffered:
    """One artifact whose weight sets follow the schemes named for them, the others as stored.

    A name is a component ("text_encoder": all of them) or the folder of one weight set, which goes first.
    """
    label = ",".join(f"{name}={scheme}" for name, scheme in components.items())
    chosen: dict[int, Scheme] = {}
    for matches in (_is_component, _is_folder):
        for name, scheme_id in components.items():
            scheme = find_scheme(scheme_id)
            found = [index for index, target in enumerate(targets) if matches(target, name)]
            chosen |= dict.fromkeys(found, scheme)
    for name, scheme_id in components.items():
        reason = _component_refusal(name, find_scheme(scheme_id), targets)
        if reason:
            return NotOffered(scheme=label, reason=reason)
    return _combined(label, chosen, targets)


def _component_refusal(name: str, scheme: Scheme, targets: Sequence[Target]) -> str:
    """Why a scheme cannot be applied to what is named, "" where it can."""
    matching = [target for target in targets if _is_component(target, name) or _is_folder(target, name)]
    if not matching:
        if any(name in _components(target) for target in targets):
            return f"{name!r} shares its file with other components: name a scheme for the whole file"
        return f"no weight set is {name!r}, only {', '.join(_set_names(targets))}"
    family = FAMILIES.get(scheme.family)
    if family is None or any(target.kind not in family.kinds for target in matching):
        return f"{scheme.id} is not for {name!r}"
    return ""


def _set_names(targets: Sequence[Target]) -> list[str]:
    """How the weight sets can be named: by folder, else by what they hold."""
    named = (name_of(target.path) or ", ".join(sorted(_components(target))) for target in targets)
    return sorted({repr(name) for name in named})


def _is_folder(target: Target, name: str) -> bool:
    return name_of(target.path) == name


def _is_component(target: Target, name: str) -> bool:
    return _components(target) == {name}


def _components(target: Target) -> set[str]:
    return {weight.component for weight in target.source.weights if weight.params}
