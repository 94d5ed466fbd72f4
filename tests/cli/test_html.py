"""`-o html`: one file that fetches nothing, in which a checkpoint's names are text and nothing else."""

import os
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.builder import write
from tests.cli.runner import run

TINY, FLUX = "fixtures/tiny-llama", "fixtures/flux1-dev-diffusers.snapshot.json.gz"
HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "\"><b>'&amp;", "a\u202eb\x1b[31m")
COMMANDS = ("inspect", "project", "memory", "audit", "gate")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class _Tags(HTMLParser):
    """Tags, attributes and text of a page; fails on a tag that is not closed in its place."""

    VOID = frozenset(("meta", "input"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.text += data


def _page(*arguments: str) -> str:
    return run(*arguments, "-o", "html").out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_report_is_a_well_formed_page(command: str) -> None:
    page = _page(command, TINY, *(("--max-size", "1GB") if command == "gate" else ()))
    tags = _Tags(page)
    assert page.startswith("<!doctype html>")
    assert "tiny-llama" in tags.text or "Llama" in tags.text
    assert tags.attributes.isdisjoint(("src", "href", "style", "onclick", "onerror", "onload"))


def test_several_targets_stand_under_their_names() -> None:
    tags = _Tags(_page("inspect", TINY, FLUX))
    assert tags.tags.count("h1") == 2
    assert tags.tags.count("figure") == 2


def test_two_checkpoints_are_compared_on_a_page() -> None:
    assert "No difference" in _Tags(_page("diff", TINY, TINY)).text


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(tmp_path: Path, command: str, name: str) -> None:
    spec = {f"{name}.weight": ("F32", (2, 2)), name: ("F32", (1,))}
    file = write(tmp_path / "model.safetensors", spec, {"k": name})
    page = _page(command, str(file), *(("--deny-dtype", "F32") if command == "gate" else ("-v",)))
    tags = _Tags(page)
    assert {"img", "b"}.isdisjoint(tags.tags)
    assert tags.tags.count("script") == (2 if command == "inspect" else 0)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", page)


def test_a_kept_report_becomes_the_same_page(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    page = run("audit", TINY, "-o", f"json={kept}", "-o", "html").out
    assert run("convert", str(kept), "-o", "html").out == page


def test_the_policy_lets_this_script_run_and_no_other() -> None:
    page = _page("inspect", TINY)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert policy
    assert script
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert f"'sha256-{b64encode(sha256(script[1].encode()).digest()).decode()}'" in policy[1]


def test_the_same_checkpoint_gives_the_same_page() -> None:
    assert _page("inspect", FLUX) == _page("inspect", FLUX)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to show the page in")
def test_a_browser_draws_the_treemap(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(_page("inspect", FLUX), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update"]
    flags += [f"--user-data-dir={tmp_path / 'profile'}"]
    shown = subprocess.run(
        [str(CHROMIUM), *flags, "--virtual-time-budget=2000", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "HOME": str(tmp_path)},
        check=True,
    ).stdout
    boxes = re.findall(r'<div class="box (?:inner|leaf) tone\d+"[^>]*title="([^"]*)"', shown)
    assert len(boxes) > 20
    assert any(box.startswith("transformer · ") for box in boxes)
    assert 'class="treemap" hidden' not in shown
