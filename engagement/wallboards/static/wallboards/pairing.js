/* Shows a code until somebody with a phone has said which board this screen belongs to. */
(function (wall) {
  'use strict';

  const { mono } = wall.time;
  const { ask, spread, put, picture } = wall;
  const byId = (id) => document.getElementById(id);
  const ROUND = 2 * Math.PI * 46;
  const POST = { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: '{}' };

  /** Calls back shown(), waiting() (no code and no network) and paired({symbol, name}). */
  class Pairing {
    constructor(calls) {
      this.calls = calls;
      this.running = false;
      this.busy = false;
      this.code = null;
      byId('pair-ring').style.strokeDasharray = ROUND.toFixed(1);
    }

    start(words, other) {
      this.words = words;
      this.other = other;
      this.running = true;
      this.failures = 0;
      this.code = null;
      this.askAt = 0;
    }

    stop() {
      this.running = false;
      this.code = null;
      this.wipe();
    }

    /** Called about once a second. */
    tick() {
      if (!this.running) return;
      const now = mono();
      if (this.code && now >= this.code.until) {
        this.code = null;
        this.askAt = Math.min(this.askAt, now);
        this.wipe();
      }
      if (this.code) this.drawLeft(now);
      if (this.busy) return;
      if (!this.code || now >= this.code.renewAt) {
        if (now >= this.askAt) this.renew();
      } else if (now >= this.code.pollAt) {
        this.poll();
      }
    }

    renew() {
      this.busy = true;
      ask('/screen/pairing/', POST, 12000)
        .then((answer) => {
          if (!answer.ok) {
            const error = new Error('pairing answered ' + answer.status);
            error.wait = Number(answer.headers.get('Retry-After')) * 1000 || 0;
            throw error;
          }
          const made = JSON.parse(answer.body);
          if (!made || typeof made.code !== 'string') throw new Error('pairing not understood');
          this.failures = 0;
          this.show(made);
        })
        .catch((error) => this.failed(error))
        .then(() => {
          this.busy = false;
        });
    }

    poll() {
      this.busy = true;
      const code = this.code;
      ask('/screen/pairing/poll/', POST, 12000)
        .then((answer) => {
          if (!answer.ok) throw new Error('pairing answered ' + answer.status);
          const said = JSON.parse(answer.body).state;
          if (!this.running || code !== this.code) return;
          if (said === 'paired') {
            this.calls.paired({ symbol: code.symbol, name: code.symbolName });
            return;
          }
          if (said === 'expired') {
            code.renewAt = 0;
            this.askAt = mono();
          }
          code.pollAt = mono() + code.every;
          code.misses = 0;
        })
        .catch(() => {
          code.misses += 1;
          code.pollAt = mono() + Math.min(20000, code.every * Math.pow(2, code.misses)) * spread(0.5, 1);
        })
        .then(() => {
          this.busy = false;
        });
    }

    failed(error) {
      this.failures += 1;
      const most = Math.min(60000, 4000 * Math.pow(2, Math.min(this.failures, 5)));
      this.askAt = mono() + Math.max(spread(1500, most), Math.min(error.wait || 0, 600000));
      if (this.running && !this.code) this.calls.waiting();
    }

    show(made) {
      if (!this.running) return;
      const lives = Math.max(5, Number(made.expires_in) || 600) * 1000;
      const every = Math.max(1, Number(made.poll_every) || 3) * 1000;
      const now = mono();
      /* Renewed a moment before its end, so that nobody types a code that is just dying. */
      this.code = {
        symbol: String(made.symbol || ''),
        symbolName: String(made.symbol_name || ''),
        lives,
        until: now + lives,
        renewAt: now + lives - Math.min(3000, lives / 10),
        pollAt: now + every,
        every,
        misses: 0,
      };
      this.askAt = 0;
      const code = made.code.toUpperCase().slice(0, 8);
      put(byId('code-a'), code.slice(0, 4));
      put(byId('code-b'), code.slice(4));
      const symbol = byId('pair-symbol');
      put(symbol, this.code.symbol);
      symbol.setAttribute('aria-label', this.code.symbolName);
      put(byId('pair-symbol-name'), this.words.pair_symbol.replace('{name}', this.code.symbolName));
      let address = location.host + '/pair/';
      try {
        const link = new URL(made.url, location.href);
        address = link.host + link.pathname;
      } catch (error) {
        /* the address of this very server will do */
      }
      put(byId('step-1'), this.words.pair_step_1.replace('{address}', address));
      put(byId('step-1-other'), this.other.pair_step_1.replace('{address}', address));
      const drawing = byId('pair-qr');
      drawing.src = picture(String(made.qr || ''));
      drawing.parentNode.hidden = !made.qr;
      this.drawLeft(now);
      this.calls.shown();
    }

    drawLeft(now) {
      const left = Math.max(0, this.code.until - now);
      /* In sixtieths: the ring moves now and then, not all the time. */
      const part = Math.ceil((left / this.code.lives) * 60) / 60;
      byId('pair-ring').style.strokeDashoffset = (ROUND * (1 - part)).toFixed(1);
      const minutes = Math.ceil(left / 60000);
      put(byId('pair-left'), left > 45000 ? this.words.pair_left.replace('{minutes}', minutes) : this.words.pair_left_soon);
    }

    wipe() {
      ['code-a', 'code-b', 'pair-symbol', 'pair-symbol-name', 'pair-left'].forEach((id) => put(byId(id), ''));
      byId('pair-qr').removeAttribute('src');
    }
  }

  wall.Pairing = Pairing;
})((window.vaffelWall = window.vaffelWall || {}));
