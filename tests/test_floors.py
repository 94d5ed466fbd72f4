"""Imports only go down, and what belongs to the command line stays there."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import inspector

PACKAGE = Path(inspector.__file__).parent
FLOORS = {
    **dict.fromkeys(("errors", "units", "dtypes", "paths", "text", "values"), 0),
    "model": 1,
    "sources": 2,
    "knowledge": 2,
    "readers": 3,
    "analyses": 4,
    "rules": 5,
    "reports": 6,
    "cli": 7,
    "api": 7,
    "__main__": 8,
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def _name(path: Path) -> str:
    return ".".join(("inspector", *path.relative_to(PACKAGE).with_suffix("").parts))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_only_go_down(path: Path) -> None:
    room = _room(_name(path))
    for imported, line in _imports(path):
        if not imported.startswith("inspector."):
            continue
        other = _room(imported)
        if other not in FLOORS:
            assert imported == "inspector.__version__", f"{path}:{line} imports {imported} from the package"
            assert FLOORS[room] >= 6, f"{path}:{line} knows the version"
            continue
        assert FLOORS[other] <= FLOORS[room], f"{path}:{line} imports {imported}, which is above"
        wings = {"sources", "knowledge"}
        assert {room, other} != wings, f"{path}:{line}: sources and knowledge see each other"


@pytest.mark.parametrize("path", [path for path in MODULES if _room(_name(path)) != "cli"], ids=_name)
def test_only_the_command_line_talks_to_the_process(path: Path) -> None:
    for imported, line in _imports(path):
        assert imported.split(".")[0] != "click", f"{path}:{line} imports click"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            assert node.id != "print", f"{path}:{node.lineno} prints"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used = f"{node.value.id}.{node.attr}"
            assert used not in ("os.environ", "os.getenv", "sys.exit"), f"{path}:{node.lineno} uses {used}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if _room(_name(path)) != "knowledge":
        assert text.count("\n") <= 400, f"{path} has {text.count(chr(10))} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= 50, f"{path}:{node.lineno} {node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_handler_catches_everything_but_the_topmost(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            )
            assert not broad or path.name == "main.py", f"{path}:{node.lineno} catches everything"


def _modules_after(code: str) -> set[str]:
    out = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.__stderr__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(out.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    loaded = _modules_after("from inspector.cli.main import exit_code; assert exit_code(['--help']) == 0")
    heavy = {"huggingface_hub", "httpx", "httpx2", "numpy", "tabulate", "importlib.metadata", "tomllib", "json"}
    assert not heavy & loaded


def test_the_package_itself_imports_nothing_of_its_own() -> None:
    loaded = _modules_after("import inspector; inspector.__version__")
    assert {name for name in loaded if name.startswith("inspector.")} == set()


def test_a_table_of_a_file_needs_no_network_client_and_no_numpy(tmp_path: Path) -> None:
    from tests.builder import write

    path = write(tmp_path / "model.safetensors", {"w": ("F32", (4, 4))})
    loaded = _modules_after(f"from inspector.cli.main import exit_code; assert exit_code([{str(path)!r}]) == 0")
    assert not {"huggingface_hub", "httpx2", "numpy", "ssl", "asyncio"} & loaded
