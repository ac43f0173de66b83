import { parse } from 'csv-parse/sync';
import { extname, resolve } from 'node:path';
import { z } from 'zod';
import {
  InvalidInputError,
  templateColumns,
  type Subtask,
  type SwarmRows,
} from '../../domain/index.js';
import {
  isNotFound,
  readBoundedBytes,
  refuseLinkOut,
  type BlobStore,
} from '../../platform/index.js';

/** What the command line says about a table; all four belong together. */
export interface RowFlags {
  /** A `.csv` or `.jsonl` file. */
  readonly input?: string | undefined;
  /** The question about one row, with `{column}` in it; or `@FILE`. */
  readonly template?: string | undefined;
  /** A file with the JSON Schema of each answer. */
  readonly schema?: string | undefined;
  readonly output?: string | undefined;
}

/** A table whose rows are subtasks. */
export interface PlannedRows {
  readonly rows: SwarmRows;
  readonly subtasks: Subtask[];
}

const LARGEST_TABLE = 64 * 1024 * 1024;
const LARGEST_TEXT = 256 * 1024;
/** Characters of somebody's text in a message. */
const SHOWN = 300;
/** Characters of the template that a record shows. */
const TEMPLATE_SHOWN = 1_000;

const rowSchema = z.record(z.string(), z.unknown());
type Row = z.infer<typeof rowSchema>;

/**
 * Reads a table, its template and its schema, and keeps them for the run. Undefined when the flags name no table. Throws
 * InvalidInputError `ERR_USAGE`, `ERR_ROWS_UNREADABLE`, `ERR_ROWS_INVALID` (with the line), `ERR_ROWS_TEMPLATE`, `ERR_ROWS_SCHEMA`.
 */
export async function readRows(
  flags: RowFlags,
  place: { readonly cwd: string; readonly blobs: BlobStore; readonly maxSubagents: number },
): Promise<PlannedRows | undefined> {
  const { cwd, blobs, maxSubagents } = place;
  const named = {
    input: flags.input,
    template: flags.template,
    schema: flags.schema,
    output: flags.output,
  };
  const { input, template, schema, output } = named;
  if (Object.values(named).every((value) => value === undefined)) return undefined;
  if (
    input === undefined ||
    template === undefined ||
    schema === undefined ||
    output === undefined
  ) {
    const missing = Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [`--${name}`] : [],
    );
    throw refusal('ERR_USAGE', {
      message: `a table needs --input, --template, --schema and --output; ${missing.join(', ')} is missing`,
      hint: 'codetether swarm --input cities.csv --template "Capital of {country}?" --schema answer.json --output out.csv',
    });
  }
  const file = resolve(cwd, input);
  const table = await readTable(file, input);
  if (table.rows.length === 0)
    throw refusal('ERR_ROWS_INVALID', { message: 'the table has no row', file: input });
  if (table.rows.length > maxSubagents)
    throw refusal('ERR_ROWS_INVALID', {
      message: `the table has ${table.rows.length} rows, and at most ${maxSubagents} are allowed`,
      file: input,
      hint: `--max-subagents ${table.rows.length}`,
    });
  const question = await readTemplate(template, cwd, table.columns);
  const answer = await readSchema(schema, cwd);
  const target = resolve(cwd, output);
  await refuseLinkOut(target, 'the output');
  const lines = table.rows.map((row) => JSON.stringify(row)).join('\n');
  return {
    rows: {
      input: file,
      output: target,
      table: await blobs.put(lines),
      template: question.slice(0, TEMPLATE_SHOWN),
      templateRef: await blobs.put(question),
      schema: await blobs.put(answer),
      columns: table.columns,
    },
    subtasks: table.rows.map((_, index) => rowSubtask(index + 1)),
  };
}

function rowSubtask(number: number): Subtask {
  return {
    id: `row-${number}`,
    instruction: `row ${number}`,
    dependsOn: [],
    touches: [],
    agent: 'row',
    priority: 1,
  };
}

interface Table {
  readonly rows: Row[];
  readonly columns: string[];
}

async function readTable(file: string, shown: string): Promise<Table> {
  const text = await readText(file, { shown, what: 'table', limit: LARGEST_TABLE });
  const ending = extname(file).toLowerCase();
  if (ending === '.csv') return csvTable(text, shown);
  if (ending === '.jsonl' || ending === '.ndjson') return jsonTable(text, shown);
  throw refusal('ERR_ROWS_INVALID', {
    message: `the ending ${ending === '' ? '(none)' : ending} is no table's`,
    file: shown,
    hint: 'a table is a .csv file with a header, or a .jsonl file with one object a line',
  });
}

function csvTable(text: string, file: string): Table {
  try {
    const records: string[][] = parse(text, { bom: true, skip_empty_lines: true });
    const [header = [], ...lines] = records;
    const columns = header.map((name) => name.trim());
    const double = doubleOf(columns);
    if (double !== undefined)
      throw refusal('ERR_ROWS_INVALID', {
        message:
          double === ''
            ? 'a column has no name'
            : `two columns are called ${double.slice(0, SHOWN)}`,
        file,
        line: 1,
      });
    const rows = lines.map((cells): Row =>
      Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ''])),
    );
    return { rows, columns };
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    const line =
      cause instanceof Error && 'lines' in cause && typeof cause.lines === 'number'
        ? cause.lines
        : undefined;
    throw refusal('ERR_ROWS_INVALID', {
      // the words of the parser quote what they are about, however long that is
      message: cause instanceof Error ? cause.message.slice(0, SHOWN) : 'it is no CSV',
      file,
      line,
      cause,
    });
  }
}

/** A name that is empty or stands twice. */
function doubleOf(columns: readonly string[]): string | undefined {
  const seen = new Set<string>(['']);
  return columns.find((name) => seen.size === seen.add(name).size);
}

function jsonTable(text: string, file: string): Table {
  const rows: Row[] = [];
  const columns = new Set<string>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const row = rowSchema.safeParse(parsedLine(line));
    if (!row.success)
      throw refusal('ERR_ROWS_INVALID', {
        message: `the line is no JSON object: ${line.slice(0, 80)}`,
        file,
        line: index + 1,
      });
    rows.push(row.data);
    for (const name of Object.keys(row.data)) columns.add(name);
  }
  return { rows, columns: [...columns] };
}

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function readTemplate(
  template: string,
  cwd: string,
  columns: readonly string[],
): Promise<string> {
  const text = template.startsWith('@')
    ? await readText(resolve(cwd, template.slice(1)), {
        shown: template.slice(1),
        what: 'template',
        limit: LARGEST_TEXT,
      })
    : template;
  const used = templateColumns(text);
  const unknown = used.filter((name) => !columns.includes(name));
  if (unknown.length === 0 && used.length > 0) return text;
  throw refusal('ERR_ROWS_TEMPLATE', {
    message:
      used.length === 0
        ? 'the template names no column, so every row would be asked the same'
        : `the table has no column ${unknown.join(', ')}`,
    field: '--template',
    hint: `columns: ${columns.join(', ')}`,
  });
}

async function readSchema(schema: string, cwd: string): Promise<string> {
  const text = await readText(resolve(cwd, schema), {
    shown: schema,
    what: 'schema',
    limit: LARGEST_TEXT,
  });
  const parsed = rowSchema.safeParse(parsedLine(text));
  try {
    if (parsed.success) {
      z.fromJSONSchema(parsed.data);
      return JSON.stringify(parsed.data);
    }
    throw refusal('ERR_ROWS_SCHEMA', {
      message: 'the schema of answers is no JSON object',
      file: schema,
    });
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw refusal('ERR_ROWS_SCHEMA', {
      message: `the schema of answers cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      file: schema,
      hint: 'for example {"type": "object", "properties": {"capital": {"type": "string"}}, "required": ["capital"]}',
      cause,
    });
  }
}

async function readText(
  path: string,
  { shown, what, limit }: { readonly shown: string; readonly what: string; readonly limit: number },
): Promise<string> {
  await refuseLinkOut(path, `the ${what}`);
  try {
    return textOf(await readBoundedBytes(path, limit), { shown, what });
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw refusal('ERR_ROWS_UNREADABLE', {
      message: `the ${what} ${shown}: ${isNotFound(cause) ? 'there is no such file' : 'it cannot be read'}`,
      file: shown,
      cause,
    });
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes; those that are none would become question marks in every answer. */
function textOf(bytes: Buffer, { shown, what }: { readonly shown: string; readonly what: string }) {
  try {
    return UTF_8.decode(bytes);
  } catch (cause) {
    throw refusal('ERR_ROWS_INVALID', {
      message: `the ${what} is not in UTF-8`,
      file: shown,
      line: firstBadLine(bytes),
      hint: 'save it as UTF-8; nothing was started or paid',
      cause,
    });
  }
}

/** Number of the first line with bytes that are no text. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end;
    try {
      UTF_8.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to + 1;
  }
  return line;
}

function refusal(
  code: string,
  facts: {
    readonly message: string;
    readonly file?: string;
    readonly field?: string;
    readonly line?: number | undefined;
    readonly hint?: string;
    readonly cause?: unknown;
  },
): InvalidInputError {
  const { message, file, field, line, hint, cause } = facts;
  return new InvalidInputError(code, {
    message,
    where: { file, field, line },
    hint: hint ?? 'correct the file; nothing was started or paid',
    cause,
  });
}
