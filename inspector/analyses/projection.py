"""What a checkpoint would weigh under each scheme, as the tool that writes it would write it.

`project` answers for any schemes of the catalogue, `overview_projections` for the dozen that an overview shows.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from inspector.analyses.census import Census
from inspector.analyses.projections.cast import project_cast, project_ideal
from inspector.analyses.projections.values import NotOffered, Projection
from inspector.analyses.projections.weights import WeightSource
from inspector.knowledge.schemes import SCHEME_BY_ID, Scheme
from inspector.model import Checkpoint

_CAST_DTYPES: Final = {"cast/f32": "F32", "cast/f16": "F16", "cast/bf16": "BF16", "cast/f8_e4m3": "F8_E4M3"}

_OVERVIEW: Final = ("cast/f32", "cast/bf16", "cast/f8_e4m3", "ideal/8bit", "ideal/4bit")


def overview_projections(census: Census, checkpoint: Checkpoint) -> tuple[Projection, ...]:
    """The dozen schemes that people ask for first, those that apply, in the order of the catalogue."""
    sources = _sources(census, checkpoint)
    rows = (_project_one(SCHEME_BY_ID[scheme], sources) for scheme in _OVERVIEW)
    return tuple(row for row in rows if isinstance(row, Projection))


def _sources(census: Census, checkpoint: Checkpoint) -> tuple[WeightSource, ...]:
    return tuple(WeightSource(row, _config_of(checkpoint, row.weights.path)) for row in census.sets)


def _config_of(checkpoint: Checkpoint, path: str) -> Mapping[str, Any]:
    """config.json beside a weight set, {} where there is none."""
    folder = path if not path.endswith((".safetensors", ".json")) else path.rpartition("/")[0]
    config = checkpoint.configs.get(f"{folder}/config.json" if folder else "config.json")
    return config if isinstance(config, dict) else {}


def _project_one(scheme: Scheme, sources: Sequence[WeightSource]) -> Projection | NotOffered:
    if not any(source.params for source in sources):
        return NotOffered(scheme=scheme.id, reason="no parameters to convert")
    if scheme.family == "cast":
        return project_cast(scheme.id, _CAST_DTYPES[scheme.id], sources)
    return project_ideal(scheme.id, Fraction(scheme.block_parts[0][1]), sources)
