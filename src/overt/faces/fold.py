"""Folding: block-quantised ONNX weights become plain float32 ones, in memory.

The published files hold their weights as `DequantizeLinear` (with a block size) followed by `Reshape`, which not every
runtime loads. Both nodes work on constants, so they are worked out here once: the network stays the same function.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

Constants = dict[str, NDArray[np.generic]]


def fold(model_bytes: bytes, *, free_dimensions: tuple[int, ...] = ()) -> bytes:
    """The same network with float32 weights.

    Args:
        model_bytes: an ONNX file.
        free_dimensions: axes of the first input that callers will set themselves (batch 0, height 2, width 3); they
            lose their fixed size, and so do all outputs.

    Raises:
        onnx.onnx_cpp2py_export.checker.ValidationError, google.protobuf.message.DecodeError: not an ONNX model.
    """
    model = onnx.load_model_from_string(model_bytes)
    graph = model.graph
    constants: Constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    kept_nodes = []
    for node in graph.node:
        folded = _fold_node(node, constants)
        if folded is None:
            kept_nodes.append(node)
        else:
            constants[node.output[0]] = folded
    used = {name for node in kept_nodes for name in node.input}
    inputs = [item for item in graph.input if item.name in used and item.name not in constants]
    del graph.node[:], graph.initializer[:], graph.input[:]
    graph.node.extend(kept_nodes)
    graph.initializer.extend(numpy_helper.from_array(constants[name], name) for name in constants if name in used)
    graph.input.extend(inputs)
    del graph.value_info[:]
    if free_dimensions:
        _free(graph, free_dimensions)
    return bytes(model.SerializeToString())


def with_plain_input(model_bytes: bytes, *, colour: str, mean: float, scale: float) -> bytes:
    """The same network for RGB from 0 to 255: what its own front end would do is put before its first input.

    Args:
        model_bytes: an ONNX file with one picture as input, in planes.
        colour: the order in which the network wants its colours, "rgb" or "bgr".
        mean, scale: the network wants (level - mean) / scale.
    """
    if (colour, mean, scale) == ("rgb", 0.0, 1.0):
        return model_bytes
    model = onnx.load_model_from_string(model_bytes)
    graph = model.graph
    picture = graph.input[0].name
    before = "overt_picture"
    steps, last = [], before
    if colour == "bgr":
        graph.initializer.append(numpy_helper.from_array(np.array([2, 1, 0], np.int64), "overt_order"))
        steps.append(onnx.helper.make_node("Gather", [last, "overt_order"], ["overt_ordered"], axis=1))
        last = "overt_ordered"
    for kind, number in (("Sub", mean), ("Div", scale)):
        graph.initializer.append(numpy_helper.from_array(np.float32(number).reshape(1), f"overt_{kind}"))
        steps.append(onnx.helper.make_node(kind, [last, f"overt_{kind}"], [f"overt_after_{kind}"]))
        last = f"overt_after_{kind}"
    for node in graph.node:
        node.input[:] = [last if name == picture else name for name in node.input]
    graph.input[0].name = before
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*steps, *nodes])
    return bytes(model.SerializeToString())


def _fold_node(node: onnx.NodeProto, constants: Constants) -> NDArray[np.generic] | None:
    """The node's result where all it works on is constant and it belongs to the quantised weights, else None."""
    if not all(name in constants for name in node.input):
        return None
    if node.op_type == "DequantizeLinear":
        return _dequantised(node, constants)
    if node.op_type == "Reshape":
        values, shape = (constants[name] for name in node.input)
        return values.reshape([int(n) for n in shape])
    return None


def _dequantised(node: onnx.NodeProto, constants: Constants) -> NDArray[np.float32]:
    """`(q - zero_point) * scale`, scale and zero point repeated over blocks (ONNX operator set 21)."""
    attributes = {item.name: item.i for item in node.attribute}
    quantised = constants[node.input[0]].astype(np.float32)
    axis = attributes.get("axis", 1)
    block = attributes.get("block_size", 0)

    def spread(values: NDArray[np.generic]) -> NDArray[np.float32]:
        wide = values.astype(np.float32)
        if wide.ndim == 0:
            return wide
        if block:
            taken = np.repeat(wide, block, axis=axis)
            return np.take(taken, range(quantised.shape[axis]), axis=axis)
        shape = [1] * quantised.ndim
        shape[axis] = wide.size
        return wide.reshape(shape)

    zero = spread(constants[node.input[2]]) if len(node.input) > 2 else np.float32(0)
    return np.asarray((quantised - zero) * spread(constants[node.input[1]]), dtype=np.float32)


def _free(graph: onnx.GraphProto, axes: tuple[int, ...]) -> None:
    for axis in axes:
        dimension = graph.input[0].type.tensor_type.shape.dim[axis]
        dimension.ClearField("dim_value")
        dimension.dim_param = f"axis_{axis}"
    for output in graph.output:
        for position, dimension in enumerate(output.type.tensor_type.shape.dim):
            if position < len(output.type.tensor_type.shape.dim) - 1:
                dimension.ClearField("dim_value")
                dimension.dim_param = f"{output.name}_{position}"
