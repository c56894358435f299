"""An order travels as JSON and arrives as it was; it names nobody."""

from __future__ import annotations

from dataclasses import fields, replace

from overt.domain.authority import Camera, Window
from overt.domain.geometry import Zone
from overt.domain.rules import RecognitionRules
from overt.engine import wire
from overt.engine.order import Order, SealedList, SealedModels
from overt.faces.pack import default_pack
from overt.faces.recipe import Recipe
from overt.video.source import SourceSettings

ORDER = Order(
    cameras=(
        (1, Camera(name="north", url="rtsp://10.0.0.5/a", zone=Zone(corners=((0, 0.25), (1, 0.2), (0.5, 1))))),
        (4, Camera(name='süd "2"', url="usb:0", zone=Zone(), smallest_face_px=24)),
    ),
    passages_before=(0, 812),
    sizes=((1920, 1080), (0, 0)),
    window=Window(opens_us=1_795_338_000_000_000, closes_us=1_795_338_000_000_001),
    rules=RecognitionRules(detect_interval_s=0.2, shots_kept=2),
    envelope=default_pack().envelope,
    threshold=0.4567,
    models=SealedModels(descriptor=7, detector_bytes=100, embedder_bytes=2**31),
    recipe=Recipe(mirrored=True, centre=(0.1, -0.25)),
    watch_list=SealedList(descriptor=8, rows=10_000, length=128),
    pace="OWN_SPEED",
    once=True,
    profile=True,
    runtime="onnxruntime",
    precision="f32",
    source=SourceSettings(schemes=("rtsp",), recorded=True, open_timeout_s=2.5, read_timeout_s=1.5, transport="udp"),
)


def test_an_order_comes_back_as_it_was() -> None:
    assert Order.from_table(wire.from_json(wire.to_json(ORDER.to_table()))) == ORDER
    unmeasured = replace(ORDER, envelope=None)
    assert Order.from_table(wire.from_json(wire.to_json(unmeasured.to_table()))) == unmeasured


def test_an_order_has_no_place_for_a_name_on_the_list() -> None:
    assert {field.name for field in fields(SealedList)} == {"descriptor", "rows", "length", "in_halves"}
    assert "references" not in str(ORDER.to_table())
