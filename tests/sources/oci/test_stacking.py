"""Layers over each other: what stays, what goes, where links lead, which files of an image are its model's."""

from collections.abc import Mapping

import pytest

from inspector.errors import LimitReached
from inspector.sources.oci import stacking
from inspector.sources.oci.stacking import Stack, model_files
from inspector.sources.oci.tar import walk
from inspector.sources.oci.views import LocalView
from tests.sources.oci.packing import Entry, Link, tar


def view_of(data: bytes) -> LocalView:
    return LocalView(len(data), lambda start, stop: data[start:stop])


def stacked(*layers: Mapping[str, Entry], is_image: bool = True) -> Stack:
    stack = Stack(is_image=is_image)
    for number, entries in enumerate(layers):
        view = view_of(tar(entries))
        stack.lay(number, view, walk(view, 2**30))
    return stack


def contents(stack: Stack) -> dict[str, bytes]:
    files = stack.files()
    return {path: files[path].view.read(files[path].start, files[path].start + files[path].bytes) for path in files}


def test_a_later_layer_wins() -> None:
    stack = stacked({"a": b"1", "b": b"2"}, {"a": b"3"})
    assert contents(stack) == {"a": b"3", "b": b"2"}
    assert stack.files()["a"].layer == 1


@pytest.mark.parametrize(
    ("deleting", "left"),
    [
        ({"m/.wh.a": b""}, {"m/b", "m/c/d", "n"}),
        ({"m/.wh.c": b""}, {"m/a", "m/b", "n"}),
        ({".wh.m": b""}, {"n"}),
        ({"m/.wh..wh..opq": b""}, {"n"}),
        ({".wh..wh..opq": b""}, set()),
        ({"./m/.wh.a": b""}, {"m/b", "m/c/d", "n"}),
        ({".wh.m": b"", "m/e": b"6"}, {"m/e", "n"}),
        ({"m": b"a file now"}, {"m", "n"}),
        ({"n": None}, {"m/a", "m/b", "m/c/d"}),
        ({"n/x": b""}, {"m/a", "m/b", "m/c/d", "n", "n/x"}),
    ],
)
def test_deletions(deleting: Mapping[str, Entry], left: set[str]) -> None:
    below: dict[str, Entry] = {"m/a": b"1", "m/b": b"2", "m/c/d": b"3", "n": b"4"}
    assert set(contents(stacked(below, deleting))) == left


def test_a_deletion_is_of_layers_below_alone() -> None:
    assert contents(stacked({"a": b"1"}, {".wh.a": b"", "a": b"2"})) == {"a": b"2"}


def test_an_artifact_deletes_nothing() -> None:
    assert set(contents(stacked({"a": b"1"}, {".wh.a": b""}, is_image=False))) == {"a", ".wh.a"}


@pytest.mark.parametrize(
    ("link", "content"),
    [
        (Link("../blobs/x"), b"content"),
        (Link("/blobs/x"), b"content"),
        (Link("../../../../blobs/x"), b"content"),
        (Link("../alias/x"), b"content"),
        (Link("second"), b"content"),
        (Link("blobs/x", hard=True), b"content"),
    ],
)
def test_links(link: Link, content: bytes) -> None:
    entries: dict[str, Entry] = {
        "blobs/x": b"content",
        "alias": Link("blobs"),
        "m/second": Link("../blobs/x"),
        "m/a": link,
    }
    stack = stacked(entries)
    assert contents(stack)["m/a"] == content
    assert not stack.files()["m/a"].special


@pytest.mark.parametrize("link", ["nowhere", "a", "b", "../m/c"])
def test_a_link_that_leads_nowhere_says_so(link: str) -> None:
    files = stacked({"m/a": Link(link), "m/b": Link("a"), "m/c": Link("c")}).files()
    assert files["m/a"].special == "dangling link"


def test_a_link_to_a_folder_is_no_file() -> None:
    assert set(stacked({"m/a": b"1", "n": Link("m")}).files()) == {"m/a"}


def test_hard_links_of_nothing() -> None:
    assert stacked({"a": Link("gone", hard=True)}).files()["a"].special == "dangling link"


@pytest.mark.parametrize("name", ["../a.safetensors", "m/../../a.safetensors", "a\n.safetensors", "c:/a", "m\\a"])
def test_names_that_leave_are_listed_and_not_read(name: str) -> None:
    files = stacked({name: b"1", "b": b"2"}).files()
    assert files[name].special == "outside link"
    assert contents(stacked({"./b": b"2", "/c": b"3", "d//e": b"4"})) == {"b": b"2", "c": b"3", "d/e": b"4"}


@pytest.mark.parametrize("extra", [0, 1])
def test_names_that_leave_have_a_limit(monkeypatch: pytest.MonkeyPatch, extra: int) -> None:
    monkeypatch.setattr(stacking, "_MOST_OUTSIDE", 5)
    names: dict[str, Entry] = {f"../{number}": b"" for number in range(5 + extra)}
    if extra:
        with pytest.raises(LimitReached, match="more than 5 names in it lead outside"):
            stacked(names)
    else:
        assert len(stacked(names)) == 5


def test_a_name_of_a_megabyte_is_cut() -> None:
    assert max(map(len, stacked({"../" + "x" * 500_000: b""}).files())) == 4096


def test_a_sparse_file_is_not_read() -> None:
    stack = stacked({"a": b"1"})
    view = stack.files()["a"].view
    from inspector.sources.oci.tar import Member

    stack.lay(1, view, [Member("a", "sparse file", 512, 1)])
    assert stack.files()["a"].special == "sparse file"


def test_links_that_multiply_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacking, "_MOST_STEPS", 1000)
    stack = stacked({f"l{i}": Link(f"l{i + 1}/../x/../" * 10) for i in range(20)})
    with pytest.raises(LimitReached, match="its links lead through more folders"):
        stack.files()


def test_deletions_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacking, "_MOST_LOOKS", 10)
    with pytest.raises(LimitReached, match="its layers delete more files"):
        stacked({f"f{i}": b"" for i in range(6)}, {".wh.x": b""}, {".wh.y": b""})


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["usr/a.py", "m/x.safetensors", "m/config.json", "m/sub/y"], ["m/x.safetensors", "m/config.json", "m/sub/y"]),
        (["usr/a.py", "x.safetensors"], ["usr/a.py", "x.safetensors"]),
        (
            ["usr/a.py", "m/model_index.json", "m/unet/x.safetensors", "m/vae/c.json"],
            ["m/model_index.json", "m/unet/x.safetensors", "m/vae/c.json"],
        ),
        (["usr/a.py", "m/model.bin"], ["usr/a.py", "m/model.bin"]),
        (["usr/a.py", "a/x.safetensors", "b/y.sft"], ["a/x.safetensors", "b/y.sft"]),
    ],
)
def test_files_of_the_model(paths: list[str], kept: list[str]) -> None:
    assert list(model_files(stacked(dict.fromkeys(paths, b"")).files())) == kept
