/* Keeps the shell of the wall (page, style, scripts, fonts; no cards), so that a start without network shows a wall. */
'use strict';

const PREFIX = 'vaffel-wall-';
const PAGE = '/screen/';
const PATIENCE = 5000;
const HASHED = /\.[0-9a-f]{8,}\.[a-z0-9]+$/;
/* Only seen when the browser has thrown the kept page away as well: it tries again by itself. */
const LAST_RESORT =
  '<!doctype html><html lang="nb"><meta charset="utf-8"><meta http-equiv="refresh" content="30"><title>Vaffel</title>' +
  '<body bgcolor="#0b1b2f" text="#f9f1df"><center><br><br><br><h1>Vaffel</h1><p>Venter på nett. Prøver igjen av seg selv.</p>' +
  '<p lang="en">Waiting for the network. Trying again by itself.</p></center></body></html>';

function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), milliseconds);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      }
    );
  });
}

/* All or nothing: a half-kept shell is worse than the one from yesterday. */
async function keep(build, urls) {
  const page = await within(20000, fetch(PAGE, { credentials: 'same-origin', cache: 'no-store' }));
  if (!page.ok || page.redirected) return;
  const html = await page.clone().text();
  if (html.indexOf('data-build="' + build + '"') < 0) return;
  const answers = await Promise.all(urls.map((url) => within(20000, fetch(url, { credentials: 'same-origin' })).then((answer) => [url, answer])));
  if (!answers.every((pair) => pair[1].ok)) return;
  const name = PREFIX + build;
  const cache = await caches.open(name);
  await Promise.all(answers.map((pair) => cache.put(pair[0], pair[1])));
  await cache.put(PAGE, page);
  const names = await caches.keys();
  await Promise.all(names.filter((one) => one.indexOf(PREFIX) === 0 && one !== name).map((one) => caches.delete(one)));
}

async function openPage(request) {
  try {
    const answer = await within(PATIENCE, fetch(request));
    if (answer.status < 500) return answer;
  } catch (error) {
    /* no network: the kept page */
  }
  const kept = await caches.match(PAGE);
  return kept || new Response(LAST_RESORT, { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
}

/* A name with a hash never changes its content; anything else is asked for first. */
async function openAsset(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept && HASHED.test(new URL(request.url).pathname)) return kept;
  try {
    const answer = await within(PATIENCE, fetch(request));
    if (answer.ok || !kept) return answer;
  } catch (error) {
    if (!kept) throw error;
  }
  return kept;
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  const wish = event.data && event.data.keep;
  if (wish && typeof wish.build === 'string' && Array.isArray(wish.urls)) {
    event.waitUntil(keep(wish.build, wish.urls.slice(0, 60)).catch(() => {}));
  }
});
self.addEventListener('fetch', (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(openPage(request));
  else if (['style', 'script', 'font', 'image'].indexOf(request.destination) >= 0) event.respondWith(openAsset(request));
});
