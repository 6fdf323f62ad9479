// The page itself: where it came from, the stage that screens stand on, and two ways in: a survey with a
// ticket, or a saved ballot to hand in.
import { Stop, checkedCell, checkedManifest } from './check.js';
import { make, makeButton } from './dom.js';
import { Keeper } from './keep.js';
import { castSaved } from './saved.js';
import { stopped } from './screens.js';
import { textIn } from './texts.js';
import { Voter } from './voter.js';

const IDLE_SECONDS = 180;
const WARNING_SECONDS = 30;
const PATH = location.pathname;
const CAST_PATH = '/surveys/cast/';
const LANGUAGES = ['nb', 'en'];

/** What the link brought: ticket, cell, language, key of the draft. Gone from the address at once. */
function arrival() {
  const name = `vaffel${PATH}`;
  const said = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  history.replaceState(null, '', PATH);
  try {
    // For a reload of this tab; a shared computer keeps nothing.
    if (said.t && !said.shared) sessionStorage.setItem(name, JSON.stringify(said));
    if (!said.t) return JSON.parse(sessionStorage.getItem(name)) ?? {};
  } catch {
    // Storage may be forbidden: then a reload needs the link again.
  }
  return said;
}

/** Where screens stand, one at a time, in one of two languages. */
class Stage {
  constructor(language) {
    this.main = document.getElementById('page');
    this.said = document.getElementById('said');
    this.words = (path, values) => textIn(this.language, path, values);
    this.words.problem = (kind) => [0, 1].map((at) => textIn(this.language, `problem.${kind}.${at}`));
    this.words.number = (number) => number.toLocaleString(this.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.speak(LANGUAGES.includes(language) ? language : 'nb');
  }

  speak(language) {
    this.language = language;
    document.documentElement.lang = language;
    document.getElementById('languages').replaceChildren(
      ...LANGUAGES.map((one) =>
        makeButton(textIn(one, 'language'), () => this.switchTo(one), { class: '', lang: one, 'aria-pressed': String(one === language) })
      )
    );
  }

  switchTo(language) {
    this.speak(language);
    if (this.screen) this.main.replaceChildren(...this.screen().filter(Boolean));
    document.querySelector(`#languages [lang="${language}"]`).focus();
  }

  show(screen) {
    this.screen = screen;
    this.said.textContent = '';
    this.main.replaceChildren(...screen().filter(Boolean));
    const heading = this.main.querySelector('h1') ?? this.main;
    document.title = `${heading.textContent.trim().slice(0, 80)} · Vaffel`;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  say(path) {
    this.said.textContent = this.words(path);
  }

  /** The tab forgets the ticket too. */
  forget() {
    try {
      sessionStorage.removeItem(`vaffel${PATH}`);
    } catch {
      // Nothing was kept.
    }
  }
}

/** On a shared computer that is left alone the page empties itself. */
function watchIdle(stage, voter) {
  let last = Date.now();
  let bar = null;
  const awake = () => {
    last = Date.now();
    bar?.remove();
    bar = null;
  };
  for (const name of ['pointerdown', 'keydown', 'scroll']) addEventListener(name, awake, { passive: true });
  setInterval(() => {
    const left = IDLE_SECONDS + WARNING_SECONDS - Math.floor((Date.now() - last) / 1000);
    if (left > WARNING_SECONDS) return;
    if (left <= 0) {
      voter.empty();
      return;
    }
    const text = stage.words('idle', { n: left });
    if (bar) bar.firstChild.textContent = text;
    else document.body.append((bar = make('div', { class: 'idle', role: 'alert' }, make('span', {}, text), makeButton(stage.words('stay'), awake, {}))));
  }, 1000);
}

async function answer(stage, said) {
  if (!globalThis.crypto?.subtle) throw new Stop('crypto');
  if (!said.t || !said.c || !said.d) throw new Stop('nobody');
  const [{ manifest, hash }, keeper] = await Promise.all([
    checkedManifest(PATH),
    Keeper.open(PATH.split('/')[2], said.d, Boolean(said.shared)),
  ]);
  const voter = new Voter({ manifest, hash, cell: checkedCell(manifest, said.c), path: PATH, ticket: said.t, keeper, stage });
  if (said.shared) watchIdle(stage, voter);
  voter.start();
}

async function begin() {
  const said = arrival();
  const stage = new Stage(said.l ?? navigator.language.slice(0, 2).replace(/n[no]/, 'nb'));
  stage.show(() => [make('p', { class: 'quiet', role: 'status' }, stage.words('loading'))]);
  if (PATH === CAST_PATH) {
    castSaved(stage);
    return;
  }
  const attempt = async () => {
    try {
      await answer(stage, said);
    } catch (error) {
      const kind = error instanceof Stop ? error.kind : 'away';
      stage.show(() => stopped(stage.words, kind, { tryAgain: kind === 'away' ? attempt : null, saved: kind === 'nobody' }));
    }
  };
  await attempt();
}

// A link clicked in a tab that stands here already changes the fragment only.
addEventListener('hashchange', () => location.reload());
begin();
