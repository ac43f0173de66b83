// The only place that makes elements: texts become text nodes, never markup.

/** Attributes that may be set; `href` only to places of this page and this server. */
const ATTRIBUTES = new Set([
  'aria-label',
  'aria-current',
  'aria-describedby',
  'autocomplete',
  'class',
  'colspan',
  'disabled',
  'download',
  'for',
  'hidden',
  'high',
  'href',
  'id',
  'inputmode',
  'low',
  'max',
  'maxlength',
  'min',
  'name',
  'open',
  'optimum',
  'placeholder',
  'required',
  'role',
  'rows',
  'scope',
  'selected',
  'step',
  'tabindex',
  'type',
  'value',
  'data-key',
  'data-state',
]);

/** An element with properties, listeners (functions by the name of their event) and children; null and false children are left out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== false && value !== null && value !== undefined)
      setAttribute(element, name, value);
  }
  element.append(...nodesOf(children));
  return element;
}

function setAttribute(element, name, value) {
  if (!ATTRIBUTES.has(name)) throw new Error(`attribute ${name} is not allowed`);
  if (name === 'href' && !/^(?:#|\/(?!\/)|blob:)/.test(value))
    throw new Error('links lead to this server alone');
  element.setAttribute(name, value === true ? '' : String(value));
}

function nodesOf(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== '')
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** A button that does something once at a time. */
export function button(text, work, properties = {}) {
  return el(
    'button',
    {
      type: 'button',
      ...properties,
      click: async (event) => {
        const own = event.currentTarget;
        own.disabled = true;
        try {
          await work();
        } finally {
          own.disabled = false;
        }
      },
    },
    text,
  );
}

/** Shows nodes in `place`; what is open and what has the focus stays so, by `data-key`. */
export function replaceKept(place, nodes) {
  const open = new Map(
    [...place.querySelectorAll('details[data-key]')].map((one) => [one.dataset.key, one.open]),
  );
  const focused = place.contains(document.activeElement)
    ? document.activeElement?.dataset?.key
    : undefined;
  place.replaceChildren(...nodesOf([nodes]));
  for (const one of place.querySelectorAll('details[data-key]'))
    if (open.has(one.dataset.key)) one.open = open.get(one.dataset.key);
  if (focused === undefined) return;
  for (const one of place.querySelectorAll('[data-key]'))
    if (one.dataset.key === focused) one.focus();
}

/** True while somebody writes: then nothing is replaced under their hands. */
export function isWriting(place) {
  const active = document.activeElement;
  const isField =
    active instanceof HTMLTextAreaElement ||
    (active instanceof HTMLInputElement && active.type !== 'search');
  return isField && place.contains(active) && active.value !== active.defaultValue;
}

/** Tells what came of something. */
export function say(text) {
  const place = document.getElementById('said');
  const line = el('p', {}, text);
  place.replaceChildren(line);
  setTimeout(() => line.remove(), 8000);
}
