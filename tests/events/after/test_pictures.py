"""What people send as photos: drawn anew, or refused in words."""

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from PIL import Image

from events import pictures
from events.pictures import draw_anew
from tests.events.after.helpers import image_bytes

PLACE = b"GPS-here-was-the-camera"


def refused(content: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        draw_anew(content)
    return " ".join(caught.value.messages)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_is_drawn_anew_as_webp(kind: str) -> None:
    picture = draw_anew(image_bytes(kind, (3200, 2400)))
    full, small = opened(picture.full), opened(picture.small)
    assert (full.format, full.size) == ("WEBP", (1600, 1200))
    assert (small.format, small.size) == ("WEBP", (480, 360))
    assert (picture.width, picture.height) == (1600, 1200)
    red, green, blue = full.getpixel((5, 5))  # type: ignore[misc]
    assert (red > 200, 120 < green < 210, blue < 60) == (True, True, True)


def test_small_photo_is_not_blown_up() -> None:
    assert opened(draw_anew(image_bytes(size=(40, 30))).full).size == (40, 30)


def camera_notes() -> Image.Exif:
    """As phones write them: where, when, with what, and which way up."""
    notes = Image.Exif()
    notes[0x0112] = 6
    notes[0x010F] = PLACE.decode()
    place = notes.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (63.0, 25.0, 49.0), "E", (10.0, 23.0, 42.0)
    place[29] = "2026:11:27"
    return notes


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_it_was_taken_is_gone(kind: str) -> None:
    sent = image_bytes(kind, (64, 48), exif=camera_notes())
    assert PLACE in sent
    assert opened(sent).getexif().get_ifd(0x8825) != {}
    picture = draw_anew(sent)
    for ours in (picture.full, picture.small):
        assert PLACE not in ours
        for word in (b"Exif", b"EXIF", b"GPS", b"2026:11:27", b"ICCP", b"XMP "):
            assert word not in ours
        assert dict(opened(ours).getexif()) == {}
        assert {one for one in opened(ours).info if one in ("exif", "icc_profile", "xmp")} == set()
    # Upright though the note that said so is gone.
    assert (picture.width, picture.height) == (48, 64)


def test_other_notes_are_gone_too() -> None:
    notes: dict[str, Any] = {"comment": PLACE, "icc_profile": b"profile " + PLACE}
    sent = image_bytes("JPEG", **notes)
    assert sent.count(PLACE) == 2
    assert PLACE not in draw_anew(sent).full


def test_polyglot_loses_its_other_self() -> None:
    script = b"<script>alert(1)</script><?php system(1) ?>"
    sent = image_bytes("JPEG") + script
    assert script not in draw_anew(sent).full


def test_see_through_is_put_on_white() -> None:
    full = opened(draw_anew(image_bytes("PNG", colour=(10, 20, 30, 0))).full)
    assert min(full.getpixel((3, 3))) > 250  # type: ignore[type-var, arg-type]


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(200),
        b"%PDF-1.7 ...",
        b"MZ" + bytes(300),
        b"just words",
        b"\x00" * 50,
        image_bytes("GIF"),
        image_bytes("TIFF"),
        image_bytes("BMP"),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    assert "JPEG-, PNG- eller WebP" in refused(content)


def container(*brands: bytes) -> bytes:
    """The head of a file as phones write it: its brand, no version, and all it can be read as."""
    box = b"ftyp" + brands[0] + bytes(4) + b"".join(brands)
    return (len(box) + 4).to_bytes(4, "big") + box + b"\x00\x00\x00\x28meta" + bytes(100)


@pytest.mark.parametrize(
    "brands",
    [
        (b"heic", b"mif1", b"heic"),  # iPhone
        (b"heic", b"mif1", b"MiHE", b"MiPr", b"miaf", b"MiHB", b"heic"),
        (b"mif1", b"heic"),  # Samsung
        (b"heix",), (b"hevc", b"msf1"), (b"msf1",),
    ],
    ids=lambda brands: "-".join(one.decode() for one in brands),
)  # fmt: skip
@pytest.mark.parametrize(("language", "way"), [("nb", "skjermbilde"), ("en", "screenshot")])
def test_heic_is_told_what_to_do(brands: tuple[bytes, ...], language: str, way: str) -> None:
    with override(language):
        told = refused(container(*brands))
    assert ("HEIC" in told, "iPhone" in told, way in told) == (True, True, True)


@pytest.mark.parametrize(
    "content",
    [container(b"avif", b"mif1", b"miaf"), container(b"mp42", b"isom"), b"\xff\xff\xff\xffftyp", b"\0\0\0\0ftypheix"[:8]],
)  # fmt: skip
def test_other_containers_are_not_called_heic(content: bytes) -> None:
    assert "HEIC" not in refused(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_half_a_photo_is_refused(kind: str, part: float) -> None:
    noise = Image.effect_noise((200, 150), 90).convert("RGB")
    written = io.BytesIO()
    noise.save(written, kind)
    whole = written.getvalue()
    assert refused(whole[: int(len(whole) * part)]) != ""


def test_nothing_and_too_much_are_refused() -> None:
    assert refused(b"") != ""
    assert "12 MB" in refused(image_bytes() + bytes(pictures.MOST_BYTES))


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that claims so many points."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [6400, 9500, 14_000, 60_000])
def test_bomb_is_refused_before_it_is_read(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(image: Image.Image) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(Image.Image, "load", never)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    assert "million" in refused(bomb(side, side))


def test_thin_photo_is_drawn() -> None:
    picture = draw_anew(image_bytes("PNG", (8000, 1)))
    assert (picture.width, picture.height) == (1600, 1)


def many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times."""
    whole = image_bytes("JPEG", (64, 48), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * count + whole[-2:]


def test_photo_of_very_many_scans_is_refused_before_it_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = draw_anew(many_scans(20))
    assert drawn.width == 64
    opened: list[str] = []

    def spy(*given: Any, **facts: Any) -> Image.Image:
        opened.append("opened")
        raise OSError

    monkeypatch.setattr(Image, "open", spy)
    for sent in (many_scans(3000), many_scans(65), b"\xff\xd8" + b"\xff\x01" * 20_000):
        assert "ødelagt" in refused(sent)
    assert opened == []


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\xff\xff"])
def test_filled_markers_are_counted_too(filling: bytes) -> None:
    sent = many_scans(80).replace(b"\xff\xda", filling + b"\xff\xda")
    assert "ødelagt" in refused(sent)


def test_progressive_photo_with_notes_and_a_film_is_drawn() -> None:
    """What only looks like scans: in the notes of a camera, and after the end of the picture."""
    film = b"\xff\xda" * 500
    sent = image_bytes("JPEG", (64, 48), progressive=True, comment=film) + film
    assert draw_anew(sent).width == 64


def test_who_waits_too_long_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LONGEST_WAIT_SECONDS", 0.01)
    with pictures._drawing:
        assert "Prøv igjen om litt" in refused(image_bytes())
    assert draw_anew(image_bytes()).width == 64
