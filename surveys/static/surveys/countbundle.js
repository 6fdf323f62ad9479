// Reading a manifest and a bundle of sealed ballots, as surveys/counting/bundle.py does: what is a
// ballot, what is not, and when not to count at all.
import { SHEET_BYTES, ballotHash, receiptOf } from '../ballot/ballot.js';
import { checkedModulus, verifySignature } from '../ballot/blind.js';
import { canonicalJson, joined, sha256, toHex, unBase64 } from '../ballot/wire.js';
import { hasKeys, isObject, strictJson } from './countjson.js';

export const SEALED_BYTES = 32 + SHEET_BYTES + 16;
const PREFIX_BYTES = 32;
const SIGNATURE_BYTES = 256;
const FEWEST_IN_A_CELL = 5;
const BALLOT_FIELDS = ['cell', 'prefix', 'sig', 'sealed'];
// So many signatures are on their way at once: WebCrypto works in threads of its own.
const AT_ONCE = 24;
const SUITE = 'X25519/HKDF-SHA256/AES-128-GCM';
const SIGNATURE = 'RSABSSA-SHA384-PSS-Randomized';

/** A bundle that must not be counted. `reason` is a key, `detail` says which and how many. */
export class BadBundle extends Error {
  constructor(reason, detail = {}) {
    super(reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * What the count needs of a manifest: `{survey, hash, k, rules, cells, items, parents, countingKey, document}`.
 * Throws BadBundle (`bad_manifest`) for one that is not written canonically, has weak or repeated keys,
 * cells that are too small or stand nowhere, or other rules than ours.
 */
export async function readManifest(bytes) {
  try {
    const document = strictJson(bytes);
    need(document.version === 1 && canonicalJson(document) === new TextDecoder().decode(bytes));
    const { rules } = document;
    need(rules.k >= FEWEST_IN_A_CELL && rules.comment_respondents >= 1 && rules.comment_count >= 1);
    need(rules.ballot_bytes === SHEET_BYTES && rules.suite === SUITE && rules.signature === SIGNATURE);
    const countingKey = unBase64(document.counting_key);
    need(typeof document.survey === 'string' && countingKey.length === 32);
    const parents = readTree(document.tree);
    return {
      document,
      survey: document.survey,
      hash: await sha256(bytes),
      k: rules.k,
      rules,
      parents,
      cells: readCells(document.cells, parents),
      items: readItems(document),
      countingKey,
    };
  } catch {
    throw new BadBundle('bad_manifest');
  }
}

function need(holds) {
  if (!holds) throw new Error('not as agreed');
}

function readTree(tree) {
  const parents = new Map();
  for (const { key, parent } of tree) {
    // A parent stands before its children: so there is no circle.
    need(typeof key === 'string' && !parents.has(key) && (parent === null || parents.has(parent)));
    parents.set(key, parent);
  }
  need([...parents.values()].filter((one) => one === null).length === 1);
  return parents;
}

function readCells(list, parents) {
  const cells = new Map();
  const moduli = new Set();
  for (const { key, parent, name, invited, n } of list) {
    const modulus = unBase64(n);
    checkedModulus(modulus);
    need(modulus.length === SIGNATURE_BYTES && !moduli.has(n) && !cells.has(key));
    need(typeof key === 'string' && parents.has(parent) && invited >= FEWEST_IN_A_CELL);
    moduli.add(n);
    cells.set(key, { key, parent, name, invited, modulus });
  }
  need(cells.size);
  return cells;
}

function readItems({ sections, scales }) {
  const items = new Map();
  for (const section of sections) {
    for (const { key, kind, scale, text } of section.items) {
      need(typeof key === 'string' && !items.has(key));
      const points = kind === 'scale' ? scales[scale].points : [];
      need(kind === 'scale' || (kind === 'text' && scale === null));
      need(points.every(Number.isInteger));
      items.set(key, { key, kind, points, text });
    }
  }
  need(items.size);
  return items;
}

/**
 * `{ballots, refused, forged}`: the ballots that may be opened, by receipt; how many entries were none,
 * and why; the receipts of those that were signed by nobody.
 *
 * `collected` says how many ballots were given out in each cell. Throws BadBundle: `unreadable`,
 * `other_survey`, `other_manifest`; `too_many` when a cell has more ballots than were invited or given
 * out: then somebody signed ballots for nobody.
 */
export async function readBundle(manifest, bytes, { collected, progress = () => {} }) {
  const document = bundleIn(bytes);
  if (document.survey !== manifest.survey) throw new BadBundle('other_survey');
  if (document.manifest_sha256 !== toHex(manifest.hash)) throw new BadBundle('other_manifest');
  const bundle = await sortedOut(manifest, document.ballots, progress);
  const counts = new Map();
  for (const { cell } of bundle.ballots) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  for (const cell of [...counts.keys()].sort()) {
    const most = Math.min(manifest.cells.get(cell).invited, collected[cell] ?? 0);
    if (counts.get(cell) > most) {
      throw new BadBundle('too_many', { cell, count: counts.get(cell), most });
    }
  }
  return bundle;
}

function bundleIn(bytes) {
  try {
    const document = strictJson(bytes);
    need(hasKeys(document, ['survey', 'manifest_sha256', 'ballots']) && Array.isArray(document.ballots));
    return document;
  } catch {
    throw new BadBundle('unreadable');
  }
}

async function sortedOut(manifest, entries, progress) {
  const bundle = { ballots: [], refused: { signature: 0, duplicate: 0, cell: 0 }, forged: [] };
  const seen = new Set();
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const found = await Promise.all(entries.slice(at, at + AT_ONCE).map((one) => judged(manifest, one)));
    for (const { ballot, reason, receipt } of found) {
      if (reason) {
        bundle.refused[reason] += 1;
        if (receipt) bundle.forged.push(receipt);
      } else if (seen.has(ballot.receipt)) {
        bundle.refused.duplicate += 1;
      } else {
        seen.add(ballot.receipt);
        bundle.ballots.push(ballot);
      }
    }
    progress(Math.min(at + AT_ONCE, entries.length), entries.length);
  }
  bundle.ballots.sort((one, other) => (one.receipt < other.receipt ? -1 : 1));
  return bundle;
}

/** `{ballot}` when the signature fits, else `{reason}`. */
async function judged(manifest, entry) {
  let prefix, sig, sealed;
  try {
    need(hasKeys(entry, BALLOT_FIELDS));
    // Nothing that could not be the name of a cell.
    need(!Array.isArray(entry.cell) && !isObject(entry.cell));
    [prefix, sig, sealed] = [entry.prefix, entry.sig, entry.sealed].map(unBase64);
  } catch {
    return { reason: 'signature' };
  }
  const cell = manifest.cells.get(entry.cell);
  if (!cell) return { reason: 'cell' };
  const digest = await ballotHash(manifest.hash, cell.key, sealed);
  const receipt = receiptOf(digest);
  const isSigned =
    sealed.length === SEALED_BYTES &&
    prefix.length === PREFIX_BYTES &&
    sig.length === SIGNATURE_BYTES &&
    (await verifySignature(cell.modulus, joined(prefix, digest), sig));
  if (!isSigned) return { reason: 'signature', receipt };
  return { ballot: { cell: cell.key, receipt, sealed } };
}
