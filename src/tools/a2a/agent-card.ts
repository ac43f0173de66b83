import type { AgentCard } from '@a2a-js/sdk';
import { isDeeper, isRecord, visibleLine } from '../../domain/index.js';
import type { Fetch } from './agent-fetch.js';
import { AnswerError } from './failure.js';

/** Ways on which an agent is spoken to. */
export const AGENT_TRANSPORTS = ['jsonrpc', 'rest'] as const;

/** See {@link AGENT_TRANSPORTS}. */
export type AgentTransport = (typeof AGENT_TRANSPORTS)[number];

/** Names of the ways in cards. */
const BINDINGS: Readonly<Record<AgentTransport, string>> = {
  jsonrpc: 'JSONRPC',
  rest: 'HTTP+JSON',
};

const CARD_PATH = '.well-known/agent-card.json';
const MOST_DEPTH = 64;
const MOST_LISTED = 100;
const LINE = 300;

/** The card of an agent as it is shown: every text of it is one bounded line. */
export interface ShownCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly interfaces: readonly {
    readonly url: string;
    readonly transport: string;
    readonly version: string;
  }[];
  readonly streaming: boolean;
  readonly push: boolean;
  readonly extensions: readonly string[];
  readonly skills: readonly {
    readonly id: string;
    readonly name: string;
    readonly description: string;
  }[];
}

/** Reads the card of an agent. `url` is the agent's address, or the address of a card (its path ends with `.json`). */
export async function readCard(url: string, fetch: Fetch): Promise<AgentCard> {
  const { DefaultAgentCardResolver } = await import('@a2a-js/sdk/client');
  const answer = await fetch(cardAddress(url), {
    headers: { accept: 'application/json', 'A2A-Version': '1.0' },
  });
  if (!answer.ok) throw new AnswerError(`it has no card there (status ${answer.status})`);
  const card: unknown = await answer.json().catch(() => undefined);
  if (!isRecord(card) || isDeeper(card, MOST_DEPTH))
    throw new AnswerError('its card is no JSON object');
  const resolver = new DefaultAgentCardResolver({ legacyCompat: { enabled: true } });
  const read = resolver.normalizeAgentCard(card);
  if (!Array.isArray(read.supportedInterfaces))
    throw new AnswerError('its card names no interface that it is reached by');
  return read;
}

function cardAddress(url: string): string {
  const address = new URL(url);
  address.search = '';
  address.hash = '';
  if (address.pathname.endsWith('.json')) return address.href;
  const folder = address.pathname.endsWith('/') ? address.pathname : `${address.pathname}/`;
  address.pathname = folder + CARD_PATH;
  return address.href;
}

/**
 * The card with the one interface that is used: of the wanted way, or the first one that is known, of the same origin as the card and
 * of the newest version. Throws for a card that has none.
 */
export function chosenCard(
  card: AgentCard,
  wanted: { readonly origin: string; readonly transport?: AgentTransport | undefined },
): AgentCard {
  const { origin, transport } = wanted;
  const names = transport === undefined ? Object.values(BINDINGS) : [BINDINGS[transport]];
  const known = card.supportedInterfaces.filter(
    (one) => isRecord(one) && names.includes(String(one.protocolBinding).toUpperCase()),
  );
  const own = known.filter(({ url }) => URL.canParse(url) && new URL(url).origin === origin);
  const chosen = own.find(({ protocolVersion }) => protocolVersion.startsWith('1.')) ?? own[0];
  if (chosen !== undefined) return { ...card, supportedInterfaces: [chosen] };
  const elsewhere = known.map(({ url }) => visibleLine(String(url)).slice(0, LINE))[0];
  throw new AnswerError(
    elsewhere === undefined
      ? `its card offers no interface by ${names.join(' or ')}`
      : `its card leads to another server (${elsewhere}), which is not asked`,
  );
}

/** What of a card is shown. Pure. */
export function shownCard(card: AgentCard): ShownCard {
  const { capabilities } = card;
  return {
    name: line(card.name),
    description: line(card.description),
    version: line(card.version),
    interfaces: listed(card.supportedInterfaces).map((one) => ({
      url: line(one.url),
      transport: line(one.protocolBinding),
      version: line(one.protocolVersion),
    })),
    streaming: capabilities?.streaming === true,
    push: capabilities?.pushNotifications === true,
    extensions: listed(capabilities?.extensions).map(({ uri }) => line(uri)),
    skills: listed(card.skills).map((skill) => ({
      id: line(skill.id),
      name: line(skill.name),
      description: line(skill.description),
    })),
  };
}

/** Cards are what their server wrote: a list may be missing, or hold anything. */
function listed<Item extends object>(items: readonly Item[] | undefined): readonly Item[] {
  const known: readonly Item[] = Array.isArray(items) ? items : [];
  return known.slice(0, MOST_LISTED).filter((item) => isRecord(item));
}

function line(text: unknown): string {
  return typeof text === 'string' ? visibleLine(text).slice(0, LINE) : '';
}
