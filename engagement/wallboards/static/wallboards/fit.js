/* Text that always fits: the largest step that holds, pages for long texts, words cut only between words. */
(function (wall) {
  'use strict';

  /* Sizes in hundredths of the stage's height; how many lines each may take before the next is tried. */
  const ONE_PAGE = [[15, 1], [12.5, 1], [11, 2], [9.8, 3], [9, 4], [8.4, 4], [7.8, 5], [7.3, 7]];
  const TWO_PAGES = [[8.4, 4], [7.3, 7]];
  const TIGHT = [[6.6, 8], [6, 9]];
  const LAST = [[5.4, 10], [4.8, 12], [4, 16]];
  const PLANS = [[1, ONE_PAGE], [2, TWO_PAGES], [2, TIGHT], [3, TWO_PAGES], [3, TIGHT], [4, TIGHT], [6, TIGHT], [6, LAST]];
  const EMOJI_ONLY = /^(?:[\s\u200d\ufe0f\u20e3]|\p{Extended_Pictographic}|[\u{1f3fb}-\u{1f3ff}]|[\u{1f1e6}-\u{1f1ff}])+$/u;

  function emojiOnly(text) {
    return text.length > 0 && text.length <= 40 && EMOJI_ONLY.test(text);
  }

  /* The cut nearest the ideal place: after a sentence if one ends near, else between words, else between characters. */
  function cutNear(text, ideal, slack) {
    let best = -1;
    let cost = Infinity;
    const weigh = (at, extra) => {
      const far = Math.abs(at - ideal) + extra;
      if (at > 0 && at < text.length && far < cost) {
        best = at;
        cost = far;
      }
    };
    const spaces = /\s+/g;
    let match = spaces.exec(text);
    while (match) {
      const before = text.charAt(match.index - 1);
      weigh(match.index + match[0].length, /[.!?…:]/.test(before) ? 0 : /[,;–—]/.test(before) ? slack * 0.5 : slack);
      match = spaces.exec(text);
    }
    if (best > 0 && Math.abs(best - ideal) < text.length * 0.3 + slack) return best;
    return Array.from(text.slice(0, Math.ceil(ideal))).join('').length;
  }

  /** `text` in `count` pages of about the same length; a page that stops in mid-sentence ends in "…".
   * The larger `slack` (a part of a page), the further a cut may stray for the sake of a whole sentence. */
  function split(text, count, slack) {
    const pages = [];
    let rest = text;
    for (let left = count; left > 1; left -= 1) {
      const ideal = rest.length / left;
      const at = cutNear(rest, ideal, ideal * slack);
      const page = rest.slice(0, at).trim();
      if (page) pages.push(/[.!?…]$/.test(page) ? page : page + ' …');
      rest = rest.slice(at).trim();
    }
    if (rest) pages.push(rest);
    return pages;
  }

  let ruler = null;

  const font = (size) => '720 ' + size + 'px "Schibsted Grotesk"';

  /* Width in pixels of the longest word, so that a size is not chosen that would break it in two. */
  function longestWord(text, font) {
    if (!ruler) ruler = document.createElement('canvas').getContext('2d');
    ruler.font = font;
    return text.split(/\s+/).reduce((most, word) => Math.max(most, ruler.measureText(word.slice(0, 200)).width), 0);
  }

  function holds(element, text, size, lines, room, mayBreak) {
    element.textContent = text;
    element.style.fontSize = size + 'px';
    const height = element.offsetHeight;
    if (height > room || height > lines * size * 1.125 + 2) return false;
    if (element.scrollWidth > element.clientWidth + 1) return false;
    return mayBreak || longestWord(text, font(size)) <= element.clientWidth * 1.02;
  }

  /**
   * Chooses pages and size for `text` in `element`, which may be `room` pixels high; `u` is the unit in
   * pixels, `scale` the board's preset. Leaves the first page in the element and answers {pages, size}.
   */
  function words(element, text, room, u, scale, tall) {
    if (emojiOnly(text)) {
      const many = Array.from(text.replace(/[\s\u200d\ufe0f]/g, '')).length;
      const sizes = many <= 4 ? [24, 20, 16, 12] : [16, 12, 9, 7.3];
      for (const size of sizes) {
        if (holds(element, text, size * u * scale, 3, room, true)) return { pages: [text], size: size * u * scale };
      }
    }
    /* A word too long for a line even at body size has to be broken; no other word is. */
    const mayBreak = longestWord(text, font(7.3 * u * scale)) > element.clientWidth;
    for (const [count, steps] of PLANS) {
      if (count > 1 && text.length < count * 40) continue;
      /* Better a page that ends with a sentence; better still letters of the right size. */
      const cuts = count > 1 ? [split(text, count, 0.25), split(text, count, 0.02)] : [[text]];
      for (const [step, lines] of steps) {
        const size = step * u * scale;
        const most = tall ? Math.ceil(lines * 1.6) : lines;
        const pages = cuts.find((cut) => cut.every((page) => holds(element, page, size, most, room, mayBreak)));
        if (pages) {
          element.textContent = pages[0];
          return { pages, size };
        }
      }
    }
    const size = 4 * u;
    element.style.fontSize = size + 'px';
    return { pages: split(text, 6, 0.02).map((page) => excerpt(element, page, room)), size };
  }

  /** Puts as many whole words of `text` in `element` as `room` pixels of height hold, then "…". Answers what it put. */
  function excerpt(element, text, room) {
    element.textContent = text;
    if (element.offsetHeight <= room + 1) return text;
    const letters = Array.from(text);
    let low = 0;
    let high = letters.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      element.textContent = letters.slice(0, middle).join('') + ' …';
      if (element.offsetHeight <= room + 1) low = middle;
      else high = middle - 1;
    }
    let kept = letters.slice(0, low).join('');
    const space = kept.search(/\s\S*$/);
    if (space > kept.length * 0.6 && letters.length > low && /\S/.test(letters[low])) kept = kept.slice(0, space);
    kept = kept.replace(/[\s,;:–—-]+$/, '') + ' …';
    element.textContent = kept;
    return kept;
  }

  /** A label in at most `lines` lines: the largest of `sizes` (pixels) that holds it, else an excerpt at the smallest. */
  function label(element, text, sizes, lines, leading) {
    for (const size of sizes) {
      element.style.fontSize = size + 'px';
      element.textContent = text;
      if (element.offsetHeight <= lines * size * leading + 2 && element.scrollWidth <= element.clientWidth + 1) return;
    }
    excerpt(element, text, lines * sizes[sizes.length - 1] * leading + 1);
  }

  /** Whether no word of `text` has to be broken in `element` at `size` pixels. */
  const keepsWords = (element, text, size) => longestWord(text, font(size)) <= element.clientWidth;

  wall.fit = { words, excerpt, label, split, emojiOnly, keepsWords };
})((window.vaffelWall = window.vaffelWall || {}));
