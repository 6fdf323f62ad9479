// The voter's side of RSABSSA-SHA384-PSS-Randomized (RFC 9474), with BigInt and WebCrypto's SHA-384.
import { joined } from './wire.js';

const SALT_BYTES = 48;
const HASH_BYTES = 48;
const EXPONENT = 65537n;

export function toNumber(bytes) {
  let text = '0x0';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return BigInt(text);
}

/** Big-endian, always `size` bytes long. */
export function toBytes(number, size) {
  const text = number.toString(16).padStart(size * 2, '0');
  if (text.length !== size * 2) throw new Error('too large a number');
  return Uint8Array.from(text.match(/../g), (one) => Number.parseInt(one, 16));
}

/** base^65537 mod n: sixteen squarings and one product. */
function powered(base, n) {
  let power = base;
  for (let at = 0; at < 16; at += 1) power = (power * power) % n;
  return (power * base) % n;
}

/** The inverse of `number` mod n, or 0 when there is none. */
function inverted(number, n) {
  let [r0, r1, s0, s1] = [n, number % n, 0n, 1n];
  while (r1) {
    const times = r0 / r1;
    [r0, r1] = [r1, r0 - times * r1];
    [s0, s1] = [s1, s0 - times * s1];
  }
  return r0 === 1n ? ((s0 % n) + n) % n : 0n;
}

/** Throws for a modulus that is even or not of its full length. */
export function checkedModulus(modulus) {
  if (modulus.length < 256 || !(modulus[0] & 0x80) || !(modulus[modulus.length - 1] & 1)) {
    throw new Error('a weak key');
  }
  return toNumber(modulus);
}

async function sha384(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-384', bytes));
}

async function mask(seed, size) {
  const parts = [];
  for (let counter = 0; counter * HASH_BYTES < size; counter += 1) {
    parts.push(await sha384(joined(seed, toBytes(BigInt(counter), 4))));
  }
  return joined(...parts).subarray(0, size);
}

/** EMSA-PSS-ENCODE (RFC 8017, 9.1.1) for a modulus of `size` full bytes. */
async function encoded(message, salt, size) {
  const hash = await sha384(joined(new Uint8Array(8), await sha384(message), salt));
  const block = joined(new Uint8Array(size - salt.length - HASH_BYTES - 2), Uint8Array.of(1), salt);
  const cover = await mask(hash, block.length);
  const masked = block.map((byte, at) => byte ^ cover[at]);
  masked[0] &= 0x7f;
  return joined(masked, hash, Uint8Array.of(0xbc));
}

/** A random prefix of 32 bytes. */
export const freshPrefix = () => crypto.getRandomValues(new Uint8Array(32));

/** `{blinded, inverse}`; `salt` and `inverse` are given by test vectors only. */
export async function blindMessage(modulus, message, { salt, inverse } = {}) {
  const n = checkedModulus(modulus);
  const size = modulus.length;
  salt = salt ?? crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const number = toNumber(await encoded(message, salt, size));
  if (!inverted(number, n)) throw new Error('the message shares a factor with the key');
  let [factor, back] = inverse ? [inverted(toNumber(inverse), n), toNumber(inverse)] : [0n, 0n];
  while (!back) {
    // 128 bits more than the modulus: the remainder is as good as even.
    factor = toNumber(crypto.getRandomValues(new Uint8Array(size + 16))) % n;
    back = inverted(factor, n);
  }
  return {
    blinded: toBytes((number * powered(factor, n)) % n, size),
    inverse: toBytes(back, size),
  };
}

/** The signature, unblinded and verified. Throws when the signer did not sign what it was given. */
export async function finalizeSignature(modulus, message, inverse, signature, saltBytes = SALT_BYTES) {
  const n = checkedModulus(modulus);
  if (signature.length !== modulus.length) throw new Error('a signature of the wrong length');
  const found = toBytes((toNumber(signature) * toNumber(inverse)) % n, modulus.length);
  if (!(await verifySignature(modulus, message, found, saltBytes))) {
    throw new Error('the signature does not fit');
  }
  return found;
}

/** Whether `signature` is one of `message` (EMSA-PSS-VERIFY, RFC 8017, 9.1.2). */
export async function verifySignature(modulus, message, signature, saltBytes = SALT_BYTES) {
  const n = checkedModulus(modulus);
  const number = toNumber(signature);
  if (signature.length !== modulus.length || number >= n) return false;
  const size = modulus.length;
  const block = toBytes(powered(number, n), size);
  const cut = size - HASH_BYTES - 1;
  const hash = block.subarray(cut, size - 1);
  if (block[size - 1] !== 0xbc || block[0] & 0x80) return false;
  const cover = await mask(hash, cut);
  const plain = block.subarray(0, cut).map((byte, at) => byte ^ cover[at]);
  plain[0] &= 0x7f;
  const start = cut - saltBytes - 1;
  if (plain[start] !== 1 || plain.subarray(0, start).some((byte) => byte)) return false;
  const salt = plain.subarray(start + 1);
  const again = await sha384(joined(new Uint8Array(8), await sha384(message), salt));
  return again.every((byte, at) => byte === hash[at]);
}
