"""Recognition ends with a value for whatever tensors and configuration it is given."""

from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analyses.recognition.active import active_params, headline_params
from inspector.analyses.recognition.architecture import recognise
from inspector.analyses.recognition.structural_kind import DOMAINS
from inspector.knowledge.architectures import all_families
from tests.analyses.models import counted

_LAYOUTS: Final = [layout for family in all_families() for layout in family.layouts]
_SIZES = st.sampled_from([0, 1, 2, 8, 64, 320, 768, 2048])
_SHAPES = st.lists(_SIZES, max_size=5).map(tuple)
_FORMS = st.tuples(st.sampled_from(["F16", "BF16", "I32", "U8", "BOOL"]), _SHAPES)
_PREFIXES = st.sampled_from(["", "model.", "model.layers.0.", "text_model.", "x/"])
_ENDS = st.sampled_from(["", ".weight", ".bias", ".qweight", ".scales", ".lora_A.weight", ".hada_w1_a"])
_VALUES = st.sampled_from([None, 0, 1, 8, -1, 2.5, "8", [], [1], {}, {"hidden_size": 8}])
_KEYS = ("hidden_size", "num_attention_heads", "head_dim", "text_config", "num_experts_per_tok", "architectures")
_NAMED = st.sampled_from([{}, {"model_type": "llama"}, {"model_type": "t5"}, {"_class_name": "FluxPipeline"}])
_CONFIGS = st.tuples(_NAMED, st.dictionaries(st.sampled_from(_KEYS), _VALUES)).map(lambda both: {**both[0], **both[1]})


@st.composite
def _specs(draw: st.DrawFn) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Leaves of a few rows with shapes of no model, some of them as quantisers or adapters would end them."""
    layouts = draw(st.lists(st.sampled_from(_LAYOUTS), min_size=1, max_size=3))
    leaves = [leaf.replace("*", "1") for layout in layouts for leaf in (*layout.needs, *layout.block)]
    return {draw(_PREFIXES) + leaf + draw(_ENDS): draw(_FORMS) for leaf in leaves}


@settings(max_examples=60, deadline=None)
@given(spec=_specs(), config=_CONFIGS)
def test_any_tensors_and_any_configuration_end_in_a_value(
    spec: dict[str, tuple[str, tuple[int, ...]]], config: dict[str, Any]
) -> None:
    checkpoint, census = counted({"": spec}, {"config.json": config})
    architecture = recognise(checkpoint, census)
    assert architecture.id
    assert architecture.kind in DOMAINS
    assert headline_params(census, architecture) >= 0
    active = active_params(census, architecture)
    assert active is None or active.params >= 0
