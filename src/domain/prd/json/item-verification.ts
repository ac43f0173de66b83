import { commandLineOf } from '../command-criterion.js';
import { verificationStepSchema } from '../verification-steps.js';
import type { VerificationStep } from '../../proof/verification.js';
import { shellStep } from './criteria.js';
import type { ItemRemark } from './item-remark.js';
import { fieldOf, isFields, type Fields } from './keys.js';
import { textsOf } from './texts.js';

const SHELL_TYPES = /^(?:command|cmd|bash|sh|script|exec|terminal)$/i;
const BY_HAND = /^(?:manual|review|visual|note|text|criterion|assertion)$/i;

/** The steps of verification of an item, and the entries among them that are sentences. */
export interface ItemVerification {
  readonly steps: readonly VerificationStep[];
  readonly criteria: readonly string[];
  readonly problems: readonly ItemRemark[];
}

/** Reads `verification_steps`: codetether's objects, commands as texts, and sentences, which are criteria. Never throws. */
export function verificationOf(item: Fields): ItemVerification {
  const field = fieldOf(item, ['verificationsteps']);
  if (field === undefined) return { steps: [], criteria: [], problems: [] };
  const { key, value } = field;
  if (!Array.isArray(value) && typeof value !== 'string')
    return {
      steps: [],
      criteria: [],
      problems: [{ path: [key], message: 'must be a list of steps' }],
    };
  const read = (Array.isArray(value) ? value : [value]).map((entry: unknown, position) =>
    readStep(entry, [key, position]),
  );
  return {
    steps: read.flatMap((part) => part.steps),
    criteria: read.flatMap((part) => part.criteria),
    problems: read.flatMap((part) => part.problems),
  };
}

function readStep(entry: unknown, path: readonly (string | number)[]): ItemVerification {
  if (typeof entry === 'string') {
    const command = commandLineOf(entry);
    return command === undefined
      ? { steps: [], criteria: textsOf(entry), problems: [] }
      : { steps: [shellStep(command)], criteria: [], problems: [] };
  }
  const written = isFields(entry) ? fieldOf(entry, ['type'])?.value : undefined;
  const type = typeof written === 'string' ? written : '';
  if (BY_HAND.test(type)) return { steps: [], criteria: textsOf(entry), problems: [] };
  const isShell = isFields(entry) && 'command' in entry && (type === '' || SHELL_TYPES.test(type));
  const parsed = verificationStepSchema.safeParse(isShell ? { ...entry, type: 'shell' } : entry);
  if (parsed.success) return { steps: [parsed.data], criteria: [], problems: [] };
  const problems = parsed.error.issues.map((issue) => {
    const below = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
    const isAbsent =
      issue.code === 'invalid_type' && isFields(entry) && !(String(below[0]) in entry);
    return { path: [...path, ...below], message: isAbsent ? 'is missing' : issue.message };
  });
  return { steps: [], criteria: [], problems };
}
