"""The state of a layer that is not attention, or not only: its convolution's inputs and its recurrent matrix."""

import re
from collections.abc import Mapping
from typing import Any, Final

from inspector.analyses.configuration import read_number
from inspector.analyses.memory.decoder import Decoder, Shape
from inspector.values import frozen

_CONV: Final = re.compile(r"(?:^|[._])(?:[qkv]_)?conv(?:1d)?(?:\.conv)?\.weight$")
_DECAY: Final = re.compile(r"A_log$")


@frozen
class State:
    """What one layer keeps for a sequence, whatever its length.

    `conv_channels` inputs of a convolution `kernel` wide, and `recurrent` elements, of which the engine decides the
    format unless `in_model_format`.
    """

    conv_channels: int = 0
    kernel: int = 0
    recurrent: int = 0
    in_model_format: bool = False
    form: str = ""


def layer_state(decoder: Decoder, layer: int, kind: str) -> State | None:
    """The state of a layer of kind linear, conv or hybrid; None where it cannot be told."""
    config, shapes = decoder.config, decoder.layers.get(layer, {})
    if kind == "conv":
        return _short_convolution(config, shapes)
    if decoder.model_type in ("minimax", "minimax_text_01", "minimax_m1"):
        return _lightning(config)
    return _delta_net(config) or _kimi_delta(config) or _mamba2(config) or _mamba1(config, shapes)


def _convolutions(shapes: Mapping[str, Shape]) -> list[Shape]:
    return [shape for path, shape in shapes.items() if _CONV.search(path) and len(shape) == 3]


def _short_convolution(config: Mapping[str, Any], shapes: Mapping[str, Shape]) -> State | None:
    found = _convolutions(shapes)
    channels = found[0][0] if found else read_number(config, ("hidden_size",))
    kernel = found[0][2] if found else read_number(config, ("conv_L_cache",))
    if channels is None or kernel is None:
        return None
    return State(conv_channels=channels, kernel=kernel, form=f"convolution {channels} channels, kernel {kernel}")


def _lightning(config: Mapping[str, Any]) -> State | None:
    heads, hidden = read_number(config, ("num_attention_heads",)), read_number(config, ("hidden_size",))
    size = read_number(config, ("head_dim",)) or (hidden // heads if heads and hidden else None)
    if heads is None or size is None:
        return None
    return State(recurrent=heads * size * size, in_model_format=True, form=f"{heads} heads x {size} x {size}")


def _delta_net(config: Mapping[str, Any]) -> State | None:
    names = ("linear_num_key_heads", "linear_key_head_dim", "linear_num_value_heads", "linear_value_head_dim")
    numbers = [read_number(config, (name,)) for name in names]
    kernel = read_number(config, ("linear_conv_kernel_dim",))
    if None in numbers or kernel is None:
        return None
    key_heads, key_size, value_heads, value_size = (number or 0 for number in numbers)
    channels = 2 * key_heads * key_size + value_heads * value_size
    return State(
        conv_channels=channels,
        kernel=kernel,
        recurrent=value_heads * key_size * value_size,
        form=f"{value_heads} heads x {key_size} x {value_size}, convolution {channels} channels, kernel {kernel}",
    )


def _kimi_delta(config: Mapping[str, Any]) -> State | None:
    inner = config.get("linear_attn_config")
    if isinstance(inner, Mapping):
        heads, size = read_number(inner, ("num_heads",)), read_number(inner, ("head_dim",))
        kernel = read_number(inner, ("short_conv_kernel_size",))
    elif "short_conv_kernel_size" in config or "linear_num_heads" in config:
        heads = read_number(config, ("linear_num_heads", "num_attention_heads"))
        size = read_number(config, ("linear_head_dim", "head_dim"))
        kernel = read_number(config, ("linear_conv_kernel_dim", "short_conv_kernel_size"))
    else:
        return None
    if heads is None or size is None or kernel is None:
        return None
    return State(
        conv_channels=3 * heads * size,
        kernel=kernel,
        recurrent=heads * size * size,
        form=f"{heads} heads x {size} x {size}, three convolutions {heads * size} channels, kernel {kernel}",
    )


_HEADS: Final = ("mamba_n_heads", "mamba_num_heads", "n_mamba_heads")
_HEAD_SIZE: Final = ("mamba_d_head", "mamba_head_dim", "mamba_headdim")
_GROUPS: Final = ("mamba_n_groups", "n_groups", "mamba_ngroups", "mamba_num_groups")
_STATE: Final = ("mamba_d_state", "ssm_state_size", "state_size", "mamba_state_dim")
_KERNEL: Final = ("mamba_d_conv", "conv_kernel", "mamba_conv_kernel", "d_conv")
_EXPAND: Final = ("mamba_expand", "expand")


def _mamba2(config: Mapping[str, Any]) -> State | None:
    heads = read_number(config, _HEADS)
    if heads is None and config.get("model_type") == "mamba2":
        heads, size = read_number(config, ("num_heads",)), read_number(config, ("head_dim",))
    else:
        size = read_number(config, _HEAD_SIZE)
    groups, state, kernel = (read_number(config, keys) for keys in (_GROUPS, _STATE, _KERNEL))
    if heads is None or groups is None or state is None or kernel is None:
        return None
    inner = heads * size if size else _inner_width(config)
    if inner is None:
        return None
    channels = inner + 2 * groups * state
    return State(
        conv_channels=channels,
        kernel=kernel,
        recurrent=inner * state,
        form=f"{inner} x {state} state, convolution {channels} channels, kernel {kernel}",
    )


def _inner_width(config: Mapping[str, Any]) -> int | None:
    stated = read_number(config, ("mamba_d_ssm",))
    expand, hidden = read_number(config, _EXPAND), read_number(config, ("hidden_size",))
    if stated:
        return stated
    return expand * hidden if expand and hidden else None


def _mamba1(config: Mapping[str, Any], shapes: Mapping[str, Shape]) -> State | None:
    decay = next((shape for path, shape in shapes.items() if _DECAY.search(path) and len(shape) == 2), None)
    conv = next(iter(_convolutions(shapes)), None)
    if decay is not None and conv is not None:
        inner, state, kernel = decay[0], decay[1], conv[2]
        return _mamba1_state(inner, state, kernel)
    if read_number(config, _HEADS[:2]) is not None or (decay is not None and "n_mamba_heads" not in config):
        return None
    stated = read_number(config, ("intermediate_size",)) if "mamba_expand" not in config else None
    width = stated or _inner_width(config)
    numbers = read_number(config, _STATE), read_number(config, _KERNEL)
    if width is None or numbers[0] is None or numbers[1] is None:
        return None
    return _mamba1_state(width, numbers[0], numbers[1])


def _mamba1_state(inner: int, state: int, kernel: int) -> State:
    form = f"{inner} x {state} state, convolution {inner} channels, kernel {kernel}"
    return State(conv_channels=inner, kernel=kernel, recurrent=inner * state, form=form)
