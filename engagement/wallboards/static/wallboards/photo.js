/* A photo of an event, whole and never cut, with what it is of. Its picture is fetched before the card is shown, kept in memory alone, and dropped with it. */
(function (wall) {
  'use strict';

  const TITLE = [6.4, 5.6, 4.8, 4.2];
  /* In units: the line around a picture, the gap to its words, and how wide these are beside it at least. */
  const LINE = 0.9;
  const GAP = 2.4;
  const BESIDE = 34;
  const MOST = 12;
  const AGAIN = 60000;

  /** Pictures by their cards. A card without its picture is not shown. */
  class Pictures {
    constructor() {
      this.kept = new Map();
    }

    /** `list` without the photos whose picture is not here; asks for those at the time `at`, and drops what hangs no more. */
    ready(list, at) {
      const wanted = list.filter(wall.isPhoto).slice(0, MOST);
      const ids = new Set(wanted.map((card) => card.id));
      Array.from(this.kept.keys()).forEach((id) => {
        if (!ids.has(id)) this.drop(id);
      });
      wanted.forEach((card) => this.want(card, at));
      return list.filter((card) => !wall.isPhoto(card) || Boolean(this.of(card.id)));
    }

    want(card, at) {
      const kept = this.kept.get(card.id);
      if (kept && (kept.here || at < kept.again)) return;
      const one = { image: new Image(), here: false, again: at + AGAIN };
      one.image.onload = () => {
        one.here = one.image.naturalWidth > 0;
      };
      one.image.alt = card.alt;
      one.image.src = '/screen/photos/' + encodeURIComponent(card.id) + '/';
      this.kept.set(card.id, one);
    }

    of(id) {
      const kept = this.kept.get(id);
      return kept && kept.here ? kept.image : null;
    }

    drop(id) {
      const { image } = this.kept.get(id);
      this.kept.delete(id);
      image.onload = null;
      if (image.parentNode) image.parentNode.removeChild(image);
      image.removeAttribute('src');
      image.alt = '';
    }

    clear() {
      Array.from(this.kept.keys()).forEach((id) => this.drop(id));
    }
  }

  /** The photo inside a large card. `fill` twice with the same card changes nothing; `wipe` leaves nothing behind. */
  class Photo {
    constructor(root) {
      this.root = root;
      this.frame = root.querySelector('.photo-frame');
      this.words = root.querySelector('.photo-words');
      this.label = root.querySelector('.photo-label');
      this.title = root.querySelector('.photo-title');
      this.facts = root.querySelector('.photo-facts');
    }

    /** `room` is the height there is and `u` the unit, in pixels; `k` is the board's preset; `image` is loaded. */
    fill(card, room, u, k, image) {
      this.root.hidden = false;
      const shape = image.naturalWidth / image.naturalHeight;
      const wide = this.root.clientWidth - 2 * LINE * u;
      const high = room - 2 * LINE * u;
      /* The words stand beside a picture that leaves them room, else below it. */
      const beside = high * shape + (2 * GAP + BESIDE * k) * u <= wide;
      this.root.classList.toggle('is-beside', beside);
      if (beside) this.size(high * shape, shape);
      const sizes = (steps) => steps.map((step) => step * u * k);
      wall.fit.label(this.label, card.label, sizes([3.6, 3.3]), 1, 1.25);
      wall.fit.label(this.title, card.title, sizes(TITLE), beside ? 4 : 2, 1.1);
      wall.fit.label(this.facts, card.facts, sizes([3.6, 3.3]), 1, 1.25);
      if (!beside) this.size(Math.min(wide, Math.max(1, high - this.words.offsetHeight - GAP * u) * shape), shape);
      if (this.frame.firstChild !== image) {
        this.empty();
        this.frame.appendChild(image);
      }
    }

    size(width, shape) {
      this.frame.style.width = Math.floor(width) + 'px';
      this.frame.style.height = Math.floor(width / shape) + 'px';
    }

    empty() {
      while (this.frame.firstChild) this.frame.removeChild(this.frame.firstChild);
    }

    wipe() {
      this.root.hidden = true;
      this.empty();
      [this.label, this.title, this.facts].forEach((part) => wall.put(part, ''));
    }
  }

  wall.Pictures = Pictures;
  wall.Photo = Photo;
})((window.vaffelWall = window.vaffelWall || {}));
