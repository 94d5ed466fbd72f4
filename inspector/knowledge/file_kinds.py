"""What a file of a model repository is: by its name, and by its first bytes.

A name is a promise, the first bytes are evidence; rules compare the two. Neither opens a file.
"""

import re
from functools import cache, lru_cache
from typing import Final, Literal, NamedTuple

from inspector.paths import name_of
from inspector.values import frozen

#: How many first bytes `recognise` can use; fewer are fine.
LOOK_BYTES: Final = 512

#: What loading a file of a kind may do: "executes" runs code by design, "may-execute" under some readers or settings.
Danger = Literal["", "executes", "may-execute", "script"]

_CONVENTION: Final = "file names that transformers, diffusers, peft and the Hub write"
_PICKLE: Final = "picklescan and modelscan: extensions they open as pickles; docs.python.org/3/library/pickle.html"
_SCANNERS: Final = "modelscan and hayward: formats listed as able to run code"


@frozen
class FileKind:
    """One kind of file; `names` are globs on the lower-cased last part of a path, the first row that matches wins."""

    id: str
    label: str
    names: tuple[str, ...]
    source: str
    danger: Danger = ""


FILE_KINDS: Final[tuple[FileKind, ...]] = (
    FileKind(
        id="partial",
        label="an unfinished download",
        names=(
            "*.incomplete",
            "*.part",
            "*.partial",
            "*.crdownload",
            "*.aria2",
            "*.download",
            "*.!ut",
            "*.aria2__temp",
            "*.opdownload",
            "*.!qb",
            "*.xltd",
            "*.filepart",
            "*.safetensors.tmp",
            "*.safetensors.temp",
        ),
        source="huggingface_hub (.incomplete), browsers (.part, .crdownload, .download, .opdownload) and what aria2, "
        "qBittorrent, Xunlei and WinSCP leave",
    ),
    FileKind(
        id="index",
        label="a weight index",
        names=("*.safetensors.index.json", "*.safetensors.index.*.json"),
        source=_CONVENTION,
    ),
    FileKind(id="weights", label="safetensors weights", names=("*.safetensors", "*.sft"), source=_CONVENTION),
    FileKind(
        id="foreign-index",
        label="the index of other weights",
        names=("*.bin.index.json", "*.index.json", "*.msgpack.index.json", "*.h5.index.json"),
        source=_CONVENTION,
    ),
    FileKind(
        id="generation-config", label="generation settings", names=("generation_config*.json",), source=_CONVENTION
    ),
    FileKind(
        id="tokenizer",
        label="a tokenizer file",
        names=(
            "tokenizer*.json",
            "tokenizer*.model",
            "tokenizer*.txt",
            "tekken.json",
            "vocab.json",
            "vocab.txt",
            "vocab.bpe",
            "merges.txt",
            "special_tokens_map.json",
            "added_tokens.json",
            "*.tiktoken",
            "spiece.model",
            "sentencepiece*.model",
            "source.spm",
            "target.spm",
            "bpe.codes",
            "chat_template*.json",
            "chat_template*.jinja",
            "*.jinja",
            "normalizer.json",
        ),
        source=_CONVENTION,
    ),
    FileKind(
        id="processor",
        label="preprocessing settings",
        names=(
            "preprocessor_config.json",
            "processor_config.json",
            "video_preprocessor_config.json",
            "feature_extractor*.json",
        ),
        source=_CONVENTION,
    ),
    FileKind(
        id="config",
        label="a configuration file",
        names=(
            "config.json",
            "*_config.json",
            "*.config.json",
            "config*.json",
            "model_index.json",
            "modules.json",
            "params.json",
            "quantize_config.json",
            "quant_config.json",
            "recipe.yaml",
            "configuration.json",
        ),
        source=_CONVENTION,
    ),
    FileKind(
        id="model-card",
        label="a model card",
        names=("readme", "readme.md", "readme.txt", "modelcard.md"),
        source=_CONVENTION,
    ),
    FileKind(
        id="license",
        label="a license",
        names=("license*", "licence*", "notice*", "copying*", "use_policy*", "*license.txt", "*license.md"),
        source=_CONVENTION,
    ),
    FileKind(
        id="signature",
        label="a signature",
        names=("*.sig", "*.sigstore", "*.sigstore.json", "*.asc", "*.minisig", "*.intoto.jsonl", "*.p7s"),
        source="sigstore model-transparency (model.sig), GnuPG, minisign, SLSA attestations",
    ),
    FileKind(
        id="checksums",
        label="a list of checksums",
        names=(
            "sha256sums*",
            "sha256sum*",
            "sha512sums*",
            "md5sums*",
            "checksums*",
            "*.sha256",
            "*.sha256sum",
            "*.md5",
            "*.sha512",
        ),
        source="coreutils sha256sum(1) and the names its lists are given",
    ),
    FileKind(
        id="openvino",
        label="OpenVINO weights",
        names=("openvino_*.bin", "openvino_*.xml"),
        source="optimum-intel export",
    ),
    FileKind(
        id="pickle",
        label="a Python pickle",
        names=("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib", "*.dill", "*.p", "*.cloudpickle"),
        source=_PICKLE,
        danger="executes",
    ),
    FileKind(
        id="torch-program",
        label="a TorchScript or exported PyTorch program",
        names=("*.pt2", "*.ptl", "*.mar", "*.torchscript"),
        source=_SCANNERS,
        danger="executes",
    ),
    FileKind(
        id="keras",
        label="a Keras or HDF5 model",
        names=("*.h5", "*.hdf5", "*.keras"),
        source=_SCANNERS,
        danger="may-execute",
    ),
    FileKind(
        id="tensorflow",
        label="a TensorFlow graph or checkpoint",
        names=("*.pb", "*.pbtxt", "*.meta", "*.tflite", "*.lite"),
        source=_SCANNERS,
        danger="may-execute",
    ),
    FileKind(
        id="numpy",
        label="a NumPy file",
        names=("*.npy", "*.npz"),
        source="numpy.load: object arrays are pickles",
        danger="may-execute",
    ),
    FileKind(
        id="code",
        label="Python code",
        names=("*.py", "*.pyc", "*.pyi", "*.pyx", "*.ipynb", "*.pth.py"),
        source=_SCANNERS,
        danger="script",
    ),
    FileKind(
        id="executable",
        label="a program or script",
        names=(
            "*.exe",
            "*.dll",
            "*.so",
            "*.so.*",
            "*.dylib",
            "*.sh",
            "*.bash",
            "*.bat",
            "*.cmd",
            "*.ps1",
            "*.com",
            "*.msi",
            "*.scr",
            "*.vbs",
            "*.js",
            "*.mjs",
            "*.jar",
            "*.class",
            "*.wasm",
            "*.app",
            "*.elf",
            "*.lua",
            "*.rb",
            "*.pl",
        ),
        source=_SCANNERS,
        danger="script",
    ),
    FileKind(id="gguf", label="GGUF weights", names=("*.gguf", "*.ggml", "*.ggmf", "*.ggjt"), source="ggml gguf.md"),
    FileKind(id="onnx", label="an ONNX model", names=("*.onnx", "*.onnx_data", "*.onnx.data"), source="onnx.ai"),
    FileKind(id="flax", label="Flax weights", names=("*.msgpack",), source="flax.serialization", danger=""),
    FileKind(
        id="coreml", label="a Core ML model", names=("*.mlmodel", "*.mlpackage", "weight.bin"), source="coremltools"
    ),
    FileKind(
        id="archive",
        label="an archive",
        names=(
            "*.zip",
            "*.7z",
            "*.rar",
            "*.tar",
            "*.tgz",
            "*.gz",
            "*.bz2",
            "*.xz",
            "*.zst",
            "*.lz4",
            "*.nemo",
            "*.dat",
            "*.data",
        ),
        source=_SCANNERS,
        danger="may-execute",
    ),
    FileKind(
        id="image",
        label="an image",
        names=("*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.svg", "*.bmp", "*.ico", "*.tiff", "*.avif"),
        source=_CONVENTION,
    ),
    FileKind(
        id="media",
        label="sound or video",
        names=("*.wav", "*.mp3", "*.flac", "*.ogg", "*.opus", "*.m4a", "*.mp4", "*.webm", "*.mov", "*.avi"),
        source=_CONVENTION,
    ),
    FileKind(
        id="data", label="a data file", names=("*.parquet", "*.arrow", "*.csv", "*.jsonl", "*.tsv"), source=_CONVENTION
    ),
    FileKind(
        id="json",
        label="a JSON or YAML file",
        names=("*.json", "*.yaml", "*.yml", "*.toml", "*.xml"),
        source=_CONVENTION,
    ),
    FileKind(
        id="text",
        label="a text file",
        names=("*.txt", "*.md", "*.rst", "*.log", "*.html", "*.htm", "*.pdf", ".gitattributes", ".gitignore", "*.cff"),
        source=_CONVENTION,
    ),
    FileKind(id="other", label="a file of another kind", names=("*",), source="what no row above names"),
)

KIND_BY_ID: Final = {row.id: row for row in FILE_KINDS}


@lru_cache(maxsize=1 << 17)
def kind_of(path: str) -> str:
    """The id of the kind that a path promises; "other" where no row names it."""
    name = name_of(path).lower()
    for matcher in _matchers():
        if (
            name in matcher.exact
            or name.endswith(matcher.ends)
            or any(_spans(name, pieces) for pieces in matcher.spans)
        ):
            return matcher.id
    return "other"


class _Matcher(NamedTuple):
    """A row's globs taken apart: whole names, endings, and pieces that have to stand in that order."""

    id: str
    exact: frozenset[str]
    ends: tuple[str, ...]
    spans: tuple[tuple[str, ...], ...]


@cache
def _matchers() -> tuple[_Matcher, ...]:
    return tuple(_matcher(row) for row in FILE_KINDS)


def _matcher(row: FileKind) -> _Matcher:
    pieces = [tuple(name.split("*")) for name in row.names]
    return _Matcher(
        id=row.id,
        exact=frozenset(piece[0] for piece in pieces if len(piece) == 1),
        ends=tuple(piece[1] for piece in pieces if len(piece) == 2 and not piece[0]),
        spans=tuple(piece for piece in pieces if len(piece) > 2 or (len(piece) == 2 and piece[0])),
    )


def _spans(name: str, pieces: tuple[str, ...]) -> bool:
    begin, *middle, end = pieces
    rest = name[len(begin) : len(name) - len(end)]
    return name.startswith(begin) and name.endswith(end) and all(piece in rest for piece in middle)


@frozen
class Magic:
    """A regular expression for the bytes that begin a format; `kind` is a FileKind id, `label` is for people."""

    pattern: bytes
    kind: str
    label: str
    source: str


def _magic(pattern: bytes, kind: str, label: str, source: str = "file(1) magic") -> Magic:
    return Magic(pattern=pattern, kind=kind, label=label, source=source)


#: A pickle's second opcode: frames, empty containers, marks, globals, numbers, strings. Never NUL, which a length has.
_PICKLE_BODY: Final = rb"[\x80-\x96(\]})cCGIJKMNUVXBTqr\x8a\x8c\x95]"

MAGIC: Final[tuple[Magic, ...]] = (
    _magic(
        rb"(?:\xef\xbb\xbf)?version https?://(?:git-lfs\.github\.com|hawser\.github\.com|git-media\.io)/",
        "lfs-pointer",
        "a Git LFS pointer",
        "git-lfs docs/spec.md",
    ),
    _magic(rb"# xet version ", "text", "a Xet pointer, whose content was not fetched", "git-xet pointer file"),
    _magic(
        rb"(?:\.\./)*(?:\.git)?/annex/objects/",
        "text",
        "a git-annex pointer, whose content was not fetched",
        "git-annex internals, pointer file",
    ),
    _magic(
        rb"outs:\s+- (?:md5|hash|etag|path): ", "text", "a DVC pointer, whose content was not fetched", "dvc.org .dvc"
    ),
    _magic(rb"(?i:(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|title))", "text", "an HTML page"),
    _magic(rb"(?:\xef\xbb\xbf)?\s*<\?xml", "json", "an XML document"),
    _magic(
        rb"PK\x03\x04.{22,}?(?:data\.pkl|archive/|/version|byteorder)",
        "pickle",
        "a ZIP archive as torch.save writes it (a pickle inside)",
        "torch.save",
    ),
    _magic(rb"PK\x03\x04", "archive", "a ZIP archive (torch.save and NumPy write such files)", "PKWARE APPNOTE 4.3.7"),
    _magic(rb"PK\x05\x06", "archive", "an empty ZIP archive", "PKWARE APPNOTE 4.3.16"),
    _magic(rb"\x80[\x02-\x05]" + _PICKLE_BODY, "pickle", "a Python pickle", "pickletools opcodes"),
    _magic(
        rb"(?:\(dp[0-9]|\(lp[0-9]|\(i[a-z_]+\n|c(?:__builtin__|builtins|os|posix|nt|sys|subprocess|copy_reg|collections|numpy[a-z_.]*|torch[a-z_.]*)\n)",
        "pickle",
        "a Python pickle (protocol 0)",
        "pickletools opcodes",
    ),
    _magic(rb"\x93NUMPY", "numpy", "a NumPy .npy array", "numpy.lib.format"),
    _magic(rb"\x89HDF\r\n\x1a\n", "keras", "an HDF5 file (Keras)", "HDF5 file format"),
    _magic(rb"GGUF", "gguf", "a GGUF file", "ggml gguf.md"),
    _magic(rb"(?:lmgg|fmgg|tjgg)", "gguf", "an old GGML file", "llama.cpp before GGUF"),
    _magic(rb"\x89PNG\r\n\x1a\n", "image", "a PNG image"),
    _magic(rb"\xff\xd8\xff", "image", "a JPEG image"),
    _magic(rb"GIF8[79]a", "image", "a GIF image"),
    _magic(rb"RIFF.{4}WEBP", "image", "a WebP image"),
    _magic(rb"RIFF.{4}(?:WAVE|AVI )", "media", "a RIFF sound or video file"),
    _magic(rb".{4}ftyp", "media", "an MP4 file"),
    _magic(rb"(?:OggS|fLaC|ID3)", "media", "a sound file"),
    _magic(rb"\x7fELF", "executable", "an ELF executable"),
    _magic(rb"MZ.{58}(?:[^\x00]|.[^\x00])", "executable", "a Windows executable"),
    _magic(rb"(?:\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe)", "executable", "a Mach-O executable"),
    _magic(rb"\xca\xfe\xba\xbe", "executable", "a Java class or universal Mach-O executable"),
    _magic(rb"\x00asm", "executable", "a WebAssembly program"),
    _magic(rb"#!", "executable", "a script"),
    _magic(rb"\x1f\x8b\x08", "archive", "a gzip file", "RFC 1952"),
    _magic(rb"BZh[1-9]1AY&SY", "archive", "a bzip2 file"),
    _magic(rb"\xfd7zXZ\x00", "archive", "an xz file"),
    _magic(rb"\x28\xb5\x2f\xfd", "archive", "a Zstandard file", "RFC 8878"),
    _magic(rb"7z\xbc\xaf\x27\x1c", "archive", "a 7z archive"),
    _magic(rb"Rar!\x1a\x07", "archive", "a RAR archive"),
    _magic(rb"\x04\x22\x4d\x18", "archive", "an LZ4 file"),
    _magic(rb".{257}ustar", "archive", "a tar archive", "POSIX ustar"),
    _magic(rb"%PDF-", "text", "a PDF document"),
    _magic(rb"SQLite format 3\x00", "data", "an SQLite database"),
    _magic(rb"(?:PAR1|ARROW1)", "data", "a Parquet or Arrow file"),
    _magic(rb".{4}TFL3", "tensorflow", "a TensorFlow Lite model"),
    _magic(
        rb"\x08[\x01-\x0f](?:\x12|\x3a|\x1a|\x22).{1,2}(?:pytorch|onnx|tf2onnx|skl2onnx|keras2onnx|.{0,24}onnx)",
        "onnx",
        "an ONNX model",
        "onnx.proto ModelProto",
    ),
    _magic(rb"(?:\xff\xfe|\xfe\xff)(?:[^\x00]\x00|\x00[^\x00])", "text", "UTF-16 text"),
    _magic(rb"\xef\xbb\xbf", "text", "text with a byte order mark"),
    _magic(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\"0-9\]])", "json", "JSON text"),
)

_TEXT: Final = frozenset(b"\t\n\r" + bytes(range(0x20, 0x7F)))
_MAX_HEADER: Final = 100_000_000


def recognise(first_bytes: bytes, file_bytes: int | None = None) -> str:
    """What content is that begins so, with its article ("a ZIP archive …"); "" where it is not known.

    Pass the file's first `LOOK_BYTES` bytes. Content framed like a safetensors file is never taken for
    something else: a header length may look like any other format's magic number.
    """
    return recognise_content(first_bytes, file_bytes)[1]


def recognise_content(first_bytes: bytes, file_bytes: int | None = None) -> tuple[str, str]:
    """Kind id and label of content by its first bytes; ("", "") where it is not known."""
    head = first_bytes[:LOOK_BYTES]
    if not head or looks_framed(head):
        return "", ""
    if len(head) >= 8 and not head.strip(b"\x00"):
        return "other", "nothing but zero bytes"
    if len(head) >= 8 and not head.strip(b"\xff"):
        return "other", "nothing but 0xFF bytes"
    if head[8:9] == b"{" and 0 < int.from_bytes(head[:8], "big") <= min(_MAX_HEADER, (file_bytes or 0) - 8):
        return "other", "a safetensors header with its length written big-endian"
    for row in MAGIC:
        if re.match(row.pattern, head, re.DOTALL):
            return row.kind, row.label
    return ("text", "plain text") if len(head) >= 8 and _TEXT.issuperset(head) else ("", "")


def looks_framed(first_bytes: bytes) -> bool:
    """Whether content begins as a safetensors file does: a length within the limit, then the opening of an object."""
    if len(first_bytes) < 9 or int.from_bytes(first_bytes[:8], "little") > _MAX_HEADER:
        return False
    return first_bytes[8:].lstrip(b" \t\r\n")[:1] in (b"{", b"")
