"""ST5xx: does the configuration beside the weights describe them?

A configuration is compared only where it says something and the tensors can tell; what neither knows is no finding.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from inspector.analyses import declared
from inspector.analyses.census import WeightSetCensus
from inspector.dtypes import FRAMEWORK_NAMES
from inspector.knowledge.file_kinds import kind_of
from inspector.model import WeightSet
from inspector.paths import folder_of, join, name_of
from inspector.rules.configured import configured, token_embeddings
from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence

#: Keys by which configurations say that the output layer is the embedding.
_TIED: Final = ("tie_word_embeddings", "tie_embeddings", "shared_input_output_embedding", "weight_tying")
_QUANTISED_DTYPES: Final = frozenset({"I8", "U8", "I32", "F4", "F8_E4M3", "F8_E5M2", "F8_E8M0", "I16", "U32"})


def config_not_json(evidence: Evidence) -> Iterable[Observation]:
    """Configuration file is not valid JSON, or not an object (config).

    Why: Loaders that need the configuration fail, and nothing of it could be compared with the weights.

    Loads: The weights open; transformers and diffusers do not load the model.

    Fix: Download the configuration again.
    """
    found = evidence.faults("config-not-json", "config-not-object")
    return [seen for seen in found if kind_of(seen.path) == "config"]


def companion_not_json(evidence: Evidence) -> Iterable[Observation]:
    """Tokenizer or processor file is not valid JSON.

    Why: The weights are not concerned; text cannot be prepared for them.

    Loads: The weights open; loading the tokenizer or processor fails.

    Fix: Download the file again.
    """
    found = evidence.faults("config-not-json", "config-not-object")
    return [seen for seen in found if kind_of(seen.path) != "config"]


def config_key_twice(evidence: Evidence) -> Iterable[Observation]:
    """Duplicate key in a configuration file.

    Why: Readers disagree on which of the values counts; Python's json takes the last.

    Loads: transformers and diffusers load the model with the last value.

    Fix: Remove one of the two.
    """
    return evidence.faults("config-key-twice")


def dtype(evidence: Evidence) -> Iterable[Observation]:
    """Dtype differs from the configuration.

    Common, and no fault of the weights: the configuration names the type to compute in, the header the type on disk.

    Why: Loaders that follow the configuration convert every weight while loading, or need twice the memory expected.

    Loads: Every loader opens it.

    Fix: Correct torch_dtype (dtype) in the configuration, or save in that type.
    """
    for census, _, path, config in configured(evidence):
        key = "torch_dtype" if "torch_dtype" in config else "dtype"
        wanted = FRAMEWORK_NAMES.get(str(config.get(key, "")).removeprefix("torch."), "")
        stored = _main_dtype(census)
        if wanted and stored and stored != wanted and not _quantisation(config) and not census.weights.variant:
            yield Observation(
                path=path, subject=key, saw=f"dtype {stored} in the weights", expected=f"{wanted} as configured"
            )


def quantisation(evidence: Evidence) -> Iterable[Observation]:
    """Quantisation settings do not fit the weights.

    The configuration declares quantised weights and none are there, or the other way round.

    Why: The loader builds layers that the weights do not fit, or quantises a second time.

    Loads: The weights open; transformers fails or loads garbage.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, _, path, config in configured(evidence):
        settings = _quantisation(config)
        packed = any(label.logical.packing for label in census.labels)
        narrow = packed or any(label.group.form.dtype in _QUANTISED_DTYPES for label in census.labels)
        method = str(settings.get("quant_method", "")) if isinstance(settings, Mapping) else ""
        if settings and not narrow and _stores_narrow(settings):
            saw = "no packed or narrow tensor in the weights"
            yield Observation(
                path=path,
                subject="quantization_config",
                saw=saw,
                expected=f"weights quantised as {method or 'declared'}",
            )
        elif packed and not settings and not _quantisation_beside(evidence, census.weights):
            saw = "packed weights and no quantisation settings"
            yield Observation(path=path, subject="quantization_config", saw=saw, expected="settings that describe them")


def head_missing(evidence: Evidence) -> Iterable[Observation]:
    """Missing output layer: embeddings are not tied and there is no head.

    A model that was saved without the part that writes, or that makes embeddings of sentences, needs none.

    Why: The output layer stays random, and the model writes noise.

    Loads: The weights open; transformers warns and goes on.

    Fix: Export the weights with the head, or set tie_word_embeddings.
    """
    for census, _, path, config in configured(evidence):
        names = config.get("architectures")
        generates = isinstance(names, list) and any(str(name).endswith("ForCausalLM") for name in names)
        components = {label.role.component for label in census.labels}
        split = {"transformer", "embedding"} <= components and not components & {"head", "unclassified"}
        tied = any(config.get(key) is True for key in _TIED) or config.get("tie_word_embeddings") is not False
        if generates and split and not tied | _is_bare(evidence, census) | _has_output_layer(census):
            saw = "not tied, and no output layer in the weights"
            yield Observation(path=path, subject="tie_word_embeddings", saw=saw, expected="an output layer")


def head_stored_although_tied(evidence: Evidence) -> Iterable[Observation]:
    """Output layer is stored although the embeddings are tied.

    tie_word_embeddings is true, and an output layer of the embedding's shape (lm_head) is stored too.

    Why: The layer is dead weight: loaders use the embedding in its place, whatever it holds.

    Loads: Every loader opens it and leaves the layer out.

    Fix: Save without the layer, or set tie_word_embeddings to false if it differs.
    """
    for census, _, path, config in configured(evidence):
        shapes = {label.logical.shape for label in token_embeddings(census)}
        heads = [label for label in census.labels if label.role.component == "head" and label.logical.shape in shapes]
        if heads and config.get("tie_word_embeddings") is True:
            saw = f"true, and {heads[0].group.example} is stored"
            yield Observation(path=path, subject="tie_word_embeddings", saw=saw, expected="no output layer of its own")


def adapter_base(evidence: Evidence) -> Iterable[Observation]:
    """Adapter does not name its base model.

    Why: Nobody can tell which weights the adapter belongs to; on another base it produces noise.

    Loads: The adapter opens.

    Fix: Set base_model_name_or_path to a repository and a revision.
    """
    for path, config in evidence.checkpoint.configs.items():
        if path.endswith("adapter_config.json") and isinstance(config, Mapping):
            base = config.get("base_model_name_or_path")
            if not isinstance(base, str) or not base or base.startswith(("/", "\\", "~")) or base[1:2] == ":":
                saw = f"{base!r}"[:80]
                yield Observation(
                    path=path, subject="base_model_name_or_path", saw=saw, expected="a repository others can reach"
                )


def adapter_rank(evidence: Evidence) -> Iterable[Observation]:
    """Adapter rank differs from its configuration.

    Why: The scale alpha / r is computed from the configuration, so that the adapter acts too weakly or too strongly.

    Loads: peft refuses the shapes.

    Fix: Use the adapter_config.json that belongs to these weights.
    """
    for census in evidence.sets:
        path, config = evidence.config_of(census.weights, "adapter_config.json")
        rank = config.get("r")
        downs = (label.group for label in census.labels if label.group.pattern.endswith("lora_A.weight"))
        ranks = {group.form.shape[0] for group in downs if group.form.shape}
        own = config.get("rank_pattern") or config.get("target_parameters")  # experts share one matrix, r for each
        if type(rank) is int and ranks and rank not in ranks and not own:
            saw = f"rank {', '.join(map(str, sorted(ranks)[:4]))}"
            yield Observation(path=path, subject="r", saw=saw, expected=f"rank {rank} as configured")


def pipeline_component(evidence: Evidence) -> Iterable[Observation]:
    """Missing pipeline component: model_index.json names a module whose folder is not there.

    Why: The pipeline does not load.

    Loads: The other components open one by one.

    Fix: Download the missing folder.
    """
    folders = {folder_of(file.path) for file in evidence.checkpoint.files}
    for path, config in evidence.checkpoint.configs.items():
        if name_of(path) == "model_index.json" and isinstance(config, Mapping):
            root = folder_of(path)
            for name, value in config.items():
                folder = join(root, name)
                if _is_component(name, value) and folder not in folders:
                    yield Observation(
                        path=path, subject=name, saw="missing: no such folder", expected=f"{value[1]} in {folder}/"
                    )


def _is_component(name: str, value: Any) -> bool:
    pair = isinstance(value, list) and len(value) == 2 and all(isinstance(item, str) for item in value)
    return pair and not name.startswith("_")


def _main_dtype(census: WeightSetCensus) -> str:
    """The floating dtype that most bytes of the weights have, "" where little of them is floating."""
    sizes: dict[str, int] = {}
    for label in census.labels:
        if label.logical.kind == "parameter":
            sizes[label.group.form.dtype] = sizes.get(label.group.form.dtype, 0) + label.group.stored_bytes
    main = max(sizes, key=lambda name: (sizes[name], name), default="")
    return main if main in FRAMEWORK_NAMES.values() else ""


def _quantisation(config: Mapping[str, Any]) -> Any:
    for holder in (config, declared.section(config, "transformer")):
        for key in ("quantization_config", "quantization", "compression_config"):
            if holder.get(key):
                return holder[key]
    return {}


def _stores_narrow(settings: Any) -> bool:
    """Do settings speak of weights as stored, and not of the cache alone, of activations, or of what loading does?"""
    if not isinstance(settings, Mapping):
        return True
    if settings.get("quantization_mode") == "online" or settings.get("format") == "dense":
        return False
    if "config_groups" in settings or settings.get("quant_method") == "compressed-tensors":
        groups = settings.get("config_groups")
        rows = groups.values() if isinstance(groups, Mapping) else ()
        return any(isinstance(group, Mapping) and group.get("weights") for group in rows)
    return settings.get("quant_algo", "") is not None


def _is_bare(evidence: Evidence, census: WeightSetCensus) -> bool:
    """Was the model saved without its output layer on purpose: its names begin within it, or it embeds sentences?"""
    there = {file.path for file in evidence.checkpoint.files}
    within = any("." not in label.group.pattern.removesuffix(".weight") for label in token_embeddings(census))
    return within or join(census.weights.folder, "modules.json") in there


def _has_output_layer(census: WeightSetCensus) -> bool:
    """Is a matrix of an embedding's shape stored beside the embeddings, under whatever name?"""
    embeddings = token_embeddings(census)
    shapes = {label.logical.shape for label in embeddings} | {label.logical.shape[::-1] for label in embeddings}
    others = (label for label in census.labels if label.role.component != "embedding")
    return any(label.logical.shape in shapes for label in others)


def _quantisation_beside(evidence: Evidence, weights: WeightSet) -> bool:
    folder = weights.folder
    names = ("quantize_config.json", "quant_config.json", "hf_quant_config.json", "quantization_config.json")
    there = {file.path for file in evidence.checkpoint.files}
    return any(join(folder, name) in there for name in names)


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST501", name="config-not-json", severity="warning", kind="integrity", check=config_not_json),
    Rule(code="ST508", name="companion-not-json", severity="info", kind="integrity", check=companion_not_json),
    Rule(code="ST516", name="config-key-twice", severity="warning", kind="integrity", check=config_key_twice),
    Rule(code="ST505", name="dtype", severity="info", kind="hygiene", check=dtype, needs="config"),
    Rule(code="ST506", name="quantisation", severity="warning", kind="integrity", check=quantisation, needs="config"),
    Rule(code="ST507", name="head-missing", severity="warning", kind="integrity", check=head_missing, needs="config"),
    Rule(code="ST520", name="adapter-base", severity="info", kind="hygiene", check=adapter_base, needs="config"),
    Rule(code="ST521", name="adapter-rank", severity="warning", kind="integrity", check=adapter_rank, needs="config"),
    Rule(
        code="ST530",
        name="pipeline-component",
        severity="warning",
        kind="integrity",
        check=pipeline_component,
        needs="config",
    ),
    Rule(
        code="ST514",
        name="head-stored-although-tied",
        severity="info",
        kind="hygiene",
        check=head_stored_although_tied,
        needs="config",
    ),
)
