import type { Command } from 'commander';
import { plannedOrder, prdTemplate } from '../../domain/index.js';
import { createOutput } from '../output.js';
import { writeOutputFile } from '../output-file.js';

/** Adds `codetether ralph validate`. */
export function addRalphValidateCommand(ralph: Command): void {
  ralph
    .command('validate')
    .description('check a PRD file; every problem at once, with line, story and field')
    .option('-p, --prd <file>', 'the PRD', 'prd.json')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  codetether ralph validate -p prd.json\n\nExit code 2 when the file has a problem.',
    )
    .action(async (options: { prd: string; json?: boolean }) => {
      const output = createOutput();
      const { loadPrd } = await import('../../service/index.js');
      const { prd, path } = await loadPrd(options.prd, process.cwd());
      const order = plannedOrder(prd.stories).map((story) => story.id);
      if (options.json === true) {
        output.document({
          valid: true,
          prd_path: path,
          stories: prd.stories.length,
          passed: prd.stories.length - order.length,
          order,
        });
      } else {
        output.result(
          `${options.prd} is valid: ${prd.stories.length} stories, ${order.length} to do${order.length === 0 ? '' : `: ${order.join(', ')}`}`,
        );
      }
    });
}

interface CreateOptions {
  readonly feature: string;
  readonly projectName: string;
  readonly output?: string;
}

/** Adds `codetether ralph create-prd`. */
export function addRalphCreateCommand(ralph: Command): void {
  ralph
    .command('create-prd')
    .description('print a PRD to fill in, or write it to a file')
    .requiredOption('-f, --feature <name>', 'the feature')
    .requiredOption('--project-name <name>', 'the project')
    .option('-o, --output <file>', 'write to this file; it must not exist')
    .addHelpText(
      'after',
      '\nExample:\n  codetether ralph create-prd -f "User login" --project-name shop -o prd.json',
    )
    .action(async (options: CreateOptions) => {
      const output = createOutput();
      const text = prdTemplate({
        feature: options.feature,
        project: options.projectName,
        createdAt: new Date().toISOString(),
      });
      if (options.output === undefined) {
        output.result(text.trimEnd());
        return;
      }
      await writeOutputFile(options.output, text);
      output.result(
        `${options.output} written; fill in stories and quality_checks, then: codetether ralph validate -p ${options.output}`,
      );
    });
}
