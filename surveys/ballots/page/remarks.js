// What is typed: made plain, kept short enough, and read over for what tells who wrote it.

export const LONGEST_COMMENT = 1000;

/** `text` without what the counter would not take: control and format characters but line breaks. */
export function plainText(text) {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, (one) => (one === '\n' || one === '\u200d' ? one : ''));
}

const CONTACT = /[^\s@]+@[^\s@]+\.[a-z]{2,}|(?:\+?\d[ .-]?){8,}/i;
const SELF = new RegExp(
  '\\b(?:' +
    [
      'jeg (?:er|var) (?:den|eneste)', 'som (?:den )?eneste', 'jeg som (?:er|jobber|har)', 'min stilling',
      'siden jeg (?:begynte|ble|er)', 'da jeg (?:begynte|ble|var)', 'jeg er (?:gravid|sykmeldt|tillitsvalgt|verneombud|teamleder)',
      'i am the (?:only|one)', 'as the only', 'my position', 'since i (?:joined|started|became)', 'when i (?:joined|started)',
      'i am (?:pregnant|on sick leave|a team leader)',
    ].join('|') +
    ')\\b',
  'iu'
);
// Words that are written large inside a sentence and name nobody.
const LARGE = new Set(
  ('I I’m I\'m I’ve I\'ve HR IT AS Norge Norsk Norwegian English Teams Excel Outlook Vaffel Monday Tuesday Wednesday Thursday Friday ' +
    'Saturday Sunday January February March April May June July August September October November December').split(' ')
);
const NAME_AFTER = /(?<=[\p{L}\d,;:–-]\s)\p{Lu}[\p{Ll}’'-]+/gu;

/** Which warnings fit: `warnContact`, `warnName`, `warnSelf`. A guess, made here and told to nobody else. */
export function warningsOf(text) {
  const found = [];
  if (CONTACT.test(text)) found.push('warnContact');
  if ([...text.matchAll(NAME_AFTER)].some((one) => !LARGE.has(one[0]))) found.push('warnName');
  if (SELF.test(text)) found.push('warnSelf');
  return found;
}
