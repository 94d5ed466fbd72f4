"""A checkpoint as a CycloneDX 1.6 bill of materials: what is known of it, and nothing that is not.

Source of the fields: https://cyclonedx.org/docs/1.6/json (component type `machine-learning-model`, its `modelCard`);
of package URLs: https://github.com/package-url/purl-spec (types `huggingface`, `oci`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from inspector.analyses.overview import Overview
from inspector.model import RepositoryFile, Target
from inspector.paths import name_of
from inspector.reports.documents import TOOL_NAME, to_json

_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"
#: Keys of a model card that have a place of their own.
_LICENSE: Final = ("license_name", "license")


def render_cyclonedx(overviews: Sequence[Overview], version: str) -> str:
    """The bill of materials: one model is its subject, several are its components.

    The serial number is made of the contents, so that the same checkpoint has the same one; there is no timestamp.
    """
    tool = {"type": "application", "name": TOOL_NAME, "version": version}
    metadata: dict[str, Any] = {"tools": {"components": [tool]}}
    if len(overviews) == 1:
        metadata["component"] = _model(overviews[0])
        components = _files(overviews[0])
    else:
        components = [{**_model(one), "components": _files(one)} for one in overviews]
    body = {"version": 1, "metadata": metadata, "components": components}
    head = {"$schema": _SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": _serial(body)}
    return to_json(head | body)


def _serial(body: Mapping[str, Any]) -> str:
    from uuid import NAMESPACE_URL, uuid5

    return uuid5(NAMESPACE_URL, json.dumps(body, sort_keys=True)).urn


def _model(overview: Overview) -> dict[str, Any]:
    target = overview.checkpoint.target
    group, _, name = target.repo_id.rpartition("/") if target.repo_id else ("", "", name_of(target.ref.rstrip("/")))
    said = dict(overview.provenance)
    license_name = next((said[key] for key in _LICENSE if said.get(key)), "")
    fields: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": _reference(target),
        "group": group,
        "name": name or target.ref,
        "version": target.revision,
        "purl": _package_url(target),
        "licenses": [{"license": {"name": license_name}}] if license_name else [],
        "modelCard": _card(overview, said),
        "properties": _properties(overview),
    }
    return {key: value for key, value in fields.items() if value}


def _card(overview: Overview, said: Mapping[str, str]) -> dict[str, Any]:
    architecture = overview.architecture
    parameters = {
        "task": said.get("pipeline_tag", ""),
        "modelArchitecture": architecture.name or architecture.id if architecture.id != "unknown" else "",
    }
    known = {key: value for key, value in parameters.items() if value}
    return {"modelParameters": known} if known else {}


def _properties(overview: Overview) -> list[dict[str, str]]:
    breakdown, totals = overview.breakdown, overview.breakdown.totals
    figures: dict[str, object] = {
        "architecture": overview.architecture.id,
        "kind": overview.architecture.kind,
        "params": totals.params,
        "headline_params": overview.headline_params,
        "tensors": totals.tensors,
        "stored_bytes": totals.stored_bytes,
        "file_bytes": breakdown.file_bytes,
        "complete": str(overview.checkpoint.complete).lower(),
    }
    figures |= {f"dtype:{dtype}:stored_bytes": sums.stored_bytes for dtype, sums in breakdown.dtypes.items()}
    figures |= {f"packing:{one.scheme}:params": one.params for one in overview.packings}
    rows = [(key, str(value)) for key, value in figures.items()]
    rows += [(f"component:{row.component}:params", f"{row.name}: {row.sums.params}") for row in breakdown.rows]
    return _named(rows)


def _files(overview: Overview) -> list[dict[str, Any]]:
    return [_file(file, _reference(overview.checkpoint.target)) for file in overview.checkpoint.files]


def _file(file: RepositoryFile, model: str) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": file.sha256}] if file.sha256 else []
    fields: dict[str, Any] = {
        "type": "file",
        "bom-ref": f"{model}#{quote(file.path)}",
        "name": file.path,
        "hashes": hashes,
        "properties": _named([("bytes", str(file.bytes)), ("kind", file.kind), ("weight_set", file.weight_set)]),
    }
    return {key: value for key, value in fields.items() if value}


def _named(rows: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": f"{TOOL_NAME}:{key}", "value": value} for key, value in rows if value]


def _reference(target: Target) -> str:
    return _package_url(target) or quote(target.ref)


def _package_url(target: Target) -> str:
    """pkg:huggingface/org/name@commit of a Hub repository, pkg:oci/name@digest of a registry's, "" of anything else."""
    if target.kind == "oci" and target.repo_id and target.revision:
        at = f"repository_url={quote(target.repo_id)}"
        tag = "" if ":" in target.requested_revision else f"&tag={quote(target.requested_revision)}"
        return f"pkg:oci/{quote(name_of(target.repo_id))}@{quote(target.revision)}?{at}{tag}"
    if target.kind != "hub" or not target.repo_id:
        return ""
    return f"pkg:huggingface/{quote(target.repo_id)}" + (
        f"@{quote(target.revision.lower())}" if target.revision else ""
    )
