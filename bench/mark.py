"""How well the mark of served pictures is found again, and how often a picture without it is taken for one with it.

    python -m bench.mark [--faces N] [--seed S]

Real faces of the test data (OVERT_DATA, else ../shared/data): LFW, portraits, groups. Each is served as people are
shown it, saved as JPEG 90, then cropped to 60 % of its area at a random place and shape, made half as large, saved as
JPEG 60, and all three together; and the same is done to the picture without a mark.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overt.evaluation.intervals import clopper_pearson
from overt.faces.mark import THRESHOLD, add_mark, enlarged, mark_score, served
from overt.faces.picture import read_picture

Picture = NDArray[np.uint8]
WORDS = ("alert 0193527e", "possible match", "account a.officer", "2026-11-22 09:00:00 UTC")


def saved(picture: Picture, quality: int) -> Picture:
    content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def cropped(picture: Picture, share: float, chance: random.Random) -> Picture:
    height, width = picture.shape[:2]
    shape = np.exp(chance.uniform(np.log(0.8), np.log(1.25)))
    high = min(height, int(height * np.sqrt(share) * shape))
    wide = min(width, int(height * width * share / high))
    top, left = chance.randint(0, height - high), chance.randint(0, width - wide)
    return picture[top : top + high, left : left + wide]


def scaled(picture: Picture, scale: float) -> Picture:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def attacks(chance: random.Random) -> dict[str, Callable[[Picture], Picture]]:
    return {
        "as served, JPEG 90": lambda picture: picture,
        "JPEG 60": lambda picture: saved(picture, 60),
        "half as large": lambda picture: saved(scaled(picture, 0.5), 90),
        "60 % of the area": lambda picture: saved(cropped(picture, 0.6, chance), 90),
        "all three": lambda picture: saved(scaled(cropped(picture, 0.6, chance), 0.5), 60),
        "60 %, 0.4 as large, JPEG 60": lambda picture: saved(scaled(cropped(picture, 0.6, chance), 0.4), 60),
        "1.7 as large, JPEG 60": lambda picture: saved(scaled(picture, 1.7), 60),
    }


def faces(data: Path, count: int, chance: random.Random) -> Iterator[Path]:
    """Pictures of every set, drawn at random."""
    sets = [sorted((data / name).rglob("*.jpg")) for name in ("lfw", "portraits", "groups/labelled")]
    share = [0.6, 0.1, 0.3]
    for paths, part in zip(sets, share, strict=True):
        yield from chance.sample(paths, min(len(paths), round(count * part)))


def psnr(before: Picture, after: Picture) -> float:
    return float(10 * np.log10(255**2 / np.mean((before.astype(np.float64) - after) ** 2)))


def row(words: str, scores: list[float], *, marked: bool) -> str:
    found = sum(score >= THRESHOLD for score in scores)
    low, high = clopper_pearson(found, len(scores))
    edge = f"least {min(scores):.1f}" if marked else f"most {max(scores):.1f}"
    return f"| {words} | {found:,} of {len(scores):,} | {low:.4f} to {high:.4f} | {edge} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=2400)
    parser.add_argument("--marked", type=int, default=600, help="of these, so many are marked and attacked")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    data = Path(os.environ.get("OVERT_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    paths = list(faces(data, given.faces, chance))
    chance.shuffle(paths)
    cases = attacks(chance)
    plain: dict[str, list[float]] = {"as it is": [], "enlarged": [], "all three": []}
    marked: dict[str, list[float]] = {name: [] for name in cases}
    noise = []
    for number, path in enumerate(paths):
        picture = read_picture(path)
        large = enlarged(picture)
        plain["as it is"].append(mark_score(picture))
        plain["enlarged"].append(mark_score(large))
        plain["all three"].append(mark_score(cases["all three"](large)))
        if number < given.marked:
            noise.append(psnr(large, add_mark(large)))
            shown = saved(served(picture, WORDS), 90)
            for name, attack in cases.items():
                marked[name].append(mark_score(attack(shown)))
    print(f"\nmarked pictures found (threshold {THRESHOLD}); PSNR {np.mean(noise):.1f} dB, least {min(noise):.1f}")
    print("| what was done | found | 95 % | score |\n|---|---|---|---|")
    print("\n".join(row(name, scores, marked=True) for name, scores in marked.items()))
    print(
        "\npictures without a mark taken for marked ones\n| what was done | found | 95 % | score |\n|---|---|---|---|"
    )
    print("\n".join(row(name, scores, marked=False) for name, scores in plain.items()))


if __name__ == "__main__":
    main()
