"""Small whole numbers in words."""

NB = (
    "null", "en", "to", "tre", "fire", "fem", "seks", "sju", "åtte", "ni", "ti", "elleve", "tolv",
    "tretten", "fjorten", "femten", "seksten", "sytten", "atten", "nitten",
)  # fmt: skip
NB_TENS = ("", "", "tjue", "tretti", "førti", "femti", "seksti", "sytti", "åtti", "nitti")
EN = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
MOST = 9_999


def in_words(number: int, language: str) -> str:
    """``number`` in words, ``tjuefire`` or ``twenty-four``; in figures beyond 9 999 or below 0."""
    if not 0 <= number <= MOST:
        return str(number)
    return _english(number) if language == "en" else _norwegian(number)


def _norwegian(number: int) -> str:
    if number < 20:
        return NB[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return NB_TENS[tens] + (NB[ones] if ones else "")
    size, word = (1000, "tusen") if number >= 1000 else (100, "hundre")
    many, rest = divmod(number, size)
    head = f"{'ett' if many == 1 else NB[many]} {word}"
    if not rest:
        return head
    return f"{head} og {_norwegian(rest)}" if rest < 100 else f"{head} {_norwegian(rest)}"


def _english(number: int) -> str:
    if number < 20:
        return EN[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return EN_TENS[tens] + (f"-{EN[ones]}" if ones else "")
    size, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    head = f"{EN[many]} {word}"
    if not rest:
        return head
    return f"{head} and {_english(rest)}" if rest < 100 else f"{head} {_english(rest)}"
