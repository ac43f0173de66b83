import { Option, type Command } from 'commander';
import {
  renderHtmlReport,
  renderPullRequest,
  renderReport,
  reportDocument,
  type OutputExcerpts,
} from '../../report/index.js';
import { visibleJson, type RunRecord } from '../../domain/index.js';
import { createContext } from '../context.js';
import { writeOutputFile } from '../output-file.js';
import { findRunById } from './find-run.js';

const FORMATS = ['markdown', 'html', 'json', 'pr'] as const;

type Format = (typeof FORMATS)[number];

interface ReportOptions {
  readonly format: Format;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds `report RUN` to a family. */
export function addReportCommand(family: Command): void {
  const name = `codetether ${family.name()} report 01hx3v6m2q8w0c5r7t9y1z3b5d`;
  family
    .command('report')
    .description(
      'the report of a run: stories, attempts, evidence, commits, spending, how to go on',
    )
    .argument('<run>', 'run id')
    .addOption(
      new Option('--format <format>', 'pr is the title and body of a pull request')
        .choices(FORMATS)
        .default('markdown'),
    )
    .option('-o, --output <file>', 'write to this file; it must not exist')
    .option('--force', 'replace the file of -o')
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      `
Examples:
  ${name}
  ${name} --format html -o report.html
  ${name} --format pr -o pr.md    first line: title; the rest: body`,
    )
    .action(async (run: string, _own: ReportOptions, command: Command) => {
      // A family whose own command has options of the same names takes them first.
      const options = command.optsWithGlobals<ReportOptions>();
      const context = await createContext(command);
      const record = await findRunById(context, run);
      const { reportOutputs } = await import('../../runs/index.js');
      const outputs = await reportOutputs(context.config, record);
      const format = options.json === true ? 'json' : options.format;
      const text = renderAs(format, record, outputs);
      if (options.output === undefined) {
        if (format === 'json') context.output.document(JSON.parse(text));
        // For other programs: made visible when it was rendered.
        else context.output.raw(text.trimEnd());
        return;
      }
      await writeOutputFile(options.output, text, { isReplaced: options.force === true });
      context.output.note(`${options.output} written`);
    });
}

function renderAs(format: Format, record: RunRecord, outputs: OutputExcerpts): string {
  switch (format) {
    case 'markdown':
      return renderReport(record, outputs);
    case 'html':
      return renderHtmlReport(record, outputs);
    case 'json':
      return `${visibleJson(JSON.stringify(reportDocument(record, outputs, new Date()), null, 2))}\n`;
    case 'pr': {
      const { title, body } = renderPullRequest(record);
      return `${title}\n\n${body}`;
    }
  }
}
