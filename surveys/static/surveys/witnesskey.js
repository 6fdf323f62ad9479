// Before launch: makes the counting key, has its file read back, and tells the server its public half.
import { asBase64 } from '../ballot/wire.js';
import { WORD_LIST } from '../ballot/words.js';
import { FEWEST_CHARACTERS, isAble, newKey, strengthOf, writeKeyFile } from './keyfile.js';
import { Problem, find, host, keyIn, onSend, page, post, say, text } from './witness.js';

const SUGGESTED_WORDS = 6;
const fileName = `${page.survey}-key.json`;
const readBack = find('[data-read-back]', host);
// The public half of the key made on this page. Its secret half is in the saved file only.
let made = '';

const make = find('[data-make]', host);
const passphrase = find('[data-passphrase]', make);
const again = find('[data-again]', make);

function judge() {
  const strength = strengthOf(passphrase.value);
  const words = text(strength, { fewest: FEWEST_CHARACTERS });
  find('[data-strength]', make).textContent = passphrase.value ? words : '';
  return strength;
}

function suggest() {
  const numbers = crypto.getRandomValues(new Uint16Array(SUGGESTED_WORDS));
  // 2048 words: eleven bits each, evenly.
  const words = Array.from(numbers, (one) => WORD_LIST[one & 0x7ff]).join(' ');
  const show = find('[data-show]', make);
  if (!show.checked) show.click();
  [passphrase.value, again.value] = [words, words];
  judge();
}

async function makeKey() {
  const strength = judge();
  if (['short', 'plain'].includes(strength)) throw new Problem(strength, { fewest: FEWEST_CHARACTERS });
  if (passphrase.value !== again.value) throw new Problem('differ');
  if (!(await isAble())) throw new Problem('unable');
  say(text('making'));
  const pair = await newKey();
  const file = await writeKeyFile({ ...pair, survey: page.survey, title: page.title, passphrase: passphrase.value });
  pair.secret.fill(0);
  made = asBase64(pair.public);
  save(file);
  [passphrase.value, again.value] = ['', ''];
  judge();
  readBack.hidden = false;
  find('h2', readBack).focus();
  say(text('saved', { name: fileName }));
}

function save(file) {
  const url = URL.createObjectURL(new Blob([file], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: fileName });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The public half of what stands in `form`, proven by opening the file. */
async function proven(form) {
  const pair = await keyIn(form);
  pair.secret.fill(0);
  return asBase64(pair.public);
}

async function take(form) {
  const found = await proven(form);
  // Without one made here the page was loaded anew in between: the saved file is as good.
  if (made && found !== made) throw new Problem('notSaved', { name: fileName });
  await tell(found);
}

async function check(form) {
  const found = await proven(form);
  if (found !== page.public) throw new Problem('otherKey');
  await tell(found);
}

async function tell(found) {
  await post({ public: found, instead_of: page.public });
  location.reload();
}

onSend(make, makeKey);
onSend(find('[data-take]', host), take);
const checking = find('[data-check]', host);
if (checking) onSend(checking, check);
passphrase.addEventListener('input', judge);
find('[data-suggest]', make).addEventListener('click', suggest);
host.inert = false;
