"""The Hub source against a loopback Hub: what it asks for, what it believes, what it survives."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import (
    AccessDenied,
    CannotLook,
    ChangedWhileReading,
    LimitReached,
    NotAFile,
    NotFound,
    RefusedRedirect,
    Unreachable,
)
from inspector.sources import hub as hub_source
from inspector.sources.base import SourceFile
from inspector.sources.header_cache import HeaderCache
from inspector.sources.hub import HubSource
from inspector.values import replace
from tests.sources.hub_server import TOKEN, Content, HubServer, Reply, Repository, Request, ranged, small, times
from tests.sources.hub_support import IMPATIENT, header_end, one_file, sharded, source_of, text, weights


def whole_look(source: HubSource, files: Sequence[SourceFile] = ()) -> dict[str, bytes]:
    """The beginning of every weight file, the whole of every other, by path, all at once."""
    listed = files or source.list_files()
    with ThreadPoolExecutor(source.parallel_reads) as pool:
        beginnings = pool.map(
            lambda file: (
                source.read_beginning(file.path, header_end)
                if file.path.endswith(".safetensors")
                else source.read(file.path, 0, file.bytes)
            ),
            listed,
        )
        return dict(zip([file.path for file in listed], beginnings, strict=True))


class TestRequests:
    def test_a_single_file_takes_five_requests(self) -> None:
        repository = one_file()
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub)
            contents = whole_look(source)
            assert hub.kinds() == {"description": 1, "resolve": 2, "resolve-cache": 1, "storage": 1}
            assert source.cost().requests == 5
        model = repository.files["model.safetensors"]
        assert contents["model.safetensors"].startswith(model.beginning)
        assert contents["config.json"] == repository.files["config.json"].beginning

    def test_sixty_shards_take_two_requests_each(self) -> None:
        repository = sharded(60)
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub)
            contents = whole_look(source)
            assert len(hub.requests) == source.cost().requests == 1 + 2 * 60 + 2 * 2
        for path, content in repository.files.items():
            assert contents[path].startswith(content.beginning)

    def test_a_long_header_is_finished_from_the_same_address(self) -> None:
        repository = Repository({"model.safetensors": weights({f"t{i}" * 9: ("F32", (4,)) for i in range(3000)})})
        beginning = repository.files["model.safetensors"].beginning
        assert len(beginning) > 128 * 1024
        with HubServer({"org/name": repository}) as hub:
            assert source_of(hub).read_beginning("model.safetensors", header_end) == beginning
            assert hub.kinds() == {"description": 1, "resolve": 1, "storage": 2}

    def test_first_reads_shrink_to_what_headers_need(self) -> None:
        repository = sharded(40)
        longest = max(len(content.beginning) for content in repository.files.values() if content.lfs)
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub)
            files = [file for file in source.list_files() if file.path.endswith(".safetensors")]
            whole_look(source, files[:8])
            hub.requests.clear()
            whole_look(source, files[8:])
            asked = [request.range or (0, 0) for request in hub.requests if request.kind == "storage"]
        assert len(asked) == 32
        assert all(start == 0 and longest <= stop <= 8 * 1024 for start, stop in asked)

    def test_everything_is_read_from_the_commit_of_the_description(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            source = source_of(hub, "org/name@main")
            whole_look(source)
            assert (source.target.revision, source.target.requested_revision) == ("a" * 40, "main")
            resolved = [request.target for request in hub.requests if request.kind == "resolve"]
        assert all(f"/resolve/{'a' * 40}/" in target for target in resolved)

    def test_the_token_goes_to_the_hub_only(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            whole_look(source_of(hub, token=TOKEN))
            sent = {(request.place, request.headers.get("authorization", "")) for request in hub.requests}
        assert sent == {("hub", f"Bearer {TOKEN}"), ("storage", "")}

    def test_connections_are_kept(self) -> None:
        with HubServer({"org/name": sharded(30)}) as hub:
            source = source_of(hub)
            whole_look(source)
            idle = source._client.transport._idle
            assert sum(map(len, idle.values())) <= 2 * source.parallel_reads

    def test_a_file_target_lists_that_file_alone(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            source = source_of(hub, "hf://org/name/model.safetensors")
            assert [file.path for file in source.list_files()] == ["model.safetensors"]
            assert source.focus == "model.safetensors"

    def test_a_file_that_holds_no_weights_stands_for_its_folder(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            source = source_of(hub, "hf://org/name/config.json")
            assert [file.path for file in source.list_files()] == ["config.json", "model.safetensors"]
            assert source.focus == ""

    def test_a_folder_target_is_the_root_of_what_is_listed(self) -> None:
        files = {"unet/model.safetensors": weights(), "vae/model.safetensors": weights(), "unet/config.json": text({})}
        with HubServer({"org/name": Repository(files)}) as hub:
            source = source_of(hub, "hf://org/name@main/unet")
            assert [file.path for file in source.list_files()] == ["config.json", "model.safetensors"]
            assert source.read("config.json", 0, 2) == b"{}"
            with pytest.raises(NotFound, match="no such file or folder"):
                source_of(hub, "hf://org/name/text_encoder").list_files()

    def test_a_path_that_is_not_listed_is_never_asked_for(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            source = source_of(hub)
            source.list_files()
            for path in ("../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "other.safetensors"):
                with pytest.raises(NotFound):
                    source.read(path, 0, 10)
            assert len(hub.requests) == 1

    def test_names_are_percent_encoded(self) -> None:
        name = "a b#c?d%2e%2e/ü.json"
        with HubServer({"org/name": Repository({name: text({"x": 1})})}) as hub:
            assert source_of(hub).read(name, 0, 100) == b'{"x": 1}'

    def test_a_listed_path_that_leaves_the_repository_is_not_opened(self) -> None:
        with HubServer({"org/name": Repository({"../up.safetensors": weights()})}) as hub:
            source = source_of(hub)
            assert [file.special for file in source.list_files()] == ["outside name"]
            with pytest.raises(NotAFile):
                source.read_beginning("../up.safetensors", header_end)
            assert len(hub.requests) == 1


class TestFacts:
    def test_facts_of_the_repository(self) -> None:
        extra = {
            "library_name": "transformers",
            "cardData": {"license": "mit"},
            "safetensors": {"parameters": {"BF16": 128000}},
            "securityRepoStatus": {"scansDone": True, "filesWithIssues": [{"path": "x.bin", "level": "unsafe"}]},
        }
        with HubServer({"org/name": Repository({"x.bin": weights()}, gated="manual", extra=extra)}) as hub:
            source = source_of(hub)
            source.list_files()
        facts = source.facts
        assert (facts["gated"], facts["private"], facts["disabled"]) == ("manual", False, False)
        assert (facts["library"], facts["license"], facts["declared_params"]) == (
            "transformers",
            "mit",
            {"BF16": 128000},
        )
        assert (facts["scan_done"], facts["security"]) == (True, {"x.bin": "unsafe"})


TRANSIENT: dict[str, Callable[[Request, Callable[[], Reply]], Reply]] = {
    "503": lambda request, usual: Reply(503),
    "500": lambda request, usual: Reply(500, {}, b"<html>"),
    "429 with Retry-After": lambda request, usual: Reply(429, {"Retry-After": "0"}),
    "reset before the answer": lambda request, usual: Reply(reset=True),
    "closed before the answer": lambda request, usual: Reply(200, {"Content-Length": "9"}, cut=0),
    "truncated": lambda request, usual: _changed(usual(), cut=100),
    "reset amid the body": lambda request, usual: _changed(usual(), cut=100, reset=True),
    "slow first byte": lambda request, usual: _changed(usual(), delay_seconds=0.6),
    "late first byte": lambda request, usual: _changed(usual(), delay_seconds=0.2),
}
STORAGE_ONLY: dict[str, Callable[[Request, Callable[[], Reply]], Reply]] = {
    "expired address": lambda request, usual: Reply(403, {"Content-Type": "application/xml"}, b"<Error/>"),
    "range shifted by 8": lambda request, usual: _shifted(usual(), 8),
    "Content-Range of another file": lambda request, usual: _changed(usual(), headers={"Content-Range": "bytes 7-7/8"}),
    "206 without Content-Range": lambda request, usual: Reply(206, {}, usual().body),
    "206 in gzip": lambda request, usual: _changed(usual(), headers={"Content-Encoding": "gzip"}),
    "416 for bytes that are there": lambda request, usual: Reply(416, {"Content-Range": "bytes */999999999"}),
    "another size": lambda request, usual: _changed(usual(), headers={"Content-Range": "bytes 0-99/100"}),
    "200 of unknown length": lambda request, usual: Reply(200, {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
}


def _changed(reply: Reply, *, headers: Mapping[str, str] | None = None, **changes: Any) -> Reply:
    return replace(reply, headers={**reply.headers, **(headers or {})}, **changes)


def _shifted(reply: Reply, shift: int) -> Reply:
    span, total = reply.headers["Content-Range"].removeprefix("bytes ").split("/")
    first, last = map(int, span.split("-"))
    return _changed(reply, headers={"Content-Range": f"bytes {first + shift}-{last + shift}/{total}"})


class TestFaultsOnce:
    @pytest.mark.parametrize("kind", ["resolve", "storage", "resolve-cache", "description"])
    @pytest.mark.parametrize("name", TRANSIENT)
    def test_survived_everywhere(self, name: str, kind: str) -> None:
        repository = one_file()
        with HubServer({"org/name": repository}) as hub:
            hub.faults = [times(1, kind, TRANSIENT[name])]
            contents = whole_look(source_of(hub))
        for path, content in repository.files.items():
            assert contents[path].startswith(content.beginning)

    @pytest.mark.parametrize("name", STORAGE_ONLY)
    def test_survived_at_the_storage(self, name: str) -> None:
        repository = sharded(3)
        with HubServer({"org/name": repository}) as hub:
            hub.faults = [times(1, "storage", STORAGE_ONLY[name])]
            contents = whole_look(source_of(hub))
        for path, content in repository.files.items():
            assert contents[path].startswith(content.beginning)

    def test_a_damaged_small_file_is_asked_for_again(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [
                times(1, "resolve-cache", lambda request, usual: _changed(usual(), body=b'{"model_type": "llamA"}'))
            ]
            assert source_of(hub).read("config.json", 0, 100) == b'{"model_type": "llama"}'

    def test_a_truncated_answer_is_resumed_where_it_broke_off(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(1, "storage", lambda request, usual: _changed(usual(), cut=50))]
            source_of(hub).read_beginning("model.safetensors", header_end)
            asked = [request.range[0] for request in hub.requests if request.kind == "storage" and request.range]
        assert asked == [0, 50]

    def test_answers_that_are_always_too_short_are_put_together(self) -> None:
        content = weights()

        def shorter(request: Request, usual: Callable[[], Reply]) -> Reply:
            assert request.range is not None
            start, stop = request.range
            headers = {**request.headers, "range": f"bytes={start}-{min(stop, start + 5000) - 1}"}
            return ranged(Request("storage", "storage", request.target, headers), content, {})

        with HubServer({"org/name": Repository({"model.safetensors": content})}) as hub:
            hub.faults = [times(-1, "storage", shorter)]
            assert source_of(hub).read("model.safetensors", 0, 120_000) == content.slice(0, 120_000)

    def test_a_server_that_ignores_ranges_is_cut_off(self) -> None:
        content = Content(weights().beginning, 200_000_000)
        repository = Repository({"model.safetensors": content})
        endless = Content(content.beginning, 20_000_000)

        def whole(request: Request, usual: Callable[[], Reply]) -> Reply:
            return Reply(200, {"Content-Length": str(content.size)}, endless.slice(0, endless.size))

        with HubServer({"org/name": repository}) as hub:
            hub.faults = [times(-1, "storage", whole)]
            source = source_of(hub)
            assert source.read_beginning("model.safetensors", header_end).startswith(content.beginning)
            assert source.cost().bytes < 400_000


class TestFaultsForEver:
    @pytest.mark.parametrize("kind", ["resolve", "storage"])
    @pytest.mark.parametrize("name", ["503", "500", "reset before the answer", "slow first byte", "truncated"])
    def test_the_file_is_named(self, name: str, kind: str) -> None:
        if (name, kind) == ("truncated", "resolve"):
            pytest.skip("a redirect needs no body")
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, kind, TRANSIENT[name])]
            with pytest.raises(Unreachable, match=r"^model\.safetensors of org/name: .*attempts\)\.$"):
                source_of(hub).read_beginning("model.safetensors", header_end)

    @pytest.mark.parametrize("name", STORAGE_ONLY)
    def test_never_believed(self, name: str) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "storage", STORAGE_ONLY[name])]
            with pytest.raises(CannotLook, match=r"^model\.safetensors of org/name: "):
                source_of(hub).read_beginning("model.safetensors", header_end)

    def test_one_file_does_not_stop_the_others(self) -> None:
        with HubServer({"org/name": sharded(5)}) as hub:
            hub.faults = [times(-1, "storage", TRANSIENT["503"], "00003-of")]
            source = source_of(hub)
            for file in source.list_files():
                if "00003-of" in file.path:
                    with pytest.raises(Unreachable, match="503"):
                        source.read_beginning(file.path, header_end)
                elif file.path.endswith(".safetensors"):
                    assert source.read_beginning(file.path, header_end)

    def test_a_dead_server_is_not_asked_for_every_file(self) -> None:
        with HubServer({"org/name": sharded(40)}) as hub:
            hub.faults = [times(-1, "storage", TRANSIENT["503"])]
            source = source_of(hub)
            failed = []
            for file in source.list_files():
                if file.path.endswith(".safetensors"):
                    with pytest.raises(Unreachable) as caught:
                        source.read_beginning(file.path, header_end)
                    failed.append(str(caught.value))
            asked = hub.kinds()["storage"]
        assert len(failed) == 40
        assert asked == 3 * IMPATIENT.attempts
        assert "not tried" in failed[-1]

    def test_stopping_ends_a_wait_at_once(self) -> None:
        with HubServer({"org/name": one_file()}) as hub, ThreadPoolExecutor(1) as pool:
            source = source_of(hub)
            source.list_files()
            hub.faults = [times(-1, "storage", lambda request, usual: _changed(usual(), delay_seconds=0.3))]
            reading = pool.submit(source.read_beginning, "model.safetensors", header_end)
            source.close()
            with pytest.raises(CannotLook):
                reading.result(timeout=5)


class TestContradictions:
    @pytest.mark.parametrize(
        ("name", "value"),
        [("X-Repo-Commit", "b" * 40), ("X-Linked-Size", "12"), ("X-Linked-ETag", '"' + "c" * 64 + '"')],
    )
    def test_provenance_other_than_described(self, name: str, value: str) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "resolve", lambda request, usual: _changed(usual(), headers={name: value}))]
            with pytest.raises(ChangedWhileReading, match=r"^model\.safetensors of org/name"):
                source_of(hub).read_beginning("model.safetensors", header_end)
            assert "storage" not in hub.kinds()

    def test_a_file_replaced_between_two_reads(self) -> None:
        spec = {f"t{i}" * 9: ("F32", (4,)) for i in range(3000)}
        with HubServer({"org/name": Repository({"model.safetensors": weights(spec)})}) as hub:
            seen = iter(range(99))
            hub.faults = [
                times(-1, "storage", lambda request, usual: _changed(usual(), headers={"ETag": f'"{next(seen)}"'}))
            ]
            with pytest.raises(ChangedWhileReading, match="replaced"):
                source_of(hub).read_beginning("model.safetensors", header_end)

    def test_a_file_replaced_amid_one_read(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            seen = iter(range(99))
            hub.faults = [
                times(
                    -1, "storage", lambda request, usual: _changed(usual(), headers={"ETag": f'"{next(seen)}"'}, cut=60)
                )
            ]
            with pytest.raises(ChangedWhileReading, match="replaced between two reads"):
                source_of(hub).read_beginning("model.safetensors", header_end)

    def test_a_small_file_that_does_not_match_its_hash(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [
                times(-1, "resolve-cache", lambda request, usual: _changed(usual(), body=b'{"model_type": "llamA"}'))
            ]
            with pytest.raises(ChangedWhileReading, match="hash"):
                source_of(hub).read("config.json", 0, 100)

    def test_another_commit_than_the_one_asked_for(self) -> None:
        body = described(sha="b" * 40)
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "description", lambda request, usual: Reply(200, {}, body))]
            with pytest.raises(ChangedWhileReading, match=f"described at commit {'b' * 40}, not at {'a' * 40}"):
                source_of(hub, f"org/name@{'a' * 40}").list_files()
            assert source_of(hub, "org/name@main").list_files()

    def test_a_kept_small_file_that_is_another_is_fetched(self, tmp_path: Path) -> None:
        cache = HeaderCache(str(tmp_path))
        with HubServer({"org/name": one_file()}) as hub:
            config = hub.repositories["org/name"].files["config.json"]
            cache.put(hub.url, config.git_sha1, b'{"model_type": "mamba"}')
            assert source_of(hub, header_cache=cache).read("config.json", 0, 100) == config.beginning
            assert cache.get(hub.url, config.git_sha1) == config.beginning

    def test_headers_that_a_mirror_leaves_out_are_not_missed(self) -> None:
        def bare(request: Request, usual: Callable[[], Reply]) -> Reply:
            reply = usual()
            return Reply(reply.status, {"Location": reply.headers["Location"]}, reply.body)

        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "resolve", bare)]
            assert source_of(hub).read_beginning("model.safetensors", header_end)


class TestAccess:
    def test_no_such_repository(self) -> None:
        with HubServer({}) as hub, pytest.raises(NotFound, match=r"^org/name: no such repository, or it is private"):
            source_of(hub).list_files()

    def test_a_private_repository_with_the_token(self) -> None:
        with HubServer({"org/name": Repository({"model.safetensors": weights()}, private=True)}) as hub:
            assert source_of(hub, token=TOKEN).read_beginning("model.safetensors", header_end)
            with pytest.raises(NotFound) as caught:
                source_of(hub).list_files()
        assert "HF_TOKEN" in caught.value.hint

    def test_no_such_revision(self) -> None:
        with HubServer({"org/name": one_file()}) as hub, pytest.raises(NotFound, match="no such revision"):
            source_of(hub, "org/name@v9").list_files()

    def test_a_gated_repository_is_asked_once(self) -> None:
        repository = sharded(20)
        repository.gated = "manual"
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub)
            for file in source.list_files():
                with pytest.raises(AccessDenied, match=rf"^{file.path} of org/name: the repository is gated"):
                    source.read(file.path, 0, 8)
            assert hub.kinds() == {"description": 1, "resolve": 1}

    def test_a_disabled_repository(self) -> None:
        with (
            HubServer({"org/name": Repository({}, disabled=True)}) as hub,
            pytest.raises(AccessDenied, match="disabled"),
        ):
            source_of(hub).list_files()

    def test_a_denial_without_a_reason_is_not_the_last_word(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(1, "resolve", lambda request, usual: Reply(403))]
            assert source_of(hub).read_beginning("model.safetensors", header_end)
            hub.faults = [times(-1, "resolve", lambda request, usual: Reply(403))]
            source = source_of(hub)
            with pytest.raises(
                AccessDenied, match=r"^model\.safetensors of org/name: the server denies access \(403\)"
            ):
                source.read_beginning("model.safetensors", header_end)
            hub.faults = []
            assert source.read("config.json", 0, 100)

    def test_a_token_that_is_not_accepted(self) -> None:
        with HubServer({"org/name": one_file()}) as hub, pytest.raises(AccessDenied, match="token"):
            source_of(hub, token="hf_wrong").list_files()


class TestRateLimit:
    def test_the_limit_is_kept_without_a_refusal(self) -> None:
        with HubServer({"org/name": sharded(20)}) as hub:
            hub.rate_limit = (12, 1)
            contents = whole_look(source_of(hub))
            assert len(contents) == 22
            assert 429 not in hub.statuses

    def test_a_refusal_is_waited_out(self) -> None:
        limited = Reply(429, {"RateLimit": '"resolvers";r=0;t=0'})
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(1, "resolve", lambda request, usual: limited)]
            assert source_of(hub).read_beginning("model.safetensors", header_end)

    def test_a_window_longer_than_the_run_is_not_waited_for(self) -> None:
        limited = Reply(429, {"RateLimit": '"resolvers";r=0;t=280'})
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "resolve", lambda request, usual: limited)]
            with pytest.raises(Unreachable, match="request limit"):
                source_of(hub).read_beginning("model.safetensors", header_end)


class TestRedirects:
    @pytest.mark.parametrize(
        "location",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/model.safetensors",
            "http://[fe80::1]/x",
            "http://[::ffff:10.0.0.1]/x",
            "file:///etc/passwd",
            "ftp://127.0.0.1/x",
            "gopher://127.0.0.1/",
        ],
    )
    def test_refused(self, location: str) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "resolve", lambda request, usual: Reply(302, {"Location": location}))]
            with pytest.raises(RefusedRedirect, match=r"^model\.safetensors of org/name: a redirect to "):
                source_of(hub).read_beginning("model.safetensors", header_end)

    @pytest.mark.parametrize("location", ["//", "http://"])
    def test_the_way_to_itself_ends(self, location: str) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "resolve", lambda request, usual: Reply(302, {"Location": location}))]
            with pytest.raises(RefusedRedirect):
                source_of(hub).read_beginning("model.safetensors", header_end)

    def test_a_redirect_to_itself_ends(self) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "resolve", lambda request, usual: Reply(302, {"Location": request.target}))]
            with pytest.raises(RefusedRedirect, match="more than 5 redirects"):
                source_of(hub).read_beginning("model.safetensors", header_end)

    def test_a_renamed_repository_is_followed_on_the_hub(self) -> None:
        with HubServer({"org/new": one_file()}) as hub:

            def renamed(request: Request, usual: Callable[[], Reply]) -> Reply | None:
                if "org/name" not in request.target:
                    return None
                return Reply(307, {"Location": request.target.replace("org/name", "org/new")})

            hub.faults = [renamed]
            assert source_of(hub, token=TOKEN).read_beginning("model.safetensors", header_end)
            assert len([request for request in hub.requests if "org/name" in request.target]) == 1


class TestWholeWeights:
    def test_are_given_as_they_are_and_not_kept(self, tmp_path: Path) -> None:
        content = Content(b"not what the hash promises", 26)
        cache = HeaderCache(str(tmp_path))
        with HubServer({"org/name": Repository({"model.safetensors": content})}) as hub:
            changed = content.beginning[::-1]
            hub.faults = [times(-1, "storage", lambda request, usual: _changed(usual(), body=changed))]
            assert source_of(hub, header_cache=cache).read("model.safetensors", 0, 26) == changed
        assert cache.use().entries == 0


class TestHeaderCache:
    def test_a_second_look_takes_one_request(self, tmp_path: Path) -> None:
        cache = HeaderCache(str(tmp_path))
        with HubServer({"org/name": sharded(6)}) as hub:
            first = whole_look(source_of(hub, header_cache=cache))
            source = source_of(hub, header_cache=cache)
            second = whole_look(source)
            assert source.cost().requests == 1
        for path, beginning in second.items():
            assert first[path].startswith(beginning)

    def test_another_server_gets_nothing_out_of_it(self, tmp_path: Path) -> None:
        cache = HeaderCache(str(tmp_path))
        with HubServer({"org/name": one_file()}) as planted:
            whole_look(source_of(planted, header_cache=cache))
        with HubServer({"org/name": one_file()}) as hub:
            source = source_of(hub, header_cache=cache)
            whole_look(source)
            assert source.cost().requests == 5

    def test_a_small_file_that_failed_its_hash_is_not_kept(self, tmp_path: Path) -> None:
        cache = HeaderCache(str(tmp_path))
        with HubServer({"org/name": Repository({"config.json": small(b"{}")})}) as hub:
            hub.faults = [times(-1, "resolve-cache", lambda request, usual: _changed(usual(), body=b"[]"))]
            with pytest.raises(ChangedWhileReading):
                source_of(hub, header_cache=cache).read("config.json", 0, 2)
        assert cache.use().entries == 0


def described(**changes: Any) -> bytes:
    """A description of a repository with one weight file, some of it changed."""
    sibling = {"rfilename": "model.safetensors", "size": 1000, "lfs": {"sha256": "f" * 64}}
    return json.dumps({"sha": "a" * 40, "siblings": [sibling], **changes}).encode()


class TestHostileDescriptions:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>log in to this network</html>",
            b"null",
            b"[]",
            b"{}",
            b'{"sha": "a", "siblings": []}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'"' + b"\xff" * 100,
            described(sha=None),
            described(sha="../../etc"),
            described(siblings=None),
            described(siblings={"a": 1}),
            described(siblings=[1]),
            described(siblings=[{"size": 1}]),
            described(siblings=[{"rfilename": 1, "size": 1}]),
            described(siblings=[{"rfilename": "a", "size": 1, "lfs": [1]}]),
            b"[" + b"{}," * 400_000 + b"{}]",
            b"[" + b"0," * 2_000_001 + b"0]",
            b'{"sha": "' + b"a" * 17_000_000 + b'"}',
        ],
        ids=lambda body: body[:24].decode("latin-1"),
    )
    def test_refused_with_a_sentence(self, body: bytes) -> None:
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "description", lambda request, usual: Reply(200, {}, body))]
            with pytest.raises(CannotLook, match=r"^org/name: "):
                source_of(hub).list_files()

    @pytest.mark.parametrize("size", [None, -1, 1.5, "10", True, 10**30, [], {}])
    def test_a_size_that_is_none_is_not_believed(self, size: object) -> None:
        body = described(siblings=[{"rfilename": "model.safetensors", "size": size}])
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "description", lambda request, usual: Reply(200, {}, body))]
            source = source_of(hub)
            assert [file.special for file in source.list_files()] == ["of unknown size"]
            with pytest.raises(NotAFile):
                source.read_beginning("model.safetensors", header_end)

    @pytest.mark.parametrize(
        "path",
        ["../x", "a/../../x", "/etc/passwd", "a//b", "", ".", "a\\..\\b", "c:/x", "a\nb", "a\x1b[0m", "x" * 5000],
    )
    def test_a_path_that_is_none_is_not_opened(self, path: str) -> None:
        body = described(siblings=[{"rfilename": path, "size": 10}])
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "description", lambda request, usual: Reply(200, {}, body))]
            source = source_of(hub)
            assert [file.special for file in source.list_files()] == ["outside name"]
            with pytest.raises(NotAFile):
                source.read(path, 0, 8)
            assert len(hub.requests) == 1

    def test_a_size_that_lies(self) -> None:
        body = described(siblings=[{"rfilename": "model.safetensors", "size": 10**15, "lfs": {"sha256": "f" * 64}}])
        with HubServer({"org/name": one_file()}) as hub:
            hub.faults = [times(-1, "description", lambda request, usual: Reply(200, {}, body))]
            with pytest.raises(
                ChangedWhileReading, match=r"1,000,000,000,000,000 bytes as the repository is described"
            ):
                source_of(hub).read_beginning("model.safetensors", header_end)

    def test_headers_that_take_too_much_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        repository = sharded(4)
        sizes = [len(content.beginning) for content in repository.files.values() if content.lfs]
        monkeypatch.setattr(hub_source, "MOST_BEGINNING_BYTES", sum(sizes) - 1)
        with HubServer({"org/name": repository}) as hub:
            source = source_of(hub)
            paths = [file.path for file in source.list_files() if file.path.endswith(".safetensors")]
            for path in paths[:-1]:
                source.read_beginning(path, header_end)
            with pytest.raises(LimitReached, match=r"together\.$"):
                source.read_beginning(paths[-1], header_end)

    def test_a_small_file_that_is_a_bomb(self) -> None:
        bomb = gzip.compress(bytes(20_000_000), 9)
        with HubServer({"org/name": one_file()}) as hub:
            packed = Reply(200, {"Content-Encoding": "gzip"}, bomb)
            hub.faults = [times(-1, "resolve-cache", lambda request, usual: packed)]
            with pytest.raises(CannotLook, match=r"^config\.json of org/name: more than 23 bytes came"):
                source_of(hub).read("config.json", 0, 1000)
