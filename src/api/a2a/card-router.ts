import { createHash } from 'node:crypto';
import { AgentCard } from '@a2a-js/sdk';
import { Router, type Request, type Response } from 'express';
import { agentCard, oldCard, type CardFacts } from './card.js';
import { JSON_TYPE, type ProtocolVersion, RPC_PATH, VERSION_HEADER } from './names.js';
import { requestedVersion } from './version.js';

/** What {@link createCardRouter} needs. */
export interface CardRoutes {
  /** Looked at for each request: addresses depend on the host that was asked. */
  readonly facts: (request: Request) => Promise<CardFacts>;
  readonly maxAgeS: number;
  /** When the server began to say this. */
  readonly since: Date;
}

/**
 * `/.well-known/agent-card.json` in pure v1; for whoever asks with `A2A-Version: 0.3` both shapes in one, as it is below `/a2a` for
 * whoever names no version. `/.well-known/agent.json`, at the root and below `/a2a`, in v0.3's, for older clients. All of it is public.
 */
export function createCardRouter({ facts, maxAgeS, since }: CardRoutes): Router {
  const router = Router();
  const send = (request: Request, response: Response, card: unknown): void => {
    const body = JSON.stringify(card);
    const tag = createHash('sha256').update(body).digest('base64url');
    response.vary(VERSION_HEADER);
    response.set('ETag', `"${tag}"`);
    response.set('Last-Modified', since.toUTCString());
    response.set('Cache-Control', maxAgeS === 0 ? 'no-cache' : `public, max-age=${maxAgeS}`);
    if (request.fresh) response.status(304).end();
    else response.type(JSON_TYPE).send(body);
  };
  for (const base of ['', RPC_PATH]) {
    router.get(`${base}/.well-known/agent-card.json`, async (request, response) => {
      const known = await facts(request);
      const pure = AgentCard.toJSON(agentCard(known));
      const isOld = asksForOld(request, base === '' ? '1.0' : '0.3');
      send(request, response, isOld ? hybrid(known, pure) : pure);
    });
    router.get(`${base}/.well-known/agent.json`, async (request, response) => {
      send(request, response, oldCard(await facts(request)));
    });
  }
  return router;
}

/** Empty means 0.3 elsewhere; at the root it does not, so that strict readers of v1 get nothing else. Nor does a version that nobody knows. */
function asksForOld(request: Request, usual: ProtocolVersion): boolean {
  const isNamed = request.get(VERSION_HEADER) !== undefined || VERSION_HEADER in request.query;
  if (!isNamed) return usual === '0.3';
  try {
    return requestedVersion(request) === '0.3';
  } catch {
    return false;
  }
}

function hybrid(facts: CardFacts, pure: unknown): Record<string, unknown> {
  const both = typeof pure === 'object' && pure !== null ? pure : {};
  // securitySchemes differ between the versions: whoever asks for 0.3 reads those of 0.3
  return { ...both, ...oldCard(facts) };
}
