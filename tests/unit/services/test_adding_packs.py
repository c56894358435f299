"""Adding a model pack: what works is taken whole, what does not is refused with its reason, and nothing is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from overt.domain.errors import BadModel, Refused
from overt.faces.pack import default_pack, find_pack, load, packs, read_pack
from overt.faces.recipe import Recipe
from overt.faces.recogniser import Recogniser
from overt.faces.runtime import Network, OnnxRuntime, Runtime, Shape
from overt.services import adding_packs
from overt.services.adding_packs import add_pack
from tests.unit.faces.parts import astronaut, recogniser

Change = Callable[[onnx.ModelProto], None]
FACES = Recipe(levelled=True, mirrored=True)
LENGTH = 24


def network(
    shape: tuple[int | str, ...] = ("n", 3, 112, 112), *, kind: int = TensorProto.FLOAT, length: int = LENGTH
) -> onnx.ModelProto:
    """A small network that averages blocks of the picture and mixes them by fixed numbers."""
    mixed = np.random.default_rng(5).standard_normal((3 * 7 * 7, length)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["picture"], ["blocks"], kernel_shape=[16, 16], strides=[16, 16]),
            helper.make_node("Flatten", ["blocks"], ["flat"]),
            helper.make_node("MatMul", ["flat", "mixed"], ["template"]),
        ],
        "toy embedder",
        [helper.make_tensor_value_info("picture", kind, shape)],
        [helper.make_tensor_value_info("template", kind, ("n", length))],
        [numpy_helper.from_array(mixed, "mixed")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def written(path: Path, model: onnx.ModelProto) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


@cache
def runtimes() -> tuple[Runtime, ...]:
    return (OnnxRuntime(),)


def added(home: Path, file: Path, name: str = "mine", recipe: Recipe = FACES, licence: str = "MIT") -> Path:
    pack = add_pack(home, name, file, licence=licence, training_data="made up", recipe=recipe, runtimes=runtimes())
    return pack.folder


def test_a_network_of_the_usual_kind_is_taken_whole(tmp_path: Path) -> None:
    file = written(tmp_path / "toy.onnx", network())
    folder = added(tmp_path / "home", file, recipe=Recipe(colour="bgr", mean=127.5, scale=128.0))
    pack = find_pack("mine", tmp_path / "home")
    assert (pack.folder, pack.length, pack.calibration) == (folder, LENGTH, None)
    assert (pack.embedder.licence, pack.embedder.training_data) == ("MIT", "made up")
    assert (pack.recipe.colour, pack.recipe.mean, pack.recipe.scale) == ("bgr", 127.5, 128.0)
    assert pack.detector == default_pack().detector
    assert sorted(path.name for path in folder.iterdir()) == ["embedder.onnx", "pack.toml"]
    assert [one.name for one in packs(tmp_path / "home")] == [default_pack().name, "mine"]
    assert Recogniser(OnnxRuntime(), load(pack)).length == LENGTH


def test_an_exported_network_makes_the_templates_of_the_one_it_came_from(tmp_path: Path) -> None:
    """The default embedder, exported for BGR from -1 to 1, as others are trained."""
    model = onnx.load_model_from_string(load(default_pack()).embedder)
    graph = model.graph
    picture = graph.input[0].name
    for node in graph.node:
        node.input[:] = ["undone" if name == picture else name for name in node.input]
    graph.initializer.append(numpy_helper.from_array(np.array([2, 1, 0]), "order"))
    graph.initializer.append(numpy_helper.from_array(np.array([127.5], np.float32), "half"))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(
        [
            helper.make_node("Gather", [picture, "order"], ["ordered"], axis=1),
            helper.make_node("Mul", ["ordered", "half"], ["wide"]),
            helper.make_node("Add", ["wide", "half"], ["undone"]),
            *nodes,
        ]
    )
    file = written(tmp_path / "own.onnx", model)
    added(tmp_path, file, recipe=Recipe(colour="bgr", mean=127.5, scale=127.5))
    own = Recogniser(OnnxRuntime(), load(find_pack("mine", tmp_path)))
    as_published = Recipe(centre=(), levelled=False)
    plain = Recogniser(OnnxRuntime(), load(replace(default_pack(), recipe=as_published)))
    (mine,), (theirs,) = own.portraits(astronaut()), plain.portraits(astronaut())
    assert float(mine.template @ theirs.template) > 0.9999
    assert float(mine.template @ recogniser().portraits(astronaut())[0].template) < 0.999  # another recipe


def _two_inputs(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, (1,)))


def _always_the_same(model: onnx.ModelProto) -> None:
    mixed = numpy_helper.from_array(np.zeros((147, LENGTH), np.float32), "mixed")
    model.graph.initializer[0].CopyFrom(mixed)
    model.graph.initializer.append(numpy_helper.from_array(np.ones(LENGTH, np.float32), "one"))
    model.graph.node[2].output[0] = "nothing"
    model.graph.node.append(helper.make_node("Add", ["nothing", "one"], ["template"]))


def _not_a_number(model: onnx.ModelProto) -> None:
    model.graph.node[2].output[0] = "negative"
    model.graph.node.append(helper.make_node("Neg", ["negative"], ["turned"]))
    model.graph.node.append(helper.make_node("Sqrt", ["turned"], ["template"]))


def _looks_at_its_neighbours(model: onnx.ModelProto) -> None:
    model.graph.node[2].output[0] = "own"
    model.graph.node.append(helper.make_node("ReduceMean", ["own"], ["mean"], axes=[0], keepdims=1))
    model.graph.node.append(helper.make_node("Sub", ["own", "mean"], ["off"]))
    model.graph.node.append(helper.make_node("Abs", ["off"], ["size"]))
    model.graph.initializer.append(numpy_helper.from_array(np.full(LENGTH, 0.001, np.float32), "little"))
    model.graph.node.append(helper.make_node("Add", ["size", "little"], ["template"]))


def _unknown_operation(model: onnx.ModelProto) -> None:
    model.graph.node[1].op_type = "Flotten"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_two_inputs, "has 2 inputs and 1 outputs"),
        (_always_the_same, "the same of every picture"),
        (_not_a_number, "numbers that are none"),
        (_looks_at_its_neighbours, "depends on the faces beside it"),
        (_unknown_operation, "ONNX Runtime .* cannot run the network"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_network_that_does_not_work_is_refused(tmp_path: Path, change: Change, why: str) -> None:
    model = network()
    change(model)
    with pytest.raises(BadModel, match=why):
        added(tmp_path / "home", written(tmp_path / "toy.onnx", model))
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (network((1, 3, 150, 150)), r"takes \[1, 3, 150, 150\]"),
        (network((1, 112, 112, 3)), r"takes \[1, 112, 112, 3\]"),
        (network(("n", 3, 112)), r"takes \[n, 3, 112\]"),
        (network(kind=TensorProto.DOUBLE), "in float32 are wanted"),
        (network(length=8), "a template has 16 to 4,096 numbers"),
    ],
)
def test_a_network_of_another_form_is_refused(tmp_path: Path, model: onnx.ModelProto, why: str) -> None:
    with pytest.raises(BadModel, match=why):
        added(tmp_path / "home", written(tmp_path / "toy.onnx", model))


class _Other(OnnxRuntime):
    """A runtime that adds up in another way."""

    name = "Another runtime"

    def network(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool, exact: bool = False) -> Network:
        return super().network(onnx_bytes, shape, rgb=not rgb, exact=exact)


def test_a_network_on_which_two_runtimes_agree_is_taken(tmp_path: Path) -> None:
    file = written(tmp_path / "toy.onnx", network())
    both = [OnnxRuntime(), OnnxRuntime()]
    assert (
        add_pack(tmp_path, "mine", file, licence="MIT", training_data="", recipe=FACES, runtimes=both).length == LENGTH
    )


def test_a_network_on_which_two_runtimes_disagree_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "toy.onnx", network())
    other = _Other()
    other.name = "Another runtime"
    with pytest.raises(BadModel, match="Another runtime makes other templates than ONNX Runtime"):
        add_pack(
            tmp_path,
            "mine",
            file,
            licence="MIT",
            training_data="",
            recipe=FACES,
            runtimes=[OnnxRuntime(), other],
        )


def test_a_file_that_is_no_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(BadModel, match="no ONNX network"):
        added(tmp_path, tmp_path / "text.onnx")
    whole = network().SerializeToString()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadModel, match="no ONNX network"):
        added(tmp_path, tmp_path / "cut.onnx")
    with pytest.raises(BadModel, match="not a regular file"):
        added(tmp_path, tmp_path)
    monkeypatch.setattr(adding_packs, "FILE_LIMIT_BYTES", 100)
    with pytest.raises(BadModel, match="more than 0 MB"):
        added(tmp_path, written(tmp_path / "toy.onnx", network()))
    monkeypatch.undo()

    def withheld(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", withheld)
    with pytest.raises(BadModel, match="cannot be read: Permission denied"):
        added(tmp_path, tmp_path / "toy.onnx")


@pytest.mark.parametrize("name", ["", "Mine", "../mine", "a" * 41, ".mine", "mi ne"])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot be the name of a pack"):
        added(tmp_path, tmp_path / "toy.onnx", name)
    with pytest.raises(BadModel, match="no model pack named"):
        find_pack(name, tmp_path)


def test_a_pack_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    file = written(tmp_path / "toy.onnx", network())
    before = (added(tmp_path, file) / "pack.toml").read_bytes()
    for name in ("mine", default_pack().name):
        with pytest.raises(Refused, match="already"):
            added(tmp_path, file, name)
    assert (tmp_path / "packs" / "mine" / "pack.toml").read_bytes() == before


def test_a_pack_without_a_licence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="who allows its use"):
        added(tmp_path, tmp_path / "toy.onnx", licence=" ")


def test_whatever_is_written_in_a_licence_comes_back(tmp_path: Path) -> None:
    words = 'MIT "as is" \\ by Jürgen\n\x7f'
    folder = added(tmp_path, written(tmp_path / "toy.onnx", network()), licence=words)
    assert read_pack(folder).embedder.licence == words.strip()


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adding_packs, "write_whole", full)
    with pytest.raises(Refused, match="No space left"):
        added(tmp_path, written(tmp_path / "toy.onnx", network()))
    assert list((tmp_path / "packs").iterdir()) == []


def test_a_pack_that_is_not_calibrated_does_not_run(tmp_path: Path) -> None:
    home = tmp_path / "home"
    added(home, written(tmp_path / "toy.onnx", network()))
    done = subprocess.run(
        [sys.executable, "-c", "from overt.cli.main import run; run()", "demo", "--once", "--footage", str(tmp_path)],
        env={"OVERT_HOME": str(home), "OVERT_PACK": "mine", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "not been calibrated" in done.stderr or "no video" in done.stderr
