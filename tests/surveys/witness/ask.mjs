// The witness page's modules without a page. One JSON order a line comes in, one JSON answer a line goes
// out; bytes are in base 64. Copied beside the modules before it runs.
import { createInterface } from 'node:readline';
import { count, isPlain } from './surveys/count.js';
import { BadBundle, readManifest } from './surveys/countbundle.js';
import { strictJson } from './surveys/countjson.js';
import { KeyFileError, newKey, openKeyFile, strengthOf, writeKeyFile } from './surveys/keyfile.js';
import { redacted, wordsOf } from './surveys/witnesswords.js';

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const text = (data) => Buffer.from(data).toString('base64');

const orders = {
  async count({ manifest, bundle, secret, collected }) {
    const read = await readManifest(bytes(manifest));
    return count(read, bytes(bundle), bytes(secret), { collected });
  },
  async json({ data }) {
    try {
      strictJson(bytes(data));
      return { holds: true };
    } catch {
      return { holds: false };
    }
  },
  async plain({ said }) {
    return { holds: isPlain(said) };
  },
  async write({ survey, passphrase }) {
    const pair = await newKey();
    const file = await writeKeyFile({ survey, title: 'Puls', passphrase, ...pair });
    return { file, secret: text(pair.secret), public: text(pair.public) };
  },
  async open({ file, passphrase, survey }) {
    const pair = await openKeyFile(file, passphrase, survey);
    return { secret: text(pair.secret), public: text(pair.public) };
  },
  async strength({ passphrase }) {
    return { strength: strengthOf(passphrase) };
  },
  async redact({ said, hidden }) {
    return { words: wordsOf(said), said: redacted(said, new Set(hidden)) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...values } = JSON.parse(line);
  let answer;
  try {
    answer = await orders[order](values);
  } catch (error) {
    if (error instanceof BadBundle) answer = { bad: error.reason, detail: error.detail };
    else if (error instanceof KeyFileError) answer = { bad: error.kind, detail: error.detail };
    else answer = { error: String(error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
