"""Model packs: which files, their digests and licences, and what was measured with them.

Rules:
  - a file is used only if its SHA-256 is the one that `pack.toml` states, looked at before every load;
  - the package that carries a file is located, never imported;
  - a pack without calibration does not run live.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from overt.domain.calibration import ImpostorCurve
from overt.domain.envelope import Envelope
from overt.domain.errors import BadModel
from overt.faces.recipe import Networks, Recipe
from overt.settings import DEFAULT_PACK, PACK_NAME

#: Share of pairs of two people who look more alike than this to a pack: about 1 in 400,000.
LOOK_ALIKE = 2.5e-6
NEVER_MEASURED = 0.5
_PACKS = Path(__file__).parent / "packs"


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file of a pack. `distribution`: the installed package that carries it, or None for the pack's own folder."""

    kind: str
    file: str
    sha256: str
    licence: str
    training_data: str
    distribution: str | None = None
    version: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A pack as `pack.toml` describes it.

    Attributes:
        length: numbers in a template.
        calibration: None before `overt calibrate` has measured it.
        envelope: None before `overt evaluate envelope` has measured it.
        recipe: how templates are made of the embedder's answers.
    """

    name: str
    says: str
    folder: Path
    detector: ModelFile
    embedder: ModelFile
    length: int
    recipe: Recipe
    calibration: ImpostorCurve | None
    envelope: Envelope | None = None

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of all that a template depends on, 64 hexadecimal digits each."""
        return {"detector": self.detector.sha256, "embedder": self.embedder.sha256, "templates": self.recipe.digest}

    @property
    def made_by(self) -> str:
        """One digest of all that a template depends on: only templates with the same one can be compared."""
        return hashlib.sha256(" ".join(self.digests.values()).encode()).hexdigest()


def packs(home: Path | None = None) -> list[Pack]:
    """The packs that come with Overt, then those that were added.

    Args:
        home: the installation's folder; None: only those that come with Overt.
    """
    folders = (_PACKS,) if home is None else (_PACKS, added(home))
    inside = [sorted(folder.iterdir()) for folder in folders if folder.is_dir()]
    return [read_pack(folder) for some in inside for folder in some if (folder / "pack.toml").is_file()]


def added(home: Path) -> Path:
    """Where packs lie that were added to an installation."""
    return home / "packs"


def default_pack() -> Pack:
    return read_pack(_PACKS / DEFAULT_PACK)


def find_pack(name: str, home: Path) -> Pack:
    """The pack of this name.

    Raises:
        BadModel: there is none, or it cannot be read.
    """
    for folder in (_PACKS / name, added(home) / name):
        if re.fullmatch(PACK_NAME, name) and (folder / "pack.toml").is_file():
            return read_pack(folder)
    raise BadModel(
        f"There is no model pack named {name!r}.",
        "See which there are with overt models list, or add it: overt models add.",
    )


def read_pack(folder: Path) -> Pack:
    """Reads `pack.toml`.

    Raises:
        BadModel: it is missing or does not describe a pack.
    """
    path = folder / "pack.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        embedder = dict(table["embedder"])
        embedder.pop("side")
        return Pack(
            name=table["pack"]["name"],
            says=table["pack"]["says"],
            folder=folder,
            length=int(embedder.pop("length")),
            detector=ModelFile(**table["detector"]),
            embedder=ModelFile(**embedder),
            calibration=ImpostorCurve.from_table(table["calibration"]) if "calibration" in table else None,
            envelope=Envelope.from_table(table["envelope"]) if "envelope" in table else None,
            recipe=Recipe.from_table(table.get("templates", {})),
        )
    except (OSError, KeyError, TypeError, ValueError) as fault:
        raise BadModel(f"The model pack at {folder} cannot be read: {fault}.", "Install the pack again.") from None


def locate(pack: Pack, model: ModelFile) -> Path:
    """Where a model file lies.

    Raises:
        BadModel: it is not there.
    """
    if model.distribution is None:
        path = pack.folder / model.file
        if path.is_file():
            return path
    else:
        try:
            carried = importlib.metadata.distribution(model.distribution).files or []
        except importlib.metadata.PackageNotFoundError:
            carried = []
        for item in carried:
            if item.name == model.file and (path := Path(str(item.locate()))).is_file():
                return path
    carrier = f"the package {model.distribution} {model.version}" if model.distribution else f"the folder {pack.folder}"
    raise BadModel(
        f"The model file {model.file} is missing; {carrier} should hold it (SHA-256 {model.sha256}).",
        f"Install {carrier} again." if model.distribution else "Add the pack again.",
    )


def verified(pack: Pack, model: ModelFile) -> bytes:
    """The bytes of a model file, after its digest was checked.

    Raises:
        BadModel: it is missing, unreadable, or not the file that the pack names; both digests are shown.
    """
    path = locate(pack, model)
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise BadModel(f"The model file {path} cannot be read: {fault.strerror}.", "Check its permissions.") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != model.sha256:
        raise BadModel(
            f"The model file {path} is not the published one: its SHA-256 is {digest}, expected {model.sha256}.",
            "It may be damaged or exchanged; install the pack again. Nothing was loaded.",
        )
    return content


def load(pack: Pack) -> Networks:
    """Verifies and folds the pack's files, in memory.

    Raises:
        BadModel: see `verified`.
    """
    from overt.faces.fold import fold, with_plain_input  # noqa: PLC0415  (onnx takes long, and few commands load a pack)

    recipe = pack.recipe
    embedder = fold(verified(pack, pack.embedder), free_dimensions=(0,))
    return Networks(
        detector=fold(verified(pack, pack.detector), free_dimensions=(0, 2, 3)),
        embedder=with_plain_input(embedder, colour=recipe.colour, mean=recipe.mean, scale=recipe.scale),
        recipe=recipe,
        made_by=pack.made_by,
        look_alike=NEVER_MEASURED if pack.calibration is None else pack.calibration.reached_by(LOOK_ALIKE),
    )
