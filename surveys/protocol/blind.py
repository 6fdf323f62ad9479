"""Blind RSA signatures: RSABSSA-SHA384-PSS-Randomized and its variants (RFC 9474).

The identity origin signs without seeing what (`Signer`), the voter blinds and unblinds
(`prepare`, `blind`, `finalize`), everybody verifies (`verify`).
"""

import hashlib
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import gmpy2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from gmpy2 import mpz

KEY_BITS = 2048
KEY_BYTES = KEY_BITS // 8
EXPONENT = 65537
PREFIX_BYTES = 32
SALT_BYTES = 48
_HASH_BYTES = 48


class Refused(ValueError):
    """A number that must not be signed, or a signature that is none."""


def generate_key() -> bytes:
    """A fresh RSA-2048 key with exponent 65537, as unencrypted PKCS#8 DER."""
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def modulus_of(key: bytes) -> bytes:
    """The public half of a key that `generate_key` has just made; the key is not checked again."""
    loaded = serialization.load_der_private_key(
        key, password=None, unsafe_skip_rsa_key_validation=True
    )
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded.public_key().public_numbers().n.to_bytes(KEY_BYTES)


class Signer:
    """The private operation of one key, slow to make and quick to use. Threads may share it."""

    def __init__(self, key: bytes) -> None:
        """:param key: PKCS#8 DER.

        :raises Refused: when it is no RSA-2048 key with exponent 65537.
        """
        loaded = serialization.load_der_private_key(key, password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey) or loaded.key_size != KEY_BITS:
            raise Refused("not an RSA-2048 key")
        numbers = loaded.private_numbers()
        if numbers.public_numbers.e != EXPONENT:
            raise Refused("not an exponent of 65537")
        self._set(numbers.p, numbers.q)

    @classmethod
    def of_primes(cls, p: int, q: int) -> Self:
        """A signer of any length: the vectors of RFC 9474 have 4096 bits."""
        made = cls.__new__(cls)
        made._set(p, q)
        return made

    def _set(self, p: int, q: int) -> None:
        self._p, self._q = mpz(p), mpz(q)
        self._n = self._p * self._q
        self._d_p = gmpy2.invert(EXPONENT, self._p - 1)
        self._d_q = gmpy2.invert(EXPONENT, self._q - 1)
        self._q_inverse = gmpy2.invert(self._q, self._p)
        self.modulus = int(self._n).to_bytes((self._n.bit_length() + 7) // 8)

    def sign(self, blinded: bytes) -> bytes:
        """BlindSign (RFC 9474, section 4.3): 256 bytes in, 256 bytes out.

        Constant-time powers on a freshly blinded base, by the Chinese remainder theorem, and the
        result is verified before it leaves: a fault in the computation must not give the key away.

        :raises Refused: for a wrong length, for 0, 1 and n − 1, and for n and above.
        """
        number = check_blinded(blinded, self.modulus)
        factor = _random_unit(self._n)
        base = number * gmpy2.powmod(factor, EXPONENT, self._n) % self._n
        by_p = gmpy2.powmod_sec(base % self._p, self._d_p, self._p)
        by_q = gmpy2.powmod_sec(base % self._q, self._d_q, self._q)
        power = by_q + self._q * ((by_p - by_q) * self._q_inverse % self._p)
        signature = power * gmpy2.invert(factor, self._n) % self._n
        if gmpy2.powmod(signature, EXPONENT, self._n) != number:
            raise RuntimeError("the signing computation failed its own check")
        return int(signature).to_bytes(len(self.modulus))


def check_blinded(blinded: bytes, modulus: bytes) -> mpz:
    """The number in ``blinded``; see `Signer.sign` for what is refused."""
    if len(blinded) != len(modulus):
        raise Refused(f"a blinded message has {len(modulus)} bytes")
    number, n = mpz(int.from_bytes(blinded)), mpz(int.from_bytes(modulus))
    if number in (0, 1, n - 1) or number >= n:
        raise Refused("this number is not signed")
    if gmpy2.gcd(number, n) != 1:
        raise Refused("this number is not signed")
    return number


def _random_unit(n: mpz) -> mpz:
    while True:
        number = mpz(secrets.randbelow(int(n) - 2) + 2)
        if gmpy2.gcd(number, n) == 1:
            return number


@dataclass(frozen=True)
class Blinded:
    """What a voter keeps between asking for a signature and having it."""

    message: bytes  # prefix and message, as it is hashed
    blinded: bytes
    inverse: bytes


def prepare(message: bytes) -> tuple[bytes, bytes]:
    """PrepareRandomize: a random prefix of 32 bytes, and prefix and message together."""
    prefix = secrets.token_bytes(PREFIX_BYTES)
    return prefix, prefix + message


def blind(
    modulus: bytes, message: bytes, *, salt: bytes | None = None, inverse: bytes | None = None
) -> Blinded:
    """Blind (section 4.2). ``salt`` and ``inverse`` are given by test vectors only.

    :raises Refused: for a modulus that is weak or a message that does not fit.
    """
    n = checked_modulus(modulus)
    if salt is None:
        salt = secrets.token_bytes(SALT_BYTES)
    encoded = mpz(int.from_bytes(_emsa_pss(message, salt, n.bit_length() - 1)))
    if gmpy2.gcd(encoded, n) != 1:
        raise Refused("the message shares a factor with the key")
    if inverse is None:
        r = _random_unit(n)
        r_inverse = gmpy2.invert(r, n)
    else:
        r_inverse = mpz(int.from_bytes(inverse))
        r = gmpy2.invert(r_inverse, n)
    size = len(modulus)
    blinded = encoded * gmpy2.powmod(r, EXPONENT, n) % n
    return Blinded(message, int(blinded).to_bytes(size), int(r_inverse).to_bytes(size))


def finalize(
    modulus: bytes, state: Blinded, signature: bytes, *, salt_bytes: int = SALT_BYTES
) -> bytes:
    """Finalize (section 4.4): the signature of the message, verified.

    :raises Refused: when the signer did not sign what it was given.
    """
    n = mpz(int.from_bytes(modulus))
    size = len(modulus)
    if len(signature) != size:
        raise Refused("a signature of the wrong length")
    found = mpz(int.from_bytes(signature)) * mpz(int.from_bytes(state.inverse)) % n
    unblinded = int(found).to_bytes(size)
    if not _verifies(modulus, state.message, unblinded, salt_bytes):
        raise Refused("the signature does not fit the message")
    return unblinded


def verify(modulus: bytes, message: bytes, prefix: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is one of ``prefix`` and ``message`` by the key with ``modulus``."""
    if len(prefix) != PREFIX_BYTES or len(signature) != KEY_BYTES:
        return False
    return _verifies(modulus, prefix + message, signature)


def checked_modulus(modulus: bytes) -> mpz:
    """:raises Refused: for an even modulus and one that is not of its full length."""
    n = mpz(int.from_bytes(modulus))
    if not n % 2 or n.bit_length() < KEY_BITS or n.bit_length() != len(modulus) * 8:
        raise Refused("a weak key")
    return n


@lru_cache(maxsize=1024)
def _public_key(modulus: bytes) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(EXPONENT, int.from_bytes(modulus)).public_key()


def _verifies(modulus: bytes, message: bytes, signature: bytes, salt: int = SALT_BYTES) -> bool:
    try:
        _public_key(modulus).verify(
            signature,
            message,
            padding.PSS(padding.MGF1(hashes.SHA384()), salt),
            hashes.SHA384(),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _emsa_pss(message: bytes, salt: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 and MGF1 (RFC 8017, section 9.1.1)."""
    size = (bits + 7) // 8
    hashed = hashlib.sha384(message).digest()
    h = hashlib.sha384(bytes(8) + hashed + salt).digest()
    block = bytes(size - len(salt) - _HASH_BYTES - 2) + b"\x01" + salt
    mask = _mgf1(h, size - _HASH_BYTES - 1)
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + h + b"\xbc"


def _mgf1(seed: bytes, size: int) -> bytes:
    found = b""
    counter = 0
    while len(found) < size:
        found += hashlib.sha384(seed + counter.to_bytes(4)).digest()
        counter += 1
    return found[:size]


def digest_of_blinded(blinded: bytes) -> bytes:
    """What the roll keeps of a blinded message: enough to know it again, nothing to unblind."""
    return hashlib.sha256(b"blinded/v1" + blinded).digest()
