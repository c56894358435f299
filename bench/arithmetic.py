"""What the networks have to calculate, against what the machine can, and where the rest of the time goes.

    python -m bench.arithmetic

On one thread. The peak is the best rate of a large matrix product, in the same runtime and precision.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.table import Table, alone
from overt.faces.align import CHIP_SIZE
from overt.faces.closer import LOOK_SIZE
from overt.faces.pack import default_pack, load
from overt.faces.runtime import OpenVino, Shape

RUNS = 40
SIDE = 1024
KINDS = (("dw", "depthwise convolutions"), ("1x1", "1x1 convolutions"), ("conv", "other convolutions"))


@dataclass(frozen=True, kw_only=True)
class Work:
    """A network at work. `gflop`: a run; `spent`: share of its time by kind of layer."""

    stage: str
    precision: str
    gflop: float
    ms: float
    spent: dict[str, float]


class Bench:
    """OpenVINO with its own counters, set up as the product sets it up."""

    def __init__(self) -> None:
        runtime = OpenVino()  # before OpenVINO itself, so that nothing phones home
        import openvino  # noqa: PLC0415

        self._openvino: Any = openvino
        self._core = openvino.Core()
        self.short = runtime.precision

    def peak(self, precision: str) -> float:
        """GFLOP a second of a large matrix product."""
        openvino, ops = self._openvino, self._openvino.opset13
        one, other = (ops.parameter([SIDE, SIDE], openvino.Type.f32) for _ in range(2))
        model = openvino.Model([ops.result(ops.matmul(one, other, False, True))], [one, other])
        request = self._compiled(model, precision).create_infer_request()
        for place in range(2):
            request.set_input_tensor(place, openvino.Tensor(np.ones((SIDE, SIDE), np.float32)))
        return 2 * SIDE**3 / 1e6 / min(_taken_ms(request.infer))

    def work(self, stage: str, network: bytes, shape: Shape, precision: str) -> Work:
        """One network at one size; its layers are timed in runs of their own."""
        model = self._core.read_model(network)
        n, height, width = shape
        model.reshape({0: [n, 3, height, width]})
        gflop = sum(map(_operations, model.get_ops())) / 1e9
        picture = np.random.default_rng(1).integers(0, 256, (n, 3, height, width)).astype(np.float32)
        request, counting = (
            self._compiled(model, precision, PERF_COUNT=counts).create_infer_request() for counts in (False, True)
        )
        for each in (request, counting):
            each.set_input_tensor(self._openvino.Tensor(picture))
            each.infer()
        ms = _median_ms(request.infer)
        counting.infer()
        spent: Counter[str] = Counter()
        for layer in counting.get_profiling_info():
            kind = next((says for part, says in KINDS if part in layer.exec_type), "everything else")
            spent[kind] += layer.real_time.total_seconds()
        whole = sum(spent.values())
        shares = {kind: seconds / whole for kind, seconds in spent.items()}
        return Work(stage=stage, precision=precision, gflop=gflop, ms=ms, spent=shares)

    def _compiled(self, model: Any, precision: str, **more: object) -> Any:
        settings = {"NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        return self._core.compile_model(
            model, "CPU", {**settings, "INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False, **more}
        )


def operations_and_peak(folder: Path) -> Table:  # noqa: ARG001
    bench, networks = Bench(), load(default_pack())
    peaks = {precision: bench.peak(precision) for precision in dict.fromkeys((bench.short, "f32"))}
    works = [
        bench.work("detect, 1080p, fine", networks.detector, (1, 544, 960), bench.short),
        bench.work("detect, 1080p, coarse", networks.detector, (1, 384, 672), bench.short),
        bench.work("refine, one look", networks.detector, (1, LOOK_SIZE, LOOK_SIZE), "f32"),
        bench.work("embed, one face", networks.embedder, (1, CHIP_SIZE, CHIP_SIZE), bench.short),
    ]
    kinds = [says for _, says in KINDS] + ["everything else"]
    return Table(
        title="Operations and the machine's peak",
        header=("stage", "precision", "GFLOP", "ms", "GFLOP/s", "of the peak", *kinds),
        rows=tuple(
            (
                work.stage,
                work.precision,
                f"{work.gflop:.2f}",
                f"{work.ms:.2f}",
                f"{1000 * work.gflop / work.ms:.0f}",
                _share(1000 * work.gflop / work.ms / peaks[work.precision]),
                *(_share(work.spent.get(kind, 0.0)) for kind in kinds),
            )
            for work in works
        ),
        says=(
            "The peak: "
            + ", ".join(f"{peak:,.0f} GFLOP/s in {precision}" for precision, peak in peaks.items())
            + f", a matrix product of {SIDE} by {SIDE}, the best of {RUNS}; times are medians. One thread.",
            "The last columns: share of a run's time. A depthwise convolution does eighteen operations a number that "
            "it reads and writes, so memory decides, not arithmetic; that is where the detector's rest goes. "
            "Everything else: pooling, resizing, sums, changes of layout.",
        ),
    )


def _share(value: float) -> str:
    return f"{value:.0%}".replace("%", " %")


def _operations(node: Any) -> int:
    """Multiplications and additions of a convolution or a matrix product; 0 for whatever else."""
    kind = node.get_type_name()
    if kind == "MatMul":
        return 2 * int(np.prod(list(node.output(0).get_shape()))) * int(list(node.input(0).get_shape())[-1])
    if kind not in ("Convolution", "GroupConvolution"):
        return 0
    weights = list(node.input(1).get_shape())
    each = int(np.prod(weights[2:] if kind == "GroupConvolution" else weights[1:]))
    return 2 * int(np.prod(list(node.output(0).get_shape()))) * each


def _median_ms(run: Callable[[], object]) -> float:
    return float(np.median(_taken_ms(run)))


def _taken_ms(run: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(RUNS + 3):
        began_s = time.thread_time()
        run()
        taken.append((time.thread_time() - began_s) * 1e3)
    return taken[3:]


def main() -> None:
    alone(operations_and_peak)


if __name__ == "__main__":
    main()
