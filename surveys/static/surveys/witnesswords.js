// Hiding words of a comment: a witness takes away what names somebody and can put nothing in its place.

export const HIDDEN = '[…]';
const LONGEST = 1000;

/** The words of `text`, in order. */
export const wordsOf = (text) => text.split(/\s+/u).filter(Boolean);

/** `text` with the words whose numbers are in `hidden` taken away; of several in a row one mark remains. */
export function redacted(text, hidden) {
  let number = -1;
  let wasHidden = false;
  let space = '';
  let found = '';
  for (const part of text.trim().split(/(\s+)/u)) {
    if (!part.trim()) {
      space = part;
      continue;
    }
    number += 1;
    const isHidden = hidden.has(number);
    if (!(isHidden && wasHidden)) found += space + (isHidden ? HIDDEN : part);
    wasHidden = isHidden;
    space = '';
  }
  // The marks of a text of single letters can be longer than what they hide.
  const characters = [...found];
  return characters.length > LONGEST ? characters.slice(0, LONGEST - 3).join('') + HIDDEN : found;
}
