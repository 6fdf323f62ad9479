"""The ballot page: one file, put together from `page/` the same way every time."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "page"
# The house's type, as files: the ballot box loads nothing of the house's code.
FONTS = Path(__file__).parents[2] / "engagement" / "static" / "vaffel" / "fonts"
FONT = "schibsted-grotesk-latin-wght-normal.woff2"
_FONT_MARK = "/*font*/"
_STYLE, _SCRIPT = "<!-- style -->", "<!-- script -->"
_IMPORT = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export\s*\{[^}]*\};?\n", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function|const|let|class)\b)", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """The page's bytes, and the hashes that a Content Security Policy names."""

    data: bytes
    script_hash: str
    style_hash: str

    @cached_property
    def packed(self) -> bytes:
        """``data`` for the wire, half the size. The same for everybody, so that it tells nothing."""
        return gzip.compress(self.data, mtime=0)

    @property
    def sha256(self) -> str:
        """What the manifest says of the page, in hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


@cache
def build_page() -> Page:
    """Style and scripts inline, so that one hash stands for everything the page can do.

    The scripts in ``order.txt`` become one module: their ``import`` lines and ``export`` words go.
    """
    html = (FOLDER / "page.html").read_text()
    names = (FOLDER / "order.txt").read_text().split()
    style = (FOLDER / "page.css").read_text().replace(_FONT_MARK, _font_face())
    script = join_scripts(names)
    if html.count(_STYLE) != 1 or html.count(_SCRIPT) != 1 or "</script" in script.lower():
        raise ValueError("the ballot page cannot be put together")
    data = html.replace(_STYLE, f"<style>{style}</style>").replace(
        _SCRIPT, f'<script type="module">{script}</script>'
    )
    return page_of(data.encode())


def join_scripts(names: Iterable[str]) -> str:
    """The modules of ``page/`` called so as one script that imports and exports nothing."""
    return "\n".join(_as_part((FOLDER / name).read_text()) for name in names)


def page_of(data: bytes) -> Page:
    """A page as it was kept with its survey."""
    text = data.decode()
    script = text[text.index('<script type="module">') + 22 : text.index("</script>")]
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    return Page(data, _hash(script), _hash(style))


def _font_face() -> str:
    data = base64.b64encode((FONTS / FONT).read_bytes()).decode()
    return (
        '@font-face{font-family:"Schibsted Grotesk";font-weight:400 900;font-display:block;'
        f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
    )


def _as_part(source: str) -> str:
    return _EXPORT.sub("", _EXPORT_LIST.sub("", _IMPORT.sub("", source)))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
