"""The rules of RFC 5545 that parsers let pass, read off the bytes themselves."""

import re
from collections import Counter

LONGEST_LINE = 75
ONCE = {
    "VCALENDAR": ("VERSION", "PRODID"),
    "VEVENT": ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS"),
    "VTIMEZONE": ("TZID",),
    "STANDARD": ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"),
    "DAYLIGHT": ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"),
    "VALARM": ("ACTION", "TRIGGER", "DESCRIPTION"),
}
AT_MOST_ONCE = {
    "VCALENDAR": ("CALSCALE", "METHOD"),
    "VEVENT": ("LAST-MODIFIED", "URL", "LOCATION", "DESCRIPTION", "TRANSP", "CLASS"),
}
STATUSES = {"TENTATIVE", "CONFIRMED", "CANCELLED"}
NAME = re.compile(r"[A-Z0-9-]+")
# TSAFE-CHAR and escapes: no bare comma, semicolon or backslash.
TEXT = re.compile(r"(?:[^\x00-\x1f\x7f\\;,]|\\[\\;,nN])*")
UTC = re.compile(r"\d{8}T\d{6}Z")
LOCAL = re.compile(r"\d{8}T\d{6}")


def faults(file: bytes) -> list[str]:
    """A sentence for each rule that is broken. Empty: a good file."""
    found = [] if file.endswith(b"\r\n") else ["It does not end with CRLF."]
    if re.search(rb"(?<!\r)\n|\r(?!\n)", file):
        found.append("A line ends with something else than CRLF.")
    lines = file.split(b"\r\n")[:-1]
    found += [f"{len(line)} octets in {line!r}" for line in lines if len(line) > LONGEST_LINE]
    for line in lines:
        try:
            line.decode()
        except UnicodeDecodeError:
            found.append(f"A character is torn apart in {line!r}")
    text = re.sub(r"\r\n[ \t]", "", file.decode())
    return found + _faults_of_components(text.split("\r\n")[:-1])


def _faults_of_components(lines: list[str]) -> list[str]:
    found: list[str] = []
    stack: list[tuple[str, Counter[str]]] = []
    uids, zones, named, children = Counter[str](), set[str](), set[str](), 0
    for line in lines:
        name, parameters, value = _parts(line)
        if name == "BEGIN":
            children += bool(stack)
            stack.append((value, Counter()))
        elif name == "END":
            kind, names = stack.pop()
            if kind != value:
                found.append(f"{kind} ends as {value}")
            found += [f"{kind} has {names[one]} {one}" for one in ONCE[kind] if names[one] != 1]
            too_many = [one for one in AT_MOST_ONCE.get(kind, ()) if names[one] > 1]
            found += [f"{kind} has {names[one]} {one}" for one in too_many]
        else:
            kind = stack[-1][0]
            stack[-1][1][name] += 1
            found += _faults_of_value(kind, name, parameters, value)
            if kind == "VEVENT" and name == "UID":
                uids[value] += 1
            if kind == "VTIMEZONE" and name == "TZID":
                zones.add(value)
            named |= {one.removeprefix("TZID=") for one in parameters if one.startswith("TZID=")}
    if not children:
        found.append("There is no component in it.")
    found += [f"The UID {uid} is there {count} times" for uid, count in uids.items() if count > 1]
    found += [f"No VTIMEZONE for {zone}" for zone in named - zones]
    return found + [f"A VTIMEZONE nobody names: {zone}" for zone in zones - named if uids]


def _parts(line: str) -> tuple[str, list[str], str]:
    head, _colon, value = line.partition(":")
    name, *parameters = head.split(";")
    return name, parameters, value


def _faults_of_value(kind: str, name: str, parameters: list[str], value: str) -> list[str]:
    if not NAME.fullmatch(name):
        return [f"No name of a property: {name!r}"]
    if name in ("SUMMARY", "DESCRIPTION", "LOCATION", "NAME", "X-WR-CALNAME"):
        return [] if TEXT.fullmatch(value) else [f"Not escaped: {name}:{value!r}"]
    if name in ("DTSTAMP", "LAST-MODIFIED"):
        return [] if UTC.fullmatch(value) else [f"Not in UTC: {name}:{value}"]
    if kind == "VEVENT" and name in ("DTSTART", "DTEND"):
        shape = LOCAL if any(one.startswith("TZID=") for one in parameters) else UTC
        return [] if shape.fullmatch(value) else [f"A time without a clock: {name}:{value}"]
    if name == "STATUS" and value not in STATUSES:
        return [f"No status: {value}"]
    if name == "METHOD":
        return ["A file that is read again and again has no METHOD."]
    return []
