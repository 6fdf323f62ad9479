// One question as a field: a scale with its points, or room to write.
import { make } from './dom.js';
import { LONGEST_COMMENT, plainText, warningsOf } from './remarks.js';

export const AUDIENCES = ['team', 'site', 'organisation'];
const MOST_IN_A_LIST = 7;

/** Every item of the manifest in order, with the section it stands in. */
export function itemsOf(manifest) {
  return manifest.sections.flatMap((section) =>
    section.items.map((item, at) => ({ ...item, section, isFirst: at === 0 }))
  );
}

/** The words for `point`: its anchor when it has one. */
export function pointText(manifest, item, point, language) {
  const scale = manifest.scales[item.scale];
  const anchor = scale.anchors[language][scale.points.indexOf(point)];
  return anchor ? `${point} – ${anchor}` : String(point);
}

/**
 * A fieldset of radio buttons. `change(point)` hears every choice, `choose(point)` one made by finger,
 * mouse or number key, after which the page may go on.
 */
export function scaleField(manifest, item, { language, value, change, choose }) {
  const scale = manifest.scales[item.scale];
  const anchors = scale.anchors[language];
  const isList = scale.points.length <= MOST_IN_A_LIST && anchors.every(Boolean);
  let byPointer = false;
  const points = scale.points.map((point, at) =>
    make(
      'label',
      { class: 'point' },
      make('input', {
        type: 'radio',
        name: item.key,
        value: point,
        checked: value === point,
        change: () => {
          change(point);
          if (byPointer) choose(point);
        },
      }),
      make('span', {}, String(point)),
      anchors[at] ? make('span', { class: isList ? '' : 'hidden' }, anchors[at]) : null
    )
  );
  return make(
    'fieldset',
    { class: 'item', 'data-item': item.key },
    make('legend', {}, item.text[language]),
    make(
      'div',
      {
        class: isList ? 'points' : 'points is-row',
        pointerdown: () => {
          byPointer = true;
        },
        keydown: () => {
          byPointer = false;
        },
      },
      points
    ),
    isList
      ? null
      : make('p', { class: 'ends', 'aria-hidden': 'true' }, make('span', {}, anchors[0]), make('span', {}, anchors.at(-1)))
  );
}

/** A field to write in. `fits(text, audience)` says whether the ballot has room; `change` hears what is kept. */
export function remarkField(item, { words, language, value, fits, change }) {
  let kept = value?.text ?? '';
  const name = `remark-${item.key}`;
  const left = make('p', { class: 'quiet small', id: `${name}-left` });
  const warnings = make('div', { role: 'status' });
  const area = make('textarea', {
    id: name,
    name: item.key,
    rows: 5,
    maxlength: LONGEST_COMMENT,
    'aria-describedby': `${name}-left`,
    input: () => {
      const text = plainText(area.value);
      const isRoom = fits(text, audience.value);
      if (isRoom) kept = text;
      else area.value = kept;
      change(kept, audience.value);
      tell(isRoom);
    },
  });
  area.value = kept;
  const audience = make(
    'select',
    { id: `${name}-audience`, change: () => change(kept, audience.value) },
    AUDIENCES.map((one) => make('option', { value: one, selected: (value?.audience ?? 'team') === one }, words(one)))
  );
  const tell = (isRoom) => {
    left.textContent = isRoom ? words('left', { n: LONGEST_COMMENT - area.value.length }) : words('full');
    left.className = isRoom ? 'quiet small' : 'warn';
    const told = warningsOf(kept);
    if (warnings.dataset.told !== told.join()) {
      warnings.dataset.told = told.join();
      warnings.replaceChildren(...told.map((one) => make('p', { class: 'warn' }, words(one))));
    }
  };
  tell(true);
  return make(
    'div',
    { class: 'item', 'data-item': item.key },
    make('label', { class: 'asked', for: name }, item.text[language]),
    area,
    left,
    warnings,
    make('label', {}, words('audience'), audience),
    make('p', { class: 'quiet small' }, words('whistle'))
  );
}
