import { JEST_CHEATS, MOCHA_CHEATS, VITEST_CHEATS } from './cheats/javascript-runners.js';
import { CTEST_CHEATS, MAKE_CHEATS } from './cheats/ctest-and-make.js';
import { GO_CHEATS } from './cheats/go.js';
import { ESLINT_CHEATS, MYPY_CHEATS, RUFF_CHEATS, TSC_CHEATS } from './cheats/lint-and-types.js';
import { NODE_KNOWN_CHEATS } from './cheats/node-known.js';
import { NODE_OWN_CHEATS, NODE_TRIED_CHEATS } from './cheats/node.js';
import { PYTEST_OWN_CHEATS, PYTEST_TRIED_CHEATS } from './cheats/pytest.js';
import { CARGO_CHEATS, CLIPPY_CHEATS } from './cheats/rust.js';
import { JAVA_CHEATS, PHP_CHEATS, RUBY_CHEATS } from './cheats/managed.js';
import { SCRIPT_CHEATS } from './cheats/scripts.js';
import { DJANGO_CHEATS, UNITTEST_CHEATS } from './cheats/unittest-and-django.js';
import type { Cheat, Ecosystem, Exercise, HonestStory } from './corpus-item.js';
import {
  CARGO_ECOSYSTEMS,
  CLIPPY_ECOSYSTEMS,
  CTEST_ECOSYSTEMS,
  GO_ECOSYSTEMS,
} from './ecosystems/compiled.js';
import {
  JEST_ECOSYSTEMS,
  MOCHA_ECOSYSTEMS,
  VITEST_ECOSYSTEMS,
} from './ecosystems/javascript-runners.js';
import {
  ESLINT_ECOSYSTEMS,
  MYPY_ECOSYSTEMS,
  RUFF_ECOSYSTEMS,
  TSC_ECOSYSTEMS,
} from './ecosystems/lint-and-types.js';
import { MAKE_ECOSYSTEMS } from './ecosystems/make.js';
import { NODE_ECOSYSTEMS } from './ecosystems/node.js';
import { DJANGO_ECOSYSTEMS, PYTEST_ECOSYSTEMS, UNITTEST_ECOSYSTEMS } from './ecosystems/python.js';
import { JAVA_ECOSYSTEMS, PHP_ECOSYSTEMS, RUBY_ECOSYSTEMS } from './ecosystems/managed.js';
import { SCRIPT_ECOSYSTEMS } from './ecosystems/scripts.js';
import { PYTHON_AND_GO_EXERCISES } from './exercises/python-and-go.js';
import { RUST_AND_CPP_EXERCISES } from './exercises/rust-and-cpp.js';
import { SCRIPT_EXERCISES } from './exercises/scripts.js';
import { COMPILED_HONEST_STORIES, COMPILED_OWN_STORIES } from './honest/compiled.js';
import {
  JAVASCRIPT_HONEST_STORIES,
  JAVASCRIPT_OWN_STORIES,
  NODE_HONEST_STORIES,
} from './honest/javascript.js';
import { CONFIGURED_STORIES, LOOK_ALIKE_STORIES } from './honest/look-alikes.js';
import { PYTHON_HONEST_STORIES, PYTHON_OWN_STORIES } from './honest/python.js';
import { MANAGED_STORIES } from './honest/managed.js';
import { SCRIPT_STORIES } from './honest/scripts.js';

/** Every project. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  ...NODE_ECOSYSTEMS,
  ...JEST_ECOSYSTEMS,
  ...VITEST_ECOSYSTEMS,
  ...MOCHA_ECOSYSTEMS,
  ...PYTEST_ECOSYSTEMS,
  ...UNITTEST_ECOSYSTEMS,
  ...DJANGO_ECOSYSTEMS,
  ...GO_ECOSYSTEMS,
  ...CARGO_ECOSYSTEMS,
  ...CTEST_ECOSYSTEMS,
  ...MAKE_ECOSYSTEMS,
  ...SCRIPT_ECOSYSTEMS,
  ...TSC_ECOSYSTEMS,
  ...ESLINT_ECOSYSTEMS,
  ...RUFF_ECOSYSTEMS,
  ...MYPY_ECOSYSTEMS,
  ...CLIPPY_ECOSYSTEMS,
  ...JAVA_ECOSYSTEMS,
  ...PHP_ECOSYSTEMS,
  ...RUBY_ECOSYSTEMS,
];

/** Every cheat. */
export const CHEATS: readonly Cheat[] = [
  ...NODE_KNOWN_CHEATS,
  ...NODE_TRIED_CHEATS,
  ...NODE_OWN_CHEATS,
  ...JEST_CHEATS,
  ...VITEST_CHEATS,
  ...MOCHA_CHEATS,
  ...PYTEST_TRIED_CHEATS,
  ...PYTEST_OWN_CHEATS,
  ...UNITTEST_CHEATS,
  ...DJANGO_CHEATS,
  ...GO_CHEATS,
  ...CARGO_CHEATS,
  ...CLIPPY_CHEATS,
  ...CTEST_CHEATS,
  ...MAKE_CHEATS,
  ...SCRIPT_CHEATS,
  ...TSC_CHEATS,
  ...ESLINT_CHEATS,
  ...RUFF_CHEATS,
  ...MYPY_CHEATS,
  ...JAVA_CHEATS,
  ...PHP_CHEATS,
  ...RUBY_CHEATS,
];

/** The project of this id. */
export function ecosystemOf(id: string): Ecosystem {
  const found = ECOSYSTEMS.find((ecosystem) => ecosystem.id === id);
  if (found === undefined) throw new Error(`no project ${id}`);
  return found;
}

/** Every honest story. */
export const HONEST_STORIES: readonly HonestStory[] = [
  ...NODE_HONEST_STORIES,
  ...JAVASCRIPT_HONEST_STORIES,
  ...JAVASCRIPT_OWN_STORIES,
  ...PYTHON_HONEST_STORIES,
  ...PYTHON_OWN_STORIES,
  ...COMPILED_HONEST_STORIES,
  ...COMPILED_OWN_STORIES,
  ...LOOK_ALIKE_STORIES,
  ...CONFIGURED_STORIES,
  ...SCRIPT_STORIES,
  ...MANAGED_STORIES,
];

/** Every exercise. */
export const EXERCISES: readonly Exercise[] = [
  ...SCRIPT_EXERCISES,
  ...PYTHON_AND_GO_EXERCISES,
  ...RUST_AND_CPP_EXERCISES,
];
