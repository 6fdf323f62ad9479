/* Draws cards: one large, a few small, always in the same elements. Decides who is large and for how long. */
(function (wall) {
  'use strict';

  const { mono, day } = wall.time;
  const ROTATION = 8;
  const POSTERS = 2;
  const POSTER_DWELL = 18000;
  const STANDING_DWELL = 16000;
  const JUBILEES = 3;
  const JUBILEE_DWELL = 14000;
  const FRESH_FOR = 120000;
  const FRESH_AT_LEAST = 7000;
  const FRESH_DWELL = 20000;
  const LEAVING = 650;
  const SCALES = { near: 0.86, normal: 1, far: 1.16 };
  const byId = (id) => document.getElementById(id);

  function hue(element, number) {
    const name = 'hue-' + number;
    if (element.dataset.hue === name) return;
    if (element.dataset.hue) element.classList.remove(element.dataset.hue);
    element.classList.add(name);
    element.dataset.hue = name;
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function heroParts(root) {
    const faces = Array.from(root.querySelectorAll('.face'));
    return {
      root,
      people: root.querySelector('.people'),
      giver: faces[0],
      receivers: faces.slice(1, 5),
      more: faces[5],
      names: root.querySelector('.names'),
      to: root.querySelector('.to'),
      from: root.querySelector('.from'),
      words: root.querySelector('.words'),
      foot: root.querySelector('.foot'),
      value: root.querySelector('.value'),
      valueName: root.querySelector('.value-name'),
      pages: root.querySelector('.pages'),
      poster: new wall.Poster(root.querySelector('.poster')),
      jubilee: new wall.Jubilee(root.querySelector('.jubilee')),
      standings: new wall.Standings(root.querySelector('.standing')),
      photo: new wall.Photo(root.querySelector('.photo')),
    };
  }

  function slotParts(root) {
    return {
      root,
      face: root.querySelector('.face'),
      to: root.querySelector('.card-to'),
      from: root.querySelector('.card-from'),
      words: root.querySelector('.card-words'),
      key: '',
    };
  }

  /* One round: the newest thank-yous, and between them what hangs for days, those whose turn it is (`picked`) and
     one standing, that of the competition `standing`. */
  function turnOf(list, picked, standing) {
    const posters = list.filter(wall.isPoster).slice(0, POSTERS);
    const jubilees = picked.map((id) => list.find((card) => card.id === id)).filter(Boolean);
    const standings = list.filter((card) => wall.isStanding(card) && card.thread === standing);
    const turn = list.filter(wall.isThanks).slice(0, ROTATION - posters.length - jubilees.length - standings.length);
    turn.splice.apply(turn, [2, 0].concat(standings));
    posters.forEach((poster, index) => turn.splice(3 + index * 3, 0, poster));
    jubilees.forEach((jubilee, index) => turn.splice(1 + index * 3, 0, jubilee));
    return turn;
  }

  class Stage {
    constructor(burst) {
      this.burst = burst;
      this.pictures = new wall.Pictures();
      this.looks = (document.documentElement.dataset.looks || '').split(' ');
      this.heroes = Array.from(document.querySelectorAll('#heroes .hero')).map(heroParts);
      this.slots = Array.from(document.querySelectorAll('#side .card')).map(slotParts);
      this.dots = Array.from(document.querySelectorAll('#dots i'));
      this.front = 0;
      this.known = new Set();
      this.fresh = [];
      this.hero = null;
      this.picked = [];
      this.standing = '';
      this.entries = 0;
      this.entered = new Map();
      this.leaveTimer = 0;
      this.bloomTimer = 0;
      this.words = {};
      this.board = {};
      this.measure();
    }

    /** The unit: a hundredth of the height, less on panels that are narrow for their height. */
    measure() {
      const width = window.innerWidth;
      const height = window.innerHeight;
      this.tall = height > width;
      const unit = this.tall ? Math.min(height / 100, width / 92) : Math.min(height / 100, width / 150);
      this.u = Math.max(2, unit);
      document.documentElement.style.setProperty('--u', this.u.toFixed(3) + 'px');
      document.documentElement.classList.toggle('tall', this.tall);
      this.redraw();
    }

    redraw() {
      this.plans = new Map();
      if (this.hero) this.hero.key = '';
      this.slots.forEach((slot) => {
        slot.key = '';
      });
    }

    setBoard(board, words) {
      const key = JSON.stringify([board.organisation, board.name, board.preset, board.language]);
      this.board = board;
      this.words = words;
      if (key === this.boardKey) return;
      this.boardKey = key;
      put(byId('organisation'), board.organisation || '');
      put(byId('board'), board.name || '');
      this.scale = SCALES[board.preset] || 1;
      document.documentElement.style.setProperty('--k', String(this.scale));
      this.redraw();
    }

    /** Everything off the stage, at once, and out of the document. */
    clear() {
      this.known.clear();
      this.entered.clear();
      this.picked = [];
      this.fresh = [];
      this.hero = null;
      clearTimeout(this.leaveTimer);
      this.heroes.forEach((hero) => this.wipe(hero));
      this.slots.forEach((slot) => this.wipeSlot(slot));
      this.pictures.clear();
      this.burst.stop();
      this.boardKey = '';
      put(byId('organisation'), '');
      put(byId('board'), '');
    }

    wipe(hero) {
      hero.root.hidden = true;
      hero.root.classList.remove('enter', 'fresh', 'leave');
      hero.root.removeAttribute('data-testid');
      hero.root.removeAttribute('data-id');
      hero.root.classList.remove('is-poster', 'is-jubilee', 'is-standing', 'is-photo');
      hero.poster.wipe();
      hero.jubilee.wipe();
      hero.standings.wipe();
      hero.photo.wipe();
      [hero.giver].concat(hero.receivers, hero.more, hero.to, hero.from, hero.words, hero.valueName, hero.pages).forEach((part) => put(part, ''));
    }

    wipeSlot(slot) {
      slot.key = '';
      slot.root.hidden = true;
      slot.root.removeAttribute('data-testid');
      slot.root.removeAttribute('data-id');
      [slot.face, slot.to, slot.from, slot.words].forEach((part) => put(part, ''));
    }

    /**
     * Draws `all` (newest first) as of `now`. `calm` means: nothing may celebrate. Doing it twice with
     * the same cards and the same time changes nothing.
     */
    draw(all, now, calm) {
      const list = this.pictures.ready(all, mono());
      this.list = list;
      const ids = new Map(list.map((card) => [card.id, card]));
      list.slice().reverse().forEach((card) => {
        if (this.known.has(card.id)) return;
        this.known.add(card.id);
        if (!calm && !wall.isStanding(card) && now - card.show_from < FRESH_FOR) this.fresh.push(card.id);
      });
      this.known.forEach((id) => {
        if (ids.has(id)) return;
        this.known.delete(id);
        this.entered.delete(id);
      });
      this.entered.forEach((turn, key) => {
        if (!ids.has(key) && !list.some((card) => card.thread === key)) this.entered.delete(key);
      });
      this.followStanding(list, ids);
      const jubilees = list.filter(wall.isJubilee).length;
      if (this.picked.filter((id) => ids.has(id)).length < Math.min(JUBILEES, jubilees)) this.pick();
      const shown = list.filter(wall.isStanding);
      if (shown.length && !shown.some((card) => card.thread === this.standing)) this.pickStanding();
      this.fresh = this.fresh.filter((id) => ids.has(id)).slice(-ROTATION);
      this.choose(list, ids, calm);
      this.drawSide(list, now);
      this.refit(ids);
      this.drawDots(list);
    }

    /** The next round is of those jubilees that have waited longest, so that each has its turn. */
    pick() {
      const last = (card) => this.entered.get(card.id) || 0;
      const waiting = this.list.filter(wall.isJubilee).sort((a, b) => last(a) - last(b));
      this.picked = waiting.slice(0, JUBILEES).map((card) => card.id);
      this.pickStanding();
    }

    pickStanding() {
      const since = (card) => this.entered.get(card.thread) || 0;
      const standing = this.list.filter(wall.isStanding).sort((a, b) => since(a) - since(b))[0];
      this.standing = standing ? standing.thread : '';
    }

    /** A newer standing of the same competition takes the large one's place without a word: only its bars move. */
    followStanding(list, ids) {
      const hero = this.hero;
      if (!hero || !hero.standing || ids.has(hero.id)) return;
      const next = list.find((card) => wall.isStanding(card) && card.thread === hero.standing);
      if (!next) return;
      hero.id = next.id;
      this.heroes[this.front].root.dataset.id = next.id;
    }

    choose(list, ids, calm) {
      const at = mono();
      const hero = this.hero;
      const there = hero && ids.get(hero.id);
      const stood = hero ? at - hero.since : Infinity;
      if (this.fresh.length && (!there || !hero.fresh || stood >= FRESH_AT_LEAST)) {
        const card = ids.get(this.fresh.shift());
        if (!there || card.id !== hero.id) this.enter(card, !calm && !wall.isPoster(card) && !wall.isPhoto(card));
        /* The round begins anew with what has just come. */
        this.pick();
        return;
      }
      if (!there) {
        if (list.length) this.enter(turnOf(list, this.picked, this.standing)[0], false);
        else if (hero) this.leave();
        return;
      }
      if (stood >= hero.dwell && list.length > 1) {
        const place = turnOf(list, this.picked, this.standing).findIndex((card) => card.id === hero.id) + 1;
        if (place >= turnOf(list, this.picked, this.standing).length) this.pick();
        const turn = turnOf(list, this.picked, this.standing);
        const next = turn[place % turn.length];
        if (next.id !== hero.id) this.enter(next, false);
        return;
      }
      if (hero.key !== JSON.stringify(there)) this.fill(this.heroes[this.front], there);
      this.turnPage(at);
    }

    enter(card, celebrate) {
      const old = this.heroes[this.front];
      this.front = 1 - this.front;
      const now = this.heroes[this.front];
      clearTimeout(this.leaveTimer);
      this.wipe(now);
      const stays = this.hero && this.list.some((one) => one.id === this.hero.id);
      if (stays) {
        old.root.removeAttribute('data-testid');
        old.root.removeAttribute('data-id');
        old.root.classList.remove('enter', 'fresh');
        old.root.classList.add('leave');
        this.leaveTimer = setTimeout(() => this.wipe(old), LEAVING);
      } else {
        this.wipe(old);
      }
      this.hero = { id: card.id, since: mono(), fresh: celebrate, standing: wall.isStanding(card) ? card.thread : '' };
      this.entries += 1;
      this.entered.set(wall.isStanding(card) ? card.thread : card.id, this.entries);
      now.root.hidden = false;
      this.fill(now, card);
      now.root.dataset.id = card.id;
      now.root.setAttribute('data-testid', 'wall-card');
      now.root.classList.add('enter');
      if (celebrate) {
        now.root.classList.add('fresh');
        this.celebrate(now);
      }
    }

    leave() {
      this.heroes.forEach((hero) => this.wipe(hero));
      this.hero = null;
    }

    /** Other small cards, or none any more, may have left the large one another room than it was measured for. */
    refit(ids) {
      const hero = this.hero;
      const room = byId('heroes');
      if (!hero || (room.clientHeight === hero.room && room.clientWidth === hero.wide)) return;
      this.plans.clear();
      this.fill(this.heroes[this.front], ids.get(hero.id));
    }

    fill(parts, card) {
      this.hero.key = JSON.stringify(card);
      this.hero.room = byId('heroes').clientHeight;
      this.hero.wide = byId('heroes').clientWidth;
      if (wall.isPoster(card)) this.fillPoster(parts, card);
      else if (wall.hasBars(card)) this.fillStandings(parts, card);
      else if (wall.isPhoto(card)) this.fillPhoto(parts, card);
      else if (wall.isJubilee(card)) this.fillJubilee(parts, card);
      else this.fillThanks(parts, card);
    }

    fillPoster(parts, card) {
      parts.root.classList.add('is-poster');
      parts.root.dataset.look = 'plain';
      document.documentElement.dataset.look = 'plain';
      parts.poster.fill(card, this.hero.room, this.u, this.scale);
      this.hero.pages = [];
      this.hero.dwell = POSTER_DWELL;
    }

    fillStandings(parts, card) {
      parts.root.classList.add('is-standing');
      parts.root.dataset.look = 'plain';
      document.documentElement.dataset.look = 'plain';
      parts.standings.fill(card, this.hero.room, this.u, this.scale);
      this.hero.pages = [];
      this.hero.dwell = STANDING_DWELL;
    }

    fillPhoto(parts, card) {
      parts.root.classList.add('is-photo');
      parts.root.dataset.look = 'plain';
      document.documentElement.dataset.look = 'plain';
      parts.photo.fill(card, this.hero.room, this.u, this.scale, this.pictures.of(card.id));
      this.hero.pages = [];
      this.hero.dwell = JUBILEE_DWELL;
    }

    fillJubilee(parts, card) {
      parts.root.classList.add('is-jubilee');
      parts.jubilee.fill(card, this.hero.room, this.u, this.scale);
      this.hero.pages = [];
      this.hero.dwell = JUBILEE_DWELL;
    }

    fillThanks(parts, card) {
      /* A card of a newer server in a look that this page has no drawing for. */
      const look = this.looks.indexOf(card.look) >= 0 ? card.look : 'plain';
      parts.root.dataset.look = look;
      document.documentElement.dataset.look = look;
      const many = card.to.length;
      parts.giver.hidden = !card.from;
      if (card.from) {
        put(parts.giver, card.from.initials);
        hue(parts.giver, card.from.hue);
      }
      parts.receivers.forEach((face, index) => {
        const one = card.to[index];
        face.hidden = !one;
        put(face, one ? one.initials : '');
        if (one) hue(face, one.hue);
      });
      parts.more.hidden = many <= 4;
      put(parts.more, many > 4 ? '+' + (many - 4) : '');
      parts.people.classList.toggle('several', many > 1);
      parts.people.classList.toggle('crowd', many > 2);
      const to = card.to_label || card.to.map((one) => one.name).join(', ');
      const from = card.from_label || (card.from ? this.words.from.replace('{name}', card.from.name) : '');
      parts.value.hidden = !card.value;
      put(parts.valueName, card.value ? card.value.name : '');
      if (card.value) hue(parts.value, card.value.hue);
      parts.foot.hidden = false;
      const plan = this.planned(parts, this.hero.key, card.text, to, from);
      this.hero.pages = plan.pages;
      this.hero.page = 0;
      const longest = plan.pages.reduce((most, page) => Math.max(most, page.length), 0);
      this.hero.pageTime = Math.min(16000, Math.max(9000, 4000 + longest * 55));
      const whole = plan.pages.length * this.hero.pageTime;
      this.hero.dwell = Math.max(whole, this.hero.fresh ? FRESH_DWELL : 13000);
      if (whole > 13000) this.hero.dwell = Math.ceil(this.hero.dwell / whole) * whole;
      this.showPage(parts);
    }

    /* Measuring is the dear part, and a card comes round many times: its plan is kept until the stage changes. */
    planned(parts, key, text, to, from) {
      const kept = this.plans.get(key);
      const labels = [parts.to, parts.from];
      if (kept) {
        parts.root.classList.toggle('dense', kept.dense);
        labels.forEach((label, index) => {
          put(label, kept.labels[index].text);
          label.style.fontSize = kept.labels[index].size;
        });
        parts.words.style.fontSize = kept.size + 'px';
        return kept;
      }
      let plan = this.plan(parts, text, to, from, false);
      /* A long text gets the room that large faces and air would take, before it is cut in pages. */
      if (plan.pages.length > 1) plan = this.plan(parts, text, to, from, true);
      plan.labels = labels.map((label) => ({ text: label.textContent, size: label.style.fontSize }));
      plan.dense = parts.root.classList.contains('dense');
      if (this.plans.size >= 60) this.plans.clear();
      this.plans.set(key, plan);
      return plan;
    }

    plan(parts, text, to, from, dense) {
      const u = this.u;
      const k = this.scale;
      parts.root.classList.toggle('dense', dense);
      wall.fit.label(parts.to, to, (dense ? [5.2, 4.6, 4] : [6.4, 5.6, 4.8, 4]).map((size) => size * u * k), 2, 1.1);
      wall.fit.label(parts.from, from, (dense ? [3.5, 3.3] : [4, 3.6, 3.3]).map((size) => size * u * k), dense ? 1 : 2, 1.25);
      const gaps = 2 * (dense ? 2.2 : 3.4) * u;
      const room = this.hero.room - parts.people.offsetHeight - parts.foot.offsetHeight - gaps;
      return wall.fit.words(parts.words, text, room, u, k, this.tall);
    }

    showPage(parts) {
      const { pages, page } = this.hero;
      put(parts.words, pages[page] || '');
      const label = pages.length > 1 ? this.words.page.replace('{page}', page + 1).replace('{pages}', pages.length) : '';
      put(parts.pages, label);
    }

    turnPage(at) {
      const hero = this.hero;
      if (!hero || hero.pages.length < 2) return;
      const page = Math.floor((at - hero.since) / hero.pageTime) % hero.pages.length;
      if (page === hero.page) return;
      hero.page = page;
      const parts = this.heroes[this.front];
      parts.words.classList.remove('turn');
      this.showPage(parts);
      void parts.words.offsetWidth;
      parts.words.classList.add('turn');
    }

    drawSide(list, now) {
      const heroId = this.hero ? this.hero.id : '';
      const rest = list.filter((card) => card.id !== heroId && wall.isThanks(card));
      const side = byId('side');
      const most = side.classList.contains('short') ? 1 : this.slots.length;
      const shown = rest.slice(0, most);
      this.slots.forEach((slot, index) => {
        const card = shown[index];
        if (!card) {
          if (slot.key) this.wipeSlot(slot);
          slot.root.hidden = true;
          return;
        }
        const key = JSON.stringify(card);
        if (slot.key === key) return;
        const other = slot.root.dataset.id !== card.id;
        this.fillSlot(slot, card);
        slot.key = key;
        if (other) {
          slot.root.classList.remove('arrive');
          void slot.root.offsetWidth;
          slot.root.classList.add('arrive');
        }
      });
      const zone = this.board.timezone;
      const today = day(now, zone);
      const hero = list.find((card) => card.id === heroId);
      let title = '';
      if (shown.length) {
        const sameDay = shown.every((card) => day(card.at, zone) === today);
        const newest = hero && wall.isThanks(hero) && hero.at >= shown[0].at;
        title = sameDay ? (newest ? this.words.earlier_today : this.words.also_today) : this.words.lately;
      }
      put(byId('side-title'), title || '');
      byId('room').classList.toggle('alone', !shown.length && byId('offline').hidden);
    }

    fillSlot(slot, card) {
      const u = this.u;
      const k = this.scale;
      slot.root.hidden = false;
      slot.root.dataset.id = card.id;
      slot.root.setAttribute('data-testid', 'wall-card');
      const first = card.to[0];
      slot.face.hidden = !first;
      put(slot.face, first ? first.initials : '');
      if (first) hue(slot.face, first.hue);
      const to = card.to_label || card.to.map((one) => one.name).join(', ');
      const from = card.from_label || (card.from ? this.words.from.replace('{name}', card.from.name) : '');
      wall.fit.label(slot.to, to, [4.6 * u * k, 4 * u * k, 3.5 * u * k], 1, 1.15);
      wall.fit.label(slot.from, from, [3.3 * u * k], 2, 1.25);
      slot.words.style.fontSize = 3.9 * u * k + 'px';
      wall.fit.excerpt(slot.words, card.text, 3 * 3.9 * u * k * 1.22);
    }

    drawDots(list) {
      const turn = turnOf(list, this.picked, this.standing);
      const on = this.hero ? turn.findIndex((card) => card.id === this.hero.id) : -1;
      this.dots.forEach((dot, index) => {
        dot.hidden = turn.length < 2 || index >= turn.length;
        dot.classList.toggle('on', index === on);
      });
    }

    /** The joy: the five hearts open once and small ones rise from the receiver's face. */
    celebrate(parts) {
      const ornament = byId('ornament');
      ornament.classList.remove('bloom');
      void ornament.offsetWidth;
      ornament.classList.add('bloom');
      clearTimeout(this.bloomTimer);
      this.bloomTimer = setTimeout(() => ornament.classList.remove('bloom'), 3200);
      if (window.matchMedia && window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
      const bars = parts.root.classList.contains('is-standing') ? parts.standings.title : null;
      const middle = bars || (parts.root.classList.contains('is-jubilee') ? parts.jubilee.medal : parts.receivers[0]);
      const box = middle.getBoundingClientRect();
      this.burst.start(box.left + box.width / 2, box.top + box.height / 2, this.u);
    }

    /** The stage is dark: what comes meanwhile is not celebrated afterwards. */
    note(all) {
      const list = this.pictures.ready(all, mono());
      list.forEach((card) => this.known.add(card.id));
      this.fresh = [];
      this.burst.stop();
      if (this.hero && !list.some((card) => card.id === this.hero.id)) this.leave();
      this.slots.forEach((slot) => {
        if (slot.key && !list.some((card) => card.id === slot.root.dataset.id)) this.wipeSlot(slot);
      });
    }

    drawEmpty(empty) {
      const words = this.words;
      byId('empty').hidden = !empty;
      if (!empty) return;
      put(byId('empty-title'), words.empty_title);
      put(byId('empty-text'), words.empty_text);
      put(byId('empty-invite'), words.invite.replace('{address}', location.host + '/kudos/'));
    }
  }

  wall.Stage = Stage;
  wall.put = put;
})((window.vaffelWall = window.vaffelWall || {}));
