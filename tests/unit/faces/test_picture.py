"""Reading pictures of the watch list."""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.domain.errors import BadPicture
from overt.faces.picture import FILE_LIMIT_BYTES, LONGER_SIDE_PX, read_picture

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def quarters(width: int = 60, height: int = 40) -> Image.Image:
    """Red, green / blue, white."""
    picture = Image.new("RGB", (width, height), (255, 255, 255))
    half_width, half_height = width // 2, height // 2
    picture.paste(RED, (0, 0, half_width, half_height))
    picture.paste(GREEN, (half_width, 0, width, half_height))
    picture.paste(BLUE, (0, half_height, half_width, height))
    return picture


def corner(picture: NDArray[np.uint8], at: str) -> tuple[int, ...]:
    """RGB near a corner, rounded to 0 or 255."""
    y, x = {"upper left": (3, 3), "upper right": (3, -4), "lower left": (-4, 3)}[at]
    return tuple(255 if level > 127 else 0 for level in picture[y, x, ::-1])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM"])
def test_every_allowed_format_is_read_as_bgr(form: str, tmp_path: Path) -> None:
    quarters().save(tmp_path / "picture", form)
    picture = read_picture(tmp_path / "picture")
    assert picture.shape == (40, 60, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert (corner(picture, "upper left"), corner(picture, "upper right")) == (RED, GREEN)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_out_upright_whatever_its_exif_says(orientation: int, tmp_path: Path) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters().transpose(undo[orientation]) if orientation > 1 else quarters()
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        stored.save(tmp_path / "picture", form, exif=exif)
        picture = read_picture(tmp_path / "picture")
        assert picture.shape == (40, 60, 3)
        assert [corner(picture, at) for at in ("upper left", "upper right", "lower left")] == [RED, GREEN, BLUE]


def test_unreadable_exif_leaves_the_picture_as_it_is(tmp_path: Path) -> None:
    quarters().save(tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff garbage")
    assert read_picture(tmp_path / "a.jpg").shape == (40, 60, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_kind_of_colour_becomes_8_bit_bgr(mode: str, tmp_path: Path) -> None:
    form = "TIFF" if mode in ("CMYK", "LA") else "PNG"
    Image.new("RGB", (20, 20), (255, 255, 255)).convert(mode).save(tmp_path / "a", form)
    picture = read_picture(tmp_path / "a")
    assert picture.shape == (20, 20, 3)
    assert (picture >= 254).all()


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_is_scaled_and_not_cut_off(form: str, tmp_path: Path) -> None:
    levels = np.array([[0, 0x4000, 0x8000, 0xFFFF]] * 4, np.uint16)
    Image.fromarray(levels).save(tmp_path / "a", form)
    assert read_picture(tmp_path / "a")[0, :, 0].tolist() == [0, 0x40, 0x80, 0xFF]


def test_transparent_parts_become_grey(tmp_path: Path) -> None:
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(tmp_path / "a.png")
    palette = Image.new("P", (10, 10), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.save(tmp_path / "b.png", transparency=1)
    assert (read_picture(tmp_path / "a.png") == 128).all()
    assert (read_picture(tmp_path / "b.png") == 128).all()


@pytest.mark.parametrize("form", ["WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_picture_counts(form: str, tmp_path: Path) -> None:
    first, second = Image.new("RGB", (8, 8), RED), Image.new("RGB", (8, 8), BLUE)
    first.save(tmp_path / "a", form, save_all=True, append_images=[second])
    assert corner(read_picture(tmp_path / "a"), "upper left") == RED


@pytest.mark.parametrize(("size", "expected"), [((3200, 2000), (1600, 1000)), ((1000, 4000), (400, 1600))])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_picture_is_shrunk(form: str, size: tuple[int, int], expected: tuple[int, int], tmp_path: Path) -> None:
    quarters(*size).save(tmp_path / "a", form)
    picture = read_picture(tmp_path / "a")
    assert (picture.shape[1], picture.shape[0]) == expected
    assert max(picture.shape) == LONGER_SIDE_PX
    assert [corner(picture, at) for at in ("upper left", "upper right", "lower left")] == [RED, GREEN, BLUE]


def test_a_sliver_keeps_at_least_one_pixel(tmp_path: Path) -> None:
    Image.new("RGB", (8000, 1)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").shape == (1, 1600, 3)


def png_that_says(width: int, height: int) -> bytes:
    """A PNG header without any pixels behind it."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data = b"IDAT" + zlib.compress(b"")
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


@pytest.mark.parametrize("size", [(10_000, 5_001), (12_000, 12_000), (1_000_000, 1_000_000)])
def test_a_picture_bomb_is_refused_by_its_header(size: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_that_says(*size))
    with pytest.raises(BadPicture, match=r"bomb.png says it has more than 50 million pixels; it was not opened"):
        read_picture(tmp_path / "bomb.png")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.jpg").open("wb") as file:
        file.truncate(FILE_LIMIT_BYTES + 1)
    with pytest.raises(BadPicture, match=r"large.jpg has 50 MB; a picture may have 50 MB"):
        read_picture(tmp_path / "large.jpg")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_picture_cut_short_is_refused(form: str, share: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 90, 3), np.uint8)
    whole = BytesIO()
    Image.fromarray(noise).save(whole, form)
    (tmp_path / "cut").write_bytes(whole.getvalue()[: int(share * len(whole.getvalue()))])
    with pytest.raises(BadPicture, match=r"^cut is (damaged|not a picture)"):
        read_picture(tmp_path / "cut")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM"])
def test_damage_anywhere_gives_a_picture_or_a_refusal_and_nothing_else(form: str, tmp_path: Path) -> None:
    whole = BytesIO()
    quarters(24, 24).save(whole, form)
    rng = np.random.default_rng(7)
    for _ in range(150):
        content = bytearray(whole.getvalue())
        for _ in range(int(rng.integers(1, 6))):
            content[int(rng.integers(0, len(content)))] = int(rng.integers(0, 256))
        (tmp_path / "odd").write_bytes(content)
        with suppress(BadPicture):
            assert read_picture(tmp_path / "odd").ndim == 3


@pytest.mark.parametrize("content", [b"just words\n", b"%PDF-1.4", b"GIF89a" + bytes(20), bytes(1000)])
def test_a_file_that_is_no_picture_of_an_allowed_format_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_bytes(content)
    with pytest.raises(BadPicture, match=r"letter.jpg is not a picture that Overt reads"):
        read_picture(tmp_path / "letter.jpg")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing.png").touch()
    with pytest.raises(BadPicture, match=r"nothing.png is empty"):
        read_picture(tmp_path / "nothing.png")


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, reason in (("pipe.jpg", "no regular file"), (".", "is a folder"), ("absent.jpg", "does not exist")):
        with pytest.raises(BadPicture, match=reason.replace("no regular", "not a regular")):
            read_picture(tmp_path / name)


@pytest.mark.parametrize("name", ["a\0b.jpg", "x" * 5000 + ".jpg"])
def test_a_name_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="cannot be read"):
        read_picture(tmp_path / name)


def test_grey_levels_without_a_scale_are_refused(tmp_path: Path) -> None:
    Image.new("F", (10, 10), 0.5).save(tmp_path / "a.tif")
    with pytest.raises(BadPicture):
        read_picture(tmp_path / "a.tif")
