import { Option, type Command } from 'commander';
import { visibleJson } from '../../domain/index.js';
import { sessionHtml, sessionMarkdown } from '../../report/index.js';
import { createContext } from '../context.js';
import { writeOutputFile } from '../output-file.js';
import { chosenSession } from './chosen-session.js';
import { saidIn } from './reading-commands.js';

const FORMATS = ['md', 'json', 'html'] as const;

interface ExportOptions {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly force?: boolean;
}

const ID = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** Adds `session export` and `session import`. */
export function addFileCommands(session: Command): void {
  session
    .command('export')
    .description('a session as one file: what was said, without keys that are known')
    .argument('[session]', 'session id (default: the latest one of this repository)')
    .addOption(
      new Option('--format <format>', 'html is one file without scripts; json can be imported')
        .choices(FORMATS)
        .default('md'),
    )
    .option('-o, --output <file>', 'write to this file; it must not exist')
    .option('--force', 'replace the file of -o')
    .addHelpText(
      'after',
      `\nExamples:\n  codetether session export ${ID}\n  codetether session export --format html -o session.html\n  codetether session export ${ID} --format json -o session.json`,
    )
    .action(async (id: string | undefined, options: ExportOptions, command: Command) => {
      const context = await createContext(command);
      const record = await chosenSession(context, id);
      const { exportSession } = await import('../../runs/index.js');
      const { redactText } = await import('../../observability/index.js');
      const said = await saidIn(context.config, record);
      const { format } = options;
      const text =
        format === 'html'
          ? sessionHtml(record, said)
          : format === 'md'
            ? sessionMarkdown(record, said)
            : `${visibleJson(JSON.stringify(exportSession(record, said), null, 2))}\n`;
      const clean = redactText(text);
      if (options.output === undefined) {
        context.output.raw(clean.trimEnd());
        return;
      }
      await writeOutputFile(options.output, clean, { isReplaced: options.force === true });
      context.output.note(`${options.output} written`);
    });
  session
    .command('import')
    .description('go on, as a chat, with what was said in an exported session')
    .argument('<file>', 'made by: session export --format json')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  codetether session import session.json && codetether run -c "Where were we?"',
    )
    .action(async (file: string, options: { readonly json?: boolean }, command: Command) => {
      const { config, output } = await createContext(command);
      const { importSession } = await import('../../runs/index.js');
      const record = await importSession(file, { config, cwd: process.cwd() });
      const prompts = record.stories.length;
      if (options.json === true) output.document({ session_id: record.runId, turns: prompts });
      else
        output.result(
          `${record.runId}\n${prompts} prompts; go on with: codetether run -s ${record.runId} "…"`,
        );
    });
}
