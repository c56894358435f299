"""The house rules that a reader could not check by eye.

- imports run one way, and the contract that says so really bites;
- the domain imports the standard library and NumPy, nothing else;
- the four rooms that see strangers open no file for writing, log nothing and print nothing;
- only `engine/wire.py` writes to a pipe, only `engine` makes memory that two processes share;
- a module has at most 400 lines and a function at most 60;
- no two files of tests share a name, by which they are known where folders are no packages.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import overt
from tests.needs import REPOSITORY

PACKAGE = Path(overt.__file__).parent
ROOMS = ("video", "faces", "recognition", "engine")
MODULES = sorted(PACKAGE.rglob("*.py"))
IN_ROOMS = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in ROOMS]

FORBIDDEN_IMPORTS = {
    *("logging", "structlog", "pickle", "tempfile", "sqlite3", "shelve", "dbm", "shutil", "marshal", "fileinput"),
    *("multiprocessing.shared_memory",),  # it is a file under another name
}
WRITERS = {  # called on anything, these write a file
    *("write_text", "write_bytes", "touch", "mkdir", "symlink_to", "hardlink_to", "link_to"),
    *("tofile", "save", "savez", "savez_compressed", "savetxt", "save_model", "open_memmap", "dump"),
    *("imwrite", "imwritemulti", "imwriteanimation", "VideoWriter", "FileStorage", "serialize"),
}
OS_WRITERS = {
    *("mkdir", "makedirs", "mknod", "mkfifo", "rename", "renames", "replace", "link", "symlink", "truncate"),
    *("pwrite", "pwritev", "writev", "sendfile", "copy_file_range", "splice", "system", "popen"),
}
WRITING_FLAGS = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC", "O_TMPFILE"}
MODE_COMES_SECOND = {"builtins", "io", "av", "Image", "gzip", "bz2", "lzma", "codecs"}
WRITING_OPTIONS = {"optimized_model_filepath", "enable_profiling", "CACHE_DIR", "CACHE_MODE"}


def faults(source: str, module: str) -> list[str]:
    """What in a module of the four rooms could leave a trace of a stranger; `module` is its path in the package."""
    return [f"{module}:{line}: {what}" for line, what in _faults(ast.parse(source), module)]


def _faults(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, what) for what in _import_faults(node))
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in _call_faults(node, module))
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr", "sys.__stdout__"}:
            yield node.lineno, f"{ast.unparse(node)} reaches the terminal or a log"
        elif (isinstance(node, ast.Attribute) and node.attr in WRITING_OPTIONS) or (
            isinstance(node, ast.Constant) and node.value in WRITING_OPTIONS
        ):
            yield node.lineno, "the runtime would write a file"


def _import_faults(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
        if any(alias.name in {"os", "sys", "io", "av", "cv2"} and alias.asname for alias in node.names):
            yield "a guarded module under another name"
    else:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        if node.module in {"os", "io", "sys", "av", "cv2", "builtins"}:
            taken = {alias.name for alias in node.names}
            guarded = WRITERS | OS_WRITERS | {"open", "write", "fdopen", "memfd_create", "stdout", "stderr", "*"}
            yield from (f"{node.module}.{name} taken out of its module" for name in sorted(taken & guarded))
    for name in names:
        if any(name == bad or name.startswith(bad + ".") for bad in FORBIDDEN_IMPORTS):
            yield f"imports {name}"


def _call_faults(call: ast.Call, module: str) -> Iterator[str]:
    name, base = _called(call)
    if name == "print" and not base:
        yield "print"
    if name in {"open", "fdopen"}:
        yield from _open_faults(call, base)
    if base == "os":
        if name in OS_WRITERS:
            yield f"os.{name} writes"
        if name == "write" and module != "engine/wire.py":
            yield "os.write outside engine/wire.py"
        if name == "memfd_create" and not module.startswith("engine/"):
            yield "os.memfd_create outside engine"
    elif name in WRITERS:
        yield f"{name} writes a file"
    elif name == "export_model" and (call.args or call.keywords):
        yield "export_model to more than memory"
    elif name == "memmap" and _literal(_argument(call, 2, "mode")) not in {"r", "c"}:
        yield "memmap that can be written"


def _called(call: ast.Call) -> tuple[str, str]:
    """The called name and what it is called on, as far as that is a plain name: `os.write` gives `write`, `os`."""
    if isinstance(call.func, ast.Name):
        return call.func.id, ""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr, call.func.value.id if isinstance(call.func.value, ast.Name) else "?"
    return "", "?"


def _open_faults(call: ast.Call, base: str) -> Iterator[str]:
    if base == "os" and _called(call)[0] == "open":
        flags = _argument(call, 1, "flags")
        names = {part.attr for part in ast.walk(flags) if isinstance(part, ast.Attribute)} if flags else set()
        if not names or names & WRITING_FLAGS or not all(name.startswith("O_") for name in names):
            yield "os.open that may write"
        return
    mode_is_second = not base or base in MODE_COMES_SECOND or base == "os"
    mode = _argument(call, 1 if mode_is_second else 0, "mode")
    if mode is not None and (_literal(mode) is None or set(_literal(mode) or "") & set("wax+")):
        yield "a file opened for writing, or in a mode that cannot be read here"


def _argument(call: ast.Call, place: int, keyword: str) -> ast.expr | None:
    named = [each.value for each in call.keywords if each.arg == keyword]
    return named[0] if named else call.args[place] if len(call.args) > place else None


def _literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@pytest.mark.parametrize("path", IN_ROOMS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_of_the_four_rooms_can_leave_a_trace_of_a_stranger(path: Path) -> None:
    assert faults(path.read_text("utf-8"), path.relative_to(PACKAGE).as_posix()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "open('face.raw', 'w')",
        "open('face.raw', mode='ab')",
        "open('face.raw', 'r+b')",
        "open('face.raw', mode)",
        "io.open('face.raw', 'xb')",
        "path.open('wb')",
        "path.open(mode='w')",
        "Path('face.raw').open('a')",
        "path.open(mode)",
        "path.write_bytes(face)",
        "Path('face').write_text('anna')",
        "path.touch()",
        "os.open('face.raw', os.O_WRONLY | os.O_CREAT)",
        "os.open('face.raw', os.O_RDWR)",
        "os.open('face.raw', flags)",
        "os.open('face.raw', 577)",
        "os.fdopen(3, 'wb')",
        "os.write(2, face)",
        "os.pwrite(3, face, 0)",
        "os.system('cat > face')",
        "os.rename('a', 'b')",
        "from os import write",
        "from os import open as read",
        "from os import *",
        "import os as harmless",
        "np.save('face.npy', face)",
        "numpy.savez('face.npz', face)",
        "np.savetxt('face.txt', face)",
        "face.tofile('face.raw')",
        "face.dump('face.raw')",
        "np.memmap('face.raw', np.uint8)",
        "np.memmap('face.raw', np.uint8, 'w+')",
        "np.memmap('face.raw', np.uint8, mode='r+')",
        "np.lib.format.open_memmap('face.npy')",
        "cv2.imwrite('face.png', face)",
        "from cv2 import imwrite",
        "cv2.VideoWriter('face.mp4', 0, 25.0, (112, 112))",
        "Image.fromarray(face).save('face.png')",
        "av.open('face.mp4', 'w')",
        "av.open('face.mp4', mode='w')",
        "ov.serialize(model, 'model.xml')",
        "compiled.export_model(stream)",
        "compiled.export_model(model_stream=stream)",
        "core.compile_model(model, 'CPU', {'CACHE_DIR': 'cache'})",
        "options.optimized_model_filepath = 'model.onnx'",
        "import shutil",
        "from shutil import copyfile",
        "import logging",
        "import logging.handlers",
        "from logging import getLogger",
        "import pickle",
        "import structlog",
        "import tempfile",
        "import sqlite3",
        "from multiprocessing import shared_memory",
        "from multiprocessing.shared_memory import SharedMemory",
        "print(face)",
        "sys.stderr.write('anna')",
        "sys.stdout.buffer.write(face)",
        "def f():\n    def g():\n        print(face)",
    ],
)
def test_a_planted_trace_is_found(planted: str) -> None:
    assert faults(planted, "faces/planted.py")


@pytest.mark.parametrize(
    "allowed",
    [
        "open('/proc/self/status')",
        "open('model.onnx', 'rb')",
        "path.open()",
        "path.open('rb')",
        "path.read_bytes()",
        "av.open(url, timeout=5)",
        "av.open(url, 'r')",
        "Image.open(file)",
        "os.open(path, os.O_RDONLY | os.O_CLOEXEC)",
        "np.memmap('list.raw', np.float32, 'r')",
        "np.load('list.npy')",
        "compiled.export_model().getvalue()",
        "text.replace('a', 'b')",
        "import os",
    ],
)
def test_reading_is_not_taken_for_writing(allowed: str) -> None:
    assert faults(allowed, "faces/planted.py") == []


def test_only_the_wire_writes_to_a_pipe_and_only_the_engine_shares_memory() -> None:
    assert faults("os.write(pipe, line)", "engine/wire.py") == []
    assert faults("os.write(pipe, line)", "engine/slots.py")
    assert faults("os.memfd_create('list')", "engine/slots.py") == []
    assert faults("os.memfd_create('list')", "faces/embed.py")


def test_the_domain_imports_the_standard_library_and_numpy_only() -> None:
    allowed = sys.stdlib_module_names | {"numpy"}
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in allowed or name.startswith("overt.domain"), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_short_enough_to_read(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= 400
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{node.name} has {length} lines"


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the import contract of pyproject.toml over the copy of the package in `folder`."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "pyproject.toml"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "overt", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contract_holds(copy_of_the_house: Path) -> None:
    done = check_imports(copy_of_the_house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "planted", "broken"),
    [
        ("domain/time.py", "import overt.video.frame", "overt.domain.time -> overt.video.frame"),
        ("video/frame.py", "import overt.services.footage", "overt.video.frame -> overt.services.footage"),
        (
            "evaluation/planted.py",
            "import overt.engine\nimport overt.services",
            "overt.evaluation.planted -> overt.ser",
        ),
        ("services/footage.py", "import overt.testing", "overt.services.footage -> overt.testing"),
        ("video/frame.py", "import logging", "overt.video.frame -> logging"),
        ("engine/planted.py", "def f() -> None:\n    import sqlite3", "overt.engine.planted -> sqlite3"),
        ("domain/time.py", "from tempfile import mkdtemp", "overt.domain.time -> tempfile"),
        ("gossip.py", "", "gossip"),
    ],
)
def test_a_planted_import_turns_the_contract_red(
    copy_of_the_house: Path, module: str, planted: str, broken: str
) -> None:
    path = copy_of_the_house / "overt" / module
    before = path.read_text("utf-8") if path.exists() else ""
    path.write_text(before + "\n" + planted + "\n", "utf-8")
    done = check_imports(copy_of_the_house)
    assert done.returncode != 0
    assert broken in " ".join((done.stdout + done.stderr).split()), done.stdout + done.stderr


def test_no_two_files_of_tests_share_a_name() -> None:
    names = Counter(path.name for path in (REPOSITORY / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
