import type { Config } from '../../config/index.js';
import { conversationNodeSchema, type RunRecord } from '../../domain/index.js';
import { commandStores } from '../results/command-stores.js';

/** The whole joined answer of a swarm; its beginning where the stored one cannot be read; null when there is none. */
export async function swarmAnswer(config: Config, record: RunRecord): Promise<string | null> {
  const answer = record.swarm?.answer ?? null;
  if (answer === null) return null;
  try {
    const text = await commandStores(config).blobs.getText(answer.ref);
    return record.stories.length === 1 ? lastWords(text) : text;
  } catch {
    return answer.preview;
  }
}

/** A swarm of one has its agent's conversation as answer. */
function lastWords(text: string): string {
  const node = conversationNodeSchema.parse(JSON.parse(text));
  return node.messages.findLast(({ role }) => role === 'assistant')?.content ?? '';
}
