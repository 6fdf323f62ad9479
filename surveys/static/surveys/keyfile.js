// The key file (docs/key-file.md): the private half of a counting key under a passphrase. Made and opened
// here, in the witness's browser; nothing of this is sent.
import { asBase64, canonicalJson, joined, unBase64, utf8 } from '../ballot/wire.js';

const KIND = 'vaffel-counting-key';
const ITERATIONS = 1_000_000;
// Fewer would be a file of somebody else's making, more would hang the browser.
const FEWEST_ITERATIONS = 600_000;
const MOST_ITERATIONS = 20_000_000;
const FIELDS = ['cipher', 'iv', 'iterations', 'kdf', 'kind', 'public', 'salt', 'sealed', 'survey', 'title', 'version'];
const LARGEST_FILE = 16 * 1024;
// PKCS #8 of an X25519 key (RFC 8410): these bytes, then the 32 of the key.
const PKCS8_HEAD = unBase64('MC4CAQAwBQYDK2VuBCIEIA');

export const FEWEST_CHARACTERS = 14;

/** Why a file does not open: `notKey`, `otherSurvey`, `passphrase`, `damaged`. */
export class KeyFileError extends Error {
  constructor(kind, detail = {}) {
    super(kind);
    this.kind = kind;
    this.detail = detail;
  }
}

/** Whether this browser can do what is needed. */
export async function isAble() {
  try {
    await newKey();
    return true;
  } catch {
    return false;
  }
}

/** `{secret, public}`, 32 bytes each. */
export async function newKey() {
  const pair = await crypto.subtle.generateKey({ name: 'X25519' }, true, ['deriveBits']);
  return halves(pair.privateKey);
}

async function halves(key) {
  const { d, x } = await crypto.subtle.exportKey('jwk', key);
  return { secret: unBase64(d), public: unBase64(x) };
}

/** The text of the file. */
export async function writeKeyFile({ survey, title, secret, public: open, passphrase }) {
  const [salt, iv] = [16, 12].map((size) => crypto.getRandomValues(new Uint8Array(size)));
  const head = {
    kind: KIND,
    version: 1,
    survey,
    title,
    public: asBase64(open),
    kdf: 'PBKDF2-HMAC-SHA-256',
    iterations: ITERATIONS,
    salt: asBase64(salt),
    cipher: 'AES-256-GCM',
    iv: asBase64(iv),
  };
  const key = await lock(passphrase, salt, ITERATIONS, 'encrypt');
  const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(canonicalJson(head)) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, secret));
  return `${JSON.stringify({ ...head, sealed: asBase64(sealed) }, null, 1)}\n`;
}

/** `{secret, public}` of the file for `survey`. Throws KeyFileError. */
export async function openKeyFile(text, passphrase, survey) {
  const { sealed, ...head } = parsed(text);
  if (head.survey !== survey) throw new KeyFileError('otherSurvey', { title: head.title });
  const key = await lock(passphrase, unBase64(head.salt), head.iterations, 'decrypt');
  const algorithm = { name: 'AES-GCM', iv: unBase64(head.iv), additionalData: utf8(canonicalJson(head)) };
  let secret;
  try {
    secret = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, unBase64(sealed)));
  } catch {
    throw new KeyFileError('passphrase');
  }
  const found = await pairOf(secret);
  if (asBase64(found.public) !== head.public) throw new KeyFileError('damaged');
  return found;
}

/** Both halves from the private one. */
export async function pairOf(secret) {
  const bytes = joined(PKCS8_HEAD, secret);
  return halves(await crypto.subtle.importKey('pkcs8', bytes, { name: 'X25519' }, true, ['deriveBits']));
}

function parsed(text) {
  let found;
  try {
    found = JSON.parse(text.length > LARGEST_FILE ? '' : text);
    const isOurs =
      found.kind === KIND &&
      found.version === 1 &&
      found.kdf === 'PBKDF2-HMAC-SHA-256' &&
      found.cipher === 'AES-256-GCM' &&
      Object.keys(found).sort().join() === [...FIELDS].sort().join();
    const sizes = { public: 32, salt: 16, iv: 12, sealed: 48 };
    const fits = Object.entries(sizes).every(([name, size]) => unBase64(found[name]).length === size);
    if (!isOurs || !fits || typeof found.survey !== 'string' || typeof found.title !== 'string') throw new Error();
  } catch {
    throw new KeyFileError('notKey');
  }
  const { iterations } = found;
  if (!Number.isInteger(iterations) || iterations < FEWEST_ITERATIONS || iterations > MOST_ITERATIONS) {
    throw new KeyFileError('notKey');
  }
  return found;
}

/** The key that the passphrase makes. The same words typed on another keyboard are the same (NFKC). */
async function lock(passphrase, salt, iterations, use) {
  const words = utf8(passphrase.normalize('NFKC').trim());
  const base = await crypto.subtle.importKey('raw', words, 'PBKDF2', false, ['deriveKey']);
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 256 }, false, [use]);
}

/** How good a passphrase is: `short`, `plain` (few different characters), `fair` or `good`. */
export function strengthOf(passphrase) {
  const characters = [...passphrase.normalize('NFKC').trim()];
  if (characters.length < FEWEST_CHARACTERS) return 'short';
  const words = new Set(passphrase.trim().toLowerCase().split(/[\s.,_-]+/).filter((one) => one.length > 2));
  if (new Set(characters).size < 7) return 'plain';
  return characters.length >= 24 || words.size >= 5 ? 'good' : 'fair';
}
