"""The runtimes say the same, and forget."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest

from overt.domain.errors import PartMissing
from overt.domain.geometry import FloatArray
from overt.faces.align import align
from overt.faces.runtime import Network, installed_runtimes, open_runtime
from tests.unit.faces.parts import (
    RUNTIMES,
    Picture,
    astronaut,
    detector_of,
    networks,
    runtime,
    sample,
    shrunk,
    templates,
)

OTHERS = tuple(name for name in RUNTIMES if name != "ONNX Runtime")


def pictures() -> list[Picture]:
    return [astronaut(), *(shrunk(sample(name), 640) for name in ("single_face.jpg", "multi_face.jpg"))]


def landmarks(picture: Picture, name: str) -> FloatArray:
    """Of the surely found faces, from left to right."""
    faces = detector_of(picture, name).detect(0.7)[0]
    return faces.landmarks[np.argsort(faces.boxes[:, 0])]


@pytest.mark.parametrize("name", OTHERS)
def test_landmarks_agree_within_half_a_percent_of_the_distance_between_the_eyes(name: str) -> None:
    off = []
    for picture in pictures():
        expected, found = landmarks(picture, "ONNX Runtime"), landmarks(picture, name)
        assert found.shape == expected.shape
        between_eyes = np.hypot(*(expected[:, 1] - expected[:, 0]).T)
        off.append(np.hypot(*np.moveaxis(found - expected, 2, 0)).mean(axis=1) / between_eyes)
    assert np.concatenate(off).mean() <= 0.005


@pytest.mark.parametrize("name", OTHERS)
def test_templates_agree_within_a_thousandth(name: str) -> None:
    chips = []
    for picture in pictures():
        for points in landmarks(picture, "ONNX Runtime"):
            chips.append(np.zeros((112, 112, 3), np.uint8))
            align(picture, points, chips[-1])
    assert len(chips) >= 7
    cosines = (templates(chips) * templates(chips, name)).sum(axis=1)
    assert cosines.min() >= 0.999


def network(name: str, *, exact: bool = False) -> Network:
    return runtime(name).network(networks().detector, (1, 128, 128), rgb=False, exact=exact)


def put_face(detector: Network) -> None:
    cv2.resize(astronaut()[:300, 100:400], (128, 128), dst=detector.input[0], interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", RUNTIMES)
def test_an_idle_network_forgets_its_input_and_outputs_at_the_second_call(name: str) -> None:
    detector = network(name)
    put_face(detector)
    detector.run()
    assert any(output.any() for output in detector.outputs.values())
    detector.blank_if_idle()
    assert detector.input.any()
    detector.blank_if_idle()
    assert not detector.input.any()
    assert not any(output.any() for output in detector.outputs.values())


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_network_at_work_is_left_alone_and_works_on_after_it_was_blanked(name: str) -> None:
    detector = network(name)
    put_face(detector)
    detector.run()
    before = {key: output.copy() for key, output in detector.outputs.items()}
    for _ in range(3):
        detector.run()
        detector.blank_if_idle()
    detector.blank_if_idle()
    put_face(detector)
    detector.run()
    for key, output in detector.outputs.items():
        np.testing.assert_array_equal(output, before[key])


@pytest.mark.parametrize("name", RUNTIMES)
def test_an_exported_network_says_the_same_when_another_opens_it(name: str) -> None:
    maker, shape = runtime(name), (1, 112, 112)
    content = np.frombuffer(bytearray(maker.exported(networks().embedder, shape, rgb=True)), np.uint8)
    answers = []
    for one in (maker.network(networks().embedder, shape, rgb=True), maker.imported(content, shape, rgb=True)):
        cv2.resize(astronaut()[:300, 100:400], (112, 112), dst=one.input[0], interpolation=cv2.INTER_AREA)
        one.run()
        (answer,) = one.outputs.values()
        assert answer.any()
        answers.append(answer)
    np.testing.assert_array_equal(answers[0], answers[1])


def test_a_network_that_must_be_exact_is_exact_whatever_the_runtime() -> None:
    detectors = [network(RUNTIMES[0], exact=True), network(RUNTIMES[1])]
    for detector in detectors:
        put_face(detector)
        detector.run()
    for key, output in detectors[0].outputs.items():
        np.testing.assert_array_equal(output, detectors[1].outputs[key])


def test_a_runtime_names_itself_and_its_precision() -> None:
    assert open_runtime("onnxruntime").name.startswith("ONNX Runtime 1.")
    assert open_runtime("onnxruntime").precision == "f32"
    runtime(RUNTIMES[0])
    assert open_runtime("auto", "f32").precision == "f32"
    assert open_runtime().name.startswith("OpenVINO 20")


def test_a_graphics_card_that_is_not_there_is_a_missing_part(monkeypatch: pytest.MonkeyPatch) -> None:
    class Processor:
        available_devices = ("CPU",)

    runtime(RUNTIMES[0])
    monkeypatch.setattr(sys.modules["openvino"], "Core", Processor)
    with pytest.raises(PartMissing, match="no graphics card") as caught:
        open_runtime("openvino-gpu")
    assert "auto" in caught.value.todo


def test_every_runtime_of_this_machine_is_offered_the_preferred_one_first() -> None:
    runtime(RUNTIMES[0])
    first, second = (one.name for one in installed_runtimes())
    assert (first.split()[0], second.split()[0]) == ("OpenVINO", "ONNX")


def test_openvino_is_imported_without_its_telemetry() -> None:
    runtime(RUNTIMES[0])
    assert sys.modules["openvino_telemetry"] is None


def test_a_missing_runtime_is_a_missing_part_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert open_runtime("auto").name.startswith("ONNX Runtime")
    with pytest.raises(PartMissing, match="OpenVINO is not installed") as caught:
        open_runtime("openvino")
    assert "onnxruntime" in caught.value.todo
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(PartMissing, match="Neither OpenVINO nor ONNX Runtime"):
        open_runtime()
