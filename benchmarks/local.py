"""CPU and memory of local runs as ratios, in one sitting: python benchmarks/local.py FOLDER [RUNS]

FOLDER holds a large sharded checkpoint (sparse files will do: only headers are read). The floor is one process that
reads and `json.loads` all headers and the index and keeps the results, collector off. Run it with the Python of an
environment where safetensors-inspector is installed. Medians of RUNS (7); ratios are what to quote.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

FLOOR = """
import gc, glob, json, sys
gc.disable()
keep = []
for path in sorted(glob.glob(sys.argv[1] + '/**/*.safetensors', recursive=True)):
    with open(path, 'rb') as file:
        keep.append(json.loads(file.read(int.from_bytes(file.read(8), 'little'))))
for path in glob.glob(sys.argv[1] + '/**/*.index.json', recursive=True):
    with open(path, 'rb') as file:
        keep.append(json.load(file))
"""
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def measure(*command: str) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of one run of a command, waited for alone."""
    out = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True)
    seconds, peak = out.stdout.split()
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return float(seconds), float(peak) / unit


def small_file(folder: Path) -> Path:
    """A file of one tensor."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    path = folder / "small.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    return path


def main(target: str, runs: int) -> None:
    inspector = [sys.executable, "-m", "inspector"]
    with tempfile.TemporaryDirectory() as folder:
        small = str(small_file(Path(folder)))
        rows = {
            "floor: json.loads": [sys.executable, "-c", FLOOR, target],
            "inspect": [*inspector, target],
            "audit": [*inspector, "audit", target],
            "project --scheme all": [*inspector, "project", target, "--scheme", "all"],
            "floor: import click": [sys.executable, "-c", "import click"],
            "--help": [*inspector, "--help"],
            "a small file": [*inspector, small],
        }
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        for turn in range(runs + 1):
            for name, command in rows.items():
                result = measure(*command)
                if turn:  # the first turn warms caches
                    results[name].append(result)
    floor = (0.0, 0.0)
    print(f"{'':24}{'CPU s':>8}{'x floor':>9}{'MB':>7}{'x floor':>9}")
    for name, measured in results.items():
        cpu = statistics.median(seconds for seconds, _ in measured)
        peak = statistics.median(megabytes for _, megabytes in measured)
        if name.startswith("floor"):
            floor = (cpu, peak)
        print(f"{name:24}{cpu:8.3f}{cpu / floor[0]:9.2f}{peak:7.0f}{peak / floor[1]:9.2f}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7)
