/* Where the groups of a competition stand, and how it ended: up to six bars, each with place, letter, name and number. */
(function (wall) {
  'use strict';

  const TITLE = [8.4, 7.3, 6.4, 5.6, 4.8];
  const SCALES = [1, 0.92, 0.84, 0.76, 0.68, 0.6];
  const FEW = 4;

  /** The standing inside a large card. `fill` twice with the same card changes nothing; `wipe` leaves nothing behind. */
  class Standings {
    constructor(root) {
      this.root = root;
      this.label = root.querySelector('.standing-label');
      this.title = root.querySelector('.standing-title');
      this.unit = root.querySelector('.standing-unit');
      this.more = root.querySelector('.standing-more');
      this.facts = root.querySelector('.standing-facts');
      this.rows = Array.from(root.querySelectorAll('.standing-row')).map((row) => ({
        root: row,
        place: row.querySelector('.standing-place'),
        sign: row.querySelector('.standing-sign'),
        name: row.querySelector('.standing-name'),
        value: row.querySelector('.standing-value'),
        fill: row.querySelector('.standing-fill'),
      }));
    }

    /** `room` is the height there is and `u` the unit, in pixels; `k` is the board's preset. */
    fill(card, room, u, k) {
      this.root.hidden = false;
      this.root.classList.toggle('is-few', card.rows.length <= FEW);
      this.root.classList.toggle('is-result', card.kind === 'result');
      wall.put(this.unit, card.unit);
      wall.put(this.more, card.more);
      wall.put(this.facts, card.facts);
      const sizes = (steps) => steps.map((step) => step * u * k);
      wall.fit.label(this.label, card.label, sizes([4, 3.6]), 1, 1.25);
      SCALES.some((scale) => {
        wall.fit.label(this.title, card.title, sizes(TITLE.map((step) => step * scale)), 2, 1.1);
        this.draw(card.rows, u * k * scale);
        return this.root.offsetHeight <= room;
      });
    }

    draw(rows, unit) {
      this.root.style.setProperty('--row', unit.toFixed(3) + 'px');
      const large = rows.length <= FEW ? 5.4 : 4.3;
      this.rows.forEach((parts, index) => {
        const row = rows[index];
        parts.root.hidden = !row;
        if (!row) return;
        wall.put(parts.place, String(row.place));
        wall.put(parts.sign, row.letter);
        wall.put(parts.value, row.value);
        parts.sign.className = 'standing-sign team-' + row.colour + ' is-' + row.pattern;
        parts.fill.className = 'standing-fill team-' + row.colour + ' is-' + row.pattern;
        parts.fill.style.width = row.share / 10 + '%';
        wall.fit.label(parts.name, row.name, [large, large * 0.9, large * 0.8].map((size) => Math.max(size * unit, 1)), 1, 1.2);
      });
    }

    wipe() {
      this.root.hidden = true;
      [this.label, this.title, this.unit, this.more, this.facts].forEach((part) => wall.put(part, ''));
      this.rows.forEach((row) => {
        row.root.hidden = true;
        [row.place, row.sign, row.name, row.value].forEach((part) => wall.put(part, ''));
      });
    }
  }

  wall.Standings = Standings;
})((window.vaffelWall = window.vaffelWall || {}));
