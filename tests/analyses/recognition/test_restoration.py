"""Networks from an image to an image are told by a few leaves: they come without a configuration."""

import pytest

from inspector.analyses.recognition.architecture import recognise
from inspector.knowledge.architectures_diffusion import UPSCALERS
from tests.analyses.models import counted

_RESTORATION = {
    "drunet": "m_head m_down1.0.res.0 m_body.0.res.2 m_up1.2.res.0 m_tail",
    "fbcnn": "m_head m_down1.0.res.0 m_body_encoder.0.res.0 qf_pred.0.res.0 m_tail",
    "dctlsa": "fea_conv B1.body.0.transformer_body.0.blocks.0.attn.local.pointwise_prenorm_1 LR_conv upsampler.0",
    "ditn": "sft UFONE.0.ITLs.0.ffn.project_in UFONE.0.ITLs.0.ffn.dwconv conv_after_body upsample.0",
    "hvi-cidnet": "HVE_block0.1 HV_LCA1.gdfn.project_in HV_LCA1.gdfn.dwconv trans.density_k",
    "seemore": "conv_1 body.0.local_block.block.moe_layer.experts.0.conv_1 body.0.global_block.ffn.gate upsampler.0",
    "swift-srgan": "initial.cnn.depthwise residual.0.block1.cnn.pointwise final_conv.pointwise",
    "uformer": "input_proj.proj.0 encoderlayer_0.blocks.0.norm1 conv.blocks.0.norm1 output_proj.proj.0",
}


@pytest.mark.parametrize("id", _RESTORATION)
def test_restoration_networks_are_told_by_their_leaves(id: str) -> None:
    spec = {f"{leaf}.weight": ("F32", (48, 48, 3, 3)) for leaf in _RESTORATION[id].split()}
    architecture = recognise(*counted({"": {**spec, "first.weight": ("F32", (48, 3, 3, 3))}}))
    assert (architecture.id, architecture.kind) == (id, "upscaler")


@pytest.mark.parametrize(("kernel", "id"), [(3, "dncnn"), (7, "unknown")])
def test_a_plain_chain_of_small_kernels_is_a_denoiser(kernel: int, id: str) -> None:
    spec: dict[str, tuple[str, tuple[int, ...]]] = {}
    spec |= {f"model.{i}.weight": ("F32", (64, 1 if i == 0 else 64, kernel, kernel)) for i in range(0, 9, 3)}
    spec |= {f"model.{i}.{leaf}": ("F32", (64,)) for i in range(1, 9, 3) for leaf in ("weight", "bias", "running_mean")}
    spec |= {f"model.{i}.bias": ("F32", (64,)) for i in range(0, 9, 3)}
    spec |= {"model.9.weight": ("F32", (1, 64, kernel, kernel)), "model.9.bias": ("F32", (1,))}
    assert recognise(*counted({"": spec})).id == id


def test_every_restoration_network_says_where_its_leaves_are_known_from() -> None:
    assert all(family.source for family in UPSCALERS)
    assert set(_RESTORATION) <= {family.id for family in UPSCALERS}
