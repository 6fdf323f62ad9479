/* The wall: joins clock, state, link, stage and pairing, keeps itself alive, and remembers over a power cut. */
(function (wall) {
  'use strict';

  const { ServerClock, WallState, Link, Stage, Pairing, Burst, ask, spread, put } = wall;
  const { mono, hourMinute, moment, between } = wall.time;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const BUILD = root.dataset.build || '';
  const TEXTS = JSON.parse(byId('texts').textContent);
  /* The looks of days that this page has drawings for; a newer server may know more. */
  const LOOKS = (root.dataset.looks || '').split(' ').filter(Boolean);
  const VIEWS = ['boot', 'pair', 'waiting', 'stage', 'night', 'blank', 'identify'];
  const AGE_AFTER = 60000;
  const OFFLINE_AFTER = 600000;
  const REPORT_EVERY = 300000;
  const IDENTIFY_FOR = 10000;
  const SHIFT_EVERY = 240000;
  const STUCK_AFTER = 60000;
  const SAVE_AFTER = 1500;
  const started = mono();

  /* A private window or a full disk must not stop the wall. */
  const store = {
    read(key) {
      try {
        return JSON.parse(localStorage.getItem('vaffel.' + key));
      } catch (error) {
        return null;
      }
    },
    write(key, value) {
      try {
        localStorage.setItem('vaffel.' + key, JSON.stringify(value));
      } catch (error) {
        /* shown all the same, only not remembered */
      }
    },
    drop(key) {
      try {
        localStorage.removeItem('vaffel.' + key);
      } catch (error) {
        /* nothing kept, nothing to drop */
      }
    },
  };

  /* --- Reloading, never in a circle ------------------------------------------------------------- */

  let reloading = false;

  /* A first reload is free; each further one within the hour waits twice as long. */
  function reload(reason, delay) {
    if (reloading) return;
    const before = store.read('reloads') || {};
    const now = Date.now();
    const recent = Math.abs(now - (before.at || 0)) < 3600000;
    const count = recent ? (before.count || 0) + 1 : 0;
    const pause = count ? Math.min(1800000, 15000 * Math.pow(2, count - 1)) : 0;
    reloading = true;
    setTimeout(() => {
      store.write('reloads', { at: Date.now(), count, reason });
      save();
      location.reload();
    }, Math.max(delay || 0, pause * spread(0.8, 1.2)));
  }

  function remember(error) {
    const text = String((error && (error.stack || error.message)) || error).slice(0, 500);
    store.write('error', text);
    return text;
  }

  function broke(error) {
    remember(error);
    reload('error', 2000);
  }

  window.addEventListener('error', (event) => {
    if (event.target && event.target !== window) return;
    if (/ResizeObserver/.test(event.message || '')) return;
    broke(event.error || event.message);
  });
  window.addEventListener('unhandledrejection', (event) => broke(event.reason));

  /* --- What there is --------------------------------------------------------------------------- */

  const clock = new ServerClock(store.read('clock'));
  const stage = new Stage(new Burst(byId('burst')));
  const pairing = new Pairing({ shown: () => show('pair'), waiting: () => show('waiting'), paired });
  let state = WallState.restore(store.read('state'));
  let link = null;
  let language = root.lang === 'en' ? 'en' : 'nb';
  let words = TEXTS[language];
  let mode = 'boot';
  let calm = true;
  let blanked = null;
  let identifyUntil = 0;
  let saveTimer = 0;
  let dueTimer = 0;
  let nightlyDay = '';
  let nightlyMinute = 0;
  let buildSeen = '';
  let reportAt = started + spread(0.2, 1) * REPORT_EVERY;
  let shiftAt = started + SHIFT_EVERY;
  let shiftStep = 0;
  let paintedAt = started;
  let paintAsked = 0;
  let tickAt = started;
  let savedContact = 0;

  function show(name) {
    mode = name;
    if (root.dataset.view === name) return;
    root.dataset.view = name;
    VIEWS.forEach((view) => {
      byId(view).hidden = view !== name;
    });
  }

  function speak(next) {
    language = TEXTS[next] ? next : 'nb';
    words = TEXTS[language];
    const other = language === 'nb' ? 'en' : 'nb';
    root.lang = language;
    document.querySelectorAll('[data-text]').forEach((element) => put(element, words[element.dataset.text]));
    document.querySelectorAll('.other').forEach((element) => {
      element.lang = other;
      if (element.dataset.other) put(element, TEXTS[other][element.dataset.other]);
    });
  }

  function save() {
    clearTimeout(saveTimer);
    saveTimer = 0;
    if (!state.board) return;
    store.write('state', state.saved());
    store.write('clock', clock.saved());
    savedContact = state.contactAt;
  }

  function saveSoon() {
    if (!saveTimer) saveTimer = setTimeout(save, SAVE_AFTER);
  }

  /* --- What the link says ----------------------------------------------------------------------- */

  const calls = {
    changed(reason) {
      if (reason === 'whole' && state.board) blanked = null;
      draw();
      if (reason === 'whole' || reason === 'caught-up') calm = false;
      saveSoon();
    },
    contact() {
      if (state.contactAt - savedContact > 60000) saveSoon();
      if (!byId('age').hidden || !byId('offline').hidden) drawAge();
    },
    lost() {
      if (!state.board && mode === 'boot') show('waiting');
    },
    revoked,
    gone: () => reload('gone', spread(500, 10000)),
    build(name) {
      if (name === BUILD || name === buildSeen) return;
      buildSeen = name;
      const before = store.read('build') || {};
      /* Reloading for this build did not help a moment ago: an older copy answered. Wait ten minutes. */
      const wait = before.name === name && Math.abs(Date.now() - before.at) < 600000 ? 600000 : 0;
      setTimeout(() => {
        store.write('build', { name, at: Date.now() });
        reload('build', 0);
      }, wait + spread(0, 60000));
    },
    command(frame) {
      if (frame.what === 'identify') identify(frame);
      else if (frame.what === 'reload') reload('asked', spread(0, 2000));
      else if (frame.what === 'blank') blanked = true;
      else if (frame.what === 'unblank') blanked = false;
      draw();
    },
    failed: broke,
  };

  function run() {
    calm = true;
    link = new Link(state, clock, calls);
    link.start();
  }

  /* Whatever a revoked screen knew is gone before the next picture is drawn. */
  function revoked() {
    if (link) link.stop();
    link = null;
    clearTimeout(saveTimer);
    clearTimeout(dueTimer);
    saveTimer = 0;
    state = new WallState();
    ['state', 'clock', 'screen'].forEach((key) => store.drop(key));
    blanked = null;
    wear(0);
    stage.clear();
    speak(language);
    show('boot');
    pairing.start(words, TEXTS[language === 'nb' ? 'en' : 'nb']);
    pairing.tick();
  }

  function paired(screen) {
    pairing.stop();
    store.write('screen', screen);
    show('boot');
    run();
  }

  function identify(frame) {
    const screen = store.read('screen') || {};
    const board = state.board || {};
    put(byId('identify-symbol'), String(frame.symbol || board.symbol || screen.symbol || ''));
    put(byId('identify-name'), String(frame.name || board.screen || board.name || ''));
    identifyUntil = mono() + IDENTIFY_FOR;
  }

  /* --- Drawing ---------------------------------------------------------------------------------- */

  function isNight(time) {
    const night = state.board && state.board.night;
    return Boolean(night) && clock.trusted() && between(time, night.from, night.to);
  }

  function draw() {
    if (!state.board) return;
    const board = state.board;
    if (board.language && board.language !== language) speak(board.language);
    const now = clock.now();
    const time = hourMinute(now, board.timezone);
    const dark = blanked === null ? Boolean(board.blank) : blanked;
    const asleep = isNight(time);
    state.expire(now);
    stage.setBoard(board, words);
    if (mono() < identifyUntil) show('identify');
    else if (dark) show('blank');
    else if (asleep) show('night');
    else show('stage');
    wear(now);
    put(byId('clock'), clock.trusted() ? time : '');
    put(byId('night-clock'), time);
    const list = state.showing(now).filter((card) => !wall.isPhoto(card) || now - state.contactAt < AGE_AFTER);
    const quiet = calm || Boolean(board.quiet) || mode !== 'stage' || document.hidden;
    drawAge();
    if (mode === 'stage') stage.draw(list, now, quiet);
    else stage.note(list);
    stage.drawEmpty(!list.length);
    put(byId('invite'), list.length ? words.invite.replace('{address}', location.host + '/kudos/') : '');
    plan(now);
  }

  /* The look of this moment. Days are told ahead as moments, so that a wall without network changes at midnight too. */
  function wear(now) {
    const days = clock.trusted() && Array.isArray(state.board && state.board.days) ? state.board.days : [];
    const day = days.find((one) => one && one.from <= now && now < one.until) || null;
    const look = day && LOOKS.indexOf(day.look) >= 0 ? day.look : '';
    if ((root.dataset.theme || '') !== look) {
      if (look) root.dataset.theme = look;
      else delete root.dataset.theme;
      root.classList.toggle('themed', Boolean(look));
    }
    put(byId('today'), day ? String(day.greeting || '').slice(0, 120) : '');
  }

  /* Wakes exactly when the next held card is due or one ends: a tick would be up to a second late. */
  function plan(now) {
    clearTimeout(dueTimer);
    const next = state.nextChange(now);
    if (next === null) return;
    dueTimer = setTimeout(draw, Math.min(3600000, Math.max(20, next - now + 5)));
  }

  function drawAge() {
    const now = clock.now();
    const silent = state.contactAt ? now - state.contactAt : Infinity;
    const old = Boolean(state.board) && silent > AGE_AFTER;
    const off = Boolean(state.board) && silent > OFFLINE_AFTER;
    const age = byId('age');
    const card = byId('offline');
    if (old) {
      const time = moment(state.contactAt, now, state.board.timezone, language);
      put(age, words.age.replace('{time}', time));
      put(byId('offline-title'), words.offline_title);
      put(byId('offline-text'), words.offline_text.replace('{time}', time));
    }
    age.hidden = !old;
    if (card.hidden === off) {
      card.hidden = !off;
      byId('side').classList.toggle('short', off);
    }
    root.classList.toggle('stale', old);
  }

  /* --- The heart: once a second ------------------------------------------------------------------ */

  function tick() {
    const now = mono();
    const slept = now - tickAt > 30000;
    tickAt = now;
    if (link) {
      if (slept) link.nudge();
      link.tick();
      draw();
      nightly();
      report(now);
    } else {
      pairing.tick();
    }
    shift(now);
    watchPaint(now, slept);
  }

  /* Moves everything by a few pixels every few minutes, so that nothing burns in. */
  function shift(now) {
    if (now < shiftAt) return;
    shiftAt = now + SHIFT_EVERY;
    shiftStep = (shiftStep + 1) % 8;
    const angle = (shiftStep / 8) * 2 * Math.PI;
    const x = Math.round(Math.cos(angle) * 5);
    const y = Math.round(Math.sin(angle) * 4);
    byId('frame').style.transform = 'translate(' + x + 'px,' + y + 'px)';
    byId('pair').style.transform = 'translate(' + x + 'px,' + y + 'px)';
    const dim = byId('night-clock');
    dim.style.left = Math.round(spread(12, 70)) + '%';
    dim.style.top = Math.round(spread(15, 72)) + '%';
  }

  /* A browser that still runs timers but no longer paints is asked to start afresh. */
  function watchPaint(now, slept) {
    if (document.hidden || slept) {
      paintedAt = now;
      return;
    }
    if (now - paintedAt > STUCK_AFTER) {
      remember('no paint for a minute');
      reload('paint', 0);
      paintedAt = now;
    }
    if (now - paintAsked > 5000) {
      paintAsked = now;
      requestAnimationFrame(() => {
        paintedAt = mono();
      });
    }
  }

  /* A fresh page each night, at a minute of its own between three and four, when the server is there. */
  function nightly() {
    if (!state.board || !clock.trusted()) return;
    const now = clock.now();
    const today = wall.time.day(now, state.board.timezone);
    if (nightlyDay !== today) {
      nightlyDay = today;
      nightlyMinute = Math.floor(spread(0, 60));
    }
    const time = hourMinute(now, state.board.timezone);
    const due = '03:' + ('0' + nightlyMinute).slice(-2);
    const running = mono() - started > 3600000;
    if (running && time >= due && time < '04:00' && now - state.contactAt < 30000) reload('nightly', 0);
  }

  function report(now) {
    if (now < reportAt) return;
    reportAt = now + REPORT_EVERY * spread(0.9, 1.1);
    const memory = performance.memory;
    const error = store.read('error') || '';
    const body = {
      build: BUILD,
      uptime_s: Math.round((now - started) / 1000),
      heap_mb: memory ? Math.round(memory.usedJSHeapSize / 1048576) : null,
      error,
      shown: state.showing(clock.now()).length,
    };
    ask('/screen/report/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }, 10000)
      .then((answer) => {
        if (answer.status === 401 && link) revoked();
        else if (answer.ok && error && store.read('error') === error) store.drop('error');
      })
      .catch(() => {});
  }

  /* Whether this device draws emoji in colour. Without it the page brings its own. */
  function drawsEmoji() {
    try {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 24;
      const pen = canvas.getContext('2d');
      pen.font = '18px sans-serif';
      pen.textBaseline = 'top';
      pen.fillText('💛', 0, 2);
      const dots = pen.getImageData(0, 0, 24, 24).data;
      for (let at = 0; at < dots.length; at += 4) {
        if (dots[at + 3] > 40 && (Math.abs(dots[at] - dots[at + 1]) > 24 || Math.abs(dots[at] - dots[at + 2]) > 24)) return true;
      }
      return false;
    } catch (error) {
      return true;
    }
  }

  /* --- The shell, kept for a start without network ----------------------------------------------- */

  function keepShell() {
    if (!('serviceWorker' in navigator)) return;
    const urls = Array.from(document.querySelectorAll('[data-shell]')).map((element) => element.href || element.src);
    if (root.classList.contains('own-emoji')) urls.push(document.querySelector('meta[name="emoji-font"]').content);
    navigator.serviceWorker
      .register('/screen/sw.js', { scope: '/screen/' })
      .then(() => navigator.serviceWorker.ready)
      .then((registration) => {
        if (registration.active) registration.active.postMessage({ keep: { build: BUILD, urls } });
      })
      .catch((error) => remember(error));
  }

  /* --- Start ------------------------------------------------------------------------------------- */

  window.addEventListener('online', () => link && link.nudge());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && link) link.nudge();
  });
  let resizeTimer = 0;
  window.addEventListener('resize', () => {
    clearTimeout(resizeTimer);
    resizeTimer = setTimeout(() => {
      stage.measure();
      draw();
    }, 150);
  });
  /* Sizes measured in a stand-in font are wrong by a line: measure again when ours is there. */
  if (document.fonts && document.fonts.ready) {
    const again = () => {
      stage.redraw();
      draw();
    };
    document.fonts.ready.then(again);
    if (document.fonts.addEventListener) document.fonts.addEventListener('loadingdone', again);
  }

  if (!drawsEmoji()) root.classList.add('own-emoji');
  speak(state.board ? state.board.language : language);
  draw();
  run();
  setInterval(tick, 1000);
  keepShell();
})((window.vaffelWall = window.vaffelWall || {}));
