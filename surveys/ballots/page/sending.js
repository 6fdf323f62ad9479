// From answers to the box: sealed, signed blind, cast. Each step is kept before the next is taken, so
// that a cut anywhere loses no ballot and makes no second one.
import { finishBallot, manifestKey, prepareBallot } from './ballot.js';
import { Stop } from './check.js';

const REFUSALS = { 401: 'ticket', 403: 'refused', 409: 'collected', 410: 'closed' };
const PATIENCE = 30_000;

/** Nobody answered, or not now. `kind` is `offline` or `away`. */
export class Cut extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

async function posted(url, document) {
  let answer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(document),
      headers: { 'content-type': 'application/json' },
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Cut(navigator.onLine === false ? 'offline' : 'away');
  }
  if (answer.ok) return answer;
  if (answer.status === 429 || answer.status >= 500) throw new Cut('away');
  throw new Stop(REFUSALS[answer.status] ?? 'refused');
}

/** Seals what was answered and keeps it. */
export async function sealed({ keeper, hash, manifest, cell, answers, comments }) {
  const waiting = keeper.read('pending');
  if (waiting) return waiting;
  const prepared = await prepareBallot(hash, manifestKey(manifest), cell, answers, comments);
  const pending = { prepared, ballot: null };
  await keeper.write('pending', pending);
  return pending;
}

/** Has `pending` signed unless it is; the ballot as it is cast. */
export async function signed({ keeper, manifest, path, ticket }, pending) {
  if (pending.ballot) return pending.ballot;
  const { blinded } = pending.prepared;
  const answer = await posted(`${manifest.identity_origin}${path}issue`, { ticket, blinded });
  const { signature } = await answer.json();
  try {
    pending.ballot = await finishBallot(pending.prepared, signature);
  } catch {
    // Signed with another cell's key, or not at all: nothing of this goes into the box.
    throw new Stop('refused');
  }
  // From here on nothing readable is needed any more.
  keeper.write('draft', null);
  await keeper.write('pending', pending);
  return pending.ballot;
}

/** Into the box at `path` of this origin; the same ballot twice is one ballot. */
export const cast = (path, ballot) => posted(`${path}cast`, ballot);
