"""Memory estimates side by side with hf-mem, modelinfo-cli and accelerate, and with the arithmetic written out.

The models are the snapshots in fixtures/, served by a loopback Hub (headers and configuration only). Each peer is run
by an interpreter that has it installed; one that is not there is reported as not run. From the root of a clone:

    python -m benchmarks.memory_peers [--peers PYTHON] [--accelerate PYTHON]

It writes two tables in Markdown to stdout: the key/value cache, and training with AdamW.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.analyses.memory.options import estimate_checkpoint
from inspector.errors import CannotLook
from inspector.readers.checkpoint import read_checkpoint
from inspector.reports.tables import number_column, render_table, text_column
from inspector.sources.base import Source, SourceFile
from inspector.sources.snapshot import open_snapshot
from tests.sources.hub_server import Content, HubServer, Repository

FIXTURES = Path(__file__).parent.parent / "fixtures"

HF_MEM = """
import json, sys
from hf_mem.run import run
result = run(sys.argv[1], experimental=True, max_model_len=int(sys.argv[2]), kv_cache_dtype="bfloat16")
print(json.dumps({"weights": result.memory, "cache": result.kv_cache}))
"""
MODELINFO = """
import json, sys
from modelinfo.calculator import calculate_footprint
tensors, config = json.load(open(sys.argv[1]))
found = calculate_footprint(tensors, context_length=int(sys.argv[2]), config=config)
print(json.dumps({"weights": int(found["base_memory_bytes"]), "cache": int(found["kv_cache_bytes"])}))
"""
ACCELERATE = """
import json, sys
from argparse import Namespace
from accelerate.commands.estimate import gather_data
asked = Namespace(model_name=sys.argv[1], library_name="transformers", trust_remote_code=False,
                  dtypes=["float32", "float16"])
print(json.dumps({row[0]: {"weights": int(row[2]), "training": max(row[3].values())} for row in gather_data(asked)}))
"""


@dataclass(frozen=True)
class Case:
    """A fixture at a context; `arithmetic` is the exact number of cache bytes in 16-bit, written out."""

    fixture: str
    context: int
    arithmetic: int
    words: str


CASES = (
    Case("deepseek-v3", 131_072, 61 * (512 + 64) * 2 * 131_072, "61 layers x 576 latent x 2"),
    Case("llama-3.1-8b", 131_072, 32 * 2 * 8 * 128 * 2 * 131_072, "32 layers x 2 x 8 heads x 128 x 2"),
    Case("gpt-oss-20b", 131_072, 2 * 8 * 64 * 2 * 12 * (131_072 + 128), "12 layers in full, 12 of 128 tokens"),
    Case("mixtral-8x7b", 32_768, 32 * 2 * 8 * 128 * 2 * 32_768, "32 layers x 2 x 8 heads x 128 x 2"),
    Case("qwen2-vl-7b", 32_768, 28 * 2 * 4 * 128 * 2 * 32_768, "28 layers x 2 x 4 heads x 128 x 2"),
    Case("llama-2-7b-gptq", 4096, 32 * 2 * 32 * 128 * 2 * 4096, "32 layers x 2 x 32 heads x 128 x 2"),
    Case("llama-3.1-8b-bnb-nf4", 8192, 32 * 2 * 8 * 128 * 2 * 8192, "32 layers x 2 x 8 heads x 128 x 2"),
)
TRAINED = "llama-3.1-8b"
PARAMS = 8_030_261_248


def repository(fixture: str) -> Repository:
    """The snapshot as a repository of sparse files."""
    source = open_snapshot(str(FIXTURES / f"{fixture}.snapshot.json.gz"))
    files: dict[str, Content] = {}
    for file in source.list_files():
        files[file.path] = content(source, file)
    return Repository(files, extra={"library_name": "transformers", "config": {"model_type": "any"}})


def content(source: Source, file: SourceFile) -> Content:
    """A weight file's header, a small file whole; what the snapshot did not keep is zeros."""
    weights = file.path.endswith(".safetensors")

    def needed(head: bytes) -> int:
        return 8 + int.from_bytes(head[:8], "little") if weights else file.bytes

    try:
        return Content(source.read_beginning(file.path, needed)[: file.bytes], file.bytes, lfs=weights)
    except CannotLook:
        return Content(b"", file.bytes, lfs=weights)


def headers(fixture: str) -> tuple[dict[str, Any], Any]:
    """All headers merged and the configuration, as modelinfo's calculator takes them."""
    tensors: dict[str, Any] = {}
    config: Any = {}
    for path, content in repository(fixture).files.items():
        if path.endswith(".safetensors"):
            length = int.from_bytes(content.beginning[:8], "little")
            tensors |= json.loads(content.beginning[8 : 8 + length])
        elif path == "config.json":
            config = json.loads(content.beginning)
    tensors.pop("__metadata__", None)
    return tensors, config


def ours(fixture: str, **options: Any) -> Mapping[str, int]:
    """What this project says: cache and weights, or the state of training."""
    source = open_snapshot(str(FIXTURES / f"{fixture}.snapshot.json.gz"))
    estimate = estimate_checkpoint(read_checkpoint(source), gpu="24GB", **options).estimates[0]
    sums: dict[str, int] = {}
    for part in estimate.parts:
        sums[part.label] = sums.get(part.label, 0) + part.bytes
    state = sum(size for label, size in sums.items() if label not in ("activations", "logits", "overhead"))
    return {"weights": sums.get("weights", 0), "cache": sums.get("kv_cache", 0), "training": state}


def peer(python: str, script: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """What a peer prints as JSON, or why there is nothing."""
    if not python or not shutil.which(python):
        return "not run"
    command = [python, "-c", script, *arguments]
    whole = {**os.environ, **environment, "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=whole, timeout=300, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return "refuses: " + (lines[-1][:60] if lines else str(done.returncode))
    return json.loads(done.stdout.strip().splitlines()[-1])


def patched(python: str, package: str, endpoint: str, scratch: str) -> str:
    """A copy of a package that knows one endpoint only, in which that is ours; "" where it is not installed."""
    where = f"import importlib.util as u; s = u.find_spec({package!r}); print(s.origin if s else '')"
    found = subprocess.run([python, "-c", where], capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        return ""
    copy = Path(scratch) / package
    shutil.copytree(Path(found).parent, copy, dirs_exist_ok=True)
    for module in copy.rglob("*.py"):
        module.write_text(
            module.read_text(encoding="utf-8").replace("https://huggingface.co", endpoint), encoding="utf-8"
        )
    return scratch


def cell(found: Any, key: str, exact: int) -> str:
    """GiB and the ratio to the exact figure, or the reason why there is none."""
    if not isinstance(found, Mapping) or found.get(key) is None:
        return found if isinstance(found, str) else "none"
    return f"{found[key] / 2**30:.2f} GiB ({found[key] / exact:.2f}x)"


def cache_rows(python: str, hub: HubServer, scratch: str) -> list[list[str]]:
    path = patched(python, "hf_mem", hub.url, scratch) if python and shutil.which(python) else ""
    rows = []
    for case in CASES:
        given = Path(scratch) / f"{case.fixture}.json"
        given.write_text(json.dumps(headers(case.fixture)), encoding="utf-8")
        context = str(case.context)
        hf_mem = peer(python if path else "", HF_MEM, (f"bench/{case.fixture}", context), {"PYTHONPATH": path})
        modelinfo = peer(python, MODELINFO, (str(given), context), {})
        mine = ours(case.fixture, context=case.context, kv_dtype="bf16")
        figures = [cell(found, "cache", case.arithmetic) for found in (mine, hf_mem, modelinfo)]
        rows.append([case.fixture, f"{case.context:,}", f"{case.arithmetic / 2**30:.2f} GiB", case.words, *figures])
    return rows


def training_rows(python: str, hub: HubServer) -> list[list[str]]:
    found = peer(python, ACCELERATE, (f"bench/{TRAINED}",), {"HF_ENDPOINT": hub.url})
    rows = []
    for ours_precision, theirs, width in (("fp32", "float32", 16), ("mixed", "float16", 16), ("bf16", "", 8)):
        mine = ours(TRAINED, training="adamw", precision=ours_precision, no_activations=True)
        peers = found.get(theirs) if isinstance(found, Mapping) else found
        exact = PARAMS * width
        rows.append(
            [ours_precision, f"{width} x {PARAMS:,}", cell(mine, "training", exact), cell(peers, "training", exact)]
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="a Python with hf-mem and modelinfo-cli")
    parser.add_argument("--accelerate", default=sys.executable, help="a Python with accelerate and transformers")
    asked = parser.parse_args()
    names = {case.fixture for case in CASES}
    with (
        HubServer({f"bench/{name}": repository(name) for name in names}) as hub,
        tempfile.TemporaryDirectory() as scratch,
    ):
        cache, training = cache_rows(asked.peers, hub, scratch), training_rows(asked.accelerate, hub)
    titles = ["model", "context", "exact", "arithmetic", "inspector", "hf-mem", "modelinfo-cli"]
    table = render_table([text_column(title) for title in titles], cache, style="markdown")
    sys.stdout.write(f"## Key/value cache in 16-bit\n\n{table}\n")
    titles = ["AdamW", "bytes", "inspector", "accelerate estimate-memory"]
    columns = [text_column(titles[0]), *(number_column(title) for title in titles[1:])]
    table = render_table(columns, training, style="markdown")
    sys.stdout.write(f"\n## Training state of {TRAINED}\n\n{table}\n")


if __name__ == "__main__":
    main()
