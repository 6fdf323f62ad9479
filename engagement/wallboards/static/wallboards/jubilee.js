/* A milestone or a goal that was reached: a waffle with a number or a face in it, and calm words. */
(function (wall) {
  'use strict';

  const TITLE = [9.6, 8.6, 7.6, 6.6, 5.6];
  const NUMBER = [21, 18, 15, 12.5, 10, 8.4, 7, 5.8];

  /** The jubilee inside a large card. Draws a card that has a title; `wipe` leaves nothing behind. */
  class Jubilee {
    constructor(root) {
      this.root = root;
      this.medal = root.querySelector('.jubilee-medal');
      this.years = root.querySelector('.jubilee-years');
      this.unit = root.querySelector('.jubilee-unit');
      this.face = root.querySelector('.jubilee-face');
      this.label = root.querySelector('.jubilee-label');
      this.number = root.querySelector('.jubilee-number');
      this.title = root.querySelector('.jubilee-title');
      this.facts = root.querySelector('.jubilee-facts');
    }

    /** `room` is the height there is and `u` the unit, in pixels; `k` is the board's preset. */
    fill(card, room, u, k) {
      this.root.hidden = false;
      /* What fits into the waffle stands there; a goal's number has a line of its own. */
      const inside = card.unit ? card.number : '';
      const beside = card.unit ? '' : card.number;
      wall.put(this.years, inside);
      wall.put(this.unit, card.unit);
      wall.put(this.face, card.face ? card.face.initials : '');
      this.face.hidden = !card.face;
      this.face.className = 'jubilee-face' + (card.face ? ' hue-' + card.face.hue : '');
      this.root.classList.toggle('is-number', Boolean(beside));
      this.root.classList.toggle('is-bare', !inside && !card.face);
      const sizes = (steps) => steps.map((step) => step * u * k);
      wall.fit.label(this.label, card.label, sizes([4.4, 4]), 1, 1.25);
      wall.fit.label(this.number, beside, sizes(NUMBER), 1, 1);
      wall.fit.label(this.facts, card.facts, sizes([4.6, 4, 3.5]), 2, 1.25);
      const steps = sizes(beside ? TITLE.slice(2) : TITLE);
      const holds = (size, lines) => {
        wall.fit.label(this.title, card.title, [size], lines, 1.1);
        return this.root.offsetHeight <= room && (lines === 1 || this.title.textContent === card.title);
      };
      steps.some((size) => wall.fit.keepsWords(this.title, card.title, size) && holds(size, 4)) || holds(steps[steps.length - 1], 3) || holds(steps[steps.length - 1], 1);
    }

    wipe() {
      this.root.hidden = true;
      [this.years, this.unit, this.face, this.label, this.number, this.title, this.facts].forEach((part) => wall.put(part, ''));
    }
  }

  wall.Jubilee = Jubilee;
})((window.vaffelWall = window.vaffelWall || {}));
