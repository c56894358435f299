"""Embedding: from aligned faces to templates, by the recipe of the pack."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.faces.recipe import Recipe
from overt.faces.runtime import Network

ByteArray = NDArray[np.uint8]


class Embedder:
    """One face at a time: four at once would take a tenth less a face, but four hardly ever come together, and another
    compilation costs every start half a second.

    Attributes:
        length: numbers in a template.

    Raises:
        ValueError: the recipe's centre has another length than the network's answer.
    """

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self._network = network
        (self._answer,) = network.outputs.values()
        self.length = int(self._answer.shape[1])
        if len(recipe.centre) not in (0, self.length):
            raise ValueError(f"the centre has {len(recipe.centre)} numbers, and a template {self.length}")
        self._centre = np.array(recipe.centre or [0.0] * self.length, np.float32)
        self._mirrored = recipe.mirrored

    def embed(self, chips: Sequence[ByteArray], out: FloatArray) -> None:
        """Writes one unit vector a face into `out`.

        Args:
            chips: aligned faces, each of shape (112, 112, 3), uint8, BGR.
            out: shape (len(chips), length), float32.
        """
        self._answers(chips, out)
        for template in out:
            self._off_centre(template)

    def embed_still(self, chip: ByteArray, out: FloatArray) -> None:
        """Writes the unit vector of a face on a still picture, mirrored as well where the recipe says so.

        Args:
            chip: the aligned face, shape (112, 112, 3), uint8, BGR.
            out: shape (length,), float32.
        """
        chips = [chip, np.ascontiguousarray(chip[:, ::-1])] if self._mirrored else [chip]
        answers = np.zeros((len(chips), self.length), np.float32)
        self._answers(chips, answers)
        np.copyto(out, answers.sum(axis=0))
        _to_unit(out)
        self._off_centre(out)

    def blank_if_idle(self) -> None:
        self._network.blank_if_idle()

    def _answers(self, chips: Sequence[ByteArray], out: FloatArray) -> None:
        """What the network says of each face, as unit vectors."""
        for chip, template in zip(chips, out, strict=True):
            np.copyto(self._network.input[0], chip)
            self._network.run()
            np.copyto(template, self._answer[0])
            _to_unit(template)

    def _off_centre(self, template: FloatArray) -> None:
        template -= self._centre
        _to_unit(template)


def _to_unit(vector: FloatArray) -> None:
    vector /= np.float32(max(float(np.sqrt(vector @ vector)), 1e-12))
