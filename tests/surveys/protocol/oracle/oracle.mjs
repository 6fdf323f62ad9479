// Other people's implementations of what we implement ourselves. One JSON order a line comes in,
// one JSON answer a line goes out; bytes are in hexadecimal digits.
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';
import { RSABSSA } from '@cloudflare/blindrsa-ts';
import * as HPKE from 'hpke';

// The ballot page's own scripts, joined as the page joins them.
const voter = await import(process.argv[2]);

const rsa = RSABSSA.SHA384.PSS.Randomized();
const hpke = new HPKE.CipherSuite(
  HPKE.KEM_DHKEM_X25519_HKDF_SHA256, HPKE.KDF_HKDF_SHA256, HPKE.AEAD_AES_128_GCM,
);
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const hex = (data) => Buffer.from(data).toString('hex');
const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' };
let publicKey, privateKey;

const orders = {
  async key({ pkcs8, spki }) {
    privateKey = await webcrypto.subtle.importKey('pkcs8', bytes(pkcs8), algorithm, true, ['sign']);
    publicKey = await webcrypto.subtle.importKey('spki', bytes(spki), algorithm, true, ['verify']);
    return {};
  },
  async prepare({ message }) {
    return { message: hex(rsa.prepare(bytes(message))) };
  },
  async blind({ message }) {
    const { blindedMsg, inv } = await rsa.blind(publicKey, bytes(message));
    return { blinded: hex(blindedMsg), inverse: hex(inv) };
  },
  async sign({ blinded }) {
    return { signed: hex(await rsa.blindSign(privateKey, bytes(blinded))) };
  },
  async finalize({ message, signed, inverse }) {
    const found = await rsa.finalize(publicKey, bytes(message), bytes(signed), bytes(inverse));
    return { signature: hex(found) };
  },
  async verify({ message, signature }) {
    return { holds: await rsa.verify(publicKey, bytes(signature), bytes(message)) };
  },
  async seal({ key, info, plain }) {
    const recipient = await hpke.DeserializePublicKey(bytes(key));
    const found = await hpke.Seal(recipient, bytes(plain), { info: bytes(info) });
    return { sealed: hex(found.encapsulatedSecret) + hex(found.ciphertext) };
  },
  async open({ key, info, sealed }) {
    // An extractable one: the public half, which is part of the key schedule, is made from it.
    const recipient = await hpke.DeserializePrivateKey(bytes(key), true);
    const [enc, rest] = [bytes(sealed).subarray(0, 32), bytes(sealed).subarray(32)];
    return { plain: hex(await hpke.Open(recipient, enc, rest, { info: bytes(info) })) };
  },
  async voter_blind({ modulus, message, salt, inverse }) {
    const given = salt === undefined ? {} : { salt: bytes(salt), inverse: bytes(inverse) };
    const found = await voter.blindMessage(bytes(modulus), bytes(message), given);
    return { blinded: hex(found.blinded), inverse: hex(found.inverse) };
  },
  async voter_finalize({ modulus, message, inverse, signed, salt }) {
    const more = salt === undefined ? [] : [salt.length / 2];
    const given = [modulus, message, inverse, signed].map(bytes);
    return { signature: hex(await voter.finalizeSignature(...given, ...more)) };
  },
  async voter_verify({ modulus, message, signature }) {
    return { holds: await voter.verifySignature(...[modulus, message, signature].map(bytes)) };
  },
  async voter_seal({ key, info, plain }) {
    return { sealed: hex(await voter.sealSheet(bytes(key), bytes(info), bytes(plain))) };
  },
  async voter_ballot({ manifest_hash, key, modulus, answers }) {
    const said = JSON.parse(Buffer.from(answers, 'hex').toString());
    const cell = { key: said.cell, n: voter.asBase64(bytes(modulus)) };
    const made = await voter.prepareBallot(bytes(manifest_hash), bytes(key), cell, said.answers, said.comments);
    return { made: hex(Buffer.from(JSON.stringify(made))) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...values } = JSON.parse(line);
  let answer;
  try {
    answer = await orders[order](values);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
