"""Servers that do their worst, and the command as a process: it ends in time, in little memory, with a sentence."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.sources.hub_server import TOKEN, Content, Fault, HubServer, Reply, Repository, Request, times
from tests.sources.hub_support import one_file, sharded, text

MOST_SECONDS = 30.0
MOST_MEMORY_BYTES = 120 * 1024 * 1024

# Also tells the most memory that the process had, where the system tells it.
COMMAND = """
import sys
from inspector.cli.main import exit_code
code = exit_code(sys.argv[1:])
try:
    peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
except (OSError, StopIteration):
    peak = "0"
sys.stderr.write(f"\\npeak {peak}")
sys.exit(code)
"""

Script = Callable[[socket.socket], None]


def sends(script: Script) -> Fault:
    return lambda request, usual: Reply(script=script)


def endless(head: bytes, part: bytes) -> Fault:
    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(part)

    return sends(script)


def dripping(request: Request, usual: Callable[[], Reply]) -> Reply:
    """The usual answer, a byte every half second."""
    reply = usual()
    lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in reply.headers.items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(reply.body)}", "", ""]).encode("latin-1")

    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        for at in range(40):
            connection.sendall(reply.body[at : at + 1])
            time.sleep(0.5)

    return Reply(script=script)


def answers(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Fault:
    return lambda request, usual: Reply(status, headers or {}, body)


def with_headers(**headers: str) -> Fault:
    """The usual answer with headers changed; underscores in names become hyphens."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}

    def change(request: Request, usual: Callable[[], Reply]) -> Reply:
        reply = usual()
        return Reply(reply.status, {**reply.headers, **changed}, reply.body)

    return change


def described(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """The usual description, changed."""

    def make(request: Request, usual: Callable[[], Reply]) -> Reply:
        document = json.loads(usual().body)
        change(document)
        return Reply(200, {}, json.dumps(document).encode())

    return make


@dataclass(frozen=True)
class Case:
    """A fault at every request of a kind, and what the command then says, on stderr or in its document."""

    name: str
    kind: str
    fault: Fault
    says: str
    path: str = ""
    code: int = 3
    repository: Callable[[], Repository] = one_file
    environment: Mapping[str, str] = field(default_factory=dict)


def head(status: str = "200 OK", *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def many_files(count: int) -> Callable[[dict[str, Any]], Any]:
    entries = [{"rfilename": f"{number}/config.json", "size": 2} for number in range(count)]
    return lambda document: document["siblings"].extend(entries)


def lying_header() -> Repository:
    return Repository({"model.safetensors": Content((8 * 10**12).to_bytes(8, "little") + b"{}", 10**13)})


def large_index() -> Repository:
    files = {**sharded(2).files, "model.safetensors.index.json": Content(b'{"weight_map": {', 300_000_000, lfs=False)}
    return Repository(files)


def index_outside() -> Repository:
    outside = text({"weight_map": {"a": "../../x.safetensors", "b": "%2e%2e/y.safetensors"}})
    return Repository({**sharded(2).files, "model.safetensors.index.json": outside})


SLOW = {"HF_HUB_DOWNLOAD_TIMEOUT": "1"}
BOMB = gzip.compress(bytes(60_000_000), 9)
FILE, OF_REPOSITORY = "model.safetensors of org/name: ", "org/name: "
CONFIG = "config.json of org/name: "

CASES = (
    Case("endless body", "description", endless(head(), b"x" * 65536), OF_REPOSITORY + "more than 16,777,216 bytes"),
    Case("endless headers", "description", endless(head()[:-2], b"X-A: b\r\n"), "is no valid HTTP (5 attempts)"),
    Case("endless interim answers", "storage", endless(b"", head("103 Early Hints")), FILE + "the answer is no valid"),
    Case(
        "bomb as description", "description", answers(200, {"Content-Encoding": "gzip"}, BOMB), "more than 16,777,216"
    ),
    Case("bomb as config", "resolve-cache", answers(200, {"Content-Encoding": "gzip"}, BOMB), CONFIG + "more than 23"),
    Case("bomb as header", "storage", answers(206, {"Content-Encoding": "gzip"}, BOMB), FILE + "the server compresses"),
    Case("zstd", "description", answers(200, {"Content-Encoding": "zstd"}, b"("), "an encoding that was not asked for"),
    Case("drip on description", "description", dripping, OF_REPOSITORY + "the server is too slow", environment=SLOW),
    Case("drip on header", "storage", dripping, FILE + "the server is too slow (2 attempts)", environment=SLOW),
    Case("drip on config", "resolve-cache", dripping, CONFIG + "the server is too slow", environment=SLOW),
    Case("drip on redirects", "resolve", dripping, "128000", code=0),
    Case(
        "silence",
        "storage",
        sends(lambda connection: time.sleep(20)),
        FILE + "the server is too slow",
        environment=SLOW,
    ),
    Case(
        "chunk of size -1",
        "description",
        endless(head("200 OK", "Transfer-Encoding: chunked") + b"-1\r\n", b"x" * 4096),
        "no valid HTTP",
    ),
    Case(
        "chunk of size -5",
        "storage",
        sends(lambda connection: connection.sendall(head("200 OK", "Transfer-Encoding: chunked") + b"-5\r\nab")),
        FILE,
    ),
    Case("interim answer first", "storage", lambda request, usual: Reply(script=interim(usual())), "128000", code=0),
    Case("login page", "description", answers(200, {}, b"<html>log in"), "is not a description of a repository"),
    Case("204", "description", answers(204), OF_REPOSITORY + "the server answered 204"),
    Case(
        "long wait, again and again",
        "storage",
        answers(429, {"Retry-After": "9"}),
        FILE + "the server answered 429 (2 attempts)",
    ),
    Case("wait of ten years", "storage", answers(503, {"Retry-After": "315360000"}), "asks to come back in 3,650 days"),
    Case("no location", "resolve", answers(302), FILE + "a redirect that names no place", "model"),
    Case(
        "file://",
        "resolve",
        answers(302, {"Location": "file:///etc/passwd"}),
        FILE + "a redirect to something other",
        "model",
    ),
    Case(
        "link-local",
        "resolve",
        answers(302, {"Location": "http://2852039166/"}),
        FILE + "a redirect to a link-local",
        "model",
    ),
    Case(
        "mapped",
        "resolve",
        answers(302, {"Location": "http://[::ffff:10.0.0.1]/"}),
        FILE + "a redirect to a private",
        "model",
    ),
    Case(
        "NAT64",
        "resolve",
        answers(302, {"Location": "http://[64:ff9b::a00:1]/"}),
        FILE + "a redirect to a private",
        "model",
    ),
    Case(
        "another host",
        "description",
        answers(302, {"Location": "http://host.invalid/"}),
        "a redirect of the Hub to http://host.invalid",
    ),
    Case(
        "token told back",
        "resolve",
        with_headers(X_Repo_Commit=f"\x1b[31m{TOKEN}"),
        FILE + "served from another commit",
        "model",
    ),
    Case(
        "another size",
        "resolve",
        with_headers(X_Linked_Size="5"),
        "256,184 bytes as the repository is described, 5 as it is",
        "model",
    ),
    Case("too many files", "description", described(many_files(100_001)), OF_REPOSITORY + "more than 100,000 files"),
    Case(
        "too many reads",
        "description",
        described(many_files(6_000)),
        OF_REPOSITORY + "more than 5,000 files would have to be read",
    ),
    Case("deep JSON", "description", answers(200, {}, b"[" * 200_000), "is not a description of a repository"),
    Case(
        "negative size",
        "description",
        described(lambda document: document["siblings"][1].update(size=-1)),
        "model.safetensors is of unknown size",
    ),
    Case("header of 8 TB", "none", answers(500), "8,000,000,000,000 bytes", repository=lying_header),
    Case("index of 300 MB", "none", answers(500), "at most 64,000,000 are read", repository=large_index),
    Case("index that leads outside", "none", answers(500), "../../x.safetensors is missing", repository=index_outside),
)


def interim(reply: Reply) -> Script:
    lines = [f"{name}: {value}" for name, value in reply.headers.items()]
    answer = head("206 Partial Content", *lines, f"Content-Length: {len(reply.body)}") + reply.body
    return lambda connection: connection.sendall(head("103 Early Hints", "Link: </x>") + answer)


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str
    seconds: float
    peak_bytes: int
    to_storage: tuple[Mapping[str, str], ...]


def environment(url: str, scratch: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "HF_ENDPOINT": url,
        "HF_TOKEN": TOKEN,
        "HF_HOME": scratch,
        "HF_HUB_CACHE": f"{scratch}/hub",
        "INSPECTOR_CACHE_DIR": f"{scratch}/headers",
    }


def look(case: Case) -> Outcome:
    with HubServer({"org/name": case.repository()}) as hub, tempfile.TemporaryDirectory() as scratch:
        hub.faults = [times(-1, case.kind, case.fault, case.path)]
        began = time.monotonic()
        command = [sys.executable, "-c", COMMAND, "inspect", "org/name", "--json"]
        variables = {**environment(hub.url, scratch), **case.environment}
        run = subprocess.run(command, env=variables, capture_output=True, timeout=120)
        seconds = time.monotonic() - began
        err, _, peak = run.stderr.decode().rpartition("\npeak ")
        storage = tuple(request.headers for request in hub.requests if request.place == "storage")
        return Outcome(run.returncode, run.stdout.decode(), err, seconds, int(peak) * 1024, storage)


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Mapping[str, Future[Outcome]]]:
    """All at once: most of the time is spent waiting."""
    with ThreadPoolExecutor(10) as pool:
        yield {case.name: pool.submit(look, case) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_ends_in_time_with_a_sentence(case: Case, outcomes: Mapping[str, Future[Outcome]]) -> None:
    outcome = outcomes[case.name].result()
    told = outcome.out + outcome.err
    assert (outcome.code, case.says in told) == (case.code, True), told[-2000:]
    assert "Traceback" not in told
    assert TOKEN not in told
    assert not any(ord(character) < 32 and character != "\n" for character in told)
    assert outcome.seconds < MOST_SECONDS
    assert outcome.peak_bytes < MOST_MEMORY_BYTES
    assert not any("authorization" in headers for headers in outcome.to_storage)


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT from one process to another")
@pytest.mark.parametrize("kind", ["description", "resolve", "storage"])
def test_an_interruption_ends_it_at_once(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        hub = stack.enter_context(HubServer({"org/name": sharded(30)}))
        hub.faults = [times(-1, kind, sends(lambda connection: time.sleep(20)))]
        command = [sys.executable, "-m", "inspector", "inspect", "org/name", "--json"]
        run = subprocess.Popen(
            command, env=environment(hub.url, str(tmp_path)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        while not any(request.kind == kind for request in hub.requests) and run.poll() is None:
            time.sleep(0.02)
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        assert (run.returncode, out, err.strip()) == (130, b"", b"")
        assert time.monotonic() - began < 3.0
