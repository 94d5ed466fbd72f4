"""The bill of materials: valid against the published schema, the same each time, and silent on what is not known."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from inspector.analyses.labelling import take_census
from inspector.analyses.overview import inspect_checkpoint
from inspector.model import Checkpoint, RepositoryFile, Target
from inspector.reports.cyclonedx import render_cyclonedx
from inspector.values import replace
from tests.analyses.models import checkpoint, decoder
from tests.builder import write
from tests.cli.runner import run

TINY, FLUX = "fixtures/tiny-llama", "fixtures/flux1-dev-diffusers.snapshot.json.gz"
SHA256 = "ab" * 32


@cache
def _validator() -> Any:
    validation = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion

    return validation.JsonStrictValidator(SchemaVersion.V1_6)


def _valid(text: str) -> Any:
    """The document, checked by CycloneDX's own library against the schema that it carries."""
    error = _validator().validate_str(text)
    assert error is None, error
    return json.loads(text)


def _bom(made: Checkpoint) -> Any:
    return _valid(render_cyclonedx([inspect_checkpoint(made, take_census(made))], "0"))


def _hub(**changes: Any) -> Checkpoint:
    target = Target(kind="hub", ref="org/Name", repo_id="org/Name", revision="ABC0" * 10)
    return replace(checkpoint({"": decoder()}), target=target, **changes)


@pytest.mark.parametrize("targets", [(TINY,), (FLUX,), (TINY, FLUX)])
def test_the_document_is_valid(targets: tuple[str, ...]) -> None:
    document = _valid(run("inspect", *targets, "-o", "cyclonedx").out)
    models = document["components"] if len(targets) > 1 else [document["metadata"]["component"]]
    assert [model["type"] for model in models] == ["machine-learning-model"] * len(targets)


def test_figures_are_those_of_the_overview() -> None:
    model = json.loads(run("inspect", FLUX, "-o", "cyclonedx").out)["metadata"]["component"]
    totals = run("inspect", FLUX, "--json").document["totals"]
    figures = {row["name"].removeprefix("inspector:"): row["value"] for row in model["properties"]}
    for key in ("params", "headline_params", "tensors", "stored_bytes", "file_bytes"):
        assert figures[key] == str(totals[key])
    assert model["modelCard"]["modelParameters"]["modelArchitecture"].startswith("FLUX.1")


def test_a_hub_repository_has_a_package_url_and_hashes() -> None:
    files = (RepositoryFile(path="a b.safetensors", bytes=8, kind="weights", sha256=SHA256),)
    document = _bom(_hub(files=files))
    model = document["metadata"]["component"]
    assert model["purl"] == f"pkg:huggingface/org/Name@{'abc0' * 10}"
    assert (model["group"], model["name"]) == ("org", "Name")
    assert document["components"][0]["hashes"] == [{"alg": "SHA-256", "content": SHA256}]


@pytest.mark.parametrize(("asked", "tag"), [("v1", "&tag=v1"), (f"sha256:{SHA256}", "")])
def test_an_image_in_a_registry_has_a_package_url(asked: str, tag: str) -> None:
    target = Target(
        kind="oci",
        ref="oci://ghcr.io/org/model:v1",
        repo_id="ghcr.io/org/model",
        revision=f"sha256:{SHA256}",
        requested_revision=asked,
    )
    model = _bom(replace(_hub(), target=target))["metadata"]["component"]
    assert model["purl"] == f"pkg:oci/model@sha256%3A{SHA256}?repository_url=ghcr.io/org/model{tag}"


def test_what_the_card_says_is_passed_on() -> None:
    card = "---\nlicense: apache-2.0\npipeline_tag: text-generation\n---\n"
    model = _bom(_hub(texts={"README.md": card}))["metadata"]["component"]
    assert model["licenses"] == [{"license": {"name": "apache-2.0"}}]
    assert model["modelCard"]["modelParameters"]["task"] == "text-generation"


def test_what_is_not_known_is_left_out() -> None:
    model = _bom(checkpoint({"": {"x.weight": ("F32", (1,))}}))["metadata"]["component"]
    assert {"purl", "licenses", "modelCard", "group", "version"}.isdisjoint(model)


def test_the_serial_number_follows_the_contents() -> None:
    one, same, other = _bom(_hub()), _bom(_hub()), _bom(checkpoint({"": decoder(layers=2)}))
    assert one["serialNumber"] == same["serialNumber"] != other["serialNumber"]


def test_hostile_names_stay_valid(tmp_path: Path) -> None:
    file = write(tmp_path / "m.safetensors", {"a\u202e\x1b": ("F32", (1,))}, {"license": "<b>\x00"})
    text = run("inspect", str(file), "-o", "cyclonedx").out
    assert text.isascii()
    _valid(text)
