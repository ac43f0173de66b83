import { bindSteps, type Activities } from '../lib/step.js';
import { callModel } from './call-model.js';
import { compactConversation } from './compact-conversation.js';
import { createConversationDesk, type ModelActivityDependencies } from './conversation-model.js';

const steps = { callModel, compactConversation };

/** Activities that call models in conversations. */
export type ModelActivities = Activities<typeof steps>;

/** The model activities over stores, providers and tools. */
export function createModelActivities(dependencies: ModelActivityDependencies): ModelActivities {
  return bindSteps(createConversationDesk(dependencies), steps);
}
