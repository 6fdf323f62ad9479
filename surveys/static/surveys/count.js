// The count, as surveys/counting/count.py makes it: tests hold both to one result. It runs in a worker;
// answer sheets never leave it.
import { LONGEST_JSON, SHEET_BYTES, sealInfo, sealingSuite } from '../ballot/ballot.js';
import { joined, sha256, toHex, utf8 } from '../ballot/wire.js';
import { readBundle } from './countbundle.js';
import { hasKeys, isObject, strictJson } from './countjson.js';

const LONGEST_COMMENT = 1000;
const AUDIENCES = ['team', 'site', 'organisation'];
const AT_ONCE = 24;

/** A sheet that cannot be counted. */
class Spoilt extends Error {}

/**
 * `{result, forged}`: the result is all that leaves the counter. `secret` is the private half of the
 * counting key, `progress(step, done, of)` hears of the steps `check` and `open`. Throws BadBundle.
 */
export async function count(manifest, bytes, secret, { collected, progress = () => {} }) {
  const told = (step) => (done, of) => progress(step, done, of);
  const { ballots, refused, forged } = await readBundle(manifest, bytes, { collected, progress: told('check') });
  const { sheets, spoilt } = await opened(manifest, ballots, secret, told('open'));
  const receipts = ballots.map((one) => one.receipt);
  const result = {
    manifest_sha256: toHex(manifest.hash),
    ballots: ballots.length,
    spoilt,
    refused,
    groups: groupsOf(manifest, sheets),
    comments: shuffled(commentsOf(manifest, sheets)),
    receipts,
    root: await merkleRoot(receipts),
  };
  return { result, forged };
}

// --- Opening -----------------------------------------------------------------------------------------

async function opened(manifest, ballots, secret, progress) {
  // An extractable one: the public half, which is part of the key schedule, is made from it.
  const key = await sealingSuite.DeserializePrivateKey(secret, true);
  const sheets = [];
  let spoilt = 0;
  for (let at = 0; at < ballots.length; at += AT_ONCE) {
    const batch = ballots.slice(at, at + AT_ONCE);
    for (const sheet of await Promise.all(batch.map((one) => sheetOf(manifest, one, key)))) {
      if (sheet) sheets.push(sheet);
      else spoilt += 1;
    }
    progress(Math.min(at + AT_ONCE, ballots.length), ballots.length);
  }
  return { sheets, spoilt };
}

/** The sheet of a ballot, or null for a spoilt one. */
async function sheetOf(manifest, { cell, sealed }, key) {
  try {
    const [enclosed, rest] = [sealed.subarray(0, 32), sealed.subarray(32)];
    const padded = await sealingSuite.Open(key, enclosed, rest, { info: sealInfo(manifest.hash, cell) });
    return readSheet(manifest, cell, padded);
  } catch {
    return null;
  }
}

function need(holds) {
  if (!holds) throw new Spoilt('not what the ballot page writes');
}

/** `{cell, answers, comments}`; throws for everything that the ballot page does not write. */
export function readSheet(manifest, cell, padded) {
  const document = strictJson(unpadded(padded));
  need(hasKeys(document, ['v', 'cell', 'answers', 'comments']));
  need(document.v === 1 && document.cell === cell);
  need(isObject(document.answers) && isObject(document.comments));
  const answers = new Map(Object.entries(document.answers));
  for (const [key, value] of answers) {
    const item = manifest.items.get(key);
    need(item?.kind === 'scale' && typeof value === 'number' && item.points.includes(value));
  }
  const comments = Object.entries(document.comments);
  for (const [key, one] of comments) {
    need(manifest.items.get(key)?.kind === 'text' && hasKeys(one, ['text', 'audience']));
    need(typeof one.text === 'string' && AUDIENCES.includes(one.audience));
    need(one.text.trim() && [...one.text].length <= LONGEST_COMMENT && isPlain(one.text));
  }
  return { cell, answers, comments };
}

function unpadded(padded) {
  const size = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  need(padded.length === SHEET_BYTES && size <= LONGEST_JSON);
  need(padded.subarray(4 + size).every((byte) => byte === 0));
  return padded.subarray(4, 4 + size);
}

/** No control, format or lone surrogate characters but line breaks, and what joins emoji. */
export const isPlain = (text) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u.test(text.replace(/[\n\u200d]/g, ''));

// --- Groups ------------------------------------------------------------------------------------------

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const byKindAndKey = (one, other) => compare(one.kind, other.kind) || compare(one.key, other.key);

function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/**
 * The parts that are told: cells with k answers or more, and the rests of nodes. A rest below k goes up
 * to the node above; what is still too small at the top takes the smallest part with it.
 */
export function layout(manifest, answered) {
  const { k } = manifest;
  const size = (cells) => sum(cells.map((cell) => answered.get(cell) ?? 0));
  const parts = [];
  const left = new Map([...manifest.parents.keys()].map((node) => [node, []]));
  for (const { key, parent } of manifest.cells.values()) {
    if (size([key]) >= k) parts.push({ key, kind: 'cell', cells: [key] });
    else left.get(parent).push(key);
  }
  let top = '';
  // Parents stand before their children in a manifest: backwards is from the leaves up.
  for (const [node, parent] of [...manifest.parents].reverse()) {
    const rest = left.get(node);
    if (size(rest) >= k) parts.push({ key: node, kind: 'rest', cells: rest });
    else if (parent !== null) left.get(parent).push(...rest);
    else top = node;
  }
  if (top && size(left.get(top))) {
    if (!parts.length) return [];
    const smallest = [...parts].sort(
      (one, other) => size(one.cells) - size(other.cells) || compare(one.key, other.key)
    )[0];
    parts.splice(parts.indexOf(smallest), 1);
    parts.push({ key: top, kind: 'rest', cells: [...smallest.cells, ...left.get(top)] });
  }
  return parts.sort(byKindAndKey);
}

/**
 * The statistics of the parts and of the whole. An item with fewer than k answers is left out of a part.
 * The whole holds such answers only when there are k of them over all parts: no difference of two
 * numbers is about fewer than k answers.
 */
export function groupsOf(manifest, sheets) {
  const byCell = new Map([...manifest.cells.keys()].map((cell) => [cell, []]));
  for (const sheet of sheets) byCell.get(sheet.cell).push(sheet);
  const parts = layout(manifest, new Map([...byCell].map(([cell, found]) => [cell, found.length])));
  if (!parts.length) return [];
  const told = parts.map((part) => tell(manifest, part, part.cells.flatMap((cell) => byCell.get(cell))));
  const [top] = manifest.parents.keys();
  const whole = tell(manifest, { key: top, kind: 'whole' }, sheets);
  for (const [key, item] of Object.entries(whole.items)) {
    const ofParts = told.filter((part) => key in part.items).map((part) => part.items[key]);
    const rest = item.n - sum(ofParts.map((one) => one.n));
    if (rest <= 0 || rest >= manifest.k) continue;
    delete whole.items[key];
    if (ofParts.length) {
      const counts = ofParts[0].counts.map((_, at) => sum(ofParts.map((one) => one.counts[at])));
      whole.items[key] = { n: sum(counts), counts };
    }
  }
  return [...told, whole];
}

function tell(manifest, { key, kind }, members) {
  const items = Object.create(null);
  for (const item of manifest.items.values()) {
    const counts = item.points.map(
      (point) => members.filter((sheet) => sheet.answers.get(item.key) === point).length
    );
    const n = sum(counts);
    if (n >= manifest.k) items[item.key] = { n, counts };
  }
  return { key, kind, answered: members.length, items };
}

// --- Comments ----------------------------------------------------------------------------------------

/**
 * Loose comments at the lowest level with enough respondents and comments. A comment says its group,
 * its question and the audience its writer chose; never whose sheet it stood on.
 */
export function commentsOf(manifest, sheets) {
  const rules = manifest.rules;
  const waiting = new Map();
  const respondents = new Map();
  const wait = (place, item, remarks) => {
    const name = JSON.stringify([place, item]);
    waiting.set(name, [...(waiting.get(name) ?? []), ...remarks]);
  };
  for (const { cell, comments } of sheets) {
    respondents.set(cell, (respondents.get(cell) ?? 0) + 1);
    for (const [item, { text, audience }] of comments) wait(cell, item, [{ item, text, audience }]);
  }
  const told = [];
  for (const { place, above, cells } of levelsOf(manifest)) {
    const isLarge = sum(cells.map((cell) => respondents.get(cell) ?? 0)) >= rules.comment_respondents;
    for (const item of manifest.items.keys()) {
      const name = JSON.stringify([place, item]);
      const remarks = waiting.get(name) ?? [];
      waiting.delete(name);
      if (isLarge && remarks.length >= rules.comment_count) {
        told.push(...remarks.map((one) => ({ group: place, ...one })));
      } else if (above !== null && remarks.length) {
        wait(above, item, remarks);
      }
    }
  }
  return told;
}

/** Cells first, then nodes from the leaves up. */
function levelsOf(manifest) {
  const cells = [...manifest.cells.values()].map(({ key, parent }) => ({ place: key, above: parent, cells: [key] }));
  const nodes = [...manifest.parents].reverse().map(([node, parent]) => ({
    place: node,
    above: parent,
    cells: [...manifest.cells.values()].filter((one) => isBelow(manifest, one, node)).map((one) => one.key),
  }));
  return [...cells, ...nodes];
}

function isBelow(manifest, cell, node) {
  let above = cell.parent;
  while (above !== null && above !== node) above = manifest.parents.get(above);
  return above === node;
}

/** In an order that nobody knows beforehand (Fisher and Yates, every order as likely as another). */
export function shuffled(list) {
  const found = [...list];
  for (let at = found.length - 1; at > 0; at -= 1) {
    const other = randomBelow(at + 1);
    [found[at], found[other]] = [found[other], found[at]];
  }
  return found;
}

function randomBelow(most) {
  const limit = 2 ** 32 - (2 ** 32 % most);
  for (;;) {
    const [number] = crypto.getRandomValues(new Uint32Array(1));
    if (number < limit) return number % most;
  }
}

// --- Receipts ----------------------------------------------------------------------------------------

/** The root over `receipts` as given, in hexadecimal digits (RFC 6962, section 2.1). */
export async function merkleRoot(receipts) {
  return toHex(await rootOf(receipts.map(utf8)));
}

async function rootOf(leaves) {
  if (!leaves.length) return sha256(new Uint8Array());
  if (leaves.length === 1) return sha256(joined(Uint8Array.of(0), leaves[0]));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const sides = await Promise.all([rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split))]);
  return sha256(joined(Uint8Array.of(1), ...sides));
}
