"""The key file of a witness (docs/key-file.md), as the browser's `keyfile.js` writes it."""

import json
import secrets
import unicodedata
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from surveys.protocol.encoding import b64, canonical
from surveys.protocol.sealing import public_half

KIND = "vaffel-counting-key"
KDF, CIPHER = "PBKDF2-HMAC-SHA-256", "AES-256-GCM"
ITERATIONS = 1_000_000
SALT_BYTES, IV_BYTES, KEY_BYTES = 16, 12, 32


def write_key_file(*, survey: str, title: str, private: bytes, passphrase: str) -> str:
    """The text of the file."""
    salt, iv = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(IV_BYTES)
    head: dict[str, Any] = {
        "kind": KIND,
        "version": 1,
        "survey": survey,
        "title": title,
        "public": b64(public_half(private)),
        "kdf": KDF,
        "iterations": ITERATIONS,
        "salt": b64(salt),
        "cipher": CIPHER,
        "iv": b64(iv),
    }
    sealed = _lock(passphrase, salt, ITERATIONS).encrypt(iv, private, canonical(head))
    return json.dumps(head | {"sealed": b64(sealed)}, indent=1, ensure_ascii=False) + "\n"


def _lock(passphrase: str, salt: bytes, iterations: int) -> AESGCM:
    words = unicodedata.normalize("NFKC", passphrase).strip().encode()
    return AESGCM(PBKDF2HMAC(SHA256(), KEY_BYTES, salt, iterations).derive(words))
