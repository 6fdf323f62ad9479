/* The way to the server, in three layers: socket message, poll when the heartbeat is late, the whole state every ten minutes. */
(function (wall) {
  'use strict';

  const { mono } = wall.time;
  const FEED = '/screen/feed';
  const SOCKET = '/ws/screen/';
  const FETCH_LIMIT = 15000;
  const CONNECT_LIMIT = 20000;
  const DEAD_AFTER = 50000;
  const POLL_AFTER = 40000;
  const WHOLE_EVERY = 600000;
  /* A beat tells all walls of a gap in the same instant; they ask one after the other. */
  const SPREAD_OVER = 2000;
  const MAX_WAITING = 500;
  const MAX_PAGES = 50;

  const spread = (low, high) => low + Math.random() * (high - low);

  /** fetch with a hard limit in milliseconds, also where AbortController is missing. */
  function ask(url, options, limit) {
    const stopper = typeof AbortController === 'function' ? new AbortController() : null;
    const settings = Object.assign({ credentials: 'same-origin', cache: 'no-store' }, options);
    if (stopper) settings.signal = stopper.signal;
    let timer = 0;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error('no answer in time'));
        if (stopper) stopper.abort();
      }, limit || FETCH_LIMIT);
    });
    /* The body is read inside the limit too: a server that stalls halfway must not hold the wall. */
    const answer = fetch(url, settings).then((response) =>
      response.text().then((body) => ({ status: response.status, ok: response.ok, headers: response.headers, body }))
    );
    answer.catch(() => {});
    return Promise.race([answer, late]).then(
      (value) => {
        clearTimeout(timer);
        return value;
      },
      (error) => {
        clearTimeout(timer);
        throw error;
      }
    );
  }

  function isFeed(feed) {
    return Boolean(feed) && typeof feed.now === 'number' && Array.isArray(feed.events) && typeof feed.seqs === 'object';
  }

  /**
   * Keeps `state` right. Calls back:
   * changed(reason), contact(), lost(error), revoked(), gone(), build(name), command(frame), failed(error).
   */
  class Link {
    constructor(state, clock, calls) {
      this.state = state;
      this.clock = clock;
      this.calls = calls;
      this.socket = null;
      this.waiting = [];
      this.pulling = false;
      this.again = null;
      this.running = false;
      this.tries = 0;
      this.streak = 0;
      this.failedPace = 0;
      this.paceTimer = 0;
      this.gapTimer = 0;
      this.gap = null;
      this.answeredAt = -Infinity;
    }

    start() {
      const now = mono();
      this.running = true;
      this.failures = 0;
      this.tries = 0;
      this.streak = 0;
      this.failedPace = 0;
      this.lastPull = -Infinity;
      this.lastBeat = now;
      this.pollPatience = POLL_AFTER + spread(0, 12000);
      this.nextPoll = 0;
      this.wholeAt = now + spread(0.8, 1.2) * WHOLE_EVERY;
      this.connectAt = Infinity;
      this.pull(true);
      this.connect();
    }

    stop() {
      this.running = false;
      this.drop();
      this.waiting = [];
      this.again = null;
      clearTimeout(this.paceTimer);
      this.paceTimer = 0;
      clearTimeout(this.gapTimer);
      this.gapTimer = 0;
    }

    /** Called about once a second. */
    tick() {
      if (!this.running) return;
      const now = mono();
      if (this.socket) {
        const limit = this.socket.readyState === 0 ? CONNECT_LIMIT : DEAD_AFTER;
        if (now - this.heard > limit) {
          this.drop();
          this.later();
        }
      } else if (now >= this.connectAt) {
        this.connect();
      }
      if (now - this.lastBeat > this.pollPatience && now >= this.nextPoll) {
        this.nextPoll = now + spread(20000, 35000);
        this.pull(false);
      }
      if (now >= this.wholeAt) {
        this.wholeAt = now + spread(0.8, 1.2) * WHOLE_EVERY;
        this.pull(true);
      }
    }

    /** The network came back or the page was shown again: look at once, but not all walls in the same instant. */
    nudge() {
      if (!this.running) return;
      const soon = mono() + spread(0, 1500);
      if (!this.socket) this.connectAt = Math.min(this.connectAt, soon);
      if (mono() - this.lastBeat > 25000) {
        this.pollPatience = 0;
        this.nextPoll = Math.min(this.nextPoll, soon);
      }
    }

    connect() {
      this.drop();
      this.connectAt = Infinity;
      this.heard = mono();
      let socket;
      try {
        socket = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + SOCKET);
      } catch (error) {
        this.later();
        return;
      }
      this.socket = socket;
      socket.onmessage = (message) => {
        if (socket === this.socket) this.frame(message.data);
      };
      socket.onclose = (event) => {
        if (socket === this.socket) this.closed(event.code);
      };
    }

    /* A dead connection may take minutes to close by itself, so it is let go of, not waited for. */
    drop() {
      const socket = this.socket;
      this.socket = null;
      if (!socket) return;
      socket.onmessage = null;
      socket.onclose = null;
      try {
        socket.close();
      } catch (error) {
        /* already closed */
      }
    }

    later(least) {
      const most = Math.min(30000, 4000 * Math.pow(2, Math.min(this.tries, 6)));
      this.tries += 1;
      this.connectAt = mono() + Math.max(spread(1000, most), least || 0);
    }

    closed(code) {
      this.socket = null;
      if (code === 4401) this.calls.revoked();
      else if (code === 4410) this.calls.gone();
      else if (code === 4409 || code === 4429 || code === 4403) this.later(spread(60000, 120000));
      else if (code === 1013) this.later(spread(4000, 12000));
      else this.later();
    }

    frame(data) {
      let frame;
      try {
        frame = JSON.parse(data);
      } catch (error) {
        return;
      }
      if (!frame || typeof frame !== 'object') return;
      this.heard = mono();
      this.tries = 0;
      if (frame.t === 'beat') this.beat(frame);
      else if (frame.t === 'card') this.event(frame);
      else if (frame.t === 'do') this.calls.command(frame);
    }

    beat(frame) {
      if (typeof frame.now === 'number') this.clock.beat(frame.now);
      this.lastBeat = mono();
      this.pollPatience = POLL_AFTER + spread(0, 12000);
      this.contact();
      if (frame.build) this.calls.build(frame.build);
      /* A question already under way brings the answer; the next beat sees to what it leaves. */
      if (this.pulling || this.paceTimer) return;
      const board = this.state.board;
      const moved = board && typeof frame.board === 'number' && frame.board !== board.version;
      const compared = this.state.compare(frame.seqs);
      /* Read before the feed's last answer: older numbers, no sign of a restored server. */
      const isOld = compared === 'ahead' && frame.as_of <= this.answeredAt;
      if (!this.state.cursor || moved) this.pull(true);
      else if (compared !== 'same' && !isOld) this.fillGapSoon(frame, compared === 'ahead');
      else if (this.isReplanned(frame.plan)) this.fillGapSoon(frame, false);
    }

    /* Whether somebody changed the days that this wall was told of. They come with any answer of the feed. */
    isReplanned(plan) {
      const board = this.state.board;
      return Boolean(board) && typeof plan === 'string' && plan !== board.plan;
    }

    fillGapSoon(frame, whole) {
      this.gap = { seqs: frame.seqs || {}, plan: frame.plan, whole: whole || Boolean(this.gapTimer && this.gap.whole) };
      if (!this.gapTimer) this.gapTimer = setTimeout(() => this.fillGap(), spread(0, SPREAD_OVER));
    }

    /* Asks for what the last beat spoke of, unless it has come meanwhile. */
    fillGap() {
      this.gapTimer = 0;
      if (!this.running || this.pulling || this.paceTimer) return;
      const { seqs, whole, plan } = this.gap;
      const missing = Object.keys(seqs).some((stream) => !(this.state.seqs[stream] >= seqs[stream]));
      if (whole || missing || this.isReplanned(plan)) this.pull(whole);
    }

    /* While a question is under way its answer may be older than what is pushed meanwhile: pushed
     * events wait and are judged by their seq afterwards. A withdrawal never waits. */
    event(frame) {
      this.contact();
      if (frame.op === 'withdraw' && this.state.withdraw(frame.id)) this.calls.changed('withdrawn');
      if (this.pulling) {
        if (this.waiting.length < MAX_WAITING) this.waiting.push(frame);
        else this.again = this.again || { whole: false };
        return;
      }
      const answer = this.state.applyEvent(frame);
      if (answer === 'applied') this.calls.changed('pushed');
      else if (answer === 'gap') this.pull(false);
    }

    contact() {
      this.state.contactAt = this.clock.now();
      this.calls.contact();
    }

    /** Asks the feed. One question at a time; when questions follow one another quickly they are paced. */
    pull(whole) {
      if (!this.running) return;
      if (this.pulling || this.paceTimer) {
        this.again = { whole: Boolean(whole || (this.again && this.again.whole)) };
        return;
      }
      const since = mono() - this.lastPull;
      /* A handful of questions in a row is normal; a stream of them is a fault somewhere, and is slowed down. */
      if (since > 15000) this.streak = 0;
      const pace = Math.max(this.failedPace, this.streak < 6 ? 50 : Math.min(20000, 500 * Math.pow(2, this.streak - 6)));
      if (since < pace) {
        this.again = { whole: Boolean(whole) };
        this.paceTimer = setTimeout(() => {
          this.paceTimer = 0;
          this.follow();
        }, pace - since);
        return;
      }
      this.streak += 1;
      this.lastPull = mono();
      this.pulling = true;
      this.pages(whole)
        .then(() => {
          this.failures = 0;
          this.failedPace = 0;
        })
        .catch((error) => this.failed(error))
        .then(() => {
          this.pulling = false;
          this.replay();
          this.follow();
        })
        .catch((error) => this.calls.failed(error));
    }

    follow() {
      const again = this.again;
      this.again = null;
      if (again && this.running) this.pull(again.whole);
    }

    replay() {
      const frames = this.waiting;
      this.waiting = [];
      let changed = false;
      let gap = false;
      frames.forEach((frame) => {
        const answer = this.state.applyEvent(frame);
        if (answer === 'applied') changed = true;
        if (answer === 'gap') gap = true;
      });
      if (changed) this.calls.changed('pushed');
      if (gap) this.again = this.again || { whole: false };
    }

    async pages(whole) {
      let after = whole ? '' : this.state.cursor;
      for (let page = 0; page < MAX_PAGES && this.running; page += 1) {
        const sent = mono();
        const answer = await ask(FEED + (after ? '?after=' + encodeURIComponent(after) : ''), { headers: { Accept: 'application/json' } });
        if (!this.running) return;
        if (answer.status === 401) {
          this.calls.revoked();
          return;
        }
        if (answer.status === 410) {
          this.calls.gone();
          return;
        }
        if (!answer.ok) {
          const error = new Error('feed answered ' + answer.status);
          error.wait = Number(answer.headers.get('Retry-After')) * 1000 || 0;
          throw error;
        }
        const feed = JSON.parse(answer.body);
        if (!isFeed(feed)) throw new Error('feed not understood');
        this.clock.answer(feed.now, sent, mono());
        this.answeredAt = feed.now;
        this.state.applyFeed(feed);
        this.contact();
        this.calls.changed(feed.whole ? 'whole' : 'caught-up');
        if (feed.build) this.calls.build(feed.build);
        if (!feed.more) return;
        after = this.state.cursor;
      }
    }

    /* What we show stays; the next question waits longer each time, at most two minutes. */
    failed(error) {
      this.failures += 1;
      const most = Math.min(120000, 5000 * Math.pow(2, Math.min(this.failures, 6)));
      const wait = Math.max(spread(2000, most), Math.min(error.wait || 0, 600000));
      this.nextPoll = mono() + wait;
      this.failedPace = Math.min(wait, 20000);
      if (!this.state.cursor) this.pollPatience = 0;
      this.calls.lost(error);
    }
  }

  wall.Link = Link;
  wall.ask = ask;
  wall.spread = spread;
})((window.vaffelWall = window.vaffelWall || {}));
