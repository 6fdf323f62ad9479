// The count in a thread of its own, so that the page stays awake. What comes out is progress and, once,
// the result or the reason why there is none.
import { count } from './count.js';
import { BadBundle, readManifest } from './countbundle.js';

self.addEventListener('message', async ({ data }) => {
  const progress = (step, done, of) => self.postMessage({ kind: 'progress', step, done, of });
  try {
    const manifest = await readManifest(data.manifest);
    const found = await count(manifest, data.bundle, data.secret, { collected: data.collected, progress });
    self.postMessage({ kind: 'counted', ...found });
  } catch (error) {
    const bad = error instanceof BadBundle;
    self.postMessage(bad ? { kind: 'bad', reason: error.reason, detail: error.detail } : { kind: 'failed', reason: String(error) });
  }
});
