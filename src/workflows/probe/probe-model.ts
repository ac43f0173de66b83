import type { ProbeInput, ProbeResult } from '../../contracts/index.js';
import { formatModelReference } from '../../domain/index.js';
import { standaloneSteps } from '../lib/step.js';

/** Asks one model for one word, once: whoever waits for the answer wants the first failure. */
export async function probeModelWorkflow(input: ProbeInput): Promise<ProbeResult> {
  const summary = `one word of ${formatModelReference(input.model)}`;
  return standaloneSteps('').once('probeModel', { summary, args: input });
}
