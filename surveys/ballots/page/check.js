// What the page checks before anybody answers: that it is itself, and that both origins say the same.
import { checkedModulus } from './blind.js';
import { unBase64, sha256, toHex } from './wire.js';

export const FEWEST_IN_A_CELL = 5;

/** Why the page must not go on. `kind` names a text. */
export class Stop extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

export async function fetchBytes(url) {
  const answer = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' });
  if (!answer.ok) throw new Stop(answer.status === 404 ? 'unknown' : 'away');
  return new Uint8Array(await answer.arrayBuffer());
}

const isSame = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** `{manifest, hash}`, or a Stop. The page is fetched again to be hashed as it is served. */
export async function checkedManifest(path) {
  const [own, page] = await Promise.all([fetchBytes(`${path}manifest.json`), fetchBytes(path)]);
  const manifest = JSON.parse(new TextDecoder().decode(own));
  if (manifest.version !== 1) throw new Stop('version');
  if (manifest.ballot_origin !== location.origin) throw new Stop('origin');
  if (manifest.identity_origin === location.origin) throw new Stop('origin');
  const other = await fetchBytes(`${manifest.identity_origin}${path}manifest.json`);
  if (!isSame(own, other)) throw new Stop('differs');
  if (toHex(await sha256(page)) !== manifest.page_sha256) throw new Stop('page');
  checkKeys(manifest);
  return { manifest, hash: await sha256(own) };
}

export function checkKeys(manifest) {
  const seen = new Set();
  try {
    for (const cell of manifest.cells) {
      checkedModulus(unBase64(cell.n));
      if (seen.has(cell.n)) throw new Error('twice');
      seen.add(cell.n);
    }
    if (unBase64(manifest.counting_key).length !== 32) throw new Error('length');
  } catch {
    throw new Stop('keys');
  }
}

/** The voter's cell. Few people in it would know each other by their answers. */
export function checkedCell(manifest, key) {
  const cell = manifest.cells.find((one) => one.key === key);
  if (!cell) throw new Stop('cell');
  if (!(cell.invited >= FEWEST_IN_A_CELL)) throw new Stop('small');
  return cell;
}
