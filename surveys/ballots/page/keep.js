// What stays on the device, and only there, under a key that only the same person's ticket brings. On a
// shared computer: nothing but memory.
import { unBase64, joined, sha256, asBase64, toHex, utf8 } from './wire.js';

const IV_BYTES = 12;

export class Keeper {
  /** What was kept of `survey` under `secret`, or nothing. Another person's part stays unread. */
  static async open(survey, secret, isShared) {
    const keeper = new Keeper();
    keeper.parts = {};
    keeper.isShared = isShared;
    keeper.last = Promise.resolve();
    const digest = await sha256(utf8(secret));
    keeper.name = `vaffel.${survey}.${toHex(await sha256(digest)).slice(0, 16)}`;
    keeper.key = await crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt']);
    if (!isShared) await keeper.load();
    return keeper;
  }

  async load() {
    try {
      const kept = unBase64(localStorage.getItem(this.name));
      const [iv, sealed] = [kept.subarray(0, IV_BYTES), kept.subarray(IV_BYTES)];
      const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.key, sealed);
      this.parts = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      // Nothing there, or nothing of ours: an empty draft.
    }
  }

  read(part) {
    return this.parts[part] ?? null;
  }

  /** Done when it is on the device; one after the other. Memory has it at once. */
  write(part, value) {
    this.parts[part] = value;
    if (!this.isShared) this.last = this.last.then(() => this.save());
    return this.last;
  }

  async save() {
    if (this.isErased) return;
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const bytes = utf8(JSON.stringify(this.parts));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, bytes));
    try {
      if (!this.isErased) localStorage.setItem(this.name, asBase64(joined(iv, sealed)));
    } catch {
      // Storage that is full or forbidden: memory must do, as on a shared computer.
      this.isShared = true;
    }
  }

  /** Draft and ballot: all of it. */
  erase() {
    this.isErased = true;
    this.parts = {};
    try {
      localStorage.removeItem(this.name);
    } catch {
      // Nothing could be kept either.
    }
  }
}
