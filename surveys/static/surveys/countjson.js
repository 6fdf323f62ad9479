// JSON read as strictly as strict_json() in surveys/protocol/encoding.py reads it: no key twice, nothing
// but whole numbers means a number, not nested deep. JSON.parse would take more.

const DEEPEST = 12;
// Python reads no longer ones.
const MOST_DIGITS = 4300;
const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WORDS = { true: true, false: false, null: null };

export class NotJson extends Error {}

/** A number that is no whole one, or too large to be exact. It equals nothing. */
class OtherNumber {}

/** The document in `bytes`; objects have no prototype. Throws NotJson. */
export function strictJson(bytes) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotJson('not UTF-8');
  }
  return new Reading(text).document();
}

class Reading {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  document() {
    const found = this.value(1);
    this.space();
    if (this.at !== this.text.length) throw new NotJson('more than one document');
    return found;
  }

  /** What `pattern` finds here, or null. */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  space() {
    this.take(SPACE);
  }

  /** Whether `sign` stands next; steps over it. */
  is(sign) {
    this.space();
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  need(sign) {
    if (!this.is(sign)) throw new NotJson(`no ${sign} at ${this.at}`);
  }

  value(depth) {
    if (depth > DEEPEST) throw new NotJson('nested too deep');
    if (this.is('{')) return this.object(depth);
    if (this.is('[')) return this.list(depth);
    if (this.text[this.at] === '"') return this.string();
    for (const [word, value] of Object.entries(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(depth) {
    const found = Object.create(null);
    if (this.is('}')) return found;
    do {
      this.space();
      const key = this.string();
      if (key in found) throw new NotJson('a key stands twice');
      this.need(':');
      found[key] = this.value(depth + 1);
    } while (this.is(','));
    this.need('}');
    return found;
  }

  list(depth) {
    const found = [];
    if (this.is(']')) return found;
    do found.push(this.value(depth + 1));
    while (this.is(','));
    this.need(']');
    return found;
  }

  string() {
    const start = this.at;
    if (this.text[this.at] !== '"') throw new NotJson(`no text at ${this.at}`);
    this.at += 1;
    let isPlain = true;
    for (;;) {
      this.take(PLAIN);
      if (this.text[this.at] === '"') break;
      if (!this.take(ESCAPE)) throw new NotJson(`a broken text at ${this.at}`);
      isPlain = false;
    }
    this.at += 1;
    if (isPlain) return this.text.slice(start + 1, this.at - 1);
    return JSON.parse(this.text.slice(start, this.at));
  }

  number() {
    const found = this.take(NUMBER);
    if (!found) throw new NotJson(`nothing we know at ${this.at}`);
    const [whole, digits, fraction, exponent] = found;
    if (fraction || exponent) return new OtherNumber();
    if (digits.length > MOST_DIGITS) throw new NotJson('too long a number');
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : new OtherNumber();
  }
}

/** Whether `one` is an object (and no list) with exactly these `keys`. */
export function hasKeys(one, keys) {
  if (!isObject(one)) return false;
  const found = Object.keys(one);
  return found.length === keys.length && keys.every((key) => key in one);
}

/** Whether `one` is an object as strictJson makes them. */
export const isObject = (one) =>
  one !== null && typeof one === 'object' && !Array.isArray(one) && !(one instanceof OtherNumber);
