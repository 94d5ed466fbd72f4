"""Large sets are counted without a list of names: the arithmetic has to give what the lists give."""

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.projection import project
from inspector.analyses.projections import weights
from inspector.analyses.projections.values import Projection
from tests.analyses.projections.support import measured_model

_SCHEMES = (
    *("cast/f32", "bnb/nf4", "bnb/int8", "fp8/block-128", "torchao/int8wo", "quanto/int8", "ct/w8a8", "gptq/4bit-g32"),
    *("mlx/4bit-g32", "mlx/mxfp4", "mxfp4/experts", "hqq/4bit-g64"),
)


def _rows(name: str) -> dict[str, Projection]:
    checkpoint = measured_model(name)
    return {row.scheme: row for row in project(checkpoint, take_census(checkpoint), _SCHEMES).projections}


@pytest.mark.parametrize("name", ["qwen3-moe", "mixtral", "dsv3", "llama-odd", "olmoe"])
def test_bounds_without_names_hold_for_the_figure_with_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = _rows(name)
    monkeypatch.setattr(weights, "NAMED_TENSORS", 0)
    counted = _rows(name)
    assert set(named) == set(counted)
    for scheme, row in counted.items():
        exact = named[scheme]
        assert row.components == exact.components, scheme
        assert row.low_bytes <= exact.projected_bytes <= row.high_bytes, scheme
        assert row.basis == "modelled"
        assert abs(row.header_bytes - exact.header_bytes) <= 0.04 * exact.header_bytes, scheme
