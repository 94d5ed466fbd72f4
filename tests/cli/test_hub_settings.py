"""The environment as huggingface_hub reads it, and nothing of it where it was not asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from inspector.cli.hub_settings import cache_folder, network_settings

SHOW = """
from inspector.cli.hub_settings import remote_settings
s = remote_settings({arguments})
import sys
client = "httpx" in str(list(sys.modules))
print(s.endpoint, s.token or "-", s.cache_folder, s.offline, s.header_cache is not None, client)
"""


def settings_in(environment: dict[str, str], home: Path, arguments: str = "") -> list[str]:
    """Endpoint, token, cache folder, offline, header cache, and whether an HTTP client was loaded."""
    run = subprocess.run(
        [sys.executable, "-c", SHOW.format(arguments=arguments)],
        env={"HOME": str(home), "USERPROFILE": str(home), "SYSTEMROOT": "C:\\Windows", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


def test_nothing_set(tmp_path: Path) -> None:
    cache = str(tmp_path / ".cache" / "huggingface" / "hub")
    assert settings_in({}, tmp_path) == ["https://huggingface.co", "-", cache, "False", "True", "False"]


def test_what_is_set(tmp_path: Path) -> None:
    environment = {
        "HF_ENDPOINT": "https://mirror.example/",
        "HF_TOKEN": " hf_abc\n",
        "HF_HUB_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
    expected = ["https://mirror.example", "hf_abc", str(tmp_path / "cache"), "True", "True", "False"]
    assert settings_in(environment, tmp_path) == expected


def test_a_stored_login(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_stored\n", encoding="ascii")
    assert settings_in({"HF_HOME": str(tmp_path)}, tmp_path)[1] == "hf_stored"


def test_a_login_that_is_not_to_be_sent(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_stored\n", encoding="ascii")
    environment = {"HF_HOME": str(tmp_path), "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1", "HF_TOKEN": "hf_abc"}
    assert settings_in(environment, tmp_path)[1] == "-"


def test_options(tmp_path: Path) -> None:
    assert settings_in({}, tmp_path, "offline=True, no_cache=True")[3:5] == ["True", "False"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HF_ENDPOINT", "huggingface.co", "HF_ENDPOINT is no http or https URL"),
        ("HF_ENDPOINT", "ftp://host", "HF_ENDPOINT is no http or https URL"),
        ("HF_ENDPOINT", "http://host:port", "HF_ENDPOINT is no http or https URL"),
        ("HF_TOKEN", "hf_sécret", "holds characters that no token has"),
        ("HF_TOKEN", "hf_\x1bsecret", "holds characters that no token has"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "soon", "A variable for huggingface_hub makes no sense to it"),
    ],
)
def test_what_makes_no_sense(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    environment = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "SYSTEMROOT": "C:\\Windows", name: value}
    command = [sys.executable, "-m", "inspector", "inspect", "org/name"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "cret" not in run.stderr


def test_an_endpoint_that_is_empty_is_the_usual_one(tmp_path: Path) -> None:
    assert settings_in({"HF_ENDPOINT": ""}, tmp_path)[0] == "https://huggingface.co"


def test_proxies_and_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "localhost, .internal")
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/company.pem")
    network = network_settings(timeout_seconds=7.0, parallel_reads=3)
    assert network.proxies["https"] == "http://proxy:3128"
    assert network.no_proxy == ("localhost", ".internal")
    assert network.ca_file == "/etc/company.pem"
    assert (network.patience.total_seconds, network.parallel_reads) == (7.0, 3)


def test_no_proxy_for_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    assert not network_settings().proxies


def test_the_cache_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INSPECTOR_CACHE_DIR", str(tmp_path))
    assert cache_folder() == str(tmp_path)
