/* A card with something to do: what it is about, a code to scan, and words to compare. */
(function (wall) {
  'use strict';

  const TITLE = [11, 9.8, 8.4, 7.3, 6.2, 5.2];

  /* A drawing from the server is shown as a picture, never as part of the page. */
  function picture(svg) {
    const whole = /\sxmlns=/.test(svg.slice(0, 400)) ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
    return 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(whole);
  }

  /** The poster inside a large card. Draws a card that has a title; `wipe` leaves nothing behind. */
  class Poster {
    constructor(root) {
      this.root = root;
      this.label = root.querySelector('.poster-label');
      this.title = root.querySelector('.poster-title');
      this.facts = root.querySelector('.poster-facts');
      this.way = root.querySelector('.poster-way');
      this.code = root.querySelector('.poster-way img');
      this.scan = root.querySelector('.poster-scan');
      this.signLabel = root.querySelector('.poster-sign-label');
      this.sign = Array.from(root.querySelectorAll('.poster-sign i'));
    }

    /** `room` is the height there is and `u` the unit, in pixels; `k` is the board's preset. */
    fill(card, room, u, k) {
      this.root.hidden = false;
      this.way.hidden = !card.qr;
      if (card.qr) this.code.src = picture(card.qr);
      wall.put(this.scan, card.scan);
      this.sign.forEach((word, index) => wall.put(word, card.sign[index] || ''));
      wall.put(this.signLabel, card.sign.length ? card.sign_label : '');
      const sizes = (steps) => steps.map((step) => step * u * k);
      wall.fit.label(this.label, card.label, sizes([4, 3.6, 3.3]), 2, 1.25);
      wall.fit.label(this.facts, card.facts, sizes([4.6, 4, 3.5]), 3, 1.25);
      /* The title takes what the rest leaves; a long one ends in "…" at the smallest size. */
      const steps = sizes(TITLE);
      const holds = (size, lines) => {
        wall.fit.label(this.title, card.title, [size], lines, 1.11);
        return this.root.offsetHeight <= room && (lines === 1 || this.title.textContent === card.title);
      };
      steps.some((size) => wall.fit.keepsWords(this.title, card.title, size) && holds(size, 3)) || holds(steps[steps.length - 1], 2) || holds(steps[steps.length - 1], 1);
    }

    wipe() {
      this.root.hidden = true;
      this.code.removeAttribute('src');
      [this.label, this.title, this.facts, this.scan, this.signLabel].concat(this.sign).forEach((part) => wall.put(part, ''));
    }
  }

  wall.picture = picture;
  wall.Poster = Poster;
})((window.vaffelWall = window.vaffelWall || {}));
