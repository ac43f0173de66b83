import { underVariables } from '../../config/index.js';

/** What ink and react read from the environment while they are loaded, and what it has to be for a screen that people look at. */
const WANTED = { NODE_ENV: 'production', CI: 'false', DEV: 'false' } as const;

/** Loads ink and what is drawn with it. They decide by the environment whether they are tried out, or run where nobody looks on. */
export function loadInk() {
  return underVariables(WANTED, async () => {
    const [{ render }, { createElement }, { FrameView }] = await Promise.all([
      import('ink'),
      import('react'),
      import('./app.js'),
    ]);
    return { render, createElement, FrameView };
  });
}
