import type { Command } from 'commander';
import { createContext, exitWith } from '../context.js';

const MARKS = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

/** Adds `codetether doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look at everything a run needs; starts and installs nothing')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether doctor\n  codetether doctor --json\n\nExit code 3 when there is a problem.',
    )
    .action(async (options: { json?: boolean }, command: Command) => {
      const { output, config } = await createContext(command);
      const { examine } = await import('../../upkeep/index.js');
      const findings = await examine(config);
      if (options.json === true) output.document({ findings });
      else {
        for (const { name, status, detail, hint } of findings) {
          output.result(`${MARKS[status]}${name}: ${detail}`);
          if (hint !== null) output.result(`          try: ${hint}`);
        }
      }
      exitWith(findings.some(({ status }) => status === 'problem') ? 3 : 0);
    });
}
