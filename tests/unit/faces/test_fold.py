"""Folding changes how the weights are stored and nothing else; OpenCV, which reads the published file, is the judge."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from overt.faces.fold import fold, with_plain_input
from overt.faces.pack import default_pack, verified
from tests.unit.faces.parts import Picture, astronaut, detector_of, networks, opencv_detector, sample, shrunk

FLOAT32_RUNTIMES = ("OpenVINO, float32", "ONNX Runtime")


def agree(picture: Picture, name: str) -> int:
    """Compares the folded detector with OpenCV's on the published file; gives the number of faces."""
    height, width = picture.shape[:2]
    expected = opencv_detector((width, height), 0.5).detect(picture)[1]
    found = detector_of(picture, name).detect(0.5)[0]
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.boxes[:, :2], expected[:, :2], atol=0.02)
    np.testing.assert_allclose(found.boxes[:, 2:] - found.boxes[:, :2], expected[:, 2:4], atol=0.02)
    np.testing.assert_allclose(found.landmarks.reshape(-1, 10), expected[:, 4:14], atol=0.02)
    np.testing.assert_allclose(found.scores, expected[:, 14], atol=2e-4)
    return len(found)


@pytest.mark.parametrize("name", FLOAT32_RUNTIMES)
def test_the_folded_detector_finds_what_opencv_finds_with_the_published_file(name: str) -> None:
    assert agree(astronaut(), name) == 1


@pytest.mark.parametrize("name", FLOAT32_RUNTIMES)
def test_a_picture_that_must_be_padded_gives_what_opencv_gives(name: str) -> None:
    assert agree(np.ascontiguousarray(astronaut()[:299, 60:430]), name) == 1


@pytest.mark.parametrize("name", FLOAT32_RUNTIMES)
def test_several_faces_come_in_opencvs_order(name: str) -> None:
    assert agree(shrunk(sample("multi_face.jpg"), 640), name) >= 5


def test_what_is_folded_holds_plain_weights_and_one_input() -> None:
    for content in (networks().detector, networks().embedder):
        graph = onnx.load_model_from_string(content).graph
        assert "DequantizeLinear" not in {node.op_type for node in graph.node}
        assert len(graph.input) == 1
        batch = graph.input[0].type.tensor_type.shape.dim[0]
        assert batch.dim_param
        assert not batch.dim_value
        weights = [numpy_helper.to_array(item) for item in graph.initializer]
        assert {array.dtype for array in weights if array.size > 64} == {np.dtype(np.float32)}


def test_what_was_folded_is_folded_to_itself() -> None:
    assert fold(networks().detector) == networks().detector


def quantised(shape: tuple[int, ...], scale: np.ndarray, zero: np.ndarray | None, **attributes: int) -> bytes:
    """A network that adds its input to dequantised and reshaped weights, which it also lists as an input."""
    weights = (np.arange(np.prod(shape)) % 200 - 100).astype(np.int8).reshape(shape)
    constants = {"w": weights, "s": scale, "to": np.array([-1], np.int64)}
    if zero is not None:
        constants["z"] = zero
    size = int(np.prod(shape))
    described = helper.make_tensor_value_info("x", TensorProto.FLOAT, [size])
    false_input = helper.make_tensor_value_info("w", TensorProto.INT8, shape)
    graph = helper.make_graph(
        [
            helper.make_node(
                "DequantizeLinear", ["w", "s", "z"] if zero is not None else ["w", "s"], ["f"], **attributes
            ),
            helper.make_node("Reshape", ["f", "to"], ["r"]),
            helper.make_node("Add", ["x", "r"], ["y"]),
        ],
        "toy",
        [described, false_input],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [size])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString())


BLOCK_SCALE = np.linspace(0.1, 2, 12, dtype=np.float32)


@pytest.mark.parametrize(
    ("shape", "scale", "zero", "attributes"),
    [
        ((6,), np.float32(0.5), None, {}),
        ((6,), np.float32(0.5), np.int8(3), {}),
        ((2, 3, 4), BLOCK_SCALE[:3], np.array([1, 0, -4], np.int8), {"axis": 1}),
        ((4, 8), BLOCK_SCALE[:8].reshape(4, 2), None, {"axis": 1, "block_size": 4}),
        ((8, 3), BLOCK_SCALE.reshape(4, 3), np.arange(12, dtype=np.int8).reshape(4, 3), {"axis": 0, "block_size": 2}),
        ((4, 7), BLOCK_SCALE[:8].reshape(4, 2), None, {"axis": 1, "block_size": 4}),
    ],
    ids=[
        "one scale",
        "one zero point",
        "one scale a channel",
        "blocks",
        "blocks with zero points",
        "a short last block",
    ],
)
def test_each_way_of_quantising_folds_to_the_same_function(
    shape: tuple[int, ...], scale: np.ndarray, zero: np.ndarray | None, attributes: dict[str, int]
) -> None:
    model = quantised(shape, np.asarray(scale), None if zero is None else np.asarray(zero), **attributes)
    x = {"x": np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32)}
    folded = fold(model)
    graph = onnx.load_model_from_string(folded).graph
    assert [node.op_type for node in graph.node] == ["Add"]
    assert [item.name for item in graph.input] == ["x"]
    expected = ReferenceEvaluator(onnx.load_model_from_string(model)).run(None, {**x})[0]
    np.testing.assert_array_equal(ReferenceEvaluator(onnx.load_model_from_string(folded)).run(None, x)[0], expected)


def test_the_published_files_are_what_is_folded() -> None:
    pack = default_pack()
    original = onnx.load_model_from_string(verified(pack, pack.detector)).graph
    assert "DequantizeLinear" in {node.op_type for node in original.node}


@pytest.mark.parametrize(("colour", "mean", "scale"), [("rgb", 127.5, 128.0), ("bgr", 0.0, 1.0), ("bgr", 100.0, 57.0)])
def test_a_network_of_another_front_end_takes_rgb_from_0_to_255(colour: str, mean: float, scale: float) -> None:
    weights = np.random.default_rng(2).standard_normal((1, 3, 4, 4)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "w"], ["y"]), helper.make_node("Add", ["y", "x"], ["z"])],
        "two uses of the picture",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, 4, 4))],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, (1, 3, 4, 4))],
        [numpy_helper.from_array(weights, "w")],
    )
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    picture = np.random.default_rng(3).integers(0, 256, (1, 3, 4, 4)).astype(np.float32)
    wanted = ((picture[:, ::-1] if colour == "bgr" else picture) - np.float32(mean)) / np.float32(scale)
    (expected,) = ReferenceEvaluator(onnx.load_model_from_string(content)).run(None, {"x": wanted})
    plain = onnx.load_model_from_string(with_plain_input(content, colour=colour, mean=mean, scale=scale))
    onnx.checker.check_model(plain)
    (found,) = ReferenceEvaluator(plain).run(None, {plain.graph.input[0].name: picture})
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_network_that_takes_rgb_as_it_is_stays_as_it_is() -> None:
    content = networks().embedder
    assert with_plain_input(content, colour="rgb", mean=0.0, scale=1.0) is content
