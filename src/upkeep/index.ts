export { checkUpgrade } from './check-upgrade.js';
export { cleanUp, parseAge, planCleanup } from './cleanup/cleanup.js';
export { writeConfigFile, writeNewConfigFile } from './config-file.js';
export { examine } from './doctor.js';
export {
  type ListedServer,
  type ServerTest,
  listMcpServers,
  testMcpServer,
} from './mcp-servers.js';
export {
  AGENT_TRANSPORTS,
  type AgentConnection,
  type AgentEvent,
  type AgentMessage,
  type AgentTaskPage,
  type AgentTransport,
  awaitTask,
  followTask,
  type ShownCard,
} from '../tools/index.js';
export { reachAgent } from './remote-agents.js';
export { type ListedTool, listServerTools, listTools } from './list-tools.js';
export {
  type Listed,
  type ListedAgent,
  type ListedSkill,
  listAgents,
  listSkills,
  showAgent,
} from './list-definitions.js';
export { type ListedModel, listModels } from './models.js';
export { testProvider } from './test-provider.js';
export { planUninstall, uninstall } from './uninstall.js';
