/* What the wall knows: its cards, how far it has read each stream, what was withdrawn. No drawing, no network. */
(function (wall) {
  'use strict';

  const MAX_CARDS = 200;
  const MAX_GONE = 1000;
  const SAVED_CARDS = 40;
  const SAVED_GONE = 200;
  const DAY = 86400000;

  const text = (value, limit) => (typeof value === 'string' ? value.slice(0, limit) : '');
  const number = (value, other) => (typeof value === 'number' && isFinite(value) ? value : other);

  function face(raw) {
    if (!raw || typeof raw !== 'object') return null;
    return { name: text(raw.name, 120), initials: text(raw.initials, 8), hue: Math.abs(number(raw.hue, 0) | 0) % 12 };
  }

  /* What kinds of cards the wall knows, and what it keeps of each. */
  const KINDS = { shoutout: shoutOut, survey: poster, event: poster, announcement: poster, milestone: jubilee, goal: jubilee, standing: standing, result: standing, photo: photo };

  /* Only what the wall draws is kept, in known shapes: a card from a newer server never breaks the page. */
  function card(raw) {
    const shape = raw && typeof raw.id === 'string' && Object.prototype.hasOwnProperty.call(KINDS, raw.kind) && KINDS[raw.kind];
    if (!shape) return null;
    const at = number(raw.at, number(raw.show_from, 0));
    const from = number(raw.show_from, at);
    const common = {
      id: raw.id.slice(0, 80),
      kind: raw.kind,
      show_from: from,
      show_until: number(raw.show_until, from + DAY),
      at: at,
      thread: text(raw.thread, 80) || raw.id.slice(0, 80),
    };
    return Object.assign(common, shape(raw));
  }

  function shoutOut(raw) {
    return {
      to: (Array.isArray(raw.to) ? raw.to : []).slice(0, 60).map(face).filter(Boolean),
      to_label: text(raw.to_label, 300),
      from: face(raw.from),
      from_label: text(raw.from_label, 300),
      text: text(raw.text, 2000),
      look: /^[a-z]{1,30}$/.test(raw.look) ? raw.look : 'plain',
      value: raw.value && typeof raw.value === 'object' ? { name: text(raw.value.name, 120), hue: Math.abs(number(raw.value.hue, 0) | 0) % 12 } : null,
    };
  }

  function poster(raw) {
    return {
      to: [],
      label: text(raw.label, 300),
      title: text(raw.title, 300),
      facts: text(raw.facts, 300),
      scan: text(raw.scan, 80),
      qr: text(raw.qr, 40000),
      sign_label: text(raw.sign_label, 120),
      sign: (Array.isArray(raw.sign) ? raw.sign : []).slice(0, 12).map((word) => text(word, 20)),
    };
  }

  function jubilee(raw) {
    return {
      to: [],
      label: text(raw.label, 80),
      number: text(raw.number, 40),
      unit: text(raw.unit, 20),
      title: text(raw.title, 300),
      facts: text(raw.facts, 300),
      face: face(raw.face),
    };
  }

  const PATTERNS = ['plain', 'stripes', 'dots'];

  function bar(raw) {
    if (!raw || typeof raw !== 'object') return null;
    return {
      place: Math.abs(number(raw.place, 0) | 0) % 100,
      name: text(raw.name, 120),
      letter: text(raw.letter, 2),
      colour: Math.abs(number(raw.colour, 0) | 0) % 8,
      pattern: PATTERNS.indexOf(raw.pattern) < 0 ? 'plain' : raw.pattern,
      value: text(raw.value, 24),
      share: Math.min(1000, Math.max(0, number(raw.share, 0) | 0)),
    };
  }

  function standing(raw) {
    return {
      to: [],
      label: text(raw.label, 120),
      title: text(raw.title, 300),
      facts: text(raw.facts, 200),
      unit: text(raw.unit, 60),
      more: text(raw.more, 60),
      rows: (Array.isArray(raw.rows) ? raw.rows : []).slice(0, 6).map(bar).filter(Boolean),
    };
  }

  function photo(raw) {
    return {
      to: [],
      label: text(raw.label, 120),
      title: text(raw.title, 300),
      facts: text(raw.facts, 200),
      alt: text(raw.alt, 300),
    };
  }

  const isThanks = (card) => card.kind === 'shoutout';
  /** Whether a card is a picture of people: only shown while the wall hears whether they still want it. */
  const isPhoto = (card) => card.kind === 'photo';
  /** Whether a card celebrates a day: it has its turn however many thank-yous come after it. */
  const isJubilee = (card) => card.kind === 'milestone' || card.kind === 'goal' || card.kind === 'result' || isPhoto(card);
  /** Whether a card says where groups stand now: it is replaced often, in its place, and never jumps in. */
  const isStanding = (card) => card.kind === 'standing';
  /** Whether a card is drawn as bars. */
  const hasBars = (card) => isStanding(card) || card.kind === 'result';
  /** Whether a card has something to do, and hangs for days while thank-yous pass it. */
  const isPoster = (card) => !isThanks(card) && !isJubilee(card) && !isStanding(card);

  const newest = (a, b) => b.at - a.at || (a.id < b.id ? 1 : -1);

  class WallState {
    constructor() {
      this.cards = new Map();
      this.gone = new Set();
      this.seqs = {};
      this.cursor = '';
      this.board = null;
      this.contactAt = 0;
    }

    /** A state from `saved()`; anything malformed gives an empty one. */
    static restore(saved) {
      const state = new WallState();
      if (!saved || typeof saved !== 'object' || !Array.isArray(saved.cards)) return state;
      (Array.isArray(saved.gone) ? saved.gone : []).forEach((id) => state.gone.add(String(id)));
      saved.cards.forEach((raw) => state.put(raw));
      state.board = saved.board && typeof saved.board === 'object' ? saved.board : null;
      state.contactAt = number(saved.contactAt, 0);
      /* The cursor is not restored into use: the first question after a start asks for everything. */
      return state;
    }

    saved() {
      return {
        cards: this.byWorth().slice(0, SAVED_CARDS),
        gone: Array.from(this.gone).slice(-SAVED_GONE),
        cursor: this.cursor,
        board: this.board,
        contactAt: this.contactAt,
      };
    }

    all() {
      return Array.from(this.cards.values()).sort(newest);
    }

    /** As `all`, but what keeps its place comes before what passes. */
    byWorth() {
      const all = this.all();
      return all.filter((one) => !isThanks(one)).concat(all.filter(isThanks));
    }

    put(raw) {
      const made = card(raw);
      if (!made || this.gone.has(made.id)) return false;
      const old = this.cards.get(made.id);
      if (old && JSON.stringify(old) === JSON.stringify(made)) return false;
      this.cards.set(made.id, made);
      if (this.cards.size > MAX_CARDS) this.cards.delete(this.byWorth()[MAX_CARDS].id);
      return true;
    }

    withdraw(id) {
      if (typeof id !== 'string' || !id) return false;
      this.gone.delete(id);
      this.gone.add(id);
      if (this.gone.size > MAX_GONE) this.gone.delete(this.gone.values().next().value);
      return this.cards.delete(id);
    }

    perform(event) {
      if (event.op === 'withdraw') return this.withdraw(event.id);
      if (event.op === 'show') return this.put(event.card);
      return false;
    }

    /** A pushed event: 'applied', 'old' (known already) or 'gap' (something before it is missing). */
    applyEvent(event) {
      const stream = String(event.stream);
      const last = this.seqs[stream];
      if (typeof last !== 'number' || event.seq > last + 1) return 'gap';
      if (event.seq <= last) return 'old';
      this.perform(event);
      this.seqs[stream] = event.seq;
      return 'applied';
    }

    /** An answer of the feed. Applying the same answer twice changes nothing. */
    applyFeed(feed) {
      if (feed.whole) {
        const kept = new Set();
        feed.events.forEach((event) => {
          if (event && event.op === 'show' && event.card) kept.add(event.card.id);
        });
        Array.from(this.cards.keys()).forEach((id) => {
          if (!kept.has(id)) this.cards.delete(id);
        });
      }
      feed.events.forEach((event) => event && this.perform(event));
      this.seqs = Object.assign({}, feed.seqs);
      this.cursor = String(feed.cursor || '');
      if (feed.board) this.board = feed.board;
    }

    /** 'same', 'behind' (ask for the rest) or 'ahead' (the server went back in time: ask for all). */
    compare(seqs) {
      let answer = 'same';
      Object.keys(seqs || {}).forEach((stream) => {
        const last = this.seqs[stream];
        if (typeof last === 'number' && last > seqs[stream]) answer = 'ahead';
        else if (last !== seqs[stream] && answer === 'same') answer = 'behind';
      });
      return answer;
    }

    /** Drops what has had its time. True when something went. */
    expire(now) {
      let went = false;
      this.cards.forEach((one) => {
        if (one.show_until <= now) {
          this.cards.delete(one.id);
          went = true;
        }
      });
      return went;
    }

    /** Cards whose time is now, newest first; of several about one thing the one that names most. */
    showing(now) {
      const due = this.all().filter((one) => one.show_from <= now && one.show_until > now);
      const best = new Map();
      due.forEach((one) => {
        const other = best.get(one.thread);
        if (!other || one.to.length > other.to.length) best.set(one.thread, one);
      });
      return due.filter((one) => best.get(one.thread) === one);
    }

    /** When the next held card is due, or the next one ends; null when nothing waits. */
    nextChange(now) {
      let next = null;
      this.cards.forEach((one) => {
        const due = one.show_from > now ? one.show_from : one.show_until;
        if (next === null || due < next) next = due;
      });
      return next;
    }
  }

  wall.WallState = WallState;
  wall.isThanks = isThanks;
  wall.isPhoto = isPhoto;
  wall.isJubilee = isJubilee;
  wall.isStanding = isStanding;
  wall.hasBars = hasBars;
  wall.isPoster = isPoster;
})((window.vaffelWall = window.vaffelWall || {}));
