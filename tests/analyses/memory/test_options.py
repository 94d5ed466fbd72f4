"""Options as users write them."""

from typing import Any

import pytest

from inspector.analyses.memory.options import memory_request
from inspector.errors import UsageError


def test_defaults_ask_for_weights_as_stored_on_every_device() -> None:
    request = memory_request()
    assert (request.schemes, request.devices, request.device_count, request.best) == ((), (), 1, False)
    assert (request.engine, request.batch, request.training) == ("generic", 1, None)


@pytest.mark.parametrize(
    ("gpu", "gpus", "names", "count"),
    [
        ("RTX 4090", None, ["RTX 4090"], 1),
        (["RTX 4090", "24GiB"], 2, ["RTX 4090", "24GiB"], 2),
        ("4xL40S", None, ["L40S"], 4),
        ("4 x H100 80GB", None, ["H100 80GB"], 4),
        ("0.5 TB", None, ["0.5 TB"], 1),
    ],
)
def test_devices(gpu: Any, gpus: int | None, names: list[str], count: int) -> None:
    request = memory_request(gpu=gpu, gpus=gpus)
    assert [device.name for device in request.devices] == names
    assert (request.device_count, request.best) == (count, True)


def test_settings_are_json_where_they_can_be() -> None:
    pairs = ["a=3", "b=null", "c=text", "d=[1, 2]", "e=x=y"]
    assert memory_request(settings=pairs).settings == {"a": 3, "b": None, "c": "text", "d": [1, 2], "e": "x=y"}
    assert memory_request(settings={"a": 1}).settings == {"a": 1}


def test_sizes_and_counts_are_read() -> None:
    request = memory_request(overhead="600MiB", training="lora", tokens="1.5B")
    assert request.overhead_bytes == 600 * 2**20
    assert request.training is not None
    assert request.training.tokens == 1_500_000_000


@pytest.mark.parametrize(
    "options",
    [
        {"gpu": "nothing such"},
        {"gpu": "12"},
        {"overhead": "5G"},
        {"settings": ["novalue"]},
        {"training": "osmosis"},
        {"training": "adamw", "precision": "fp7"},
        {"training": "adamw", "sharding": "zero9"},
        {"training": "lora", "optimizer": "hope"},
        {"training": "adamw", "tokens": "many"},
    ],
)
def test_what_cannot_be_understood_is_wrong_usage(options: Any) -> None:
    with pytest.raises(UsageError):
        memory_request(**options)


def test_an_option_that_does_not_exist_is_a_type_error() -> None:
    options: Any = {"contxt": 5}
    with pytest.raises(TypeError, match="contxt"):
        memory_request(**options)
