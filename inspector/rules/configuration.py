"""ST5xx: does the configuration beside the weights describe them?

A configuration is compared only where it says something and the tensors can tell; what neither knows is no finding.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from inspector.analyses import declared
from inspector.analyses.census import LabelledGroup, WeightSetCensus
from inspector.knowledge.file_kinds import kind_of
from inspector.model import WeightSet
from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence, folder_of

#: Names that configurations give dtypes, and what a header calls them.
_DTYPES: Final = {
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float64": "F64",
    "half": "F16",
    "float": "F32",
}
_EMBEDDINGS: Final = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "shared.weight", "embed_in.weight")
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


def layer_count(evidence: Evidence) -> Iterable[Observation]:
    """Layer count differs from the configuration.

    Why: Layers that the weights lack stay random; layers beyond the count are never loaded.

    Loads: The weights open; transformers warns and goes on.

    Fix: Use the configuration that belongs to these weights.
    """
    for _, stacks, path, config in _configured(evidence):
        for stack in stacks:
            found = declared.layer_count(config, stack)
            extra = declared.number(declared.section(config, stack.component), ("num_nextn_predict_layers",))
            if found and not found[1] <= len(stack.numbers) <= found[1] + (extra[1] if extra else 0):
                saw = f"{len(stack.numbers)} layers under {stack.prefix}"
                yield Observation(path=path, subject=found[0], saw=saw, expected=f"{found[1]} layers as configured")


def layer_gap(evidence: Evidence) -> Iterable[Observation]:
    """Missing layer: the layer numbers have a gap.

    Why: The layer's weights were lost, or a name was damaged; tools that count up to the highest number go astray.

    Loads: The weights open; transformers leaves the missing layer random.

    Fix: Export the weights again.
    """
    for census, stacks in evidence.stacks:
        for stack in stacks:
            if stack.missing:
                saw = f"layers up to {stack.numbers[-1]} without layer {', '.join(map(str, stack.missing[:3]))}"
                expected = f"layers 0 to {len(stack.numbers) - 1}"
                yield Observation(path=_first_path(census.weights), subject=stack.prefix, saw=saw, expected=expected)


def layer_shape(evidence: Evidence) -> Iterable[Observation]:
    """Shape of one layer differs from all other layers.

    Why: A layer of another model or another step got in, or a tensor was edited.

    Loads: The weights open; the model's code refuses the shape.

    Fix: Export the weights again.
    """
    for census, stacks in evidence.stacks:
        for stack in stacks:
            for odd, usual in declared.odd_layers(stack):
                saw, expected = (f"shape {list(label.group.form.shape)}" for label in (odd, usual))
                where = _path_of(census.weights, odd.group.example)
                yield Observation(
                    path=where, subject=odd.group.example, saw=saw, expected=f"{expected} as other layers"
                )


def hidden_size(evidence: Evidence) -> Iterable[Observation]:
    """Hidden size differs from the configuration.

    The width that the configuration declares is the width of no embedding and no norm.

    Why: The configuration belongs to another model.

    Loads: The weights open; the model's code refuses the shapes.

    Fix: Use the configuration that belongs to these weights.
    """
    for census, _, path, config in _configured(evidence):
        widths = _widths(census)
        found = declared.number(declared.section(config, "transformer"), declared.WIDTH_KEYS)
        if found and widths and found[1] not in widths:
            saw = f"widths {', '.join(map(str, sorted(widths)[:4]))}"
            yield Observation(path=path, subject=found[0], saw=saw, expected=f"hidden size {found[1]} as configured")


def vocabulary_size(evidence: Evidence) -> Iterable[Observation]:
    """Vocabulary size differs from the configuration.

    Why: The tokenizer of the configuration may produce tokens that the embedding does not have.

    Loads: The weights open; the model's code refuses the shape.

    Fix: Use the configuration and tokenizer that belong to these weights.
    """
    for census, _, path, config in _configured(evidence):
        found = declared.number(declared.section(config, "transformer"), ("vocab_size",))
        rows = {label.logical.shape[0] for label in _token_embeddings(census)}
        if found and rows and found[1] not in rows:
            saw = f"{', '.join(f'{count:,}' for count in sorted(rows))} rows of embedding"
            yield Observation(path=path, subject="vocab_size", saw=saw, expected=f"{found[1]:,} as configured")


def dtype(evidence: Evidence) -> Iterable[Observation]:
    """Dtype differs from the configuration.

    Why: Loaders that follow the configuration convert every weight while loading, or need twice the memory expected.

    Loads: Every loader opens it.

    Fix: Correct torch_dtype (dtype) in the configuration, or save in that type.
    """
    for census, _, path, config in _configured(evidence):
        key = "torch_dtype" if "torch_dtype" in config else "dtype"
        wanted = _DTYPES.get(str(config.get(key, "")).removeprefix("torch."), "")
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
    for census, _, path, config in _configured(evidence):
        settings = _quantisation(config)
        packed = any(label.logical.packing for label in census.labels)
        narrow = packed or any(label.group.form.dtype in _QUANTISED_DTYPES for label in census.labels)
        method = str(settings.get("quant_method", "")) if isinstance(settings, Mapping) else ""
        if settings and not narrow:
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

    Why: The output layer stays random, and the model writes noise.

    Loads: The weights open; transformers warns and goes on.

    Fix: Export the weights with the head, or set tie_word_embeddings.
    """
    for census, _, path, config in _configured(evidence):
        names = config.get("architectures")
        generates = isinstance(names, list) and any(str(name).endswith("ForCausalLM") for name in names)
        components = {label.role.component for label in census.labels}
        split = {"transformer", "embedding"} <= components and not components & {"head", "unclassified"}
        if generates and split and config.get("tie_word_embeddings") is False:
            saw = "not tied, and no output layer in the weights"
            yield Observation(path=path, subject="tie_word_embeddings", saw=saw, expected="an output layer")


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
        ranks = {label.group.form.shape[0] for label in census.labels if label.group.pattern.endswith("lora_A.weight")}
        if type(rank) is int and ranks and rank not in ranks and not config.get("rank_pattern"):
            saw = f"rank {', '.join(map(str, sorted(ranks)[:4]))}"
            yield Observation(path=path, subject="r", saw=saw, expected=f"rank {rank} as configured")


def pipeline_component(evidence: Evidence) -> Iterable[Observation]:
    """Missing pipeline component: model_index.json names a module whose folder is not there.

    Why: The pipeline does not load.

    Loads: The other components open one by one.

    Fix: Download the missing folder.
    """
    folders = {file.path.rpartition("/")[0] for file in evidence.checkpoint.files}
    for path, config in evidence.checkpoint.configs.items():
        if path.rpartition("/")[2] == "model_index.json" and isinstance(config, Mapping):
            root = path.rpartition("/")[0]
            for name, value in config.items():
                folder = f"{root}/{name}" if root else name
                if _is_component(name, value) and folder not in folders:
                    yield Observation(
                        path=path, subject=name, saw="missing: no such folder", expected=f"{value[1]} in {folder}/"
                    )


def _is_component(name: str, value: Any) -> bool:
    pair = isinstance(value, list) and len(value) == 2 and all(isinstance(item, str) for item in value)
    return pair and not name.startswith("_")


def _configured(
    evidence: Evidence,
) -> Iterator[tuple[WeightSetCensus, tuple[declared.Stack, ...], str, Mapping[str, Any]]]:
    """Whole sets beside a config.json that describes a model of transformers: stacks, its path and its content."""
    for census, stacks in evidence.stacks:
        path, config = evidence.config_of(census.weights)
        complete = not census.weights.missing and all(shard.loadable for shard in census.weights.shards)
        if complete and ("model_type" in config or "architectures" in config):
            yield census, stacks, path, config


def _token_embeddings(census: WeightSetCensus) -> list[LabelledGroup]:
    return [
        label
        for label in census.labels
        if label.group.pattern.endswith(_EMBEDDINGS)
        and len(label.logical.shape) == 2
        and label.role.component in ("embedding", "text_encoder")
    ]


def _widths(census: WeightSetCensus) -> set[int]:
    """Widths of the token embeddings and of the norms of a language model; empty where it has no such embedding."""
    embeddings = _token_embeddings(census)
    norms = {
        label.group.form.shape[0]
        for label in census.labels
        if label.role.part == "norm" and len(label.group.form.shape) == 1 and label.role.component != "vision_encoder"
    }
    return norms | {label.logical.shape[1] for label in embeddings} if embeddings else set()


def _main_dtype(census: WeightSetCensus) -> str:
    """The floating dtype that most bytes of the weights have, "" where little of them is floating."""
    sizes: dict[str, int] = {}
    for label in census.labels:
        if label.logical.kind == "parameter":
            sizes[label.group.form.dtype] = sizes.get(label.group.form.dtype, 0) + label.group.stored_bytes
    main = max(sizes, key=lambda name: (sizes[name], name), default="")
    return main if main in _DTYPES.values() else ""


def _quantisation(config: Mapping[str, Any]) -> Any:
    for holder in (config, declared.section(config, "transformer")):
        for key in ("quantization_config", "quantization", "compression_config"):
            if holder.get(key):
                return holder[key]
    return {}


def _quantisation_beside(evidence: Evidence, weights: WeightSet) -> bool:
    folder = folder_of(weights)
    names = ("quantize_config.json", "quant_config.json", "hf_quant_config.json", "quantization_config.json")
    there = {file.path for file in evidence.checkpoint.files}
    return any((f"{folder}/{name}" if folder else name) in there for name in names)


def _first_path(weights: WeightSet) -> str:
    return weights.shards[0].path if weights.shards else weights.path


def _path_of(weights: WeightSet, tensor: str) -> str:
    """The shard that holds a tensor."""
    return next((shard.path for shard in weights.shards if tensor in shard.tensors.names), _first_path(weights))


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST501", name="config-not-json", severity="warning", kind="integrity", check=config_not_json),
    Rule(code="ST508", name="companion-not-json", severity="info", kind="integrity", check=companion_not_json),
    Rule(code="ST502", name="layer-count", severity="warning", kind="integrity", check=layer_count, needs="config"),
    Rule(code="ST503", name="hidden-size", severity="warning", kind="integrity", check=hidden_size, needs="config"),
    Rule(
        code="ST504",
        name="vocabulary-size",
        severity="warning",
        kind="integrity",
        check=vocabulary_size,
        needs="config",
    ),
    Rule(code="ST505", name="dtype", severity="warning", kind="hygiene", check=dtype, needs="config"),
    Rule(code="ST506", name="quantisation", severity="warning", kind="integrity", check=quantisation, needs="config"),
    Rule(code="ST507", name="head-missing", severity="warning", kind="integrity", check=head_missing, needs="config"),
    Rule(code="ST510", name="layer-gap", severity="warning", kind="integrity", check=layer_gap),
    Rule(code="ST511", name="layer-shape", severity="warning", kind="integrity", check=layer_shape),
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
)
