"""Photos as people send them, drawn anew: nothing of the file that was sent is kept.

Where a camera stood, when, which one it was, and whatever else hides in a file stays behind, because
only the colours of the points are taken over.
"""

import io
import re
import threading
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 12 * 1024 * 1024
MOST_POINTS = 40_000_000
LONGEST_SIDE = 1600
SMALL_SIDE = 480
# Everything else Pillow could read is never asked to.
FORMATS = ("JPEG", "PNG", "WEBP")
# ISO/IEC 23008-12: what the container that phones write says it holds. The last two are also said by
# AVIF, which says so besides.
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
HEIF, AVIF = {b"mif1", b"msf1"}, {b"avif", b"avis"}
LONGEST_BRANDS = 256

# A progressive JPEG is drawn in scans, and each goes through all its points again: cameras write ten
# at most, and thousands would keep a process busy for minutes.
MOST_SCANS = 64
# Scans, tables and notes together; what has more is not looked through to its end.
MOST_MARKERS = 10_000
# ITU T.81, B.1.1: a marker is FF and a byte that is neither 00, which is put after every FF of the
# points themselves, nor FF, which only fills. RST0 to RST7 (D0 to D7) stand within a scan.
MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, ALONE = 0xD8, 0xD9, 0xDA, 0x01

# A large one takes some 150 MB while it is drawn: one at a time in a process.
_drawing = threading.Lock()
LONGEST_WAIT_SECONDS = 10


@dataclass(frozen=True)
class Picture:
    """WebP, large and small. The size in points is that of the large one."""

    full: bytes
    small: bytes
    width: int
    height: int


def draw_anew(content: bytes) -> Picture:
    """``content`` as a picture of ours: upright, at most 1600 points wide and high, without anything
    but its points.

    Raises ValidationError that says what is wrong with the file and what to do.
    """
    if not content:
        raise ValidationError(_("Choose a photo first."))
    if len(content) > MOST_BYTES:
        raise ValidationError(
            _("This photo is larger than %(most)d MB. Choose a smaller size when you share it.")
            % {"most": MOST_BYTES // (1024 * 1024)}
        )
    if _is_heic(content):
        raise ValidationError(
            _(
                "This is a HEIC file, which not every browser shows. On an iPhone, choose “Most "
                "Compatible” under Camera, Formats, or send a screenshot of it."
            )
        )
    if _has_too_many_scans(content):
        raise _broken()
    if not _drawing.acquire(timeout=LONGEST_WAIT_SECONDS):
        raise ValidationError(
            _("Something went wrong on our side. Nothing was saved. Try again in a moment.")
        )
    try:
        return _drawn(_opened(content))
    finally:
        _drawing.release()


def _is_heic(content: bytes) -> bool:
    """Whether its head names HEIC as what it is, or among what it can be read as."""
    if content[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(content[:4], "big"), LONGEST_BRANDS)
    # The first brand, a version that is none, then all it can be read as.
    brands = {content[8:12], *(content[at : at + 4] for at in range(16, size - 3, 4))}
    return bool(brands & HEIC or (brands & HEIF and not brands & AVIF))


def _has_too_many_scans(content: bytes) -> bool:
    """Whether a JPEG has more scans than anybody's camera writes. What follows its end, as the film of
    a moving photo does, and what lies within its notes is not counted."""
    if content[:2] != b"\xff\xd8":
        return False
    scans, at = 0, 2
    for _marker in range(MOST_MARKERS):
        found = MARKER.search(content, at)
        if found is None or found[1][0] == END_OF_IMAGE:
            return False
        marker, at = found[1][0], found.end()
        scans += marker == START_OF_SCAN
        if scans > MOST_SCANS:
            return True
        if marker not in (START_OF_IMAGE, ALONE):
            at += max(2, int.from_bytes(content[at : at + 2], "big"))
    return True


def _opened(content: bytes) -> Image.Image:
    """The head alone: no point has been read, so a bomb has not gone off."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_points() from error
    except UnidentifiedImageError as error:
        raise ValidationError(
            _("This is not a photo we can read. Send a JPEG, PNG or WebP file.")
        ) from error
    except Exception as error:  # whatever a broken file makes its reader say
        raise _broken() from error
    if image.width * image.height > MOST_POINTS:
        raise _too_many_points()
    return image


def _drawn(image: Image.Image) -> Picture:
    try:
        # JPEG alone: reads at a half, a quarter or an eighth where that is enough.
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        upright = _on_white(_upright(image))
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        full = _points_of(upright)
        small = _points_of(upright)
        small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
        return Picture(_webp(full), _webp(small), full.width, full.height)
    except ValidationError:
        raise
    except Exception as error:
        raise _broken() from error


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera says; a note of the camera that cannot be read turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        drawn = image.convert("RGBA")
        ground = Image.new("RGB", drawn.size, "white")
        ground.paste(drawn, mask=drawn.getchannel("A"))
        return ground
    return image.convert("RGB")


def _points_of(image: Image.Image) -> Image.Image:
    """A new picture with the same points and nothing beside them."""
    fresh = Image.new("RGB", image.size)
    fresh.paste(image)
    return fresh


def _webp(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=80, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return written.getvalue()


def _too_many_points() -> ValidationError:
    return ValidationError(
        _("This photo has more than %(most)d million points. Send a smaller one.")
        % {"most": MOST_POINTS // 1_000_000}
    )


def _broken() -> ValidationError:
    return ValidationError(
        _("This photo is broken or came only in part. Try again, or send another.")
    )
