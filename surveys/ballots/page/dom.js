// Elements from words. Nothing here or elsewhere on the page turns text into markup.

const DRAWN = 'http://www.w3.org/2000/svg';
const DRAWINGS = new Set(['svg', 'line', 'circle']);

/** `make('p', {class: 'quiet'}, 'text', child)`; a function is a listener, null and false are left out. */
export function make(name, facts = {}, ...children) {
  const element = DRAWINGS.has(name) ? document.createElementNS(DRAWN, name) : document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button that does `act` once at a time. */
export function makeButton(text, act, facts = {}) {
  const pressed = async (event) => {
    const button = event.currentTarget;
    if (button.disabled) return;
    button.disabled = true;
    try {
      await act(event);
    } finally {
      button.disabled = false;
    }
  };
  return make('button', { type: 'button', class: 'button', ...facts, click: pressed }, text);
}
