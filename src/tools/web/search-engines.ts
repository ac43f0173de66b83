import { z } from 'zod';

/** One hit of a search. */
export interface SearchHit {
  readonly title: string;
  readonly url: string;
  readonly excerpt: string;
}

/** What is asked of an engine. */
export interface SearchQuery {
  readonly query: string;
  readonly limit: number;
  /** Address of the engine. */
  readonly baseUrl: string;
  /** Its key; undefined for engines without one. */
  readonly key: string | undefined;
}

/** How one engine is asked and read. */
export interface SearchEngine {
  /** Where it is when the configuration does not say; null = it must. */
  readonly baseUrl: string | null;
  readonly needsKey: boolean;
  request(query: SearchQuery): { readonly url: string; readonly init: RequestInit };
  /** Hits of its answer; undefined when that is of another form. */
  read(answer: unknown): readonly SearchHit[] | undefined;
}

const text = z.string().catch('');

/** Reads hits at `path`, each with its excerpt in the field `excerpt`. */
function hitsAt(path: readonly string[], excerpt: string): SearchEngine['read'] {
  const hit = z
    .object({ title: text, url: z.url({ protocol: /^https?$/ }) })
    .and(z.record(z.string(), z.unknown()));
  return (answer) => {
    let value: unknown = answer;
    for (const name of path)
      value = z.record(z.string(), z.unknown()).safeParse(value).data?.[name];
    if (!Array.isArray(value)) return undefined;
    return value.flatMap((raw) => {
      const { data } = hit.safeParse(raw);
      return data === undefined
        ? []
        : [{ title: data.title, url: data.url, excerpt: text.parse(data[excerpt]) }];
    });
  };
}

function post(url: string, headers: Readonly<Record<string, string>>, body: object) {
  return {
    url,
    init: {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    },
  };
}

/** The engines that can be configured, by name. */
export const SEARCH_ENGINES = {
  searxng: {
    baseUrl: null,
    needsKey: false,
    request: ({ query, baseUrl }) => ({
      url: `${baseUrl}/search?${new URLSearchParams({ q: query, format: 'json' }).toString()}`,
      init: {},
    }),
    read: hitsAt(['results'], 'content'),
  },
  brave: {
    baseUrl: 'https://api.search.brave.com',
    needsKey: true,
    request: ({ query, limit, baseUrl, key = '' }) => ({
      url: `${baseUrl}/res/v1/web/search?${new URLSearchParams({ q: query, count: String(limit) }).toString()}`,
      init: { headers: { 'x-subscription-token': key, accept: 'application/json' } },
    }),
    read: hitsAt(['web', 'results'], 'description'),
  },
  tavily: {
    baseUrl: 'https://api.tavily.com',
    needsKey: true,
    request: ({ query, limit, baseUrl, key = '' }) =>
      post(`${baseUrl}/search`, { authorization: `Bearer ${key}` }, { query, max_results: limit }),
    read: hitsAt(['results'], 'content'),
  },
  exa: {
    baseUrl: 'https://api.exa.ai',
    needsKey: true,
    request: ({ query, limit, baseUrl, key = '' }) =>
      post(
        `${baseUrl}/search`,
        { 'x-api-key': key },
        {
          query,
          numResults: limit,
          contents: { text: { maxCharacters: 500 } },
        },
      ),
    read: hitsAt(['results'], 'text'),
  },
} as const satisfies Record<string, SearchEngine>;

/** Name of an engine. */
export type SearchEngineName = keyof typeof SEARCH_ENGINES;
