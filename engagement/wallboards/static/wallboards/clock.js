/* The server's time on a device whose own clock may be wrong. */
(function (wall) {
  'use strict';

  const mono = () => performance.now();

  /** Estimates the server's time. A saved {offset, seen} gives a first guess after a power cut. */
  class ServerClock {
    constructor(saved) {
      const known = saved || {};
      this.offset = Number(known.offset) || 0;
      this.seen = Number(known.seen) || 0;
      this.base = 0;
      this.baseMono = 0;
      this.trip = Infinity;
      this.sampledAt = 0;
      this.synced = false;
    }

    /** Milliseconds since 1970 as the server counts them. Never before the last time heard from it. */
    now() {
      if (this.synced) return this.base + (mono() - this.baseMono);
      return Math.max(this.seen, Date.now() + this.offset);
    }

    /** False when the device woke up with a clock behind the last contact: then no time is shown. */
    trusted() {
      return this.synced || Date.now() + this.offset >= this.seen;
    }

    set(serverNow, at) {
      this.base = serverNow;
      this.baseMono = at;
      this.synced = true;
      this.offset = Math.round(this.now() - Date.now());
    }

    /** An answer that says `serverNow`, asked at `sent` and received at `got` (both mono). The
     * shorter the round trip the surer the estimate; a sure one ages after ten minutes. */
    answer(serverNow, sent, got) {
      const trip = got - sent;
      const stale = got - this.sampledAt > 600000;
      if (!this.synced || stale || trip <= this.trip * 1.5) {
        this.set(serverNow + trip / 2, got);
        this.trip = trip;
        this.sampledAt = got;
      } else {
        this.beat(serverNow);
      }
      this.seen = Math.max(this.seen, serverNow);
    }

    /** A one-way message: the server's time is at least this, and hardly two seconds more. */
    beat(serverNow) {
      const ahead = serverNow - this.now();
      if (!this.synced || ahead > 0 || ahead < -2000) this.set(serverNow, mono());
      this.seen = Math.max(this.seen, serverNow);
    }

    saved() {
      return { offset: this.offset, seen: this.seen };
    }
  }

  const formats = new Map();

  /* Intl objects are dear to make, so a handful is kept. Old sets miss some time zones: then local time. */
  function format(locale, zone, options) {
    const key = locale + zone + JSON.stringify(options);
    let made = formats.get(key);
    if (!made) {
      try {
        made = new Intl.DateTimeFormat(locale, Object.assign({ timeZone: zone }, options));
      } catch (error) {
        made = new Intl.DateTimeFormat('en-GB', options);
      }
      if (formats.size > 20) formats.clear();
      formats.set(key, made);
    }
    return made;
  }

  const minutes = new Map();

  /* The same minute is asked for many times a second hand's turn, and formatting is not cheap on a television. */
  function once(kind, ms, zone, make) {
    const key = kind + Math.floor(ms / 60000) + zone;
    let made = minutes.get(key);
    if (made === undefined) {
      made = make();
      if (minutes.size > 100) minutes.clear();
      minutes.set(key, made);
    }
    return made;
  }

  /** "10:42" in the zone. */
  function hourMinute(ms, zone) {
    const options = { hour: '2-digit', minute: '2-digit', hour12: false };
    return once('time', ms, zone, () => format('en-GB', zone, options).format(ms).replace(/^24/, '00'));
  }

  /** "23/11/2026": only for comparing days. */
  function day(ms, zone) {
    const options = { year: 'numeric', month: '2-digit', day: '2-digit' };
    return once('day', ms, zone, () => format('en-GB', zone, options).format(ms));
  }

  /** "10:42", or "22. nov. 10:42" when that is not today. */
  function moment(ms, now, zone, language) {
    const time = hourMinute(ms, zone);
    if (day(ms, zone) === day(now, zone)) return time;
    const locale = language === 'nb' ? 'nb-NO' : 'en-GB';
    return format(locale, zone, { day: 'numeric', month: 'short' }).format(ms) + ' ' + time;
  }

  /** Whether "HH:MM" lies in [from, to), over midnight too. */
  function between(time, from, to) {
    if (!from || !to || from === to) return false;
    return from < to ? time >= from && time < to : time >= from || time < to;
  }

  wall.ServerClock = ServerClock;
  wall.time = { mono, hourMinute, day, moment, between };
})((window.vaffelWall = window.vaffelWall || {}));
