"""Embedding with SFace: from aligned faces to templates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overt.domain.geometry import FloatArray
from overt.faces.runtime import Network

BATCH = 4


class SFace:
    """Two compilations of one network: for one face, and for four at once, which costs less a face."""

    def __init__(self, single: Network, four: Network) -> None:
        self._single, self._four = single, four
        (self._output,) = single.outputs
        self.length = int(single.outputs[self._output].shape[1])

    def embed(self, chips: Sequence[NDArray[np.uint8]], out: FloatArray) -> None:
        """Writes one unit vector a face into `out`.

        Args:
            chips: aligned faces, each of shape (112, 112, 3), uint8, BGR.
            out: shape (len(chips), length), float32.
        """
        done = 0
        while done < len(chips):
            network = self._four if len(chips) - done > 2 else self._single
            taken = min(len(network.input), len(chips) - done)
            for row in range(len(network.input)):
                if row < taken:
                    np.copyto(network.input[row], chips[done + row])
                else:
                    network.input[row].fill(0)
            network.run()
            raw = network.outputs[self._output]
            for row in range(taken):
                template = out[done + row]
                np.divide(raw[row], max(float(np.sqrt(raw[row] @ raw[row])), 1e-12), out=template)
            done += taken

    def blank_if_idle(self) -> None:
        self._single.blank_if_idle()
        self._four.blank_if_idle()
