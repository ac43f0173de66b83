import type { Launch } from '../light/state.js';
import { UI_PATH } from './temporal-arguments.js';
import { gateFiles } from '../light/gate-files.js';
import { openUiAccess, type UiAccess } from './ui-ticket.js';

/** How the API shows Temporal's web interface; undefined where the embedded server has none. */
export function uiRoutes(
  home: string,
  launch: Launch,
):
  | (Pick<UiAccess, 'exchange' | 'isSession'> & {
      readonly path: string;
      readonly socketPath: string;
    })
  | undefined {
  const isolation = launch.temporal?.isolation ?? 'none';
  if (isolation === 'none') return undefined;
  const { exchange, isSession } = openUiAccess(home);
  return { path: UI_PATH, socketPath: gateFiles(home).uiSocket, exchange, isSession };
}

/** A link to a page of Temporal's web interface, good once; `page` begins with a slash. */
export function uiLink(home: string, uiUrl: string, page: string): string {
  const ticket = openUiAccess(home).mintTicket();
  return `${uiUrl}/login?ticket=${ticket}&to=${encodeURIComponent(page)}`;
}
