import { resolve } from 'node:path';
import {
  InvalidInputError,
  parseSwarmPlan,
  type NamedAgent,
  type SwarmPlan,
} from '../../domain/index.js';
import { isNotFound, parseJsonDocument, readBounded, refuseLinkOut } from '../../platform/index.js';

/** A plan of more than this is beyond what people write and models answer. */
const LARGEST_PLAN = 4 * 1024 * 1024;

/**
 * Reads a plan file. Throws InvalidInputError `ERR_SWARM_PLAN_UNREADABLE`, `ERR_JSON_INVALID`, or SwarmPlanInvalidError with every problem
 * and its line.
 */
export async function readPlanFile(
  file: string,
  rules: {
    readonly cwd: string;
    readonly maxSubagents: number;
    readonly agents?: readonly NamedAgent[];
  },
): Promise<SwarmPlan> {
  const document = parseJsonDocument(await readText(file, rules.cwd), file);
  const { maxSubagents, agents = [] } = rules;
  return parseSwarmPlan(document.value, {
    file,
    maxSubagents,
    agents,
    lineOf: (path) => document.lineOf(path),
  });
}

async function readText(file: string, cwd: string): Promise<string> {
  const path = resolve(cwd, file);
  await refuseLinkOut(path, 'the plan');
  try {
    return await readBounded(path, LARGEST_PLAN);
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    const why = isNotFound(cause) ? 'there is no such file' : 'it cannot be read';
    throw new InvalidInputError('ERR_SWARM_PLAN_UNREADABLE', {
      message: `the plan ${file}: ${why}`,
      where: { file },
      hint: 'a plan is what codetether swarm "TASK" --dry-run --json prints',
      cause,
    });
  }
}
