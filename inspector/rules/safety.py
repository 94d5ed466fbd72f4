"""ST6xx: what lies beside the weights and can run code, and names made to deceive a reader."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from inspector.analyses.deceptive_names import classify, mixes_scripts
from inspector.model import RepositoryFile
from inspector.rules import names
from inspector.rules.engine import KEPT_SUBJECTS, Observation, Rule
from inspector.rules.evidence import Evidence
from inspector.rules.repository import in_one


def pickle_beside(evidence: Evidence) -> Iterable[Observation]:
    """Pickle file beside the weights: unsafe.

    A pickle, or a format that holds one, lies in the repository.

    Why: Loading a pickle runs whatever code it holds. Tools that prefer it, or fall back on it, run that code.

    Loads: torch.load, joblib.load and pickle.load execute it; safetensors loaders do not look at it.

    Fix: Delete it, or leave it out of the download; load with use_safetensors=True.
    """
    if evidence.checkpoint.weight_sets or evidence.checkpoint.alternatives:
        found = _companions(evidence, "pickle", "torch-program") + _by_content(evidence, "pickle", ("numpy", "data"))
        yield from in_one(found, "a pickle, which runs code when loaded")


def remote_code(evidence: Evidence) -> Iterable[Observation]:
    """Remote code: auto_map asks for custom code of the repository.

    A configuration names Python classes that transformers imports from the repository with trust_remote_code=True.

    Why: The code runs with your rights, and it can change with every commit of a branch.

    Loads: transformers asks first, or needs trust_remote_code=True.

    Fix: Read the code and pin the revision, or use a model type that transformers knows.
    """
    for path, key, value in _auto_map(evidence):
        if "--" not in value:
            yield Observation(path=path, subject=f"auto_map.{key}", saw=value, expected="no custom code")


def remote_code_elsewhere(evidence: Evidence) -> Iterable[Observation]:
    """Remote code from another repository: auto_map names a foreign repo.

    The custom code of the configuration lies in another repository than the weights.

    Why: Its owner can change what runs on your machine without any change in this repository.

    Loads: transformers asks first, or needs trust_remote_code=True.

    Fix: Read the code there, pin code_revision, or use a copy that you control.
    """
    for path, key, value in _auto_map(evidence):
        if "--" in value:
            yield Observation(path=path, subject=f"auto_map.{key}", saw=value, expected="no code of another repository")


def chat_template_code(evidence: Evidence) -> Iterable[Observation]:
    """Chat template reaches for code.

    The Jinja template uses attributes that lead from a value to Python's internals.

    Why: An engine that renders templates without a sandbox runs code from it.

    Loads: transformers renders in a sandbox, which refuses it; other engines may not.

    Fix: Do not use the template.
    """
    for path, template in _templates(evidence):
        match = re.search(_TEMPLATE_CODE, template)
        if match:
            yield Observation(path=path, subject="chat_template", saw=match[0], expected="a template without it")


def script_beside(evidence: Evidence) -> Iterable[Observation]:
    """Program or script beside the weights.

    An executable, shared library or shell script lies in the repository.

    Why: Weights need none; installation steps that run it run foreign code.

    Loads: Loaders do not look at it.

    Fix: Leave it out of the download, or read it before it is run.
    """
    yield from in_one(_companions(evidence, "executable"), "a program or script")


def python_beside(evidence: Evidence) -> Iterable[Observation]:
    """Python code beside the weights.

    Why: It runs only if a configuration or a person asks for it; then it runs with your rights.

    Loads: transformers and diffusers with trust_remote_code=True.

    Fix: Read it before you trust it.
    """
    yield from in_one(_companions(evidence, "code"), "Python code")


def format_may_execute(evidence: Evidence) -> Iterable[Observation]:
    """Other formats that may run code beside the weights.

    Keras files can hold lambda layers, TensorFlow graphs file operations, NumPy files and archives pickles.

    Why: Whether loading them runs code depends on the reader and its settings.

    Loads: Safetensors loaders do not look at them.

    Fix: Leave them out of the download if the safetensors weights are all you need.
    """
    yield from in_one(_companions(evidence, "keras", "tensorflow", "numpy", "archive"), "may run code when loaded")


def content_disguised(evidence: Evidence) -> Iterable[Observation]:
    """Content is not what its name says.

    The first bytes of a file are those of a pickle or program, and its name promises something harmless.

    Why: Tools that go by content run it; people and scanners that go by the name do not look at it.

    Loads: Depends on the tool.

    Fix: Do not use the repository; report it.
    """
    for content in (evidence.contents or {}).values():
        if content.kind in ("pickle", "executable") and content.named not in _DANGEROUS_NAMES:
            yield Observation(path=content.path, saw=content.label, expected=f"{content.promised} as its name says")


def archive_member(evidence: Evidence) -> Iterable[Observation]:
    """Archive holds a pickle or program.

    Why: What unpacks or loads the archive meets it; the file's own name does not tell.

    Loads: torch.load and numpy.load execute pickles in archives.

    Fix: Leave it out of the download.
    """
    for content in (evidence.contents or {}).values():
        for member in content.members[:KEPT_SUBJECTS] if content.named != "pickle" else ():
            yield Observation(path=content.path, subject=member, saw="a member that can run code", expected="none")


def polyglot(evidence: Evidence) -> Iterable[Observation]:
    """Polyglot: the safetensors file is a ZIP archive too.

    The end of the file is the directory of a ZIP archive, inside the data of a tensor.

    Why: The file is valid for both readers, so that content can be smuggled past a check of one of them.

    Loads: The official loader opens it; ZIP readers (torch.load among them) open it as an archive.

    Fix: Do not use the file.
    """
    for content in (evidence.contents or {}).values():
        if content.also:
            yield Observation(path=content.path, saw=content.also, expected="tensor data and nothing else")


def control_in_name(evidence: Evidence) -> Iterable[Observation]:
    """Control character in a tensor name.

    A name holds NUL, ESC or another control character, shown escaped here.

    Why: Printed raw it drives the terminal; NUL cuts the name short for C programs, which hides tensors from scanners.

    Loads: The official loader opens it anyway.

    Fix: Rename the tensor.
    """
    return names.observe(evidence, "control")


def invisible_in_name(evidence: Evidence) -> Iterable[Observation]:
    """Invisible or bidirectional Unicode character in a tensor name.

    A name holds characters that show as nothing, reorder their neighbours, or belong to no script.

    Why: Two different names look the same, or text is hidden in a name.

    Loads: The official loader opens it anyway.

    Fix: Rename the tensor.
    """
    return names.observe(evidence, "invisible")


def path_as_name(evidence: Evidence) -> Iterable[Observation]:
    """Suspicious tensor name: a path that leaves its folder.

    A name is an absolute path or has a ".." part.

    Why: Tools that write one file for each tensor write it wherever the name says.

    Loads: The official loader opens it anyway.

    Fix: Rename the tensor.
    """
    return names.observe(evidence, "path")


def deceptive_name(evidence: Evidence) -> Iterable[Observation]:
    """Suspicious tensor name: looks like another one.

    Letters of several scripts in one word, blanks at an end, or a name that Python or the format reserves.

    Why: People and name filters take it for another tensor; attribute-style loaders overwrite what the name stands for.

    Loads: The official loader opens it anyway.

    Fix: Rename the tensor.
    """
    return names.observe(evidence, "deceptive")


def extreme_name(evidence: Evidence) -> Iterable[Observation]:
    """Suspicious tensor name: empty or extremely long.

    Why: Tables, file systems and databases cut it or refuse it.

    Loads: The official loader opens it anyway.

    Fix: Rename the tensor.
    """
    return names.observe(evidence, "extreme")


def unusual_name(evidence: Evidence) -> Iterable[Observation]:
    """Unusual characters in a tensor name.

    A name holds characters that shells, spreadsheets, HTML or templates act on.

    Why: Harmless in a header; tools that paste names into commands or pages have to quote them.

    Loads: Every loader opens it.

    Fix: None needed where the name is meant so, as in textual inversions.
    """
    return names.observe(evidence, "unusual")


def names_by_case(evidence: Evidence) -> Iterable[Observation]:
    """Tensor names that differ only in upper and lower case.

    Why: File systems and databases that ignore case take them for one; of one file for each tensor one is lost.

    Loads: Every loader opens it.

    Fix: None needed where the names are meant so.
    """
    return names.observe(evidence, "case")


def control_in_metadata(evidence: Evidence) -> Iterable[Observation]:
    """Control or bidirectional characters in the metadata.

    A key or value of `__metadata__` holds escape sequences or other control characters, characters that turn the
    direction of writing, or tag characters, which show as nothing. They are shown escaped here.

    Why: Printed raw they drive the terminal, reorder what is read, or hide text that only programs see.

    Loads: The official loader opens it anyway.

    Fix: Do not print metadata raw; save the file again without it.
    """
    for shard in evidence.checkpoint.shards:
        found = [key for key, value in shard.metadata.items() if _control().search(value) or _control().search(key)]
        for key in found[:KEPT_SUBJECTS]:
            yield Observation(
                path=shard.path, subject=key, saw="control or bidirectional characters", expected="plain text"
            )


def file_name_odd(evidence: Evidence) -> Iterable[Observation]:
    """Control, invisible or look-alike character in a file name.

    Why: Printed raw it drives the terminal, hides the file's real ending, or passes for another file's name.

    Loads: Loaders open it.

    Fix: Rename the file.
    """
    for file in evidence.checkpoint.files:
        if not file.path.isascii() or not file.path.isprintable():
            problem = "look-alike" if mixes_scripts(file.path) else classify(file.path)
            if problem in ("control", "invisible", "look-alike"):
                yield Observation(path=file.path, saw=f"a name with {problem} characters", expected="printable text")


_DANGEROUS_NAMES: Final = frozenset(
    {"pickle", "torch-program", "executable", "code", "archive", "partial", "weights", "numpy"}
)

#: Ways from a Jinja value to Python's internals.
_TEMPLATE_CODE: Final = (
    r"__(?:class|globals|builtins|import|subclasses|mro|bases?|init|getattribute|code|dict|reduce(?:_ex)?)__"
    r"|\b(?:os|subprocess|posix|nt)\.(?:system|popen|exec\w*|spawn\w*|run|call|check_output)\b"
    r"|\|\s*attr\s*\(|\bself\._TemplateReference|\b(?:cycler|joiner|lipsum)\.__"
)


@cache
def _control() -> re.Pattern[str]:
    """Control characters but tab and line ends; bidirectional ones; tags that are no part of a flag."""
    return re.compile(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
        r"|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0001\U000e0020-\U000e007f]"
    )


def _companions(evidence: Evidence, *kinds: str) -> list[RepositoryFile]:
    """Files of these kinds by name, without those whose content was seen to be something else."""
    contents = evidence.contents or {}
    files = [file for file in evidence.checkpoint.files if file.kind in kinds]
    return [file for file in files if file.path not in contents or not contents[file.path].harmless]


def _by_content(evidence: Evidence, kind: str, named: tuple[str, ...]) -> list[RepositoryFile]:
    """Files of other kinds by name whose content was seen to be of this kind."""
    contents = evidence.contents or {}
    return [
        f for f in evidence.checkpoint.files if f.kind in named and f.path in contents and contents[f.path].kind == kind
    ]


def _auto_map(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Path of the configuration, key and value of each auto_map entry."""
    for path, config in evidence.checkpoint.configs.items():
        mapping = config.get("auto_map") if isinstance(config, Mapping) else None
        for key, value in mapping.items() if isinstance(mapping, Mapping) else ():
            for item in value if isinstance(value, list | tuple) else (value,):
                if isinstance(item, str):
                    yield path, str(key), item


def _templates(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Path and text of each chat template."""
    for path, config in evidence.checkpoint.configs.items():
        value: Any = config.get("chat_template") if isinstance(config, Mapping) else None
        for item in value if isinstance(value, list | tuple) else (value,):
            text = item.get("template") if isinstance(item, Mapping) else item
            if isinstance(text, str):
                yield path, text
    yield from ((path, text) for path, text in evidence.checkpoint.texts.items() if path.endswith(".jinja"))


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST601", name="pickle-beside", severity="warning", kind="security", check=pickle_beside),
    Rule(code="ST602", name="remote-code", severity="warning", kind="security", check=remote_code),
    Rule(code="ST603", name="remote-code-elsewhere", severity="warning", kind="security", check=remote_code_elsewhere),
    Rule(code="ST604", name="chat-template-code", severity="warning", kind="security", check=chat_template_code),
    Rule(code="ST605", name="script-beside", severity="warning", kind="security", check=script_beside),
    Rule(code="ST606", name="python-beside", severity="info", kind="security", check=python_beside),
    Rule(code="ST607", name="format-may-execute", severity="info", kind="security", check=format_may_execute),
    Rule(
        code="ST608",
        name="content-disguised",
        severity="error",
        kind="security",
        check=content_disguised,
        needs="contents",
    ),
    Rule(
        code="ST609", name="archive-member", severity="warning", kind="security", check=archive_member, needs="contents"
    ),
    Rule(code="ST610", name="polyglot", severity="warning", kind="security", check=polyglot, needs="contents"),
    Rule(code="ST620", name="control-in-name", severity="warning", kind="security", check=control_in_name),
    Rule(code="ST621", name="invisible-in-name", severity="warning", kind="security", check=invisible_in_name),
    Rule(code="ST622", name="path-as-name", severity="warning", kind="security", check=path_as_name),
    Rule(code="ST623", name="deceptive-name", severity="warning", kind="security", check=deceptive_name),
    Rule(code="ST624", name="extreme-name", severity="warning", kind="hygiene", check=extreme_name),
    Rule(code="ST627", name="unusual-name", severity="info", kind="hygiene", check=unusual_name),
    Rule(code="ST628", name="names-by-case", severity="info", kind="hygiene", check=names_by_case),
    Rule(code="ST625", name="control-in-metadata", severity="warning", kind="security", check=control_in_metadata),
    Rule(code="ST626", name="file-name-odd", severity="warning", kind="security", check=file_name_odd),
)
