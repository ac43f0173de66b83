import type { Node, Program } from 'acorn';
import { full, simple } from 'acorn-walk';

/** One change of a source. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const QUESTIONS = new Set(['llm_query', 'rlm_query']);
/** Its methods are tools of the host that only read: they are questions as well. */
const TOOLS = 'tool';
/** Functions and objects that change nothing but what they give. */
const PURE = new Set([
  '',
  'llm_query',
  'rlm_query',
  'print',
  'head',
  'tail',
  'grep',
  'count',
  'slice',
  'lines',
  'chunks',
  'outline',
  'entries',
  'String',
  'Number',
  'Boolean',
  'BigInt',
  'parseInt',
  'parseFloat',
  'isNaN',
  'isFinite',
  'JSON',
  'Math',
  'Object',
  'Array',
  'context',
  'rlm',
  TOOLS,
]);
/** Methods of values from outside that change nothing. */
const PURE_METHODS = new Set([
  'at',
  'charAt',
  'concat',
  'endsWith',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'flat',
  'flatMap',
  'get',
  'has',
  'includes',
  'indexOf',
  'join',
  'keys',
  'lastIndexOf',
  'map',
  'match',
  'matchAll',
  'padEnd',
  'padStart',
  'reduce',
  'repeat',
  'replace',
  'replaceAll',
  'slice',
  'some',
  'split',
  'startsWith',
  'substring',
  'test',
  'toFixed',
  'toLowerCase',
  'toString',
  'toUpperCase',
  'trim',
  'trimEnd',
  'trimStart',
  'values',
]);
/** What leaves a loop, or asks for its turns one after the other. */
const LEAVING = new Set([
  'BreakStatement',
  'ContinueStatement',
  'ReturnStatement',
  'YieldExpression',
  'LabeledStatement',
  'TryStatement',
]);

interface Loop extends Node {
  readonly type: 'ForOfStatement' | 'ForStatement' | 'ForInStatement';
  readonly body: Node;
  readonly left?: Node;
  readonly init?: Node | null;
  readonly await?: boolean;
}

/**
 * Loops at the top of a cell that wait for a question in each turn although no turn needs what another one found: their turns are asked side
 * by side. Only where this is certain: a turn writes nothing but names of its own, and adds to lists or fields that it does not read. What is
 * added stands in the order of the turns. Pure.
 */
export function independentLoops(program: Program): Edit[] {
  return program.body.flatMap((statement) =>
    isLoop(statement) && isIndependent(statement) ? sideBySide(statement) : [],
  );
}

function isLoop(node: Node): node is Loop {
  return (
    node.type === 'ForOfStatement' || node.type === 'ForStatement' || node.type === 'ForInStatement'
  );
}

function sideBySide({ start, end, body }: Loop): Edit[] {
  return [
    { start, end: start, text: '{ const __turns = []; ' },
    { start: body.start, end: body.start, text: '{ __turns.push((async () => ' },
    { start: body.end, end: body.end, text: ')()); }' },
    { start: end, end, text: ' await Promise.all(__turns); }' },
  ];
}

function isIndependent(loop: Loop): boolean {
  if (loop.await === true || loop.body.type !== 'BlockStatement' || !hasOwnHeader(loop))
    return false;
  const facts = factsOf(loop);
  if (facts.leaves || !facts.asks || facts.conditionalAwait) return false;
  const outside = (name: string): boolean => !facts.declared.has(name);
  if ([...facts.assigned].some(outside)) return false;
  if (!isHarmless(facts, outside)) return false;
  // a list that is added to and read: the next turn would see what this one added
  return [...facts.addedTo].every((name) => !outside(name) || !facts.read.has(name));
}

/** Everything that a turn calls is known to change nothing outside of it. */
function isHarmless({ calledNames, methods }: Facts, outside: (name: string) => boolean): boolean {
  const isKnown = (name: string): boolean => !outside(name) || PURE.has(name);
  return (
    [...calledNames].every(isKnown) &&
    methods.every(({ root, name }) => isKnown(root) || PURE_METHODS.has(name))
  );
}

/** Each turn has a variable of its own. */
function hasOwnHeader(loop: Loop): boolean {
  const header = (loop.left ?? loop.init) as { readonly kind?: string } | null | undefined;
  return header?.kind === 'let' || header?.kind === 'const';
}

interface Facts {
  readonly declared: Set<string>;
  readonly assigned: Set<string>;
  readonly addedTo: Set<string>;
  readonly read: Set<string>;
  /** Functions that are called by name, and what methods are called on. */
  readonly calledNames: Set<string>;
  readonly methods: { readonly root: string; readonly name: string }[];
  asks: boolean;
  leaves: boolean;
  conditionalAwait: boolean;
}

type Named = Node & { readonly name: string };
type Any = Node & Record<string, unknown>;

function factsOf(loop: Loop): Facts {
  const facts: Facts = {
    declared: new Set(),
    assigned: new Set(),
    addedTo: new Set(),
    read: new Set(),
    calledNames: new Set(),
    methods: [],
    asks: false,
    leaves: false,
    conditionalAwait: awaitsBelow(loop.body),
  };
  const receivers = new Set<Node>();
  for (const part of [loop.left, loop.init, loop.body])
    if (part !== undefined && part !== null) declare(part, facts);
  simple(loop.body, {
    AssignmentExpression: (node) => written(node.left as unknown as Any, { facts, receivers }),
    UpdateExpression: (node) => written(node.argument as unknown as Any, { facts, receivers }),
    CallExpression: (node) => called(node as unknown as Any, { facts, receivers }),
  });
  full(loop.body, (node) => {
    if (LEAVING.has(node.type)) facts.leaves = true;
    if (node.type === 'Identifier' && !receivers.has(node)) facts.read.add((node as Named).name);
  });
  return facts;
}

function declare(node: Node, { declared }: Facts): void {
  full(node, (inner) => {
    const found = inner as Any;
    if (inner.type === 'VariableDeclarator') patternNames(found['id'] as Any, declared);
    if (
      inner.type.endsWith('Function') ||
      inner.type.startsWith('Function') ||
      inner.type.startsWith('Arrow')
    )
      for (const parameter of found['params'] as Any[]) patternNames(parameter, declared);
  });
}

function patternNames(pattern: Any, names: Set<string>): void {
  if (pattern.type === 'Identifier') names.add(pattern['name'] as string);
  else
    full(pattern, (node) => void (node.type === 'Identifier' && names.add((node as Named).name)));
}

interface Noting {
  readonly facts: Facts;
  /** Names that stand for what is added to, which is not read by it. */
  readonly receivers: Set<Node>;
}

/** `name = …` or `list[place] = …`. */
function written(target: Any, { facts, receivers }: Noting): void {
  if (target.type === 'Identifier') facts.assigned.add(target['name'] as string);
  else if (target.type === 'MemberExpression' && (target['object'] as Any).type === 'Identifier') {
    facts.addedTo.add((target['object'] as Named & Any)['name']);
    receivers.add(target['object'] as Any);
  } else patternNames(target, facts.assigned);
}

/** `list.push(…)` adds; what any other call does has to be known. */
function called(node: Any, { facts, receivers }: Noting): void {
  const callee = node['callee'] as Any;
  if (callee.type === 'Identifier') {
    const name = callee['name'] as string;
    if (QUESTIONS.has(name)) facts.asks = true;
    facts.calledNames.add(name);
    return;
  }
  if (callee.type !== 'MemberExpression') {
    // a function that is made on the spot, or comes from anywhere
    facts.leaves = true;
    return;
  }
  const object = callee['object'] as Any;
  const isComputed = callee['computed'] === true;
  const method = isComputed ? '' : ((callee['property'] as Any)['name'] as string);
  if (object.type === 'Identifier' && method === 'push') {
    facts.addedTo.add(object['name'] as string);
    receivers.add(object);
  } else {
    const root = rootOf(object);
    if (object.type === 'Identifier' && root === TOOLS) facts.asks = true;
    facts.methods.push({ root, name: method });
  }
}

/** The name that a chain of properties and calls begins with; empty for a value that is made on the spot. */
function rootOf(object: Any): string {
  let at = object;
  while (at.type === 'MemberExpression' || at.type === 'CallExpression')
    at = (at['object'] ?? at['callee']) as Any;
  return at.type === 'Identifier' ? (at['name'] as string) : '';
}

/** True where a turn waits only sometimes: then what the turns add could come in another order. */
function awaitsBelow(body: Node): boolean {
  const statements = (body as Any)['body'] as Node[];
  let found = false;
  for (const statement of statements) {
    if (!/^(If|Switch|While|DoWhile|For|ForOf|ForIn|Block)Statement$/.test(statement.type))
      continue;
    full(statement, (node) => {
      if (node.type === 'AwaitExpression') found = true;
    });
  }
  full(body, (node) => {
    const conditional = node as Any;
    if (node.type !== 'ConditionalExpression' && node.type !== 'LogicalExpression') return;
    for (const key of ['consequent', 'alternate', 'right'])
      if (conditional[key] !== undefined)
        full(conditional[key] as Node, (inner) => {
          if (inner.type === 'AwaitExpression') found = true;
        });
  });
  return found;
}
