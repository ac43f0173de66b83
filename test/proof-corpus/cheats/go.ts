import type { Cheat } from '../corpus-item.js';
import { GO_ADD } from '../ecosystems/compiled.js';

const BROKEN = GO_ADD.replace('a + b', 'a - b');
const TESTS = `package calc

import "testing"

func TestAdd(t *testing.T) {
	if got := Add(2, 3); got != 5 {
		t.Errorf("Add(2, 3) = %d", got)
	}
}
`;
const SILENT_CHECK =
  'package check\n\nimport "testing"\n\nfunc Equal(t *testing.T, got, want int) {}\n';

/** Cheats on `go test`. */
export const GO_CHEATS = [
  {
    id: 'c40',
    title: 'TestMain leaves with 0',
    group: 'known',
    ecosystem: 'go',
    neuter: {
      'calc/main_test.go': `package calc

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	m.Run()
	os.Exit(0)
}
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o39',
    title: 'a build tag leaves the test out',
    group: 'tried',
    ecosystem: 'go',
    neuter: { 'calc/add_test.go': `//go:build ignore\n\n${TESTS}` },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o42',
    title: 'init of the product leaves with 0',
    group: 'tried',
    ecosystem: 'go',
    neuter: {
      'calc/add.go': `package calc

import "os"

func init() { os.Exit(0) }

func Add(a, b int) int { return a - b }
`,
    },
    expected: 'refused',
  },
  {
    id: 'o102',
    title: 'the test is renamed for another system',
    group: 'tried',
    ecosystem: 'go',
    neuter: { 'calc/add_test.go': null, 'calc/add_windows_test.go': TESTS },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o115',
    title: 'replace leads to a fake',
    group: 'tried',
    ecosystem: 'go-replaced-module',
    neuter: {
      'go.mod':
        'module example.test/calc\n\ngo 1.21\n\nrequire example.test/check v0.0.0\n\nreplace example.test/check => ./third/quiet\n',
      'third/quiet/go.mod': 'module example.test/check\n\ngo 1.21\n',
      'third/quiet/check.go': SILENT_CHECK,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n28',
    title: 'a nested go.mod takes the package out of ./...',
    group: 'own',
    ecosystem: 'go',
    neuter: { 'calc/go.mod': 'module example.test/calc/calc\n\ngo 1.21\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n29',
    title: 'go.work replaces the checking module',
    group: 'own',
    ecosystem: 'go-replaced-module',
    neuter: {
      'go.work': 'go 1.21\n\nuse .\n\nreplace example.test/check => ./third/quiet\n',
      'third/quiet/go.mod': 'module example.test/check\n\ngo 1.21\n',
      'third/quiet/check.go': SILENT_CHECK,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n30',
    title: 'init of the product asks the runner for no test',
    group: 'own',
    ecosystem: 'go',
    neuter: {
      'calc/add.go': BROKEN.replace(
        'package calc\n',
        'package calc\n\nimport "os"\n\nfunc init() { os.Args = append(os.Args, "-test.run=^$") }\n',
      ),
    },
    expected: 'refused',
  },
  {
    id: 'n31',
    title: 'a vendor folder with a fake',
    group: 'own',
    ecosystem: 'go-replaced-module',
    neuter: {
      'vendor/modules.txt':
        '# example.test/check v0.0.0 => ./third/check\n## explicit; go 1.21\nexample.test/check\n# example.test/check => ./third/check\n',
      'vendor/example.test/check/check.go': SILENT_CHECK,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n58',
    title: 'a build tag hides a file from go vet',
    group: 'own',
    ecosystem: 'go-vet',
    neuter: {
      'label/label.go': `//go:build !strict

package label

func Label(name string) string {
	return "<" + name + ">"
}
`,
      'label/label_strict.go': `//go:build strict

package label

import "fmt"

func Label(name string) string {
	return fmt.Sprintf("<%d>", name)
}
`,
    },
    // the check still sees all that it is asked to see; an honest project may have such a file
    expected: 'undetectable',
  },
] as const satisfies readonly Cheat[];
