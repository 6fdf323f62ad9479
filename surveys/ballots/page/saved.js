// A ballot that was sealed on another device, handed in from here.
import { Stop } from './check.js';
import { make } from './dom.js';
import { stopped } from './screens.js';
import { Cut, cast } from './sending.js';

const MOST_FILE_BYTES = 32_768;

/** The file's content when it is a saved ballot, else null. */
export function readSaved(text) {
  try {
    const found = JSON.parse(text);
    const isBallot =
      found.kind === 'vaffel-ballot' &&
      found.version === 1 &&
      /^[a-z0-9]{1,40}$/.test(found.survey) &&
      /^[0-9a-f]{20}$/.test(found.receipt) &&
      typeof found.ballot_origin === 'string' &&
      ['cell', 'prefix', 'sig', 'sealed'].every((name) => typeof found.ballot[name] === 'string');
    return isBallot ? found : null;
  } catch {
    return null;
  }
}

export function castSaved(stage) {
  const problem = make('p', { class: 'warn', role: 'alert' });
  const choose = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const found = file.size <= MOST_FILE_BYTES ? readSaved(await file.text()) : null;
    if (!found) problem.textContent = stage.words('castBad');
    else if (found.ballot_origin !== location.origin) problem.textContent = stage.words('castElsewhere', { url: found.ballot_origin });
    else await handIn(stage, found);
    event.target.value = '';
  };
  stage.show(() => [
    make('h1', { tabindex: '-1' }, stage.words('castTitle')),
    make('section', { class: 'card' },
      make('p', {}, stage.words('cast')),
      make('label', {}, stage.words('castFile'), make('input', { type: 'file', accept: '.json,application/json', change: choose, 'data-testid': 'saved-file' })),
      problem),
  ]);
}

async function handIn(stage, found) {
  const { cell, prefix, sig, sealed } = found.ballot;
  try {
    await cast(`/surveys/${found.survey}/`, { cell, prefix, sig, sealed });
    stage.show(() => [
      make('section', { class: 'promise' }, make('h1', { tabindex: '-1' }, stage.words('doneTitle'))),
      make('section', { class: 'card' },
        make('h2', {}, stage.words('receiptTitle')),
        make('p', { class: 'receipt', translate: 'no', 'data-testid': 'survey-receipt' }, found.receipt.match(/.{4}/g).join(' ')),
        make('p', { class: 'quiet small' }, stage.words('receipt'))),
    ]);
  } catch (error) {
    const kind = error instanceof Cut ? 'away' : error instanceof Stop ? error.kind : 'refused';
    stage.show(() => stopped(stage.words, kind, { tryAgain: () => handIn(stage, found) }));
  }
}
