"""Reading the headers of a Hub repository with several clients: requests, bytes and seconds, side by side.

A loopback Hub serves two made-up repositories: one file of 300 tensors, and 163 shards of 92,000 tensors in the
manner of a large mixture of experts. Each client is a process of its own and is told nothing but the endpoint.
Clients that are not installed are reported as not run. Run it from the root of a clone as

    python -m benchmarks.remote [--latency-ms 50] [--rounds 3] [--node-modules FOLDER]

where FOLDER holds `node_modules` with @huggingface/hub. It writes a table in Markdown to stdout.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path

from tests.builder import data_bytes, header_bytes, header_of
from tests.sources.hub_server import Content, HubServer, Repository, small

ROOT = Path(__file__).parent.parent
SINGLE, SHARDED = "bench/one-file", "bench/mixture-of-experts"

HF_API = "import sys; from huggingface_hub import HfApi; HfApi().get_safetensors_metadata(sys.argv[1])"
HF_MEM = "from hf_mem.cli import main; main()"
HF_JS = """
import { parseSafetensorsMetadata } from '@huggingface/hub';
await parseSafetensorsMetadata({ repo: process.argv[2], hubUrl: process.env.HF_ENDPOINT });
"""


@dataclass(frozen=True)
class Client:
    """A command that gets the repository as its last argument; `environment` is added to what all clients get.

    One that is `warmed` runs once before it is measured.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str = ""
    warmed: bool = False


@dataclass(frozen=True)
class Run:
    seconds: float
    requests: int
    body_bytes: int


def shard(names: Sequence[str]) -> Content:
    header = header_of(dict.fromkeys(names, ("F8_E4M3", (2048, 7168))))
    head = header_bytes(header)
    return Content(head, len(head) + data_bytes(header))


def repositories(shards: int = 163, tensors_each: int = 564) -> dict[str, Repository]:
    config = small(b'{"model_type": "llama"}')
    files = {"config.json": config}
    weight_map: dict[str, str] = {}
    for number in range(shards):
        path = f"model-{number + 1:05}-of-{shards:06}.safetensors"
        names = [
            f"model.layers.{number * 61 // shards}.mlp.experts.{number * tensors_each + i}.gate_proj.weight_scale_inv"
            for i in range(tensors_each)
        ]
        files[path] = shard(names)
        weight_map |= dict.fromkeys(names, path)
    index = json.dumps({"metadata": {"total_size": 0}, "weight_map": weight_map}, indent=2).encode()
    files["model.safetensors.index.json"] = small(index)
    one = {"config.json": config, "model.safetensors": shard([f"model.layers.{i}.mlp.weight" for i in range(300)])}
    return {SINGLE: Repository(one), SHARDED: Repository(files)}


def serve(latency_seconds: float, pipe: Connection) -> None:
    """In a process of its own: tells its address, then for each message what it served since the last one."""
    with HubServer(repositories(), latency_seconds=latency_seconds) as hub:
        pipe.send(hub.url)
        while pipe.recv():
            pipe.send((len(hub.requests), hub.bytes_sent))
            hub.requests.clear()
            hub.bytes_sent = 0


@contextmanager
def served(latency_seconds: float) -> Iterator[tuple[str, Connection]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(latency_seconds, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send(False)
        process.join(5)


def clients(scratch: str, node_modules: str) -> Iterator[Client]:
    inspector = [sys.executable, "-m", "inspector", "inspect", "--json"]
    yield Client("inspector", [*inspector, "--no-cache"], {})
    yield Client("inspector, second look", inspector, {"INSPECTOR_CACHE_DIR": f"{scratch}/headers"}, warmed=True)
    yield Client("huggingface_hub get_safetensors_metadata", [sys.executable, "-c", HF_API], {})
    if find_spec("hf_mem"):
        yield Client("hf-mem", [sys.executable, "-c", HF_MEM, "--model-id"], {"PYTHONPATH": hf_mem_copy(scratch)})
    if node_modules and shutil.which("node"):
        script = Path(node_modules) / "benchmark-remote.mjs"
        script.write_text(HF_JS, encoding="utf-8")
        yield Client("@huggingface/hub parseSafetensorsMetadata", ["node", str(script)], {}, node_modules)


def hf_mem_copy(scratch: str) -> str:
    """hf-mem knows one endpoint only: a copy of it in which that is a variable."""
    spec = find_spec("hf_mem")
    assert spec is not None
    assert spec.origin is not None
    copy = Path(scratch) / "hf_mem"
    shutil.copytree(Path(spec.origin).parent, copy, dirs_exist_ok=True)
    for module in copy.rglob("*.py"):
        text = module.read_text(encoding="utf-8").replace("https://huggingface.co", os.environ["BENCHMARK_ENDPOINT"])
        module.write_text(text, encoding="utf-8")
    return scratch


def measure(client: Client, repository: str, url: str, pipe: Connection) -> Run | str:
    """One run, or why there is none."""
    pipe.send(True)
    pipe.recv()
    environment = {**os.environ, "HF_ENDPOINT": url, "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1"}
    with tempfile.TemporaryDirectory() as cache:
        environment |= {"HF_HUB_CACHE": cache, "HF_HUB_DISABLE_XET": "1", **client.environment}
        began = time.perf_counter()
        done = subprocess.run(
            [*client.command, repository], env=environment, cwd=client.folder or ROOT, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no reason given"])[-1][:100]
    pipe.send(True)
    requests, body_bytes = pipe.recv()
    return Run(seconds, requests, body_bytes)


def row(client: Client, repository: str, runs: Sequence[Run | str]) -> str:
    good = [run for run in runs if isinstance(run, Run)]
    if not good:
        return f"| {repository} | {client.name} | not run: {runs[-1]} | | |"
    seconds = statistics.median(run.seconds for run in good)
    last = good[-1]
    return f"| {repository} | {client.name} | {last.requests:,} | {last.body_bytes:,} | {seconds:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency-ms", type=float, default=50.0, help="before each answer")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each client, taken in turn")
    parser.add_argument("--node-modules", default="", help="folder that holds node_modules/@huggingface/hub")
    arguments = parser.parse_args()
    with served(arguments.latency_ms / 1000) as (url, pipe), tempfile.TemporaryDirectory() as scratch:
        os.environ["BENCHMARK_ENDPOINT"] = url
        chosen = list(clients(scratch, arguments.node_modules))
        sys.stdout.write("| repository | client | requests | body bytes | seconds |\n|---|---|---:|---:|---:|\n")
        for repository in (SINGLE, SHARDED):
            for client in chosen:
                if client.warmed:
                    measure(client, repository, url, pipe)
            rounds = [[measure(client, repository, url, pipe) for client in chosen] for _ in range(arguments.rounds)]
            for client, runs in zip(chosen, zip(*rounds, strict=True), strict=True):
                sys.stdout.write(row(client, repository, runs) + "\n")


if __name__ == "__main__":
    main()
