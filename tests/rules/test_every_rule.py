"""Each rule with a checkpoint that breaks it and one that comes close and does not."""

import hashlib
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from inspector.analyses.verification import Outcome, Verification
from inspector.model import Checkpoint, RepositoryFile, Target
from inspector.readers.claims import Claim
from inspector.readers.tensor_data import TensorStatistics
from inspector.rules.audit import audit
from inspector.rules.catalogue import RULES
from inspector.rules.engine import AuditReport
from inspector.values import replace
from tests.builder import file_bytes, header_bytes
from tests.rules.support import (
    CONFIG,
    ENTRY,
    ONE,
    codes,
    header_file,
    judge,
    language_model,
    layer,
    model_files,
    one_file,
    read,
    sharded_files,
    text_file,
    write,
)

Files = Mapping[str, bytes | str | Mapping[str, Any]]
SOUND = file_bytes(ONE, {"format": "pt"})
_A = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


def _named(name: str) -> Files:
    return one_file(file_bytes({name: ("F32", [1])}))


def _two(first: list[int], second: list[int], data: int = 8) -> Files:
    return header_file({"a": {**ENTRY, "data_offsets": first}, "b": {**ENTRY, "data_offsets": second}}, data)


def _zip_tail() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("payload.txt", "x")
    return buffer.getvalue()


def _with_data(data: bytes) -> Files:
    entry = {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}
    return one_file(header_bytes({"a": entry}) + data)


def _archive(member: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, b"x")
    return buffer.getvalue()


def _downloaded(listed_bytes: int) -> Files:
    """A folder that was downloaded to, with the listing that huggingface_hub keeps."""
    tree = {"format_version": 1, "files": {"model.safetensors": {"size": listed_bytes, "blob_id": "0" * 40}}}
    return {**one_file(SOUND), f".cache/huggingface/trees/{'c' * 40}.json": tree}


def _adapter(rank: int, base: str | None = "org/base") -> Files:
    prefix = "base_model.model.model.layers.0.self_attn.q_proj."
    spec = {prefix + "lora_A.weight": ("F32", [4, 8]), prefix + "lora_B.weight": ("F32", [8, 4])}
    config = {"peft_type": "LORA", "r": rank, "target_modules": ["q_proj"], "base_model_name_or_path": base}
    return {"adapter_model.safetensors": file_bytes(spec, {"format": "pt"}), "adapter_config.json": config}


def _padded(vocabulary: int) -> Files:
    tables = dict.fromkeys(("model.embed_tokens.weight", "lm_head.weight"), ("BF16", [1_024, 8]))
    return model_files({**language_model(), **tables}, vocab_size=vocabulary)


def _lacking(*names: str) -> dict[str, tuple[str, list[int]]]:
    return {name: form for name, form in language_model().items() if name not in names}


def _biased(*names: str) -> dict[str, tuple[str, list[int]]]:
    return {**language_model(), **dict.fromkeys(names, ("BF16", [8]))}


def _stages(*numbers: int) -> dict[str, tuple[str, list[int]]]:
    """Blocks of convolutions with these numbers."""
    leaves = {"conv1.weight": [8, 8, 3, 3], "conv1.bias": [8], "norm1.weight": [8], "norm1.bias": [8]}
    more = {"conv2.weight": [8, 8, 3, 3], "conv2.bias": [8]}
    return {f"body.{n}.{leaf}": ("F32", shape) for n in numbers for leaf, shape in {**leaves, **more}.items()}


_SPLIT = language_model()
_FIRST = dict(list(_SPLIT.items())[:20])
_SECOND = dict(list(_SPLIT.items())[20:])
_MAP = {
    **dict.fromkeys(_FIRST, "model-00001-of-00002.safetensors"),
    **dict.fromkeys(_SECOND, "model-00002-of-00002.safetensors"),
}


def _sharded(**changes: Any) -> Files:
    """The split model; a name mapped to None disappears from the index, another value replaces its shard."""
    weight_map: dict[str, Any] = {**_MAP, **changes.pop("weight_map", {})}
    weight_map = {name: shard for name, shard in weight_map.items() if shard is not None}
    total = sum(2 * _product(shape) for _, shape in _SPLIT.values())
    index = {"metadata": {"total_size": changes.pop("total_size", total)}, "weight_map": weight_map}
    return {**sharded_files(_FIRST, _SECOND, index=index), "config.json": CONFIG, **changes}


def _product(shape: list[int]) -> int:
    return shape[0] * (shape[1] if len(shape) > 1 else 1)


def _without(files: Files, *names: str) -> Files:
    return {name: content for name, content in files.items() if name not in names}


#: Rule -> (files that break it, files that come close to it).
FILES: Mapping[str, tuple[Files, Files]] = {
    "ST101": (one_file(b"short"), one_file(SOUND)),
    "ST102": (one_file((100_000_001).to_bytes(8, "little") + b"{}"), one_file(SOUND)),
    "ST103": (one_file((1000).to_bytes(8, "little") + b"{}"), one_file(SOUND)),
    "ST104": (text_file(b'{"a\xff":1}'), text_file('{"é":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')),
    "ST105": (text_file("{" + _A + "}\0"), text_file("{" + _A + "}  ")),
    "ST106": (text_file('{"a":' + "[" * 200 + "]" * 200 + "}"), header_file({"a": {**ENTRY, "x": [[[]]]}})),
    "ST107": (text_file('{"a":{"x":1e999,' + _A[5:] + "}"), text_file('{"a":{"x":1e300,' + _A[5:] + "}")),
    "ST108": (
        text_file('{"\\ud800":' + _A[4:] + "}"),
        text_file('{"\\ud83d\\ude00":' + _A[4:] + "}"),
    ),
    "ST110": (text_file('{"__metadata__":{"a":1},' + _A + "}"), text_file('{"__metadata__":{"a":"1"},' + _A + "}")),
    "ST111": (
        text_file('{"__metadata__":{},"__metadata__":{},' + _A + "}"),
        text_file('{"__metadata__":{},' + _A + "}"),
    ),
    "ST112": (text_file('{"metadata":"a",' + _A + "}"), text_file('{"__metadata__":{"a":"1"},' + _A + "}")),
    "ST113": (text_file('{"a":{"shape":[1],"data_offsets":[0,4]}}'), one_file(SOUND)),
    "ST114": (text_file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}'), one_file(SOUND)),
    "ST115": (one_file(SOUND[:-1]), one_file(SOUND)),
    "ST116": (one_file(SOUND + b"\n"), one_file(SOUND)),
    "ST120": (text_file("{" + _A + "," + _A + "}"), text_file("{" + _A + "}")),
    "ST121": (text_file('{"__metadata__":{"a":"1","a":"2"},' + _A + "}"), one_file(SOUND)),
    "ST122": (header_file({"a": {**ENTRY, "extra": "x"}}), header_file({"a": ENTRY})),
    "ST123": (header_file({"a": ["F32", [1], [0, 4]]}), header_file({"a": ENTRY})),
    "ST124": (header_file({"a": {**ENTRY, "dtype": {"F32": None}}}), header_file({"a": ENTRY})),
    "ST125": (text_file(" {" + _A + "}"), text_file("{ " + _A + "}")),
    "ST126": (text_file("{" + _A + "}" + " " * 70_000), text_file("{" + _A + "}" + " " * 4000)),
    "ST127": (text_file("{" + _A + "}\n"), text_file("{" + _A + "} ")),
    "ST128": (text_file('{"__metadata__":null,' + _A + "}"), text_file('{"__metadata__":{},' + _A + "}")),
    "ST130": (text_file("{}", 0), one_file(SOUND)),
    "ST131": (text_file("{" + _A + "}" + " " * 25_000_000), one_file(SOUND)),
    "ST132": (one_file(file_bytes(ONE, {"log": "x" * 1_000_001})), one_file(file_bytes(ONE, {"log": "x" * 64_000}))),
    "ST201": (header_file({"a": {**ENTRY, "dtype": "f32"}}), one_file(SOUND)),
    "ST202": (header_file({"a": {**ENTRY, "shape": [1.0]}}), one_file(SOUND)),
    "ST203": (header_file({"a": {**ENTRY, "data_offsets": [0, -4]}}), one_file(SOUND)),
    "ST204": (_two([0, 4], [8, 12], 12), _two([0, 4], [4, 8])),
    "ST205": (_two([0, 4], [2, 6], 6), _two([4, 8], [0, 4])),
    "ST206": (header_file({"a": {**ENTRY, "data_offsets": [4, 0]}}), one_file(SOUND)),
    "ST207": (
        header_file({"a": {"dtype": "U8", "shape": [2**61], "data_offsets": [0, 4]}}),
        header_file({"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}),
    ),
    "ST208": (
        header_file({"a": {"dtype": "F6_E2M3", "shape": [3], "data_offsets": [0, 3]}}, 3),
        header_file({"a": {"dtype": "F6_E2M3", "shape": [4], "data_offsets": [0, 3]}}, 3),
    ),
    "ST209": (header_file({"a": {**ENTRY, "shape": [2]}}), one_file(SOUND)),
    "ST210": (one_file(file_bytes({"a": ("F8_E8M0", [8])})), one_file(file_bytes({"a": ("F8_E4M3", [8])}))),
    "ST211": (
        header_file({"a": {**ENTRY, "shape": [0, 2**63], "data_offsets": [0, 0]}}, 0),
        header_file({"a": {**ENTRY, "shape": [0, 2**63 - 1], "data_offsets": [0, 0]}}, 0),
    ),
    "ST212": (one_file(file_bytes({"a": ("U8", [1] * 65)})), one_file(file_bytes({"a": ("U8", [1] * 64)}))),
    "ST213": (one_file(file_bytes({"a": ("F4", [2, 3])})), one_file(file_bytes({"a": ("F4", [3, 2])}))),
    "ST214": (one_file(file_bytes({"a": ("F32", [2, 0])})), one_file(file_bytes({"a": ("F32", [])}))),
    "ST230": (
        one_file(file_bytes({"a": ("U8", [1]), "b": ("F32", [300_000])})),
        one_file(file_bytes({"b": ("F32", [300_000]), "a": ("U8", [1])})),
    ),
    "ST231": (model_files({"model.embed_tokens.weight": ("F64", [1001, 1000])}), model_files({"a": ("F64", [8])})),
    "ST232": (
        model_files({**language_model(range(2)), **layer(2, "F32"), **layer(3, "F32")}),
        model_files({**language_model(), "model.layers.0.input_layernorm.weight": ("F32", [8])}),
    ),
    "ST301": (_without(_sharded(), "model-00002-of-00002.safetensors"), _sharded()),
    "ST302": (_sharded(weight_map={"mtp.fc.weight": "model-00001-of-00002.safetensors"}), _sharded()),
    "ST303": (_sharded(weight_map={"lm_head.weight": None}), _sharded()),
    "ST304": (_sharded(weight_map={"lm_head.weight": "model-00001-of-00002.safetensors"}), _sharded()),
    "ST305": (sharded_files(_FIRST, {**_SECOND, "model.embed_tokens.weight": ("BF16", [32, 8])}), _sharded()),
    "ST306": (_sharded(total_size=1), _sharded()),
    "ST307": (sharded_files(_FIRST, _SECOND, index={"weight_map": _MAP}), _sharded()),
    "ST310": (_sharded(**{"model.safetensors.index.json": '{"weight_map": {'}), _sharded()),
    "ST311": (_sharded(**{"model.safetensors.index.json": {"weight_map": []}}), _sharded()),
    "ST312": (_sharded(weight_map={"lm_head.weight": "../../etc/passwd"}), _sharded()),
    "ST313": (_sharded(weight_map={"lm_head.weight": "pytorch_model.bin"}), _sharded()),
    "ST314": (
        {**_without(_sharded(), *set(_MAP.values())), "model.safetensors": SOUND},
        _sharded(),
    ),
    "ST315": (_sharded(weight_map=dict.fromkeys(_FIRST, "./model-00001-of-00002.safetensors")), _sharded()),
    "ST316": (
        {
            "m-00001-of-00002.safetensors": SOUND,
            "m-00002-of-00002.safetensors": SOUND,
            "m-00005-of-00002.safetensors": SOUND,
        },
        _sharded(),
    ),
    "ST317": (
        {
            f"m-0000{n}-of-0000{of}.safetensors": file_bytes({f"t{n}{of}": ("F32", [1])})
            for of in (2, 3)
            for n in range(1, of + 1)
        },
        {f"m-0000{n}-of-00002.safetensors": file_bytes({f"t{n}": ("F32", [1])}) for n in (1, 2)},
    ),
    "ST318": ({**_sharded(), "model-00001-of-00003.safetensors": SOUND}, _sharded()),
    "ST319": (
        _sharded(**{"model.safetensors.index.json": '{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}'}),
        _sharded(),
    ),
    "ST401": (
        one_file(b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"),
        one_file(SOUND),
    ),
    "ST402": (one_file(b"<!DOCTYPE html><html><body>Not Found"), one_file(SOUND)),
    "ST403": ({**one_file(SOUND), "model.safetensors.part": b"x"}, {**one_file(SOUND), "part.txt": b"x"}),
    "ST406": ({"pytorch_model.bin": pickle.dumps([1])}, {**one_file(SOUND), "pytorch_model.bin": b"x"}),
    "ST409": (
        {**model_files(), "model.safetensors": file_bytes(language_model(), {"total_parameters": "1"})},
        {**model_files(), "model.safetensors": file_bytes(language_model())},
    ),
    "ST410": ({**one_file(SOUND), "model.sig": b"{}"}, {**one_file(SOUND), "model.signed.txt": b"{}"}),
    "ST411": ({**_sharded(), "model.safetensors": file_bytes(_SPLIT, {"format": "pt"})}, _sharded()),
    "ST413": (_downloaded(len(SOUND) + 1), _downloaded(len(SOUND))),
    "ST516": (
        model_files() | {"config.json": '{"hidden_size": 8, "hidden_size": 16}'},
        model_files(text_config={"hidden_size": 8}),
    ),
    "ST501": (model_files() | {"config.json": '{"a": '}, model_files(rope_theta=float("nan"))),
    "ST502": (model_files(num_hidden_layers=3), model_files()),
    "ST503": (model_files(hidden_size=16), model_files()),
    "ST504": (model_files(vocab_size=31), model_files()),
    "ST505": (model_files(torch_dtype="float32"), model_files(torch_dtype="auto")),
    "ST506": (
        model_files(quantization_config={"quant_method": "gptq", "bits": 4}),
        model_files(quantization_config=None),
    ),
    "ST507": (
        model_files(language_model(head=False)),
        model_files(language_model(head=False), tie_word_embeddings=True),
    ),
    "ST508": (model_files() | {"tokenizer_config.json": "{"}, model_files() | {"tokenizer_config.json": "{}"}),
    "ST509": (model_files(architectures=["BertModel"], model_type="bert"), model_files()),
    "ST512": (model_files(num_attention_heads=3), model_files()),
    "ST513": (
        model_files(intermediate_size=17),
        model_files(intermediate_size=24, block_auto_adjust_ff_dim=True),
    ),
    "ST514": (model_files(tie_word_embeddings=True), model_files(language_model(head=False), tie_word_embeddings=True)),
    "ST515": (_padded(1_003), _padded(1_024)),
    "ST510": (model_files(language_model((0, 1, 3))), model_files(language_model((0, 1, 2)), num_hidden_layers=3)),
    "ST540": (model_files(_lacking("model.layers.2.mlp.up_proj.weight")), model_files()),
    "ST541": (
        model_files({**language_model(range(6)), "model.layers.2.self_attn.extra.weight": ("BF16", [8, 8])}),
        model_files({**language_model(range(6)), "model.extra.weight": ("BF16", [8, 8])}),
    ),
    "ST542": (one_file(file_bytes(_stages(0, 1, 3))), one_file(file_bytes(_stages(0, 1, 2)))),
    "ST543": (model_files(_biased("post.norm.bias")), model_files(_biased("post.norm.bias", "post.norm.weight"))),
    "ST544": (model_files(_lacking("model.norm.weight")), model_files()),
    "ST545": (_named("_orig_mod.a.weight"), _named("a.module.weight")),
    "ST546": (
        model_files({**language_model(), "teacher.head.weight": ("BF16", [32, 8])}),
        model_files({**language_model(), "model.teacher.weight": ("BF16", [32, 8])}),
    ),
    "ST511": (
        model_files({**language_model(), "model.layers.3.mlp.up_proj.weight": ("BF16", [24, 8])}),
        model_files(),
    ),
    "ST520": (_adapter(4, "/home/me/base"), _adapter(4)),
    "ST521": (_adapter(8), _adapter(4)),
    "ST530": (
        {
            "model_index.json": {
                "_class_name": "P",
                "unet": ["diffusers", "UNet2DConditionModel"],
                "vae": ["diffusers", "AutoencoderKL"],
            },
            "unet/diffusion_pytorch_model.safetensors": SOUND,
        },
        {
            "model_index.json": {
                "_class_name": "P",
                "unet": ["diffusers", "UNet2DConditionModel"],
                "safety_checker": [None, None],
            },
            "unet/diffusion_pytorch_model.safetensors": SOUND,
        },
    ),
    "ST601": (
        {**one_file(SOUND), "training_args.bin": pickle.dumps({})},
        {**one_file(SOUND), "notes.bin": b"<html><body>"},
    ),
    "ST602": (model_files(auto_map={"AutoModel": "modeling.X"}), model_files(auto_map=None)),
    "ST603": (
        model_files(auto_map={"AutoModel": "evil/repo--modeling.X"}),
        model_files(auto_map={"AutoModel": "modeling.X"}),
    ),
    "ST604": (
        {**one_file(SOUND), "tokenizer_config.json": {"chat_template": "{{ ''.__class__.__mro__ }}"}},
        {
            **one_file(SOUND),
            "tokenizer_config.json": {"chat_template": "{% for m in messages %}{{ m['class'] }}{% endfor %}"},
        },
    ),
    "ST605": ({**one_file(SOUND), "install.sh": "#!/bin/sh\n"}, {**one_file(SOUND), "README.md": "install.sh"}),
    "ST606": ({**one_file(SOUND), "modeling.py": "pass"}, {**one_file(SOUND), "README.md": "modeling.py"}),
    "ST607": ({**one_file(SOUND), "tf_model.h5": b"\x89HDF\r\n\x1a\n"}, {**one_file(SOUND), "model.gguf": b"GGUF"}),
    "ST608": ({**one_file(SOUND), "README.md": pickle.dumps([1])}, {**one_file(SOUND), "README.md": "# Model"}),
    "ST609": (
        {**one_file(SOUND), "extra.zip": _archive("x/data.pkl")},
        {**one_file(SOUND), "extra.zip": _archive("a.txt")},
    ),
    "ST610": (_with_data(_zip_tail()), _with_data(_zip_tail() + b"behind the archive")),
    "ST620": (_named("a\x1b[31m"), _named("a.weight")),
    "ST621": (_named("w\u200b"), _named("重み.👩‍👩‍👧.weight")),
    "ST622": (_named("../../etc/cron.d/x"), _named("a..b/c.d")),
    "ST623": (_named("аttn.weight"), _named("внимание.weight")),
    "ST624": (_named("n" * 1001), _named("n" * 1000)),
    "ST627": (_named("$(id)"), _named("TF/name:0")),
    "ST628": (
        one_file(file_bytes({"W": ("F32", [1]), "w": ("F32", [1])})),
        one_file(file_bytes({"w.A": ("F32", [1]), "w.b": ("F32", [1])})),
    ),
    "ST625": (one_file(file_bytes(ONE, {"a": "\x1b]8;;"})), one_file(file_bytes(ONE, {"a": '{"x":\n\t1}'}))),
}


def test_every_rule_is_in_exactly_one_table() -> None:
    others = {*_PLACES, *_DATA, *_HUB, *_VERIFIED, "ST414"}
    assert not others & set(FILES)
    assert {rule.code for rule in RULES} == others | set(FILES)


@pytest.mark.parametrize("code", sorted(FILES))
def test_a_rule_finds_what_breaks_it(code: str, tmp_path: Path) -> None:
    report = judge(write(tmp_path, FILES[code][0]))
    assert code in codes(report)
    finding = next(finding for finding in report.findings if finding.rule == code)
    assert finding.message
    assert finding.subject
    assert finding.saw


@pytest.mark.parametrize("code", sorted(FILES))
def test_a_rule_keeps_quiet_where_nothing_breaks_it(code: str, tmp_path: Path) -> None:
    assert code not in codes(judge(write(tmp_path, FILES[code][1])))


def _nf4() -> Files:
    """A model in NF4 whose quantisation states differ in length by chance, as JSON text does."""
    spec = language_model()
    for number in range(4):
        name = f"model.layers.{number}.mlp.up_proj.weight"
        spec |= {
            name: ("U8", [64, 1]),
            f"{name}.absmax": ("F32", [2]),
            f"{name}.quant_map": ("F32", [16]),
            f"{name}.quant_state.bitsandbytes__nf4": ("U8", [70 + number // 3]),
        }
    return model_files(spec, quantization_config={"quant_method": "bitsandbytes"})


@pytest.mark.parametrize(
    "files",
    [one_file(SOUND), model_files(), _sharded(), _adapter(4), header_file({"a": ENTRY}), _nf4()],
    ids=["file", "model", "shards", "adapter", "no metadata", "nf4"],
)
def test_sound_checkpoints_are_clean(files: Files, tmp_path: Path) -> None:
    assert codes(judge(write(tmp_path, files))) == []


# -- places that a table of files cannot show --------------------------------------------------------------


def _dangling(folder: Path) -> None:
    write(folder, one_file(SOUND))
    os.symlink("nowhere", folder / "other.safetensors")


def _outside(folder: Path) -> None:
    target = folder.parent / "secret.safetensors"
    target.write_bytes(SOUND)
    write(folder, one_file(SOUND))
    os.symlink(target, folder / "other.safetensors")


def _fifo(folder: Path) -> None:
    write(folder, one_file(SOUND))
    os.mkfifo(folder / "other.safetensors")


def _odd_name(folder: Path) -> None:
    write(folder, {"model\x1b[31m\n.safetensors": SOUND})


def _copies(folder: Path) -> None:
    files = {**_sharded(), "consolidated.safetensors": file_bytes({"tok_embeddings.weight": ("BF16", [999, 99])})}
    write(folder, files)


def _fetched_pointer(folder: Path) -> None:
    digest = hashlib.sha256(SOUND).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(SOUND)}\n"
    write(folder, {"model.safetensors": pointer, ".git/HEAD": "ref: refs/heads/main\n"})
    write(folder, {f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}": SOUND})


_PLACES: Mapping[str, Callable[[Path], None]] = {
    "ST412": _fetched_pointer,
    "ST404": _dangling,
    "ST405": _outside,
    "ST407": _fifo,
    "ST408": _copies,
    "ST626": _odd_name,
}


@pytest.mark.parametrize("code", sorted(_PLACES))
@pytest.mark.skipif(os.name != "posix", reason="needs links, FIFOs and odd names")
def test_a_rule_finds_what_is_wrong_with_places(code: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    _PLACES[code](folder)
    assert code in codes(judge(folder))


# -- tensor data ---------------------------------------------------------------------------------------------


def _statistics(**counts: Any) -> TensorStatistics:
    return TensorStatistics(path="m.safetensors", name="w", dtype="F32", dims=2, elements=100, **counts)


_DATA: Mapping[str, tuple[TensorStatistics, TensorStatistics]] = {
    "ST220": (_statistics(nan=1), _statistics()),
    "ST221": (_statistics(infinite=1), _statistics()),
    "ST222": (_statistics(zeros=100, near_zero=100, constant=True), _statistics(zeros=99, near_zero=99)),
    "ST223": (_statistics(constant=True), _statistics(zeros=100, near_zero=100, constant=True)),
    "ST224": (_statistics(near_zero=50), _statistics(near_zero=49)),
}


@pytest.mark.parametrize("code", sorted(_DATA))
def test_a_rule_judges_tensor_data(code: str) -> None:
    bad, good = (codes(audit(_checkpoint(), select=["ST22"], tensor_data=(one,))) for one in _DATA[code])
    assert code in bad
    assert code not in good


# -- the Hub ---------------------------------------------------------------------------------------------------

_HUB: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "ST801": ({"gated": "manual"}, {"gated": False}),
    "ST802": ({"disabled": True}, {"disabled": False}),
    "ST803": ({"security": {"x.bin": {"status": "unsafe"}}}, {"security": {"x.bin": {"status": "safe"}}}),
    "ST804": ({"scan_done": False}, {"scan_done": True, "security": {"x.bin": "safe"}}),
    "ST805": ({"requested": "main"}, {"requested": "0" * 40}),
}


def _hub_codes(facts: Mapping[str, Any]) -> list[str]:
    repository = {key: value for key, value in facts.items() if key != "requested"}
    target = Target(kind="hub", ref="org/name", repo_id="org/name", requested_revision=facts.get("requested", "0" * 40))
    return codes(audit(replace(_checkpoint(), target=target, repository=repository), select=["ST80"]))


@pytest.mark.parametrize("code", sorted(_HUB))
def test_a_rule_judges_what_the_hub_says(code: str) -> None:
    assert _hub_codes(_HUB[code][0]) == [code]
    assert _hub_codes(_HUB[code][1]) == []


# -- names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("README.md", "readme.md"), ["ST414"]),
        (("caf\u00e9.txt", "cafe\u0301.txt"), ["ST414"]),
        (("a/x.txt", "b/x.txt", "x.TXT2"), []),
        (("m\u043edel.txt",), ["ST626"]),
        (("\u043c\u043e\u0434\u0435\u043b\u044c-model.txt", "\uff08a\uff09.txt"), []),
    ],
)
def test_names_of_files_that_pass_for_one_another(names: tuple[str, ...], found: list[str]) -> None:
    files = tuple(RepositoryFile(path=name, bytes=9, kind="text") for name in names)
    assert codes(audit(replace(_checkpoint(), files=files), select=["ST414", "ST626"])) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("\u202egpj", True),
        ("x\U000e0041", True),
        ("\u2066x", True),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", False),
        ("\U0001f469\u200d\U0001f4bb", False),
        ("\u0634\u200f", False),
    ],
)
def test_metadata_that_hides_or_turns_text(value: str, found: bool, tmp_path: Path) -> None:
    report = judge(write(tmp_path, one_file(file_bytes(ONE, {"a": value}))))
    assert ("ST625" in codes(report)) is found


@pytest.mark.parametrize(("said", "found"), [("pt", False), ("mlx", False), ("pickle", True), ("", True)])
def test_a_format_that_transformers_does_not_know(said: str, found: bool, tmp_path: Path) -> None:
    files = {**model_files(), "model.safetensors": file_bytes(language_model(), {"format": said})}
    assert ("ST409" in codes(judge(write(tmp_path, files)))) is found


# -- verification ----------------------------------------------------------------------------------------------


def _claim(path: str = "m.safetensors", size: int | None = None) -> Claim:
    return Claim(path=path, algorithm="sha256", digest="a" * 64, origin="SHA256SUMS", bytes=size)


def _outcome(actual: str, size: int | None = None) -> Verification:
    return Verification(outcomes=(Outcome(claim=_claim(size=size), actual_bytes=9, actual=actual),))


_VERIFIED: Mapping[str, tuple[Verification, Verification]] = {
    "ST810": (_outcome("b" * 64), _outcome("a" * 64)),
    "ST811": (_outcome("", 10), _outcome("a" * 64, 9)),
    "ST812": (Verification(absent=(_claim(),)), Verification(absent=(_claim("README.md"),))),
    "ST813": (Verification(absent=(_claim("README.md"),)), Verification()),
    "ST814": (Verification(unpublished=("x.py",)), Verification()),
    "ST815": (Verification(unclaimed=("m.safetensors",)), Verification(unclaimed=("README.md",))),
}


@pytest.mark.parametrize("code", sorted(_VERIFIED))
def test_a_rule_judges_a_verification(code: str) -> None:
    bad, good = (codes(audit(_checkpoint(), select=["ST81"], verification=one)) for one in _VERIFIED[code])
    assert bad == [code]
    assert code not in good


def _checkpoint() -> Checkpoint:
    return Checkpoint(
        uri="m.safetensors",
        target=Target(kind="file", ref="m.safetensors"),
        files=(RepositoryFile(path="m.safetensors", bytes=9, kind="weights"),),
    )


def test_findings_are_told_without_a_census(tmp_path: Path) -> None:
    report: AuditReport = audit(read(write(tmp_path, one_file(SOUND[:-1]))))
    assert codes(report) == ["ST115"]
    assert report.verdict == "fail"
    assert json.dumps(report.to_dict())
