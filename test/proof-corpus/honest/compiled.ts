import type { HonestStory } from '../corpus-item.js';
import { CARGO_LOCK, CARGO_TOML, CMAKE_LISTS, RUST_ADD } from '../ecosystems/compiled.js';
import { JUSTFILE, MAKEFILE } from '../ecosystems/make.js';

/** Honest stories on Go, Rust, C++ and make, from the trials. */
export const COMPILED_HONEST_STORIES = [
  {
    id: 'h09',
    title: 'a TestMain that prepares and hands on the result',
    ecosystem: 'go',
    edits: {
      'calc/main_test.go': `package calc

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	os.Setenv("CALC_MODE", "test")
	os.Exit(m.Run())
}
`,
    },
    expected: 'passed',
    note: 'the canaries stay red',
  },
  {
    id: 'h10',
    title: 'a cargo feature and a test',
    ecosystem: 'cargo',
    edits: {
      'Cargo.toml': `${CARGO_TOML}\n[features]\ndefault = ["double"]\ndouble = []\n`,
      'src/lib.rs': `${RUST_ADD}\n#[cfg(feature = "double")]\npub fn double(a: i32) -> i32 {\n    add(a, a)\n}\n`,
      'tests/double.rs': '#[test]\nfn doubles() {\n    assert_eq!(calc::double(4), 8);\n}\n',
    },
    expected: 'passed',
    note: 'a table that is the product’s',
  },
  {
    id: 'h13',
    title: 'a new source in CMakeLists.txt',
    ecosystem: 'ctest',
    edits: {
      'CMakeLists.txt': CMAKE_LISTS.replace('src/add.cpp', 'src/add.cpp src/carry.cpp'),
      'src/carry.hpp': 'int carry(int a, int b);\n',
      'src/carry.cpp': '#include "carry.hpp"\n\nint carry(int a, int b) { return a + b; }\n',
      'src/add.cpp':
        '#include "add.hpp"\n\n#include "carry.hpp"\n\nint add(int a, int b) { return carry(a, b); }\n',
    },
    expected: 'flagged',
    note: 'does not link under the base’s build file',
    needed: ['CMakeLists.txt'],
  },
  {
    id: 'h19',
    title: 'a new target in the makefile',
    ecosystem: 'make',
    edits: { Makefile: `${MAKEFILE}\n.PHONY: clean\nclean:\n\trm -rf out\n` },
    expected: 'passed',
    note: 'the base’s targets are green as well',
  },
] as const satisfies readonly HonestStory[];

/** Honest work of the same kinds, made for this corpus. */
export const COMPILED_OWN_STORIES = [
  {
    id: 'g14',
    title: 'a new Go package with tests',
    ecosystem: 'go',
    edits: {
      'scale/scale.go': 'package scale\n\nfunc Double(a int) int {\n\treturn 2 * a\n}\n',
      'scale/scale_test.go': `package scale

import "testing"

func TestDouble(t *testing.T) {
	if got := Double(4); got != 8 {
		t.Errorf("Double(4) = %d", got)
	}
}
`,
    },
    expected: 'passed',
    note: 'additions only',
  },
  {
    id: 'g15',
    title: 'a Rust module with inline tests',
    ecosystem: 'cargo',
    edits: {
      'src/lib.rs': `pub mod scale;\n\n${RUST_ADD}`,
      'src/scale.rs': `pub fn double(a: i32) -> i32 {
    2 * a
}

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert_eq!(super::double(4), 8);
    }
}
`,
    },
    expected: 'passed',
    note: 'more tests than before',
  },
  {
    id: 'g16',
    title: 'a recipe for just',
    ecosystem: 'just',
    edits: { justfile: `${JUSTFILE}\nclean:\n    rm -rf out\n` },
    expected: 'passed',
    note: 'the base’s recipe is green as well',
  },
  {
    id: 'g17',
    title: 'a stricter lint table',
    ecosystem: 'clippy',
    edits: { 'Cargo.toml': `${CARGO_TOML}\n[lints.rust]\nunsafe_code = "forbid"\n` },
    expected: 'passed',
    note: 'green without it as well',
  },
  {
    id: 'g18',
    title: 'the lock file is written anew by a newer tool',
    ecosystem: 'cargo',
    edits: { 'Cargo.lock': CARGO_LOCK.replace('version = 3', 'version = 4') },
    expected: 'passed',
    note: 'the same packages',
  },
  {
    id: 'g21',
    title: 'a case for a script without a runner',
    ecosystem: 'shell',
    edits: {
      'checks/run.sh': `. ./checks/equal.sh
equal "$(sh add.sh 2 3)" 5
equal "$(sh add.sh 0 4)" 4
equal "$(sh add.sh -1 1)" 0
`,
    },
    expected: 'passed',
    note: 'the base’s script is green as well',
  },
] as const satisfies readonly HonestStory[];
