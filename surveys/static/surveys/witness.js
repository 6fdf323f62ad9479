// What both witness pages share: their texts, their messages, and the way to the server.
import { KeyFileError, openKeyFile } from './keyfile.js';

export const page = JSON.parse(document.getElementById('page-data').textContent);
export const find = (selector, within = document) => within.querySelector(selector);
export const host = find('[data-witness-key], [data-witness-count]');

/** The text called `name`, in the page's language, with `{values}` filled in. */
export function text(name, values = {}) {
  const found = find(`[data-text="${name}"]`, host)?.textContent ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Says `words` to whoever does not see the page. */
export function say(words) {
  find('[data-said]', host).textContent = words;
}

/** A reason to stop that has a text of its own. */
export class Problem extends Error {
  constructor(name, values = {}) {
    super(name);
    this.words = text(name, values);
  }
}

export function problemOf(error) {
  if (error instanceof Problem) return error.words;
  if (error instanceof KeyFileError) return text(error.kind, { survey: page.survey, ...error.detail });
  return text('failed', { detail: String(error?.message ?? error) });
}

/** Runs `act` when `form` is sent: once at a time, and what goes wrong is said in the form. */
export function onSend(form, act) {
  const box = find('[data-problem]', form);
  const button = find('[type=submit]', form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    // The house's script would hold the form for an answer that never comes.
    event.stopPropagation();
    if (button.getAttribute('aria-busy')) return;
    box.hidden = true;
    button.setAttribute('aria-busy', 'true');
    try {
      await act(form);
    } catch (error) {
      find('p', box).textContent = problemOf(error);
      box.hidden = false;
      box.focus();
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
  find('[data-show]', form)?.addEventListener('change', ({ target }) => {
    for (const one of form.querySelectorAll('[data-passphrase], [data-again]')) {
      one.type = target.checked ? 'text' : 'password';
    }
  });
}

/** Both halves of the key in the file and under the passphrase that stand in `form`. */
export async function keyIn(form) {
  const [file] = find('[data-file]', form).files;
  if (!file) throw new KeyFileError('notKey');
  say(text('opening'));
  // Read anew each time: a memory stick may have been pulled out.
  return openKeyFile(await file.text(), find('[data-passphrase]', form).value, page.survey);
}

/** Posts `document`; the server's answer. Throws a Problem with the server's own words. */
export async function post(document) {
  let answer = await send(document);
  // Signed in anew meanwhile: the old proof does not hold any more, a fresh page has a new one.
  if (answer.status === 403) {
    await renewProof();
    answer = await send(document);
  }
  if (answer.redirected) throw new Problem('signedOut');
  const said = await answer.json().catch(() => null);
  if (!answer.ok || !said) throw new Problem('failed', { detail: said?.detail ?? String(answer.status) });
  return said;
}

async function send(document) {
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': host.dataset.csrf };
  try {
    return await fetch(page.post, { method: 'POST', headers, body: JSON.stringify(document) });
  } catch {
    throw new Problem('lost');
  }
}

async function renewProof() {
  const answer = await fetch(page.post).catch(() => {
    throw new Problem('lost');
  });
  if (answer.redirected) throw new Problem('signedOut');
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  host.dataset.csrf = find('[data-csrf]', fresh)?.dataset.csrf ?? host.dataset.csrf;
}
