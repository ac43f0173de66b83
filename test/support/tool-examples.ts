import { TOOL_ROWS } from '../../src/domain/proof/tools/rows.js';
import type { ToolRow } from '../../src/domain/proof/tools/tool-row.js';

/** What a row of the table of tools has to say, by examples and near misses. */
export interface ToolExamples {
  readonly kind: ToolRow['kind'];
  readonly starts: readonly string[];
  readonly startsNot: readonly string[];
  readonly tests?: readonly string[];
  readonly configuration?: readonly string[];
  readonly artefacts?: readonly string[];
  /** Files of the product: in none of the row's lists. */
  readonly product?: readonly string[];
}

const matching = (patterns: readonly RegExp[] = [], paths: readonly string[] = []): string[] =>
  paths.filter((path) => patterns.some((pattern) => pattern.test(path)));

/** What the row of `tool` says about `examples`; equal to {@link expectedOf} when it is right. */
export function answersOf(tool: string, examples: ToolExamples): Required<ToolExamples> {
  const row = TOOL_ROWS.find((candidate) => candidate.tool === tool);
  if (row === undefined) throw new Error(`no row for ${tool}`);
  const { tests = [], configuration = [], artefacts = [] } = row;
  const none = matching([...tests, ...configuration, ...artefacts], examples.product);
  return {
    kind: row.kind,
    starts: matching([row.starts], examples.starts),
    startsNot: examples.startsNot.filter((line) => !row.starts.test(line)),
    tests: matching(tests, examples.tests),
    configuration: matching(configuration, examples.configuration),
    artefacts: matching(artefacts, examples.artefacts),
    product: (examples.product ?? []).filter((path) => !none.includes(path)),
  };
}

/** The examples with every list that was left out. */
export function expectedOf(examples: ToolExamples): Required<ToolExamples> {
  return { tests: [], configuration: [], artefacts: [], product: [], ...examples };
}
