"""The runtime: a network compiled for one input shape, with input and outputs in our own arrays.

Rules:
  - every network reads and writes arrays that belong to Overt, so what they held can be overwritten;
  - a network that has been idle is run once on a blank picture, so the runtime's own buffers forget as well;
  - one thread a network: two processes of one thread do more than one process of two;
  - nothing phones home: OpenVINO's telemetry is switched off before OpenVINO is imported.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import PartMissing
from overt.domain.geometry import FloatArray

RuntimeName = Literal["auto", "openvino", "openvino-gpu", "onnxruntime"]
Device = Literal["CPU", "GPU"]
#: What a device calls its 16 bits, and what OpenVINO does.
_SHORT: dict[Device, tuple[str, str]] = {"CPU": ("BF16", "bf16"), "GPU": ("FP16", "f16")}
Precision = Literal["auto", "f32"]
Shape = tuple[int, int, int]


class Network(ABC):
    """A compiled network.

    Attributes:
        input: shape (n, height, width, 3), uint8, BGR; the caller fills it.
        outputs: by name; float32; filled by `run`.
    """

    def __init__(self, shape: Shape) -> None:
        self.input: NDArray[np.uint8] = np.zeros((*shape, 3), np.uint8)
        self.outputs: dict[str, FloatArray] = {}
        self._used = self._dirty = False

    def run(self) -> None:
        """Fills `outputs` from `input`."""
        self._infer()
        self._used = self._dirty = True

    def blank(self) -> None:
        """Overwrites input, outputs and the runtime's buffers with those of a blank picture."""
        self.input.fill(0)
        self._infer()
        for output in self.outputs.values():
            output.fill(0)
        self._used = self._dirty = False

    def blank_if_idle(self) -> None:
        """Blanks the network if it has not run since the last call; call it on a timer."""
        if self._used:
            self._used = False
        elif self._dirty:
            self.blank()

    @abstractmethod
    def _infer(self) -> None: ...


class Product(Protocol):
    """Many rows by a few probes, in 16 bits (bfloat16).

    Attributes:
        probes: shape (k, length), uint16; the caller fills it.
        scores: shape (rows, k), float32.
    """

    probes: NDArray[np.uint16]
    scores: FloatArray

    def multiply(self, rows: NDArray[np.uint16]) -> FloatArray:
        """Fills `scores`, and gives it. `rows`: shape (rows, length), C-contiguous."""
        ...


class Runtime(Protocol):
    """Compiles networks, and products in 16 bits.

    Attributes:
        name: the library and what it runs on.
        precision: "bf16" or "f32".
    """

    name: str
    precision: str

    def network(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool, exact: bool = False) -> Network:
        """Compiles an ONNX network of one NCHW input for `shape` (n, height, width).

        Args:
            rgb: the network wants RGB; its `input` here is BGR all the same.
            exact: float32 whatever the runtime's precision is.
        """
        ...

    def exported(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool) -> bytes:  # noqa: ARG002  (ONNX fits all shapes)
        """The network in the runtime's own form, for `imported` on this machine: ONNX where it has no other."""
        return onnx_bytes

    def imported(self, content: NDArray[np.uint8], shape: Shape, *, rgb: bool) -> Network:
        """Opens what `exported` gave for the same shape and colours. OpenVINO leaves its numbers where they lie, so
        that processes which map the same memory hold them once.

        Args:
            content: shape (bytes,), writeable, though nothing is written.
        """
        return self.network(content.tobytes(), shape, rgb=rgb)

    def product(self, rows: int, length: int, probes: int) -> Product:  # noqa: ARG002  (for those that have one)
        """Of so many rows with so many probes; only where `precision` is bf16.

        Raises:
            PartMissing: it is not.
        """
        raise PartMissing(f"{self.name} multiplies nothing in 16 bits here.", 'Set runtime = "openvino".')


class OpenVino(Runtime):
    """OpenVINO on the processor or on a graphics card: in 16 bits where it has units for them, else float32.

    Raises:
        PartMissing: there is no such device.
    """

    def __init__(self, precision: Precision = "auto", device: Device = "CPU") -> None:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
        import openvino  # noqa: PLC0415  (only after the line above)

        self._openvino: Any = openvino
        self._core = openvino.Core()
        # Asking for devices loads the drivers of all of them, and the processor is always there.
        if device != "CPU" and device not in {name.partition(".")[0] for name in self._core.available_devices}:
            raise PartMissing("OpenVINO sees no graphics card on this machine.", 'Set runtime = "auto".')
        ability, short = _SHORT[device]
        capable = ability in self._core.get_property(device, "OPTIMIZATION_CAPABILITIES")
        self._device, self.precision = device, short if precision == "auto" and capable else "f32"
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]}{' on a GPU' if device == 'GPU' else ''}"

    def network(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool, exact: bool = False) -> Network:
        compiled, names = self._compiled(onnx_bytes, shape, rgb=rgb, exact=exact)
        return _OpenVinoNetwork(self._openvino, compiled, names, shape)

    def exported(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool) -> bytes:
        if self._device != "CPU":
            return super().exported(onnx_bytes, shape, rgb=rgb)
        content: bytes = self._compiled(onnx_bytes, shape, rgb=rgb)[0].export_model().getvalue()
        return content

    def imported(self, content: NDArray[np.uint8], shape: Shape, *, rgb: bool) -> Network:
        if self._device != "CPU":
            return super().imported(content, shape, rgb=rgb)
        openvino = self._openvino
        shared = openvino.Tensor(content, shared_memory=True)
        compiled = self._core.import_model(shared, self._device, self._settings(exact=False))
        names = [port.any_name for port in compiled.outputs]
        return _OpenVinoNetwork(openvino, compiled, names, shape, kept=shared)

    def product(self, rows: int, length: int, probes: int) -> Product:
        return _OpenVinoProduct(self._openvino, self._core, self._settings(exact=False), rows, length, probes)

    def _compiled(self, onnx_bytes: bytes, shape: Shape, *, rgb: bool, exact: bool = False) -> tuple[Any, list[str]]:
        """The compiled network and the names of its outputs."""
        openvino = self._openvino
        model = self._core.read_model(onnx_bytes)
        names = [port.any_name for port in model.outputs]
        n, height, width = shape
        model.reshape({0: [n, 3, height, width]})
        steps = openvino.preprocess.PrePostProcessor(model)
        picture = steps.input(0)
        picture.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
        picture.model().set_layout(openvino.Layout("NCHW"))
        steps_before = picture.preprocess()
        if rgb:
            steps_before.reverse_channels()
        # Whole numbers up to 255 are exact in 16 bits. Converted first, the picture's layout needs no turning at all,
        # since the convolutions want it as it comes; otherwise it is turned there and back (a tenth of the time).
        steps_before.convert_element_type(openvino.Type.bf16)
        steps_before.convert_layout(openvino.Layout("NCHW")).convert_element_type(openvino.Type.f32)
        return self._core.compile_model(steps.build(), self._device, self._settings(exact=exact)), names

    def _settings(self, *, exact: bool) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32" if exact else self.precision,
        }
        if self._device == "CPU":
            settings |= {"INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
        return settings


class _OpenVinoNetwork(Network):
    def __init__(self, openvino: Any, compiled: Any, names: list[str], shape: Shape, kept: Any = None) -> None:
        """Args: kept: what must live as long as the network."""
        super().__init__(shape)
        self._kept = kept
        self._request = compiled.create_infer_request()
        self._request.set_input_tensor(openvino.Tensor(self.input, shared_memory=True))
        for position, (name, port) in enumerate(zip(names, compiled.outputs, strict=True)):
            output = np.zeros(tuple(port.shape), np.float32)
            self._request.set_output_tensor(position, openvino.Tensor(output, shared_memory=True))
            self.outputs[name] = output

    def _infer(self) -> None:
        self._request.infer()


class _OpenVinoProduct:
    def __init__(self, openvino: Any, core: Any, settings: dict[str, Any], rows: int, length: int, probes: int) -> None:
        ops, form = openvino.opset13, openvino.Type.bf16
        self._tensor, self._shape, self._form = openvino.Tensor, openvino.Shape([rows, length]), form
        self.probes = np.zeros((probes, length), np.uint16)
        self.scores = np.zeros((rows, probes), np.float32)
        listed, asked = (ops.parameter([n, length], form) for n in (rows, probes))
        products = ops.convert(ops.matmul(listed, asked, False, True), "f32")
        model = openvino.Model([ops.result(products)], [listed, asked])
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()
        self._request.set_input_tensor(1, openvino.Tensor(self.probes, openvino.Shape([probes, length]), form))
        self._request.set_output_tensor(0, openvino.Tensor(self.scores, shared_memory=True))

    def multiply(self, rows: NDArray[np.uint16]) -> FloatArray:
        self._request.set_input_tensor(0, self._tensor(rows, self._shape, self._form))
        self._request.infer()
        return self.scores


class OnnxRuntime(Runtime):
    """ONNX Runtime: CUDA where it is there, else the processor; always float32."""

    def __init__(self) -> None:
        import onnxruntime  # noqa: PLC0415  (slow to import; OpenVINO needs none of it)

        self._onnxruntime: Any = onnxruntime
        onnxruntime.set_default_logger_severity(3)
        available = onnxruntime.get_available_providers()
        self._providers = [p for p in ("CUDAExecutionProvider", "CPUExecutionProvider") if p in available]
        self.precision = "f32"
        self.name = f"ONNX Runtime {onnxruntime.__version__} on {'CUDA' if len(self._providers) > 1 else 'CPU'}"

    def network(
        self,
        onnx_bytes: bytes,
        shape: Shape,
        *,
        rgb: bool,
        exact: bool = False,  # noqa: ARG002  (always float32)
    ) -> Network:
        options = self._onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = True
        session = self._onnxruntime.InferenceSession(onnx_bytes, options, providers=self._providers)
        return _OnnxNetwork(session, shape, rgb=rgb)


class _OnnxNetwork(Network):
    def __init__(self, session: Any, shape: Shape, *, rgb: bool) -> None:
        super().__init__(shape)
        n, height, width = shape
        self._session = session
        self._planes = np.zeros((n, 3, height, width), np.float32)
        self._order = (2, 1, 0) if rgb else (0, 1, 2)
        self._binding = session.io_binding()
        self._binding.bind_input(
            session.get_inputs()[0].name, "cpu", 0, np.float32, self._planes.shape, self._planes.ctypes.data
        )
        names = [item.name for item in session.get_outputs()]
        shapes = [value.shape for value in session.run(names, {session.get_inputs()[0].name: self._planes})]
        for name, output_shape in zip(names, shapes, strict=True):
            output = np.zeros(output_shape, np.float32)
            self._binding.bind_output(name, "cpu", 0, np.float32, output.shape, output.ctypes.data)
            self.outputs[name] = output

    def _infer(self) -> None:
        for plane, colour in enumerate(self._order):
            np.copyto(self._planes[:, plane], self.input[..., colour])
        self._session.run_with_iobinding(self._binding)


def installed_runtimes(precision: Precision = "auto") -> list[Runtime]:
    """Every runtime of this machine, the preferred one first.

    Raises:
        PartMissing: there is none.
    """
    found: list[Runtime] = []
    for name in ("openvino", "onnxruntime"):
        with suppress(PartMissing):
            found.append(open_runtime(name, precision))
    return found or [open_runtime()]


def open_runtime(name: RuntimeName = "auto", precision: Precision = "auto") -> Runtime:
    """The wanted runtime; "auto" takes OpenVINO where it is installed, else ONNX Runtime.

    Raises:
        PartMissing: it is not installed, or its device is not there.
    """
    if name != "onnxruntime":
        try:
            return OpenVino(precision, "GPU" if name == "openvino-gpu" else "CPU")
        except ImportError:
            if name != "auto":
                raise PartMissing(
                    "OpenVINO is not installed on this machine.", 'Install it, or set runtime = "onnxruntime".'
                ) from None
    try:
        return OnnxRuntime()
    except ImportError:
        raise PartMissing(
            "Neither OpenVINO nor ONNX Runtime is installed.", "Install Overt again with its dependencies."
        ) from None
