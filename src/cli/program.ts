import { Command, type OutputConfiguration } from 'commander';
import { addA2aCommand } from './a2a/a2a.js';
import { addCleanupCommand } from './commands/cleanup.js';
import { addAuthCommand } from './auth/auth.js';
import { addCompletionCommand } from './completion/completion.js';
import { addConfigCommand } from './config/config.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addDownCommand } from './commands/down.js';
import { addLogsCommand } from './commands/logs.js';
import { addMcpCommand } from './commands/mcp.js';
import { addModelsCommand } from './commands/models.js';
import { addOpenCommand } from './commands/open.js';
import { addPsCommand } from './commands/ps.js';
import { addServeCommand } from './serve/serve.js';
import { addServiceCommand } from './commands/service.js';
import { addDefinitionCommands } from './commands/definitions.js';
import { addToolsCommand } from './commands/tools.js';
import { addTrustCommand } from './commands/trust.js';
import { addStatsCommand } from './commands/stats.js';
import { addUninstallCommand } from './commands/uninstall.js';
import { addUpCommand } from './commands/up.js';
import { addUpgradeCommand } from './commands/upgrade.js';
import { refuseEarlier } from './earlier/refuse-earlier.js';
import { logLevelOption } from './log-level.js';
import { createOutput } from './output.js';
import { addWorkerCommand } from './worker/worker.js';
import { addProofCommand } from './proof/proof.js';
import { addExplainCommand } from './rlm/explain.js';
import { addRlmCommand } from './rlm/rlm.js';
import { addRunCommand } from './session/run.js';
import { addSessionCommand } from './session/session.js';
import { addTuiCommand } from './tui/tui.js';
import { addScriptCommand } from './script/script.js';
import { addSwarmCommand } from './swarm/swarm.js';
import { addRalphCommand } from './ralph/ralph.js';
import { addAttachCommand, addRunsCommand } from './ralph/run-commands.js';

/** What commander itself prints (help, usage errors with the words that were typed) goes through the one writer too. */
function terminalOutput(): OutputConfiguration {
  const output = createOutput();
  return {
    writeOut: (text) => output.result(text.replace(/\n$/, '')),
    writeErr: (text) => output.note(text.replace(/\n$/, '')),
  };
}

/** The whole command line. Commands load what they work with when they run, so that `--help` is fast. */
export function createProgram(version: string): Command {
  const program = new Command('codetether')
    .description(
      'Runs coding agents as durable Temporal workflows: a PRD in the evening, checked commits in the morning.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--config <file>', 'a further configuration file, stronger than all others')
    .option('--temporal-cli <path>', 'the temporal program to run as embedded server')
    .addOption(logLevelOption())
    .option('--debug', 'print stack traces')
    .configureOutput(terminalOutput())
    .exitOverride()
    .showHelpAfterError('(add --help for usage)')
    .addHelpText('after', EXAMPLES);
  addRalphCommand(program);
  addProofCommand(program);
  addSwarmCommand(program);
  addScriptCommand(program);
  addRlmCommand(program);
  addExplainCommand(program);
  addTuiCommand(program);
  addRunCommand(program);
  addSessionCommand(program);
  addRunsCommand(program);
  addAttachCommand(program);
  addAuthCommand(program);
  addConfigCommand(program);
  addCompletionCommand(program);
  addDemoCommand(program);
  addUpCommand(program);
  addDownCommand(program);
  addPsCommand(program);
  addA2aCommand(program);
  addMcpCommand(program);
  addModelsCommand(program);
  addDoctorCommand(program);
  addCleanupCommand(program);
  addLogsCommand(program);
  addOpenCommand(program);
  addServeCommand(program);
  addServiceCommand(program);
  addDefinitionCommands(program);
  addToolsCommand(program);
  addStatsCommand(program);
  addTrustCommand(program);
  addUpgradeCommand(program);
  addUninstallCommand(program);
  addWorkerCommand(program);
  refuseEarlier(program);
  return program;
}

const EXAMPLES = `
Examples:
  codetether                     talk to an agent on the terminal (also: codetether tui)
  codetether run "MESSAGE"       a question, or a session that goes on (-c)
  codetether ralph run -p prd.json   work off a PRD, story by story
  codetether swarm "TASK"        one task, many agents
  codetether rlm "QUESTION" -f app.log   an answer over an input of any size
  codetether proof test         prove HEAD against the default branch
  codetether auth set moonshotai     store an API key in Vault
  codetether up                 start the service (commands that need it do so by themselves)
  codetether config show         the settings that count here, and who made them
  codetether models             list models with context window and price
  codetether tools list         what agents can do
  codetether agents list        agents of your own
  codetether mcp list           servers of tools that agents may use
  codetether serve              take tasks of other agents (A2A)
  codetether a2a card URL       what an agent elsewhere offers
  codetether worker -s URL      work for a CodeTether platform
  codetether doctor             look at everything a run needs
  codetether ps --json          what runs, as one JSON document
  codetether down               drain and stop

Exit codes: 0 done, 1 did not fully succeed, 2 bad input or usage, 3 infrastructure, 130 detached by Ctrl+C.`;
