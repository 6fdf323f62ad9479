// After closing: fetches the ballots, has them counted in a worker, lets the witness read the comments,
// and sends the result.
import { asBase64, joined } from '../ballot/wire.js';
import { BadBundle, readManifest } from './countbundle.js';
import { KeyFileError, isAble } from './keyfile.js';
import { Problem, find, host, keyIn, onSend, page, post, say, text } from './witness.js';
import { CommentList } from './witnesscomments.js';

// A ballot in the bundle, about; for the progress only.
const BALLOT_BYTES = 11_430;
const BY_STATUS = { 401: 'stale', 404: 'unknown', 409: 'notOver', 410: 'destroyed' };
const number = new Intl.NumberFormat(document.documentElement.lang);
let result = null;
let comments = null;
let isSent = false;

// --- The way -----------------------------------------------------------------------------------------

async function open(form) {
  if (!(await isAble())) throw new Problem('unable');
  const key = await keyIn(form);
  if (asBase64(key.public) !== page.public) throw new KeyFileError('otherKey');
  show('counting');
  try {
    const manifest = await agreedManifest();
    const bundle = await fetchBundle();
    const found = await counted(manifest, bundle, key.secret);
    form.reset();
    tell(manifest, found);
  } catch (error) {
    show('open');
    throw error;
  } finally {
    key.secret.fill(0);
  }
}

/** The manifest, when both servers show the same and it names our key. */
async function agreedManifest() {
  progress('fetch');
  const [own, theirs] = await Promise.all(
    page.manifests.map(async (url) => bytesOf(await answerOf(url)))
  );
  if (own.length !== theirs.length || own.some((byte, at) => byte !== theirs[at])) throw new Problem('differs');
  let manifest;
  try {
    manifest = await readManifest(own);
  } catch (error) {
    throw error instanceof BadBundle ? new Problem(error.reason) : error;
  }
  if (manifest.survey !== page.survey) throw new Problem('other_survey');
  if (asBase64(manifest.countingKey) !== page.public) throw new Problem('notInManifest');
  return { ...manifest, bytes: own };
}

async function answerOf(url, headers = {}) {
  let answer;
  try {
    answer = await fetch(url, { headers, credentials: 'omit', cache: 'no-store' });
  } catch {
    throw new Problem('away');
  }
  if (!answer.ok) throw new Problem(BY_STATUS[answer.status] ?? 'away');
  return answer;
}

async function bytesOf(answer, hear = () => {}) {
  const parts = [];
  let length = 0;
  try {
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      length += part.value.length;
      hear(length);
    }
  } catch {
    throw new Problem('cutOff');
  }
  return joined(...parts);
}

async function fetchBundle() {
  const answer = await answerOf(page.bundle, { Authorization: `Bearer ${page.capability}` });
  const all = Number(answer.headers.get('x-ballot-count'));
  return bytesOf(answer, (length) => progress('fetch', Math.min(all, Math.floor(length / BALLOT_BYTES)), all));
}

/** `{result, forged}` from the worker. Sheets stay in it, and it ends with the count. */
function counted(manifest, bundle, secret) {
  const worker = new Worker(host.dataset.worker, { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', () => reject(new Error('worker')));
    worker.addEventListener('message', ({ data }) => {
      if (data.kind === 'progress') progress(data.step, data.done, data.of);
      else if (data.kind === 'counted') resolve(data);
      else if (data.kind === 'bad') reject(badBundle(manifest, data));
      else reject(new Error(data.reason));
    });
    worker.postMessage({ manifest: manifest.bytes, bundle, secret, collected: page.collected }, [bundle.buffer]);
  }).finally(() => worker.terminate());
}

const badBundle = (manifest, { reason, detail }) =>
  new Problem(reason, { ...detail, name: manifest.cells.get(detail.cell)?.name });

// --- What is seen ------------------------------------------------------------------------------------

function show(step) {
  for (const one of host.querySelectorAll('[data-step]')) one.hidden = one.dataset.step !== step;
}

function progress(step, done = 0, of = 0) {
  const label = find('[data-progress-label]', host);
  if (label.textContent !== text(step)) {
    label.textContent = text(step);
    say(text(step));
  }
  find('[data-progress-text]', host).textContent = of
    ? text('of', { done: number.format(done), of: number.format(of) })
    : '';
  const bar = find('[data-progress]', host);
  if (of) [bar.max, bar.value] = [of, done];
  else bar.removeAttribute('value');
}

function tell(manifest, found) {
  result = found.result;
  const refused = Object.values(result.refused).reduce((sum, one) => sum + one, 0);
  const numbers = { ballots: result.ballots, spoilt: result.spoilt, refused };
  for (const [name, value] of Object.entries(numbers)) {
    find(`[data-found="${name}"]`, host).textContent = number.format(value);
  }
  if (refused) tellRefused(found);
  comments = new CommentList(find('[data-comment-list]', host), manifest, result.comments, showBytes);
  find('[data-comments]', host).hidden = !result.comments.length;
  find('[data-no-comments]', host).hidden = Boolean(result.comments.length);
  showBytes();
  show('found');
  find('#found-title', host).focus();
  say(text('done', { ballots: number.format(result.ballots) }));
}

function tellRefused({ forged }) {
  const reasons = Object.entries(result.refused).filter(([, count]) => count);
  fill('[data-refused-list]', reasons.map(([name, count]) => text(name, { count: number.format(count) })));
  fill('[data-forged-list]', forged);
  find('[data-forged]', host).hidden = !forged.length;
  find('[data-refused]', host).hidden = false;
}

function fill(selector, lines) {
  const items = lines.map((line) => Object.assign(document.createElement('li'), { textContent: line }));
  find(selector, host).replaceChildren(...items);
}

const toSend = () => ({ ...result, comments: comments.told() });

function showBytes() {
  const place = find('[data-bytes]', host);
  // Written out when looked at: the list of receipts is long.
  if (place.closest('details').open) place.textContent = JSON.stringify(toSend(), null, 1);
}

// --- Sending -----------------------------------------------------------------------------------------

async function send() {
  if (result.comments.length && !find('[data-is-read]', host).checked) throw new Problem('notRead');
  say(text('sending'));
  await post(toSend());
  isSent = true;
  location.reload();
}

onSend(find('[data-open]', host), open);
onSend(find('[data-send]', host), send);
find('[data-bytes]', host).closest('details').addEventListener('toggle', showBytes);
window.addEventListener('beforeunload', (event) => {
  if (result && !isSent) event.preventDefault();
});
host.inert = false;
