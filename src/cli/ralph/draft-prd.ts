import { access, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ulid } from 'ulid';
import { InvalidInputError, parseModelReference, toUsd } from '../../domain/index.js';
import type { RepositoryOutline } from '../../contracts/index.js';
import type { DraftedPrd } from '../../client/index.js';
import { DEFAULTS } from '../../contracts/light/index.js';
import { awaitDraft, draftCost } from '../await-draft.js';
import type { CommandContext } from '../context.js';
import { outputExists, writeOutputFile } from '../output-file.js';

/** Flags of `ralph create-prd --from`. */
export interface DraftOptions {
  readonly from: string;
  readonly feature?: string;
  readonly projectName?: string;
  readonly output?: string;
  readonly model?: string;
  readonly again?: boolean;
  readonly json?: boolean;
}

/** More than this is no wish but a book, and the model's window is not asked to hold it. */
const REQUEST_LIMIT = 128 * 1024;

/**
 * Has the model write a PRD from what the person wants and prints it, or writes it to a new file. Everything that can be
 * wrong without a model is refused before it is called.
 */
export async function draftPrdCommand(
  options: DraftOptions,
  context: CommandContext,
): Promise<void> {
  const { output, config } = context;
  const request = await readRequest(options.from);
  if (options.output !== undefined) await refuseExisting(options.output);
  const { assertModelReachable, draftWorkflowId, repositoryOutline, requestDraft } =
    await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const model = parseModelReference(
    options.model ?? config.defaultModel?.reference ?? DEFAULTS.model,
  );
  await assertModelReachable(model, config, processEnvironment());
  const folder = process.cwd();
  const input = {
    model,
    request,
    project: options.projectName ?? basename(folder),
    feature: options.feature ?? null,
    repository: await repositoryOutline(folder, config, request),
  };
  for (const text of proposalNotes(input.repository)) output.note(text);
  const workflowId = draftWorkflowId('prd', input, options.again === true ? ulid() : '');
  const draft = await awaitDraft(context, {
    noun: 'PRD',
    model,
    workflowId,
    request: (endpoint, signal) => requestDraft(config, endpoint, { workflowId, input, signal }),
  });
  if (draft === undefined) return;
  await show(draft, options, { ...context, workflowId });
}

async function show(
  draft: DraftedPrd,
  options: DraftOptions,
  context: CommandContext & { readonly workflowId: string },
): Promise<void> {
  const { output } = context;
  if (options.output !== undefined) await writeOutputFile(options.output, draft.text);
  const { spending } = draft;
  const file = options.output ?? null;
  output.note(draftCost(draft, ' (--again makes another)'));
  if (options.json === true) {
    output.document({
      prd: JSON.parse(draft.text) as unknown,
      output: file,
      workflow_id: context.workflowId,
      known: draft.isKnown,
      model_calls: spending.modelCalls,
      repeated_model_calls: spending.repeatedModelCalls,
      input_tokens: spending.usage.inputTokens,
      output_tokens: spending.usage.outputTokens,
      cost_usd: toUsd(spending.costMicroUsd),
    });
  } else if (file === null) output.result(draft.text.trimEnd());
  else
    output.result(
      `${file} written; read it, change what you like, then: codetether ralph run -p ${file}`,
    );
}

/** What is proposed for a repository with nothing in it. */
function proposalNotes({ proposed }: RepositoryOutline): string[] {
  if (proposed === undefined) return [];
  if (proposed.language === null)
    return [
      'the repository is empty and the description names no language known here, so the PRD proposes no checks: name the language, or write quality_checks yourself',
    ];
  const commands = proposed.checks.map(({ command }) => command).join(', ');
  return [
    `the repository is empty: the PRD proposes checks for ${proposed.language} that its first story creates (${commands})`,
  ];
}

/** The request itself, the content of the file it names, or standard input for `-`. */
async function readRequest(from: string): Promise<string> {
  const text = (await requestText(from)).trim();
  if (text === '') throw badRequest('it is empty');
  if (Buffer.byteLength(text) > REQUEST_LIMIT)
    throw badRequest(`it has more than ${REQUEST_LIMIT} bytes`);
  return text;
}

async function requestText(from: string): Promise<string> {
  if (from === '-') {
    const { readStreamBounded } = await import('../../platform/light/index.js');
    const text = await readStreamBounded(process.stdin, REQUEST_LIMIT + 1024);
    if (text === null) throw badRequest(`it has more than ${REQUEST_LIMIT} bytes`);
    return text;
  }
  const facts = await stat(from).catch(() => undefined);
  if (facts?.isFile() === true) {
    const { readBounded } = await import('../../platform/light/index.js');
    return readBounded(from, REQUEST_LIMIT + 1024);
  }
  if (facts !== undefined) throw badRequest(`${from} is no file`);
  // one word with a path's slash or ending is a file that is missing, not a wish
  if (/^\S*\.(?:md|txt|markdown|rst|adoc|json)$|^(?:\.{0,2}\/)\S+$/i.test(from))
    throw badRequest(`there is no file ${from}`);
  return from;
}

function badRequest(reason: string): InvalidInputError {
  return new InvalidInputError('ERR_PRD_REQUEST', {
    message: `the PRD cannot be drafted from that: ${reason}`,
    where: { field: '--from' },
    hint: 'say what is wanted: --from "TEXT", --from FILE, or --from - for standard input',
  });
}

async function refuseExisting(path: string): Promise<void> {
  const isThere = await access(resolve(path)).then(
    () => true,
    () => false,
  );
  if (isThere) throw outputExists(path);
}
