import type { AgentCard, AgentSkill } from '@a2a-js/sdk';
import {
  EVENT_SEQUENCE,
  REST_PATH,
  TASK_ORDER,
  TASK_SKILLS,
  type TaskSkill,
} from '../../domain/index.js';
import { RPC_PATH } from './names.js';

/** Media types of parts that tasks take, beside all of `text/`. */
export const INPUT_MODES: readonly string[] = [
  'text/plain',
  'text/markdown',
  'application/json',
  'application/yaml',
  'application/toml',
  'application/xml',
  'application/x-patch',
  'application/octet-stream',
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
];

const OUTPUT_MODES = ['text/plain', 'text/markdown', 'text/x-patch', 'application/json'];

const SKILLS: Readonly<
  Record<TaskSkill, Omit<AgentSkill, 'id' | 'inputModes' | 'outputModes' | 'securityRequirements'>>
> = {
  code: {
    name: 'Change a repository',
    description:
      'One coding agent works on one request in a sandboxed clone of a named workspace or git URL; the result is a branch and a patch.',
    tags: ['code', 'git', 'durable'],
    examples: ['Fix the failing test in workspace "shop"'],
  },
  ralph: {
    name: 'Work off a PRD',
    description:
      'Works off the stories of a PRD (a data or file part) one by one; a story counts only when the engine has run its checks on exactly what is committed.',
    tags: ['prd', 'stories', 'proof', 'durable'],
    examples: ['A data part with user_stories, and metadata {"workspace": "shop"}'],
  },
  swarm: {
    name: 'One task, many agents',
    description: 'Divides a task among agents that work side by side and merges what they made.',
    tags: ['swarm', 'parallel', 'durable'],
    examples: ['Document every module below src'],
  },
  rlm: {
    name: 'Answer over a huge input',
    description:
      'Answers a question over an input of any size (text, file or data parts) by a recursive language model.',
    tags: ['rlm', 'analysis', 'durable'],
    examples: ['Which request caused the first error in this log?'],
  },
  script: {
    name: 'Run a script',
    description:
      'Runs a script of the named workspace by its name: a program over many agents; a data part is its arguments.',
    tags: ['script', 'agents', 'durable'],
    examples: ['The text "review-fix", and a data part {"files": ["src/a.ts"]}'],
  },
  chat: {
    name: 'Talk',
    description: 'Answers a question without tools and without a repository.',
    tags: ['chat'],
    examples: ['What is a monad?'],
  },
};

/** What differs between servers. */
export interface CardFacts {
  readonly version: string;
  /** Where clients see the server, without a slash at its end. */
  readonly baseUrl: string;
  /** Whether a bearer token is needed. */
  readonly needsToken: boolean;
  /** Whether updates are posted to webhooks. */
  readonly hasPush: boolean;
}

/** The card of this agent, in the SDK's shape. */
export function agentCard({ version, baseUrl, needsToken, hasPush }: CardFacts): AgentCard {
  const entry = (path: string, protocolBinding: string, protocolVersion: string) => ({
    url: `${baseUrl}${path}`,
    protocolBinding,
    protocolVersion,
    tenant: '',
  });
  return {
    name: 'CodeTether',
    description:
      'Runs coding agents as durable workflows: tasks survive crashes and restarts, and their results are proven before they are reported.',
    version,
    provider: undefined,
    documentationUrl: 'https://codetether.run',
    iconUrl: undefined,
    supportedInterfaces: [
      entry(RPC_PATH, 'JSONRPC', '1.0'),
      entry(REST_PATH, 'HTTP+JSON', '1.0'),
      entry(RPC_PATH, 'JSONRPC', '0.3'),
    ],
    capabilities: {
      streaming: true,
      pushNotifications: hasPush,
      extendedAgentCard: false,
      extensions: [
        {
          uri: EVENT_SEQUENCE,
          description:
            'Every event carries metadata[URI].sequence; a subscription with metadata[URI].lastSequence, or with Last-Event-ID, goes on behind it.',
          required: false,
          params: undefined,
        },
        {
          uri: TASK_ORDER,
          description:
            'metadata[URI] of a message: skill, workspace, git_url, ref, model, branch, auto_approve, limits.',
          required: false,
          params: undefined,
        },
      ],
    },
    defaultInputModes: [...INPUT_MODES],
    defaultOutputModes: [...OUTPUT_MODES],
    skills: TASK_SKILLS.map((id) => ({
      id,
      ...SKILLS[id],
      inputModes: [],
      outputModes: [],
      securityRequirements: [],
    })),
    securitySchemes: needsToken ? { bearer: bearerScheme() } : {},
    securityRequirements: needsToken ? [{ schemes: { bearer: { list: [] } } }] : [],
    signatures: [],
  };
}

function bearerScheme(): AgentCard['securitySchemes'][string] {
  return {
    scheme: {
      $case: 'httpAuthSecurityScheme',
      value: {
        scheme: 'Bearer',
        bearerFormat: '',
        description: 'A token of this server: codetether serve token create NAME --scope …',
      },
    },
  };
}

/** The card in the shape of v0.3, without what v1 added. */
export function oldCard(facts: CardFacts): Record<string, unknown> {
  const { capabilities, skills, ...card } = agentCard(facts);
  return {
    name: card.name,
    description: card.description,
    version: card.version,
    protocolVersion: '0.3.0',
    url: `${facts.baseUrl}${RPC_PATH}`,
    preferredTransport: 'JSONRPC',
    documentationUrl: card.documentationUrl,
    capabilities: {
      streaming: true,
      pushNotifications: facts.hasPush,
      stateTransitionHistory: false,
      extensions: (capabilities?.extensions ?? []).map(({ uri, description, required }) => ({
        uri,
        description,
        required,
      })),
    },
    defaultInputModes: card.defaultInputModes,
    defaultOutputModes: card.defaultOutputModes,
    skills: skills.map(({ id, name, description, tags, examples }) => ({
      id,
      name,
      description,
      tags,
      examples,
    })),
    supportsAuthenticatedExtendedCard: false,
    ...(facts.needsToken
      ? {
          securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
          security: [{ bearer: [] }],
        }
      : {}),
  };
}
