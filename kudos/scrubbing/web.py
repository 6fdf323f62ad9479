"""E-mail and web addresses, and what people are called on social media."""

import re
from collections.abc import Iterator

from kudos.scrubbing.spans import EMAIL, HANDLE, URL, Span

LOCAL_MOST, DOMAIN_MOST = 64, 253
# Both read backwards from where they end.
LOCAL = re.compile(r"[\w.+%'-]*")
HOST = re.compile(r"[\w.-]*")
AT = re.compile(r"(?<=[\w+%'-])@(?=[\w-]{1,63}\.\w)")
DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
SCHEME = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,2000}", re.IGNORECASE)
# A bare "nettside.no/side": looked for from its ending, which is rare.
ENDING = re.compile(
    r"(?<=[\w-])\.(?:no|com|net|org|eu|se|dk|fi|lt|lv|uk|de|pl|io|info)\b(?!\.\w)", re.IGNORECASE
)
PATH = re.compile(r"(?:[/?#][^\s<>\"]{0,500})?")
NOT_AT_THE_END = ".,;:!?)'»”"


def emails(text: str) -> Iterator[Span]:
    last = 0
    for at in AT.finditer(text):
        place = at.start()
        local = _backwards(LOCAL, text, max(last, place - LOCAL_MOST), place).lstrip(".'-")
        domain = DOMAIN.match(text, place + 1, place + 1 + DOMAIN_MOST)
        if local and domain:
            last = domain.end()
            yield Span(place - len(local), last, EMAIL)
    yield from _spelled_emails(text)


def web_addresses(text: str) -> Iterator[Span]:
    for whole in SCHEME.finditer(text):
        yield _trimmed(text, whole.start(), whole.end())
    for ending in ENDING.finditer(text):
        host = _backwards(HOST, text, max(0, ending.start() - LOCAL_MOST), ending.start())
        host = host.lstrip(".-")
        start = ending.start() - len(host)
        path = PATH.match(text, ending.end())
        if host and text[start - 1 : start] != "@":
            yield _trimmed(text, start, path.end() if path else ending.end())


# "kari (at) example [dot] no": written so that no machine reads it.
SPELLED = re.compile(
    r"\s?[(\[{]\s?(?:at|krøllalfa|alfakrøll)\s?[)\]}]\s?(?=\w)|(?<=\w) (?:krøllalfa|alfakrøll) (?=\w)",
    re.IGNORECASE,
)
SPELLED_DOMAIN = re.compile(
    r"[\w-]{1,63}(?:(?:\.|\s?[(\[{]\s?(?:dot|punktum)\s?[)\]}]\s?| punktum )[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)
MENTION = re.compile(r"(?<![\w@.])@[A-Za-z][\w.]{1,40}")
NETWORK = re.compile(
    r"(?<!\w)(?:snap(?:chat)?|insta(?:gram)?|tiktok|discord|telegram|messenger|skype|brukernavn(?:et)?|username)"
    r"(?:\s(?:er|is|mitt|min))?\s?:?\s(?=[\w.]{3,40})",
    re.IGNORECASE,
)
# A word with a figure, a dot or a line in it: no word of a language.
NICKNAME = re.compile(r"(?=[A-Za-z][A-Za-z._]{0,39}[\d_.]\w)[\w.]{3,40}")


def handles(text: str) -> Iterator[Span]:
    for mention in MENTION.finditer(text):
        end = mention.start() + len(mention[0].rstrip("."))
        yield Span(mention.start(), end, HANDLE)
    for network in NETWORK.finditer(text):
        if nickname := NICKNAME.match(text, network.end()):
            yield Span(nickname.start(), nickname.end(), HANDLE)


def _spelled_emails(text: str) -> Iterator[Span]:
    for at in SPELLED.finditer(text):
        local = _backwards(LOCAL, text, max(0, at.start() - LOCAL_MOST), at.start()).lstrip(".'-")
        domain = SPELLED_DOMAIN.match(text, at.end())
        if local and domain:
            yield Span(at.start() - len(local), domain.end(), EMAIL)


def _backwards(pattern: re.Pattern[str], text: str, first: int, end: int) -> str:
    """The longest part of ``text`` right before ``end``, from ``first`` on, that ``pattern`` takes."""
    found = pattern.match(text[first:end][::-1])
    return found[0][::-1] if found else ""


def _trimmed(text: str, start: int, end: int) -> Span:
    return Span(start, start + len(text[start:end].rstrip(NOT_AT_THE_END)), URL)
