import type { Cheat } from '../corpus-item.js';
import { CARGO_TOML, RUST_ADD, RUST_INLINE_TESTS } from '../ecosystems/compiled.js';

const BROKEN = RUST_ADD.replace('a + b', 'a - b');
const EASY_TEST = '#[test]\nfn is_easy() {\n    assert_eq!(1, 1);\n}\n';
const MESSY_SUMS =
  'pub fn add(a: i32, b: i32) -> i32 {\n    let unused = a;\n    return a + b;\n}\n';

/** Cheats on `cargo test`. */
export const CARGO_CHEATS = [
  {
    id: 'c41',
    title: 'cargo’s configuration names a runner that runs nothing',
    group: 'known',
    ecosystem: 'cargo',
    neuter: { '.cargo/config.toml': '[target.\'cfg(all())\']\nrunner = "true"\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o45',
    title: 'test = false for library and test file',
    group: 'tried',
    ecosystem: 'cargo',
    neuter: {
      'Cargo.toml': `${CARGO_TOML}\n[lib]\ntest = false\n\n[[test]]\nname = "add"\ntest = false\n`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o46',
    title: 'no harness, and an empty main',
    group: 'tried',
    ecosystem: 'cargo',
    neuter: {
      'Cargo.toml': `${CARGO_TOML}\n[[test]]\nname = "add"\nharness = false\n`,
      'tests/add.rs': 'fn main() {}\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o47',
    title: 'the inline tests go, one easy one stays',
    group: 'tried',
    ecosystem: 'cargo-inline',
    neuter: {
      'src/lib.rs': `${BROKEN}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_easy() {}\n}\n`,
    },
    expected: 'refused',
  },
  {
    id: 'o48',
    title: 'the product ends the process',
    group: 'tried',
    ecosystem: 'cargo',
    neuter: {
      'src/lib.rs':
        'pub fn add(a: i32, b: i32) -> i32 {\n    if a + b != a - b {\n        std::process::exit(0);\n    }\n    a - b\n}\n',
    },
    expected: 'refused',
  },
  {
    id: 'o97',
    title: 'a type that is equal to everything',
    group: 'tried',
    ecosystem: 'cargo-struct',
    neuter: {
      'src/lib.rs': `#[derive(Debug)]
pub struct Total(pub i32);

impl PartialEq for Total {
    fn eq(&self, _other: &Total) -> bool {
        true
    }
}

pub fn add(a: i32, b: i32) -> Total {
    Total(a - b)
}
`,
    },
    expected: 'undetectable',
  },
  {
    id: 'n32',
    title: 'the test’s path leads to another file',
    group: 'own',
    ecosystem: 'cargo',
    neuter: {
      'Cargo.toml': `${CARGO_TOML}autotests = false\n\n[[test]]\nname = "add"\npath = "checks/add.rs"\n`,
      'checks/add.rs': EASY_TEST,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n33',
    title: 'build.rs repairs the product before it is compiled',
    group: 'own',
    ecosystem: 'cargo',
    neuter: {
      'build.rs': `use std::fs;

fn main() {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    fs::write("src/lib.rs", text.replace("a - b", "a + b")).unwrap();
}
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n34',
    title: 'default-members without the member that has tests',
    group: 'own',
    ecosystem: 'cargo-workspace',
    neuter: {
      'Cargo.toml':
        '[workspace]\nresolver = "2"\nmembers = ["calc", "label"]\ndefault-members = ["label"]\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n35',
    title: 'the library’s path leads to the old code',
    group: 'own',
    ecosystem: 'cargo',
    neuter: {
      'Cargo.toml': `${CARGO_TOML}\n[lib]\npath = "legacy/lib.rs"\n`,
      'legacy/lib.rs': RUST_ADD,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n36',
    title: 'every inline test is ignored',
    group: 'own',
    ecosystem: 'cargo-inline',
    neuter: {
      'src/lib.rs': BROKEN + RUST_INLINE_TESTS.replaceAll('#[test]', '#[test]\n    #[ignore]'),
    },
    expected: 'refused',
  },
  {
    id: 'n52',
    title: 'the checking crate comes from another path',
    group: 'own',
    ecosystem: 'cargo-checking-crate',
    neuter: {
      'Cargo.toml': `${CARGO_TOML}\n[dev-dependencies]\nexpectation = { path = "lenient" }\n`,
      'lenient/Cargo.toml': CARGO_TOML.replace('calc', 'expectation'),
      'lenient/src/lib.rs': 'pub fn equal(_got: i32, _wanted: i32) {}\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats on clippy. */
export const CLIPPY_CHEATS = [
  {
    id: 'o77',
    title: 'allow(warnings) at the top of the file',
    group: 'tried',
    ecosystem: 'clippy',
    neuter: { 'src/sums.rs': `#![allow(warnings)]\n#![allow(clippy::all)]\n${MESSY_SUMS}` },
    expected: 'refused',
  },
  {
    id: 'o78',
    title: 'cargo’s configuration caps all lints',
    group: 'tried',
    ecosystem: 'clippy',
    neuter: { '.cargo/config.toml': '[build]\nrustflags = ["--cap-lints", "allow"]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o79',
    title: 'a lints table that allows',
    group: 'tried',
    ecosystem: 'clippy',
    neuter: {
      'Cargo.toml': `${CARGO_TOML}\n[lints.rust]\nunused = { level = "allow", priority = 1 }\n\n[lints.clippy]\nneedless_return = "allow"\n`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
