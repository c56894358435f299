"""A rehearsed clip on disk: H.264 in an MP4 file, through the camera's sensor and with the mark burnt in.

Rules:
  - no frame comes here without leaving with the mark, and the clip's title has it, too;
  - one thread draws the next scene while another adds the noise of this one and encodes it; the frames stay in order,
    and the encoder has a fixed number of threads, because what it chooses depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from overt.domain.progress import Progress
from overt.evaluation.rehearse_light import MARK, Sensor, burn_mark

Picture = NDArray[np.uint8]
#: x264: constant quality as a street camera has it, at most BITS_A_PIXEL, the quick ways of looking for motion.
_CRF: Final = "23"
BITS_A_PIXEL: Final = 0.12  # 6 Mbit/s at 1080p25
_QUICK: Final = "me=dia:subme=1:partitions=none:ref=1:b-adapt=0:rc-lookahead=5"


def write_clip(
    path: Path, scenes: Iterator[Picture], sensor: Sensor, *, fps: int, frames: int, progress: Progress
) -> None:
    """Writes a clip.

    Args:
        scenes: lit scenes, shape (h, w, 3), uint8, BGR. A scene is read until the next but one is asked for.
        sensor: of the scenes' size.
        fps: frames a second.
        frames: how many scenes there are.
        progress: called with frames done and frames in all.

    Raises:
        OSError, av.FFmpegError: the file cannot be written.
    """
    container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"})
    try:
        container.metadata["title"] = f"{MARK} (simulated)"
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = sensor.width, sensor.height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        most = str(round(BITS_A_PIXEL * sensor.width * sensor.height * fps))
        stream.options = {
            "preset": "veryfast",
            "crf": _CRF,
            "maxrate": most,
            "bufsize": most,
            "g": str(2 * fps),
            "threads": "2",
            "x264-params": _QUICK,
        }

        def take(number: int, scene: Picture) -> None:
            planes = sensor.planes(scene)
            burn_mark(planes, sensor.height, sensor.width)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))

        with ThreadPoolExecutor(1) as other_thread:
            before: Future[None] | None = None
            for number, scene in enumerate(scenes):
                if before is not None:
                    before.result()
                    progress(number, frames)
                before = other_thread.submit(take, number, scene)
            if before is not None:
                before.result()
        container.mux(stream.encode())
        progress(frames, frames)
    except BaseException:
        with suppress(OSError, av.FFmpegError):
            container.close()
        raise
    container.close()
