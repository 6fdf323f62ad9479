// The comments as the witness reads them: by question and group, and word by word where one must go.
import { text } from './witness.js';
import { redacted, wordsOf } from './witnesswords.js';

const language = document.documentElement.lang === 'en' ? 'en' : 'nb';

function make(tag, facts = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name in found) found[name] = value;
    else found.setAttribute(name, value);
  }
  found.append(...children);
  return found;
}

const button = (words, act, facts = {}) => {
  const found = make('button', { type: 'button', className: 'button is-quiet is-small', textContent: words, ...facts });
  found.addEventListener('click', act);
  return found;
};

/** The list in `place`. `changed` is called after every word that is hidden or shown. */
export class CommentList {
  constructor(place, manifest, comments, changed) {
    this.comments = comments.map((one) => ({ ...one, hidden: new Set() }));
    this.manifest = manifest;
    this.changed = changed;
    const nodes = manifest.document.tree.map(({ key, name }) => [key, name]);
    this.names = new Map([...nodes, ...[...manifest.cells.values()].map(({ key, name }) => [key, name])]);
    place.replaceChildren(...this.inOrder().map((one) => this.drawn(one)));
  }

  /** What may leave: as counted, in the order of chance, without what is hidden. */
  told() {
    return this.comments.map(({ hidden, ...one }) => ({ ...one, text: redacted(one.text, hidden) }));
  }

  /** To read: question by question, group by group; inside a group by chance, as they came. */
  inOrder() {
    const items = [...this.manifest.items.keys()];
    const groups = [...this.names.keys()];
    const rank = ({ item, group }) => items.indexOf(item) * groups.length + groups.indexOf(group);
    return [...this.comments].sort((one, other) => rank(one) - rank(other));
  }

  drawn(comment) {
    const words = wordsOf(comment.text);
    const said = make('p', { className: 'said-text' });
    const question = this.manifest.items.get(comment.item).text[language];
    const about = make('p', { className: 'quiet small' });
    about.textContent = [this.names.get(comment.group), question, text(comment.audience)].join(' · ');
    const strike = button('', () => {
      const all = comment.hidden.size === words.length;
      comment.hidden = new Set(all ? [] : words.keys());
      draw();
    });
    const picker = make('div', { className: 'said-words', role: 'group', 'aria-label': text('pressWords'), hidden: true });
    const opener = button(text('hideWords'), () => {
      picker.hidden = !picker.hidden;
      opener.setAttribute('aria-expanded', String(!picker.hidden));
      if (!picker.childElementCount) picker.append(...words.map(wordButton));
      draw();
    }, { 'aria-expanded': 'false' });
    const wordButton = (word, at) =>
      button(word, () => {
        if (!comment.hidden.delete(at)) comment.hidden.add(at);
        draw();
      }, { className: 'said-word' });
    const draw = () => {
      said.textContent = redacted(comment.text, comment.hidden);
      strike.textContent = text(comment.hidden.size === words.length ? 'restore' : 'strike');
      [...picker.children].forEach((one, at) => one.setAttribute('aria-pressed', String(comment.hidden.has(at))));
      this.changed();
    };
    said.textContent = comment.text;
    strike.textContent = text('strike');
    return make('li', {}, said, about, make('div', { className: 'row' }, opener, strike), picker);
  }
}
