export { agentWorkflow } from './agent/agent.js';
export { type AgentStatus } from '../contracts/index.js';
export { draftPrdWorkflow } from './prd/draft-prd.js';
export { ralphWorkflow } from './ralph/ralph.js';
export { storyWorkflow } from './ralph/story.js';
export { mergeRunWorkflow } from './ralph/merge-run.js';
export { proofWorkflow } from './proof/proof.js';
export { probeModelWorkflow } from './probe/probe-model.js';
export { swarmWorkflow } from './swarm/swarm.js';
