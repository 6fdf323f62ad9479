// The screens, each made of what the voter's state says; `page` is the one who moves between them.
import { twelveWords } from './words.js';
import { make, makeButton } from './dom.js';
import { pointText, remarkField, scaleField } from './questions.js';
import { inventedRows } from './report.js';

const SECONDS = { scale: 12, text: 40 };

export const minutesOf = (items) => Math.ceil(items.reduce((sum, one) => sum + SECONDS[one.kind], 0) / 60);

/** What leads in: the promise, who counts you, the twelve words, the report, and the way to begin. */
export function welcome(page) {
  const { manifest, cell, words, language } = page;
  const minutes = minutesOf(page.items);
  const isBegun = page.answeredCount() > 0;
  return [
    make('h1', { tabindex: '-1' }, manifest.title[language]),
    make('p', { class: 'lead' }, `${words('about', { n: minutes })}. ${words('optional')}`),
    makeButton(words(isBegun ? 'resume' : 'start'), () => page.begin(), { class: 'button is-wide', 'data-testid': 'survey-start' }),
    promise(page),
    make('section', { class: 'card' }, make('h2', {}, words('purpose')), make('p', {}, manifest.purpose[language]), make('p', { class: 'quiet' }, words('you', { name: cell.name, n: cell.invited }))),
    report(page),
    make(
      'section',
      { class: 'card' },
      make('h2', {}, words('wordsTitle')),
      make('ol', { class: 'words', lang: 'en', translate: 'no', 'data-testid': 'manifest-words' }, twelveWords(page.hash).map((one) => make('li', {}, one))),
      make('p', { class: 'quiet small' }, words('words'))
    ),
  ];
}

function promise({ manifest, words, language }) {
  const isWitnessed = manifest.level === 'witnessed';
  const names = new Intl.ListFormat(language).format(manifest.witnesses) || words('witnessedNobody');
  return make(
    'section',
    { class: 'promise', 'data-testid': 'survey-level' },
    make('h2', {}, words(isWitnessed ? 'witnessedTitle' : 'sealedTitle')),
    make('p', {}, isWitnessed ? words('witnessed', { names }) : words('sealed')),
    make('p', {}, make('a', { href: `${manifest.identity_origin}/surveys/limits/`, target: '_blank', rel: 'noopener noreferrer' }, words('limits')))
  );
}

function report(page) {
  const { manifest, cell, words, language } = page;
  const scaled = page.items.filter((one) => one.kind === 'scale');
  const rules = [words('reportMean'), words('reportSpread'), words('reportComments')];
  const rows = scaled.length ? reportRows(manifest, scaled, cell.invited, language) : [];
  return make(
    'details',
    { class: 'card', 'data-testid': 'survey-sample' },
    make('summary', {}, words('reportTitle')),
    make(
      'div',
      { class: 'report' },
      make('p', {}, words('reportIntro', { n: cell.invited })),
      rows.map((row) => reportRow(row, words)),
      make('ul', { class: 'small rules' }, rules.map((one) => make('li', {}, one)))
    )
  );
}

function reportRows(manifest, scaled, invited, language) {
  const { points } = manifest.scales[scaled[0].scale];
  const alike = scaled.filter((one) => one.scale === scaled[0].scale);
  return inventedRows(alike.map((one) => one.text[language]), invited, points[0], points.at(-1));
}

function reportRow(row, words) {
  return make(
    'div',
    { class: 'row' },
    make('span', { class: 'small' }, row.label),
    row.isHidden
      ? make('span', { class: 'hatched' }, words('reportHidden'))
      : [
          make(
            'svg',
            { viewBox: '0 0 100 16', 'aria-hidden': 'true' },
            make('line', { class: 'axis', x1: 4, y1: 8, x2: 96, y2: 8 }),
            make('circle', { class: 'dot', cx: 4 + 92 * row.share, cy: 8, r: 5 })
          ),
          make('b', {}, words.number(row.mean)),
        ]
  );
}

/** One question, or all of them; the same fields. */
export function questions(page) {
  return page.draft.mode === 'all' ? allAtOnce(page) : oneByOne(page);
}

function modes(page) {
  const button = (mode, text) =>
    makeButton(text, () => page.setMode(mode), { class: '', 'aria-pressed': String(page.draft.mode === mode) });
  return make('div', { class: 'segments', role: 'group' }, button('one', page.words('oneByOne')), button('all', page.words('allAtOnce')));
}

function oneByOne(page) {
  const { items, words, draft } = page;
  const item = items[draft.at];
  const isLast = draft.at === items.length - 1;
  const next = make('button', { class: 'button', type: 'submit', 'data-testid': 'survey-next' });
  const clear = makeButton(words('clear'), () => page.clear(item), { class: 'link' });
  const tell = () => {
    const isAnswered = page.isAnswered(item);
    next.textContent = words(isLast ? 'toReview' : isAnswered ? 'next' : 'skip');
    clear.hidden = !isAnswered || item.kind !== 'scale';
  };
  const field = fieldOf(page, item, tell);
  tell();
  return [
    make('div', { class: 'where' },
      make('h1', { class: 'step', id: 'where', tabindex: '-1' }, words('progress', { at: draft.at + 1, of: items.length })),
      make('progress', { max: items.length, value: draft.at + 1, 'aria-labelledby': 'where' })),
    make(
      'form',
      { class: 'card', submit: (event) => { event.preventDefault(); page.forward(); } },
      make('p', { class: 'quiet small' }, item.section.title[page.language]),
      item.isFirst && item.section.intro[page.language] ? make('p', { class: 'quiet' }, item.section.intro[page.language]) : null,
      field,
      clear,
      make('div', { class: 'acts is-apart' }, makeButton(words('back'), () => page.backward(), { class: 'button is-quiet' }), next)
    ),
    modes(page),
  ];
}

function allAtOnce(page) {
  const { manifest, words, language } = page;
  return [
    make('h1', { tabindex: '-1' }, manifest.title[language]),
    modes(page),
    make(
      'form',
      { class: 'sections', submit: (event) => { event.preventDefault(); page.forward(); } },
      manifest.sections.map((section) =>
        make(
          'section',
          { class: 'card' },
          make('h2', {}, section.title[language]),
          section.intro[language] ? make('p', { class: 'quiet' }, section.intro[language]) : null,
          page.items.filter((one) => one.section === section).map((item) => fieldOf(page, item, () => {}))
        )
      ),
      make('div', { class: 'acts' }, make('button', { class: 'button is-wide', type: 'submit', 'data-testid': 'survey-next' }, words('toReview')))
    ),
  ];
}

function fieldOf(page, item, changed) {
  const { draft, language, words, manifest } = page;
  if (item.kind === 'scale') {
    return scaleField(manifest, item, {
      language,
      value: draft.answers[item.key],
      change: (point) => { page.answer(item, point); changed(); },
      choose: () => page.chosen(item),
    });
  }
  return remarkField(item, {
    words,
    language,
    value: draft.comments[item.key],
    fits: (text, audience) => page.fits(item, text, audience),
    change: (text, audience) => { page.remark(item, text, audience); changed(); },
  });
}

/** Every answer once more, and the button that sends. */
export function review(page) {
  const { words, items, draft, manifest, language } = page;
  const without = items.length - page.answeredCount();
  const rows = items.map((item, at) => {
    const value = draft.answers[item.key];
    const text = item.kind === 'scale' ? value !== undefined && pointText(manifest, item, value, language) : draft.comments[item.key]?.text;
    return make(
      'li',
      {},
      make('span', { class: 'small' }, item.text[language]),
      make('span', { class: text ? 'answer' : 'answer quiet' }, text || words('skipped')),
      makeButton(words('change'), () => page.goTo(at), { class: 'link', 'aria-label': `${words('change')}: ${item.text[language]}` })
    );
  });
  return [
    make('h1', { tabindex: '-1' }, words('reviewTitle')),
    without ? make('p', { class: 'quiet' }, words('unanswered', { n: without })) : null,
    make('ul', { class: 'review' }, rows),
    make('p', { class: 'quiet' }, words('sendNote')),
    makeButton(words('send'), () => page.send(), { class: 'button is-wide', 'data-testid': 'survey-send' }),
    make('div', { class: 'acts is-apart' },
      makeButton(words('back'), () => page.backward(), { class: 'button is-quiet' }),
      makeButton(words('elsewhere'), () => page.saveForElsewhere(), { class: 'link', 'data-testid': 'survey-elsewhere' })),
  ];
}

/** Something is in the way; the sealed ballot waits here. */
export function waiting(page, kind) {
  const { words, keeper } = page;
  const isOffline = kind === 'offline';
  return [
    make('section', { class: 'trouble', 'data-testid': 'survey-waiting' },
      make('h1', { tabindex: '-1' }, words(isOffline ? 'offlineTitle' : 'awayTitle')),
      make('p', {}, words(isOffline ? 'offline' : 'away')),
      keeper.isShared ? make('p', { class: 'warn' }, words('offlineShared')) : null),
    make('div', { class: 'acts' },
      makeButton(words('tryAgain'), () => page.send(), { 'data-testid': 'survey-retry' }),
      keeper.read('pending')?.ballot ? makeButton(words('elsewhere'), () => page.saveForElsewhere(), { class: 'link' }) : null),
  ];
}

/** It is in the box, or in a file: the receipt, and what went out. */
export function done(page, { isCast, prepared, ballot }) {
  const { words, manifest } = page;
  return [
    make('section', { class: 'promise' },
      make('h1', { tabindex: '-1' }, words(isCast ? 'doneTitle' : 'savedTitle')),
      make('p', {}, isCast ? words('erased') : words('saved', { url: `${manifest.ballot_origin}/surveys/cast/` }))),
    receiptCard(words, prepared.receipt),
    isCast
      ? make('details', { class: 'card' }, make('summary', {}, words('bytes')),
          make('pre', { class: 'bytes', tabindex: '0', 'data-testid': 'survey-bytes' }, JSON.stringify(ballot, null, 1)))
      : null,
    page.keeper.isShared ? make('p', { class: 'warn' }, words('sharedNote')) : null,
    makeButton(words(page.keeper.isShared ? 'nextPerson' : 'close'), () => page.leave(), { class: 'button is-wide', 'data-testid': 'survey-close' }),
  ];
}

function receiptCard(words, receipt) {
  const said = make('span', { role: 'status', class: 'quiet' });
  const copy = async () => {
    await navigator.clipboard.writeText(receipt);
    said.textContent = words('copied');
  };
  return make('section', { class: 'card' },
    make('h2', {}, words('receiptTitle')),
    make('p', { class: 'receipt', translate: 'no', 'data-testid': 'survey-receipt' }, receipt.match(/.{4}/g).join(' ')),
    make('p', { class: 'quiet small' }, words('receipt')),
    navigator.clipboard ? make('div', { class: 'acts' }, makeButton(words('copy'), copy, { class: 'button is-quiet' }), said) : null);
}

/** The page cannot or must not go on. `identity` is where the survey's own page is, when known. */
export function stopped(words, kind, { tryAgain, way, saved } = {}) {
  const [title, text] = words.problem(kind);
  return [
    make('section', { class: 'trouble', role: 'alert', 'data-testid': 'survey-stopped', 'data-kind': kind },
      make('h1', { tabindex: '-1' }, title), make('p', {}, text)),
    make('div', { class: 'acts' },
      tryAgain ? makeButton(words('tryAgain'), tryAgain, {}) : null,
      way ? make('a', { class: 'button', href: way }, words('fromToday')) : null,
      saved ? make('a', { class: 'link', href: '/surveys/cast/' }, words('haveSaved')) : null),
  ];
}
