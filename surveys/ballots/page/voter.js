// One voter's way through the page: what is answered, where they are, and what happens on Send.
import { fitsSheet } from './ballot.js';
import { Stop } from './check.js';
import { itemsOf } from './questions.js';
import { done, questions, review, stopped, waiting, welcome } from './screens.js';
import { Cut, cast, sealed, signed } from './sending.js';

const DRAFT = { answers: {}, comments: {}, mode: 'one', at: 0 };
const MOMENT = 200;
const FIRST_RETRY = 4_000;
const LAST_RETRY = 30_000;

export class Voter {
  constructor({ manifest, hash, cell, path, ticket, keeper, stage }) {
    Object.assign(this, { manifest, hash, cell, path, ticket, keeper, stage });
    this.items = itemsOf(manifest);
    this.draft = this.readDraft();
    this.retryIn = FIRST_RETRY;
  }

  get words() {
    return this.stage.words;
  }

  get language() {
    return this.stage.language;
  }

  /** What was kept, as far as it still fits what is asked. */
  readDraft() {
    const kept = this.keeper.read('draft');
    const draft = { ...structuredClone(DRAFT), ...(kept ?? {}) };
    const isKnown = new Set(this.items.map((one) => one.key));
    for (const part of [draft.answers, draft.comments]) {
      for (const key of Object.keys(part)) if (!isKnown.has(key)) delete part[key];
    }
    draft.at = Math.min(Math.max(0, draft.at | 0), this.items.length - 1);
    return draft;
  }

  start() {
    addEventListener('popstate', (event) => this.moved(event.state));
    addEventListener('online', () => this.cameOnline());
    addEventListener('keydown', (event) => this.pressed(event));
    if (this.keeper.read('pending')) this.send();
    else this.show('welcome', { isNew: false });
  }

  show(step, { isNew = true } = {}) {
    this.step = step;
    if (isNew) history.pushState({ step, at: this.draft.at }, '');
    else history.replaceState({ step, at: this.draft.at }, '');
    const screens = { welcome, questions, review };
    this.stage.show(() => screens[step](this));
  }

  /** The browser's own back and forward. Never back into what is sealed. */
  moved(state) {
    if (this.keeper.read('pending') || this.isDone || !state) return;
    this.draft.at = state.at ?? this.draft.at;
    this.keep();
    this.show(state.step ?? 'welcome', { isNew: false });
  }

  begin() {
    this.show('questions');
  }

  setMode(mode) {
    this.draft.mode = mode;
    this.keep();
    this.show('questions', { isNew: false });
  }

  goTo(at) {
    this.draft.at = at;
    this.keep();
    this.show('questions');
    document.querySelector(`[data-item="${CSS.escape(this.items[at].key)}"]`)?.scrollIntoView?.({ block: 'center' });
  }

  forward() {
    if (this.draft.mode === 'one' && this.draft.at < this.items.length - 1) this.goTo(this.draft.at + 1);
    else this.show('review');
  }

  backward() {
    if (this.step === 'review') this.goTo(this.items.length - 1);
    else if (this.draft.at > 0) this.goTo(this.draft.at - 1);
    else this.show('welcome');
  }

  isAnswered(item) {
    return item.kind === 'scale' ? item.key in this.draft.answers : item.key in this.draft.comments;
  }

  answeredCount() {
    return this.items.filter((one) => this.isAnswered(one)).length;
  }

  keep() {
    this.keeper.write('draft', this.draft);
  }

  answer(item, point) {
    this.draft.answers[item.key] = point;
    this.keep();
  }

  /** By finger, mouse or number key: the next question comes by itself, after a moment to see the choice. */
  chosen(item) {
    if (this.draft.mode !== 'one') return;
    const at = this.draft.at;
    setTimeout(() => {
      if (this.step === 'questions' && this.draft.at === at && this.items[at] === item) this.forward();
    }, MOMENT);
  }

  clear(item) {
    delete this.draft.answers[item.key];
    this.keep();
    this.show('questions', { isNew: false });
  }

  fits(item, text, audience) {
    const comments = { ...this.draft.comments, [item.key]: { text, audience } };
    return fitsSheet(this.cell.key, this.draft.answers, comments);
  }

  remark(item, text, audience) {
    if (text.trim()) this.draft.comments[item.key] = { text, audience };
    else delete this.draft.comments[item.key];
    this.keep();
  }

  /** A number key chooses a point of the question on screen. */
  pressed(event) {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const isTyping = event.target.matches?.('textarea, select, input:not([type="radio"])');
    if (!isPlain || isTyping || this.step !== 'questions' || this.draft.mode !== 'one' || !/^\d$/.test(event.key)) return;
    const field = document.querySelector(`input[type="radio"][value="${event.key}"]`);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.click();
    this.chosen(this.items[this.draft.at]);
  }

  /** Seals, has it signed, casts. Called again after a cut it goes on where it was. */
  send() {
    return this.once(async () => {
      const pending = await this.sealAndSign();
      await cast(this.path, pending.ballot);
      this.finish({ isCast: true, ...pending });
    });
  }

  /** Seals and has it signed; the ballot goes into a file instead of the box. */
  saveForElsewhere() {
    return this.once(async () => {
      const pending = await this.sealAndSign();
      saveFile(`${this.manifest.survey}-${pending.prepared.receipt}.json`, {
        kind: 'vaffel-ballot',
        version: 1,
        ballot_origin: this.manifest.ballot_origin,
        survey: this.manifest.survey,
        receipt: pending.prepared.receipt,
        ballot: pending.ballot,
      });
      this.finish({ isCast: false, ...pending });
    });
  }

  async sealAndSign() {
    const { answers, comments } = this.draft;
    const pending = await sealed({ ...this, answers, comments });
    await signed(this, pending);
    return pending;
  }

  /** Back on the network, which takes a moment to carry anything. */
  cameOnline() {
    if (!this.isWaiting) return;
    this.retryIn = FIRST_RETRY;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), MOMENT);
  }

  async once(act) {
    if (this.isSending) return;
    this.isSending = true;
    this.isWaiting = false;
    clearTimeout(this.timer);
    this.stage.say('sending');
    try {
      await act();
    } catch (error) {
      this.failed(error);
    } finally {
      this.isSending = false;
    }
  }

  failed(error) {
    this.step = 'failed';
    if (error instanceof Cut) {
      this.isWaiting = true;
      this.stage.show(() => waiting(this, error.kind));
      this.timer = setTimeout(() => this.send(), this.retryIn);
      this.retryIn = Math.min(this.retryIn * 2, LAST_RETRY);
      return;
    }
    const kind = error instanceof Stop ? error.kind : 'refused';
    const way = `${this.manifest.identity_origin}${this.path}`;
    const tryAgain = kind === 'refused' ? () => this.send() : null;
    this.stage.show(() => stopped(this.words, kind, { way, tryAgain }));
  }

  finish(found) {
    this.wipe();
    history.replaceState({ step: 'done' }, '');
    this.stage.show(() => done(this, found));
  }

  /** Nothing stays: neither in memory nor behind the browser's back button. */
  leave() {
    const way = this.keeper.isShared ? '/' : this.path;
    location.replace(`${this.manifest.identity_origin}${way}`);
  }

  /** For a shared computer that nobody sits at any more. What is sealed and unsent must not be lost. */
  empty() {
    if (this.keeper.read('pending') && !this.isDone) return;
    this.wipe();
    this.leave();
  }

  wipe() {
    this.isDone = true;
    this.step = 'done';
    this.keeper.erase();
    this.stage.forget();
    this.draft = structuredClone(DRAFT);
  }
}

function saveFile(name, document_) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 1)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
