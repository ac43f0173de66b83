import { DOCUMENTED_KEYS } from '../keys/documented-keys.js';
import { readings, tomlValue } from './toml-value.js';

/** Keys that most people set first; the others are one command away. */
const FIRST_KEYS = {
  user: [
    'default_model',
    'fallback_models',
    'sandbox.minimum',
    'notify.webhook',
    'vault.address',
    'swarm.confirm_above_usd',
    'workspace.caches',
  ],
  project: [
    'default_model',
    'setup',
    'workspace.setup_timeout_s',
    'workspace.copy',
    'paths',
    'permissions.deny',
  ],
} as const;

const EXAMPLES: Readonly<Record<string, string>> = {
  fallback_models: '["openrouter/stepfun/step-3.5-flash:free"]',
  'notify.webhook': 'https://hooks.example.com/codetether',
  'vault.address': 'https://vault.example.com:8200',
  'swarm.confirm_above_usd': '5',
  setup: '["npm ci"]',
  'workspace.copy': '[".env.test"]',
  paths: '["src", "test"]',
  'permissions.deny': '["bash(git push)"]',
};

/** A first configuration file: everything in it is a comment, so that it says nothing yet. */
export function newConfigFile(kind: 'user' | 'project'): string {
  const lines = FIRST_KEYS[kind].flatMap((key) => {
    const [fallback, meaning] = DOCUMENTED_KEYS[key] ?? ['', ''];
    const [value] = readings(EXAMPLES[key] ?? fallback);
    return ['', `# ${meaning}`, `# Default: ${fallback}`, `#${key} = ${tomlValue(value)}`];
  });
  const rights =
    kind === 'user'
      ? []
      : ['# Strangers may bring this file: what else than this it sets needs `codetether trust`.'];
  return [
    '# CodeTether. All keys: codetether config show; for editors: codetether config schema',
    ...rights,
    ...lines,
    '',
  ].join('\n');
}
