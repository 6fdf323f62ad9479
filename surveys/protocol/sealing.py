"""Answer sheets in sealed envelopes: HPKE with X25519, HKDF-SHA256 and AES-128-GCM (RFC 9180)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SHEET_BYTES = 8192
# Encapsulated key, sheet, tag: the same for a full sheet and an empty one.
SEALED_BYTES = 32 + SHEET_BYTES + 16
LONGEST_JSON = SHEET_BYTES - 4
SUITE_NAME = "X25519/HKDF-SHA256/AES-128-GCM"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def new_counting_key() -> tuple[bytes, bytes]:
    """The private and the public half, 32 bytes each."""
    key = x25519.X25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.Raw,
        serialization.PrivateFormat.Raw,
        serialization.NoEncryption(),
    )
    return private, public_half(private)


def public_half(private: bytes) -> bytes:
    key = x25519.X25519PrivateKey.from_private_bytes(private)
    return key.public_key().public_bytes_raw()


def info_of(manifest_hash: bytes, cell: str) -> bytes:
    """What an envelope is bound to: it opens for this survey and this cell only."""
    return b"seal/v1" + manifest_hash + cell.encode()


def pad(document: bytes) -> bytes:
    """``document`` at the one length all sheets have.

    :raises ValueError: when it is longer than 8188 bytes.
    """
    if len(document) > LONGEST_JSON:
        raise ValueError(f"a sheet holds at most {LONGEST_JSON} bytes")
    return len(document).to_bytes(4) + document + bytes(LONGEST_JSON - len(document))


def unpad(sheet: bytes) -> bytes:
    """:raises ValueError: for anything that `pad` did not make."""
    size = int.from_bytes(sheet[:4])
    if len(sheet) != SHEET_BYTES or size > LONGEST_JSON or any(sheet[4 + size :]):
        raise ValueError("not padded as a sheet is")
    return sheet[4 : 4 + size]


def seal(public: bytes, info: bytes, sheet: bytes) -> bytes:
    """8240 bytes that only the counting key opens."""
    if len(sheet) != SHEET_BYTES:
        raise ValueError("a sheet is padded before it is sealed")
    return _SUITE.encrypt(sheet, x25519.X25519PublicKey.from_public_bytes(public), info)


def open_sealed(private: bytes, info: bytes, sealed: bytes) -> bytes:
    """The padded sheet.

    :raises ValueError: when the envelope is not for this key and ``info``, or was changed.
    """
    if len(sealed) != SEALED_BYTES:
        raise ValueError("an envelope of the wrong length")
    key = x25519.X25519PrivateKey.from_private_bytes(private)
    try:
        return bytes(_SUITE.decrypt(sealed, key, info))
    except (InvalidTag, ValueError) as error:
        raise ValueError("this envelope does not open") from error
