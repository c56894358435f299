"""Adding a model pack: somebody else's embedder, an ONNX file of the usual kind, with Overt's own detector.

Rules:
  - the file is copied, and its SHA-256 is what counts from then on;
  - it is taken only if it works here: one picture of 112 x 112 in, one template out, on every runtime of this machine,
    finite, different for different pictures, and the same for a face whatever its neighbours are;
  - a pack says who allows its use; what cannot be known is said to be unknown;
  - the folder is there whole or not at all; a pack that is there is never written over;
  - it does not run live before `overt calibrate` has measured it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from overt.domain.errors import BadModel, Refused
from overt.domain.geometry import FloatArray
from overt.domain.words import toml_string
from overt.faces.align import CHIP_SIZE
from overt.faces.fold import fold, with_plain_input
from overt.faces.pack import ModelFile, Pack, added, default_pack, packs, read_pack
from overt.faces.recipe import Recipe
from overt.faces.runtime import Runtime
from overt.services.packs import write_whole
from overt.settings import PACK_NAME

FILE_LIMIT_BYTES: Final = 1_000_000_000
LENGTHS: Final = (16, 4096)
SAME: Final = 0.999
EMBEDDER: Final = "embedder.onnx"
_TRIALS: Final = 8
_AT_ONCE: Final = 4

Shape = Sequence[int | str]


def add_pack(
    home: Path,
    name: str,
    model: Path,
    *,
    licence: str,
    training_data: str,
    recipe: Recipe,
    runtimes: Sequence[Runtime],
) -> Pack:
    """Adds a pack to an installation; it is not calibrated yet.

    Args:
        home: the installation's folder.
        name: by which it is chosen: small letters, digits, dots and hyphens, at most 40.
        model: the embedder, an ONNX file of float32 or block-quantised weights.
        licence: who allows its use, and how.
        training_data: what it was trained on, as far as known.
        recipe: what the embedder wants of a picture, and how templates are made.
        runtimes: every one has to run it.

    Raises:
        Refused: the name or licence cannot be, a pack of this name is there, or the folder cannot be written.
        BadModel: the file is no such network, or does not work here; the sentence says why.
    """
    folder = _place(home, name)
    if not licence.strip():
        raise Refused("A pack says who allows its use.", "Give its licence with --licence.")
    content = _content(model)
    length = _tried(content, recipe, runtimes)
    text = _pack_toml(name, model.name, hashlib.sha256(content).hexdigest(), licence, training_data, length, recipe)
    beside = folder.with_name(f".{name}.{secrets.token_hex(4)}")
    try:
        try:
            beside.mkdir(mode=0o700, parents=True)
            (beside / EMBEDDER).write_bytes(content)
            write_whole(beside / "pack.toml", text)
            beside.rename(folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as fault:
        raise Refused(
            f"{folder} cannot be written: {fault.strerror}.", "Make room, or mend its permissions."
        ) from fault
    return read_pack(folder)


def _place(home: Path, name: str) -> Path:
    if not re.fullmatch(PACK_NAME, name):
        raise Refused(
            f"{name!r} cannot be the name of a pack.", "Take small letters, digits, dots and hyphens, 40 at most."
        )
    if name in {pack.name for pack in packs()} or (added(home) / name).exists():
        raise Refused(f"There is a model pack named {name} already.", "Take another name.")
    return added(home) / name


def _content(model: Path) -> bytes:
    try:
        if not model.is_file():
            raise BadModel(f"{model} is not a regular file.", "Name an ONNX file.")
        if model.stat().st_size > FILE_LIMIT_BYTES:
            raise BadModel(f"{model} has more than {FILE_LIMIT_BYTES // 1_000_000:,} MB.", "Name a smaller network.")
        return model.read_bytes()
    except OSError as fault:
        raise BadModel(f"{model} cannot be read: {fault.strerror}.", "Check who may read it.") from fault


def _tried(content: bytes, recipe: Recipe, runtimes: Sequence[Runtime]) -> int:
    """Runs the network on made-up pictures; how many numbers its templates have."""
    try:
        _require_form(onnx.load_model_from_string(content))
        plain = fold(content, free_dimensions=(0,))
        network = with_plain_input(plain, colour=recipe.colour, mean=recipe.mean, scale=recipe.scale)
    except (DecodeError, onnx.checker.ValidationError, ValueError, KeyError, IndexError) as fault:
        raise BadModel("The file is no ONNX network, or is damaged.", "Export the network again.") from fault
    first: FloatArray | None = None
    for runtime in runtimes:
        answers = _answers(network, runtime)
        if first is None:
            first = answers
        elif float((first * answers).sum(axis=1).min()) < SAME:
            raise BadModel(f"{runtime.name} makes other templates than {runtimes[0].name}.", "Export it in float32.")
    assert first is not None
    return int(first.shape[1])


def _require_form(model: Any) -> None:
    constants = {item.name for item in model.graph.initializer}
    inputs = [item for item in model.graph.input if item.name not in constants]
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise BadModel(
            f"The network has {len(inputs)} inputs and {len(model.graph.output)} outputs; one picture goes in, and one "
            "template comes out.",
            "Export the part of it that makes templates.",
        )
    shape = [size.dim_value or size.dim_param or "?" for size in inputs[0].type.tensor_type.shape.dim]
    if inputs[0].type.tensor_type.elem_type != onnx.TensorProto.FLOAT or not _fits(shape):
        raise BadModel(
            f"The network takes {_shown(shape)}; pictures of [N, 3, {CHIP_SIZE}, {CHIP_SIZE}] in float32 are wanted.",
            "Export it for aligned faces of that size, planes first.",
        )


def _fits(shape: Shape) -> bool:
    return len(shape) == 4 and all(
        size in (wanted, "?") or isinstance(size, str)
        for size, wanted in zip(shape[1:], (3, CHIP_SIZE, CHIP_SIZE), strict=True)
    )


def _shown(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _answers(network: bytes, runtime: Runtime) -> FloatArray:
    """Unit vectors of some made-up pictures, shape (n, d), each made alone and again among others."""
    chance, alone, among = np.random.default_rng(1), list[FloatArray](), list[FloatArray]()
    coarse = chance.integers(0, 256, (_TRIALS, 7, 7, 3), dtype=np.uint8)
    pictures = coarse.repeat(CHIP_SIZE // 7, axis=1).repeat(CHIP_SIZE // 7, axis=2)
    try:
        single = runtime.network(network, (1, CHIP_SIZE, CHIP_SIZE), rgb=True)
        several = runtime.network(network, (_AT_ONCE, CHIP_SIZE, CHIP_SIZE), rgb=True)
        for start in range(0, _TRIALS, _AT_ONCE):
            several.input[:] = pictures[start : start + _AT_ONCE]
            several.run()
            among.extend(next(iter(several.outputs.values())).copy())
        for picture in pictures:
            single.input[0] = picture
            single.run()
            alone.append(next(iter(single.outputs.values()))[0].copy())
    except Exception as fault:
        reason = str(fault).strip().splitlines()[-1:] or [type(fault).__name__]
        raise BadModel(f"{runtime.name} cannot run the network: {reason[0][:200]}", "Export it again.") from fault
    return _sound(np.array(alone), np.array(among), runtime)


def _sound(alone: FloatArray, among: FloatArray, runtime: Runtime) -> FloatArray:
    if alone.ndim != 2 or not LENGTHS[0] <= alone.shape[1] <= LENGTHS[1]:
        raise BadModel(
            f"The network answers {_shown(alone.shape)} for {len(alone)} pictures; a template has {LENGTHS[0]} to "
            f"{LENGTHS[1]:,} numbers.",
            "Export the part of it that makes templates.",
        )
    if not np.isfinite(alone).all() or not np.isfinite(among).all() or not alone.any(axis=1).all():
        raise BadModel(f"On {runtime.name} the network answers nothing, or numbers that are none.", "Export it again.")
    alone, among = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (alone, among))
    if float((alone * among).sum(axis=1).min()) < SAME:
        raise BadModel("A face's template depends on the faces beside it.", "Export the network for inference.")
    if float((alone @ alone.T).min()) > SAME:
        raise BadModel(
            "The network says the same of every picture.", "Check colour, mean and scale, or export it again."
        )
    return alone.astype(np.float32)


def _pack_toml(name: str, file: str, digest: str, licence: str, training_data: str, length: int, recipe: Recipe) -> str:
    detector = default_pack().detector
    embedder = ModelFile(
        kind="arcface",
        file=EMBEDDER,
        sha256=digest,
        licence=licence.strip(),
        training_data=training_data.strip() or "unknown",
    )
    return "\n".join(
        [
            "# A model pack that was added here.",
            "",
            "[pack]",
            f"name = {toml_string(name)}",
            f"says = {toml_string(f'{file}, with the detector of {default_pack().name}')}",
            "",
            *_file_table("detector", detector),
            *_file_table("embedder", embedder),
            f"side = {CHIP_SIZE}",
            f"length = {length}",
            "",
            recipe.to_toml(),
        ]
    )


def _file_table(part: str, model: ModelFile) -> list[str]:
    given = {key: value for key, value in vars(model).items() if value is not None}
    lines = [f"{key} = {toml_string(value)}" for key, value in given.items()]
    return [f"[{part}]", *lines, *([""] if part == "detector" else [])]
