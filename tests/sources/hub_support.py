"""What the tests of the Hub share: repositories made from specs, sources with little patience, whole looks."""

import json
from collections.abc import Mapping
from typing import Any

from inspector.sources.header_cache import HeaderCache
from inspector.sources.hub import HubSource
from inspector.sources.hub_settings import HubSettings
from inspector.sources.hub_target import parse_hub_target
from inspector.sources.network.settings import Network, Patience
from tests.builder import Spec, data_bytes, header_bytes, header_of
from tests.sources.hub_server import Content, HubServer, Repository, small

SPEC: Spec = {"model.embed_tokens.weight": ("BF16", (1000, 64)), "lm_head.weight": ("BF16", (1000, 64))}
IMPATIENT = Patience(
    connect_seconds=1.0,
    answer_seconds=0.4,
    least_bytes_per_second=100_000,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.05,
    total_seconds=20.0,
)
IMPATIENT_NETWORK = Network(patience=IMPATIENT, parallel_reads=8)


def weights(spec: Spec = SPEC, metadata: Mapping[str, str] | None = None) -> Content:
    """A file of full logical size whose weights are zeros."""
    header = header_of(spec, metadata)
    head = header_bytes(header)
    return Content(head, len(head) + data_bytes(header))


def text(value: Any) -> Content:
    return small(json.dumps(value).encode())


def one_file() -> Repository:
    return Repository({"config.json": text({"model_type": "llama"}), "model.safetensors": weights()})


def sharded(count: int, tensors_each: int = 3) -> Repository:
    """Shards of equal shape, an index that names each tensor, a configuration."""
    files: dict[str, Content] = {"config.json": text({"model_type": "llama"})}
    weight_map: dict[str, str] = {}
    for shard in range(count):
        path = f"model-{shard + 1:05}-of-{count:05}.safetensors"
        names = [f"model.layers.{shard}.{i}.weight" for i in range(tensors_each)]
        files[path] = weights(dict.fromkeys(names, ("BF16", (64, 64))))
        weight_map |= dict.fromkeys(names, path)
    files["model.safetensors.index.json"] = text({"metadata": {"total_size": 0}, "weight_map": weight_map})
    return Repository(files)


def source_of(
    server: HubServer,
    target: str = "org/name",
    *,
    network: Network = IMPATIENT_NETWORK,
    token: str = "",
    cache_folder: str = "",
    offline: bool = False,
    header_cache: HeaderCache | None = None,
) -> HubSource:
    parsed = parse_hub_target(target, server.url)
    assert parsed is not None
    return HubSource(
        parsed,
        HubSettings(
            endpoint=server.url,
            network=network,
            token=token,
            cache_folder=cache_folder,
            offline=offline,
            header_cache=header_cache,
        ),
    )


def header_end(first: bytes) -> int:
    """How many bytes a safetensors file's header takes, as its first bytes tell."""
    return 8 + int.from_bytes(first[:8], "little")
