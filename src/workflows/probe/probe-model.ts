import type { ProbeInput, ProbeResult } from '../../contracts/index.js';
import { formatModelReference, markdownCode } from '../../domain/index.js';
import { showDetails } from '../lib/current-details.js';
import { standaloneSteps } from '../lib/step.js';

/** Asks one model for one word, once: whoever waits for the answer wants the first failure. */
export async function probeModelWorkflow(input: ProbeInput): Promise<ProbeResult> {
  const name = formatModelReference(input.model);
  showDetails('one word of a model', [{ lines: [`**model** ${markdownCode(name)}`] }]);
  const summary = `one word of ${name}`;
  return standaloneSteps('').once('probeModel', { summary, args: input });
}
