"""Whole files: sums checked by hand, and everything that the real tool wrote where that data is at hand."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inspector.analyses.gguf.model import GgufProjection, Refusal
from inspector.analyses.gguf.project import GgufModel, prepare, project
from inspector.analyses.gguf.tokenizer import TokenizerFiles
from inspector.knowledge.gguf_file_types import SCHEMES, find_scheme
from tests.analyses.gguf.models import CONFIG, census_of, llama, model_of, sized, types_of
from tests.builder import shared_folder


def test_a_small_model_adds_up_by_hand() -> None:
    # 512x256 values in blocks of 256: Q6_K 210 bytes, Q4_K 144; norms in F32.
    projection = sized(model_of(llama(layers=1), {**CONFIG, "num_hidden_layers": 1}), "gguf/q4_k_s")
    table, attention, keys, inner, norm = 512 * 144, 256 * 144, 64 * 144, 512 * 144, 256 * 4
    # One layer: an eighth of it is none, so only the first four value matrices get Q5_K.
    values, down = 64 * 176, 256 * 512 // 256 * 144
    block = 2 * attention + keys + values + 2 * inner + down + 2 * norm
    assert projection.data_bytes == table + block + norm + 512 * 210
    assert projection.projected_bytes == projection.data_bytes + projection.header_bytes


def test_components_and_groups_add_up_to_the_data() -> None:
    projection = sized(model_of(llama()), "gguf/q4_k_m")
    assert sum(projection.components.values()) == projection.data_bytes
    assert sum(group.bytes for group in projection.groups) == projection.data_bytes
    assert set(projection.components) == {"embedding", "transformer", "head"}
    assert all(group.reason for group in projection.groups)


@pytest.mark.parametrize("scheme", [scheme.id for scheme in SCHEMES])
def test_every_scheme_is_offered_or_refused_with_a_reason(scheme: str) -> None:
    result = project(model_of(llama()), scheme)
    if isinstance(result, Refusal):
        assert scheme == "gguf/nvfp4"
        assert "NVFP4" in result.reason
    else:
        assert result.low_bytes <= result.projected_bytes <= result.high_bytes


def test_wider_types_make_larger_files() -> None:
    order = ["q2_k", "q3_k_s", "q3_k_m", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m", "q6_k", "q8_0", "f16", "f32"]
    model = model_of(llama(layers=8), {**CONFIG, "num_hidden_layers": 8})
    sizes = [sized(model, f"gguf/{name}").data_bytes for name in order]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == len(sizes)


def test_a_tied_model_keeps_its_embedding_like_an_output() -> None:
    tied = sized(model_of(llama(head=False)), "gguf/q4_k_m")
    assert types_of(tied)["token_embd.weight"] == {"Q6_K": 1}
    assert types_of(sized(model_of(llama()), "gguf/q4_k_m"))["token_embd.weight"] == {"Q4_K": 1}


def test_rows_that_nothing_fits_stop_q1_0() -> None:
    result = project(model_of(llama(width=288, inner=800)), "gguf/q1_0")
    assert isinstance(result, Refusal)
    assert result.reason == "llama-quantize stops at rows that do not fill blocks of 128"


def test_an_unknown_scheme_is_refused() -> None:
    assert isinstance(project(model_of(llama()), "gguf/q9"), Refusal)


def test_the_same_input_gives_the_same_result() -> None:
    assert sized(model_of(llama()), "gguf/iq3_xs") == sized(model_of(llama()), "gguf/iq3_xs")


_SHARED = shared_folder()
_TRUTH = _SHARED / "quantisation" if _SHARED else None
needs_truth = pytest.mark.skipif(
    _TRUTH is None or not _TRUTH.exists(), reason="development data (../shared/quantisation) is not here"
)


def _source_model(folder: Path) -> GgufModel:
    [headers] = json.loads((folder / "headers.json").read_text()).values()
    spec = {name: (entry["dtype"], entry["shape"]) for name, entry in headers.items() if name != "__metadata__"}
    config = json.loads((folder / "config.json").read_text())
    texts: dict[str, str | bytes] = {path.name: path.read_bytes() for path in folder.iterdir()}
    files = TokenizerFiles(texts=texts, sizes={name: len(text) for name, text in texts.items()})
    model = prepare(census_of(spec, config), config=config, tokenizer=files, name=folder.name)
    assert isinstance(model, GgufModel)
    return model


def _cases() -> list[dict[str, Any]]:
    if _TRUTH is None or not (_TRUTH / "truth.json").exists():
        return []
    cases: list[dict[str, Any]] = json.loads((_TRUTH / "truth.json").read_text())["cases"]
    return [case for case in cases if case["family"] in ("gguf", "gguf-dryrun") and case.get("types")]


def _scheme_of(case: Mapping[str, Any]) -> str | None:
    """The id of what a case ran, None for a type that needs a matrix and ran without one."""
    scheme = find_scheme("gguf/" + str(case["scheme"]).lower().removeprefix("src_"))
    assert scheme is not None
    if scheme.imatrix and not case["imatrix"]:
        return None
    suffix = "+imatrix" if case["imatrix"] and scheme.file_type.imatrix_changes_types else ""
    return scheme.id + suffix


def _differences(case: Mapping[str, Any], projection: GgufProjection) -> list[str]:
    wanted = Counter((re.sub(r"\.[0-9]+\.", ".*.", name), kind) for name, kind in case["types"].items())
    found = Counter({(group.pattern, group.target): group.tensors for group in projection.groups})
    wrong = [] if wanted == found else ["types"]
    if case.get("expected_data_bytes", projection.data_bytes) != projection.data_bytes:
        wrong.append("data bytes")
    if projection.exact and case.get("gguf_header_bytes", projection.header_bytes) != projection.header_bytes:
        wrong.append("header bytes")
    return wrong


@needs_truth
def test_the_real_tool_wrote_the_same() -> None:
    assert _TRUTH is not None
    models: dict[str, GgufModel] = {}
    wrong, compared = [], 0
    for case in _cases():
        scheme, source = _scheme_of(case), case["source_model"]
        if scheme is None:
            continue
        model = models.get(source) or models.setdefault(source, _source_model(_TRUTH / "sources" / source))
        compared += 1
        wrong += [(case["id"], what) for what in _differences(case, sized(model, scheme))]
    assert wrong == []
    assert compared > 100
