"""The command line on a loopback Hub: requests, documents, exit codes."""

from pathlib import Path

import pytest

from inspector.cli import hub_settings
from tests.cli.runner import Result, run
from tests.cli.schemas import check
from tests.sources.hub_server import TOKEN, HubServer, Reply, Repository, times
from tests.sources.hub_support import IMPATIENT, one_file, sharded, text, weights

constants = pytest.importorskip("huggingface_hub.constants")

DOWN = times(-1, "storage", lambda request, usual: Reply(503))


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HF_OIDC_RESOURCE", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSPECTOR_CACHE_DIR", str(tmp_path / "headers"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub_settings, "_patience", lambda seconds: IMPATIENT)


def inspect(hub: HubServer, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    return run("inspect", *arguments, "--json")


def typical() -> Repository:
    """What most repositories of one file hold."""
    repository = one_file()
    for name in ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.json"):
        repository.files[name] = text({})
    return repository


def test_a_small_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({"org/name": typical()}) as hub:
        result = inspect(hub, monkeypatch, "org/name")
        assert len(hub.requests) <= 8
        document = result.document
        check(document)
        assert result.code == 0
        assert document["target"] == {
            "kind": "hub",
            "ref": "org/name",
            "repo_id": "org/name",
            "revision": "a" * 40,
            "requested_revision": "main",
        }
        assert document["totals"]["params"] == 128_000
        assert document["read"]["requests"] == len(hub.requests)
        assert document["download"]["bytes"] == sum(content.size for content in typical().files.values())
        hub.requests.clear()
        again = inspect(hub, monkeypatch, "org/name").document
        assert len(hub.requests) == again["read"]["requests"] == 1
        assert {**again, "read": 0} == {**document, "read": 0}


def test_a_pipeline_of_ten_files_stays_under_sixty_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"model_index.json": text({"_class_name": "X", "unet": ["diffusers", "Y"]})}
    for folder in ("text_encoder", "text_encoder_2", "unet", "vae"):
        files[f"{folder}/config.json"] = text({})
    for number in range(10):
        files[f"unet/diffusion_pytorch_model-{number + 1:05}-of-00010.safetensors"] = weights(
            {f"w{number}": ("F16", (4, 4))}
        )
    with HubServer({"org/name": Repository(files)}) as hub:
        assert inspect(hub, monkeypatch, "org/name").code == 0
        assert len(hub.requests) <= 60


def test_a_shard_that_cannot_be_read_is_named_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({"org/name": sharded(4)}) as hub:
        hub.faults = [times(-1, "storage", lambda request, usual: Reply(503), "00002-of")]
        result = inspect(hub, monkeypatch, "org/name")
    document = result.document
    check(document)
    assert result.code == 3
    assert document["complete"] is False
    assert document["totals"]["tensors"] == 9
    assert [part["path"] for part in document["not_checked"]] == ["model-00002-of-00004.safetensors"]
    assert "model-00002-of-00004.safetensors" in document["download"]["files"]
    assert {file["weight_set"] for file in document["files"] if file["kind"] == "weights"} == {"."}


def test_a_repository_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({"org/name": one_file()}) as hub:
        result = inspect(hub, monkeypatch, "org/missing", "org/name")
    first, second = result.document["targets"]
    assert result.code == 3
    assert first["error"]["kind"] == "not-found"
    assert first["error"]["message"].startswith("org/missing: no such repository")
    assert second["totals"]["params"] == 128_000


def test_a_dead_storage_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({"org/name": one_file()}) as hub:
        hub.faults = [DOWN]
        result = inspect(hub, monkeypatch, "org/name")
    assert result.code == 3
    assert "model.safetensors of org/name: the server answered 503 (5 attempts)." in result.err


def test_offline_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({"org/name": one_file()}) as hub:
        result = inspect(hub, monkeypatch, "org/name", "--offline")
        assert not hub.requests
    assert result.code == 3
    assert "not in the local cache, and offline" in result.err


def test_a_page_of_the_endpoint_is_its_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({"org/name": one_file()}) as hub:
        document = inspect(hub, monkeypatch, f"{hub.url}/org/name/blob/main/model.safetensors").document
        assert document["target"]["ref"] == "hf://org/name@main/model.safetensors"
        assert document["totals"]["files"] == 1


def test_the_token_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    repository = one_file()
    repository.private = True
    with HubServer({"org/name": repository}) as hub:
        result = inspect(hub, monkeypatch, "org/name", "-v")
        refused = inspect(hub, monkeypatch, "org/missing", "-v")
    assert (result.code, refused.code) == (0, 3)
    assert TOKEN not in result.out + result.err + refused.out + refused.err


@pytest.mark.parametrize(("free", "verdict"), [(10**9, "1.00 GB free: enough"), (1000, "1.00 kB free: not enough")])
def test_the_table_says_what_is_fetched_and_whether_there_is_room(
    monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    monkeypatch.setattr(hub_settings, "free_bytes", lambda: free)
    with HubServer({"org/name": one_file()}) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        result = run("inspect", "org/name")
    assert "What a loader fetches\n  2 files, 256." in result.out
    assert "\n  allow patterns: *.json *.safetensors\n" in result.out
    assert f"the disk of the local cache has {verdict}\n" in result.out
    assert " in 5 requests" in result.out


def test_free_room_of_a_folder_that_does_not_exist_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "a" / "b"))
    room = hub_settings.free_bytes()
    assert room is not None
    assert room > 0


def test_a_repository_that_cannot_be_had_may_have_been_meant_as_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({}) as hub:
        address = hub.url
    monkeypatch.setattr(constants, "ENDPOINT", address)
    result = run("inspect", "org/other", "--timeout", "1")
    assert result.code == 3
    assert "Nothing on this machine is called org/other either." in result.err
