import { json, type Ecosystem } from '../corpus-item.js';
import { ADD, ADD_TEST, BROKEN_ADD } from './node.js';

/** The makefile of the project. */
export const MAKEFILE = `-include local.mk

.PHONY: check
check:
	node --test
`;
/** The recipes of the just project. */
export const JUSTFILE = `check:
    node --test
`;
/** The product of the project that no runner knows. */
export const SHELL_ADD = 'echo "$(($1 + $2))"\n';
/** Its assertion. */
const SHELL_EQUAL = `equal() {
  [ "$1" = "$2" ] || { echo "got $1, want $2"; exit 1; }
}
`;
const FILES = { 'src/add.js': ADD, 'test/add.test.js': ADD_TEST } as const;
const BROKEN = { 'src/add.js': BROKEN_ADD } as const;

/** Projects whose check is a target of make or just. */
export const MAKE_ECOSYSTEMS = [
  {
    id: 'make',
    tool: 'make',
    files: { ...FILES, Makefile: MAKEFILE },
    broken: BROKEN,
    check: 'make check',
    needs: ['make'],
  },
  {
    id: 'make-no-phony',
    tool: 'make',
    files: { ...FILES, Makefile: 'check:\n\tnode --test\n' },
    broken: BROKEN,
    check: 'make check',
    needs: ['make'],
  },
  {
    id: 'just',
    tool: 'just',
    files: { ...FILES, justfile: JUSTFILE },
    broken: BROKEN,
    check: 'just check',
    needs: ['node', 'python', 'pip:just'],
  },
  {
    id: 'shell',
    tool: 'make',
    files: {
      'add.sh': SHELL_ADD,
      'checks/equal.sh': SHELL_EQUAL,
      'checks/run.sh': `. ./checks/equal.sh
equal "$(sh add.sh 2 3)" 5
equal "$(sh add.sh 0 4)" 4
`,
    },
    broken: { 'add.sh': SHELL_ADD.replace('+', '-') },
    check: 'sh checks/run.sh',
    needs: [],
  },
  {
    id: 'shell-top',
    tool: 'make',
    files: {
      'add.sh': SHELL_ADD,
      'equal.sh': SHELL_EQUAL,
      'run.sh': `. ./equal.sh
equal "$(sh add.sh 2 3)" 5
equal "$(sh add.sh 0 4)" 4
`,
      Makefile: '.PHONY: check\ncheck:\n\tsh run.sh\n',
    },
    broken: { 'add.sh': SHELL_ADD.replace('+', '-') },
    check: 'make check',
    needs: ['make'],
  },
  {
    id: 'script-npm',
    tool: 'make',
    files: {
      'package.json': json({
        name: 'calc',
        version: '1.0.0',
        scripts: { test: 'node checks/run.mjs' },
      }),
      'src/add.mjs': 'export function add(a, b) {\n  return a + b;\n}\n',
      'checks/run.mjs':
        "import { add } from '../src/add.mjs';\n\nif (add(2, 3) !== 5) throw new Error('add');\n",
    },
    broken: { 'src/add.mjs': 'export function add(a, b) {\n  return a - b;\n}\n' },
    check: 'npm test',
    needs: ['node'],
  },
] as const satisfies readonly Ecosystem[];
