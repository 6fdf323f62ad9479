/* Small waffle hearts that rise once, for at most three seconds, and leave nothing behind. */
(function (wall) {
  'use strict';

  const LASTS = 2800;
  const PIECES = 46;
  const COLOURS = ['#edb24d', '#f9d58e', '#f7a3a1', '#6cd9dc', '#f9f1df'];
  const HEART = 'M0,0 C-9,-11 -27,-25 -27,-43 C-27,-58 -14,-64 -6,-60 C-2,-58 0,-53 0,-51 C0,-53 2,-58 6,-60 C14,-64 27,-58 27,-43 C27,-25 9,-11 0,0Z';
  const SPRITE = 96;

  /* A heart with its iron pattern, drawn once for each colour. */
  function sprite(colour) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = SPRITE;
    const pen = canvas.getContext('2d');
    const heart = new Path2D(HEART);
    pen.translate(SPRITE / 2, SPRITE * 0.97);
    pen.scale(1.4, 1.4);
    pen.fillStyle = colour;
    pen.fill(heart);
    pen.clip(heart);
    pen.strokeStyle = 'rgba(11,27,47,.4)';
    pen.lineWidth = 3;
    for (let at = -90; at <= 90; at += 14) {
      pen.beginPath();
      pen.moveTo(at - 70, 0);
      pen.lineTo(at + 10, -80);
      pen.moveTo(at + 70, 0);
      pen.lineTo(at - 10, -80);
      pen.stroke();
    }
    return canvas;
  }

  class Burst {
    constructor(canvas) {
      this.canvas = canvas;
      this.sprites = null;
      this.pieces = [];
      this.frame = 0;
    }

    /** Lets hearts rise from (x, y) in CSS pixels; `u` is one hundredth of the stage. */
    start(x, y, u) {
      this.stop();
      if (!this.sprites) this.sprites = COLOURS.map(sprite);
      /* A panel of 4K is drawn at half size: nobody sees it, and the device breathes. */
      const scale = Math.min(1, 1920 / Math.max(window.innerWidth, window.innerHeight, 1));
      this.canvas.width = Math.round(window.innerWidth * scale);
      this.canvas.height = Math.round(window.innerHeight * scale);
      this.canvas.hidden = false;
      this.pieces = [];
      for (let index = 0; index < PIECES; index += 1) {
        /* Most fly up and towards the middle of the stage: the face stands at its edge. */
        const angle = -Math.PI * 0.4 + (Math.random() - 0.5) * 2.5;
        const speed = (40 + Math.random() * 150) * u * scale;
        this.pieces.push({
          x: x * scale,
          y: y * scale,
          vx: Math.cos(angle) * speed,
          vy: Math.sin(angle) * speed,
          size: (3.2 + Math.random() * 5) * u * scale,
          tilt: (Math.random() - 0.5) * 1.6,
          turn: (Math.random() - 0.5) * 2.4,
          sway: Math.random() * 6.28,
          wait: Math.random() * 0.25,
          sprite: this.sprites[index % this.sprites.length],
        });
      }
      const began = performance.now();
      const pull = 26 * u * scale;
      const draw = () => {
        const age = performance.now() - began;
        if (age >= LASTS) {
          this.stop();
          return;
        }
        this.paint(age / 1000, age / LASTS, pull, u * scale);
        this.frame = requestAnimationFrame(draw);
      };
      this.frame = requestAnimationFrame(draw);
    }

    paint(seconds, part, pull, u) {
      const pen = this.canvas.getContext('2d');
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
      const fade = part < 0.55 ? 1 : Math.max(0, 1 - (part - 0.55) / 0.42);
      this.pieces.forEach((piece) => {
        const t = seconds - piece.wait;
        if (t <= 0) return;
        /* Air slows a piece down: it shoots out, hangs, and sinks a little. */
        const glide = (1 - Math.exp(-2.1 * t)) / 2.1;
        const x = piece.x + piece.vx * glide + Math.sin(piece.sway + t * 2.2) * 1.2 * u;
        const y = piece.y + piece.vy * glide + 0.5 * pull * t * t * 0.45;
        const size = piece.size * Math.min(1, t * 5);
        pen.globalAlpha = fade;
        pen.setTransform(1, 0, 0, 1, x, y);
        pen.rotate(piece.tilt + piece.turn * glide);
        pen.drawImage(piece.sprite, -size / 2, -size / 2, size, size);
      });
      pen.globalAlpha = 1;
    }

    stop() {
      if (this.frame) cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.pieces = [];
      if (!this.canvas.hidden) {
        this.canvas.hidden = true;
        this.canvas.width = 0;
        this.canvas.height = 0;
      }
    }
  }

  wall.Burst = Burst;
})((window.vaffelWall = window.vaffelWall || {}));
