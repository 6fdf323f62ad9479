// From answers to a ballot: pad, seal, hash, blind; and back from the signer's answer.
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from './hpke.js';
import { blindMessage, finalizeSignature, freshPrefix } from './blind.js';
import { canonicalJson, unBase64, joined, sha256, asBase64, toHex, utf8 } from './wire.js';

export const SHEET_BYTES = 8192;
export const LONGEST_JSON = SHEET_BYTES - 4;

export const sealingSuite = new CipherSuite(
  KEM_DHKEM_X25519_HKDF_SHA256,
  KDF_HKDF_SHA256,
  AEAD_AES_128_GCM
);

/** The sheet as bytes, before padding: its length is what the page counts while typing. */
export function sheetBytes(cell, answers, comments) {
  return utf8(canonicalJson({ v: 1, cell, answers, comments }));
}

/** Whether the sheet has room for these answers and comments. */
export const fitsSheet = (cell, answers, comments) =>
  sheetBytes(cell, answers, comments).length <= LONGEST_JSON;

/** 8192 bytes, whatever was answered. */
export function paddedSheet(bytes) {
  if (bytes.length > LONGEST_JSON) throw new Error('too long');
  const whole = new Uint8Array(SHEET_BYTES);
  new DataView(whole.buffer).setUint32(0, bytes.length);
  whole.set(bytes, 4);
  return whole;
}

export const sealInfo = (manifestHash, cell) => joined(utf8('seal/v1'), manifestHash, utf8(cell));

export async function sealSheet(countingKey, info, sheet) {
  const key = await sealingSuite.DeserializePublicKey(countingKey);
  const { encapsulatedSecret, ciphertext } = await sealingSuite.Seal(key, sheet, { info });
  return joined(encapsulatedSecret, ciphertext);
}

export const ballotHash = (manifestHash, cell, sealed) =>
  sha256(joined(utf8('cast/v1'), manifestHash, utf8(cell), sealed));

/** The counting key of a manifest, as bytes. */
export const manifestKey = (manifest) => unBase64(manifest.counting_key);

export const receiptOf = (digest) => toHex(digest).slice(0, 20);

/** A sealed ballot that still lacks its signature; all texts, so that it can be kept. */
export async function prepareBallot(manifestHash, countingKey, cell, answers, comments) {
  const sheet = paddedSheet(sheetBytes(cell.key, answers, comments));
  const sealed = await sealSheet(countingKey, sealInfo(manifestHash, cell.key), sheet);
  const digest = await ballotHash(manifestHash, cell.key, sealed);
  const prefix = freshPrefix();
  const { blinded, inverse } = await blindMessage(unBase64(cell.n), joined(prefix, digest));
  return {
    cell: cell.key,
    n: cell.n,
    prefix: asBase64(prefix),
    sealed: asBase64(sealed),
    digest: asBase64(digest),
    blinded: asBase64(blinded),
    inverse: asBase64(inverse),
    receipt: receiptOf(digest),
  };
}

/** The ballot as it is cast. Throws when the signer did not sign what it was given. */
export async function finishBallot(prepared, signature) {
  const message = joined(unBase64(prepared.prefix), unBase64(prepared.digest));
  const found = await finalizeSignature(
    unBase64(prepared.n),
    message,
    unBase64(prepared.inverse),
    unBase64(signature)
  );
  return {
    cell: prepared.cell,
    prefix: prepared.prefix,
    sig: asBase64(found),
    sealed: prepared.sealed,
  };
}
