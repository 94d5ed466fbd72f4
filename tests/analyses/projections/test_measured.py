"""Projections against the files that the real tools wrote for small checkpoints, byte by byte.

The versions stand in measured.json; benchmarks/quantise_safetensors.py measures again.
"""

import pytest

from tests.analyses.projections.support import MEASURED, by_scheme, measured_projections

#: Schemes whose header or text follows from more than the headers: tensor order of a hash map, digits of a float.
_BOUNDED = ("mlx/", "bnb/nf4-dq", "bnb/fp4-dq")
#: What real tools do and a projection refuses: they write a file in which nothing is converted.
_NOTHING_CONVERTED = {
    **{("falcon", scheme): "no layer" for scheme in ("bnb/int8", "bnb/nf4", "fp8/block-128")},
    **{("falcon", f"ct/{kind}"): "no layer" for kind in ("w4a16", "fp8-dynamic", "nvfp4a16", "fp8-block")},
    **{("gpt2", f"quanto/{kind}"): "no layer" for kind in ("int8", "int4", "int2", "fp8")},
    **{("gpt2", f"torchao/{kind}"): "no layer" for kind in ("int8wo", "int8dyn", "fp8wo")},
    ("gpt2", "fp8/block-128"): "no layer",
    ("llama-odd", "mlx/4bit-g64"): "no rows",
    ("llama-odd", "mlx/3bit-g128"): "no rows",
}
_ROWS = [(row[0], row[1], row[2], row[3]) for row in MEASURED]


@pytest.mark.parametrize(("model", "scheme", "total", "header"), _ROWS)
def test_a_projection_is_what_the_tool_wrote(model: str, scheme: str, total: int, header: int) -> None:
    found = measured_projections(model)
    reason = _NOTHING_CONVERTED.get((model, scheme))
    if reason is not None:
        assert any(row.scheme == scheme and reason in row.reason for row in found.not_offered)
        return
    row = by_scheme(found.projections)[scheme]
    assert row.low_bytes <= total <= row.high_bytes
    if row.basis == "exact":
        assert row.projected_bytes == row.low_bytes == row.high_bytes == total
    if not scheme.startswith("bnb/nf4-dq") and (model, scheme) not in _RECIPES:
        assert row.projected_bytes - row.header_bytes == total - header


#: The recipe used for these leaves in what published recipes leave out (the gate of the shared expert).
_RECIPES = {("qwen2moe", f"ct/{kind}") for kind in ("w4a16", "fp8-dynamic", "nvfp4a16", "fp8-block")}


def test_most_measured_figures_are_exact() -> None:
    exact = sum(
        by_scheme(measured_projections(model).projections)[scheme].basis == "exact"
        for model, scheme, _, _ in MEASURED
        if (model, scheme) not in _NOTHING_CONVERTED
    )
    assert exact >= 150


def test_what_cannot_be_exact_is_not_called_so() -> None:
    for model, scheme, _, _ in MEASURED:
        if scheme.startswith(_BOUNDED) and (model, scheme) not in _NOTHING_CONVERTED:
            assert by_scheme(measured_projections(model).projections)[scheme].basis == "modelled"
