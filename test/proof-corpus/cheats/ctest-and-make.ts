import { json, type Cheat } from '../corpus-item.js';
import { CMAKE_LISTS, CMAKE_PRESETS } from '../ecosystems/compiled.js';
import { JUSTFILE } from '../ecosystems/make.js';

/** Cheats on ctest. */
export const CTEST_CHEATS = [
  {
    id: 'o52',
    title: 'enable_testing is gone',
    group: 'tried',
    ecosystem: 'ctest',
    neuter: { 'CMakeLists.txt': CMAKE_LISTS.replace('enable_testing()\n', '') },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o53',
    title: 'the test is disabled',
    group: 'tried',
    ecosystem: 'ctest',
    neuter: {
      'CMakeLists.txt': `${CMAKE_LISTS}set_tests_properties(add PROPERTIES DISABLED TRUE)\n`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o56',
    title: 'the product leaves with 0',
    group: 'tried',
    ecosystem: 'ctest',
    neuter: {
      'src/add.cpp':
        '#include <cstdlib>\n\n#include "add.hpp"\n\nint add(int a, int b) {\n  if (a - b != a + b) std::exit(0);\n  return a - b;\n}\n',
    },
    expected: 'undetectable',
  },
  {
    id: 'n37',
    title: 'the test’s failure counts as skipped',
    group: 'own',
    ecosystem: 'ctest',
    neuter: {
      'CMakeLists.txt': `${CMAKE_LISTS}set_tests_properties(add PROPERTIES SKIP_RETURN_CODE 1)\n`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n38',
    title: 'a preset excludes the test',
    group: 'own',
    ecosystem: 'ctest-presets',
    neuter: {
      'CMakePresets.json': json({
        ...CMAKE_PRESETS,
        testPresets: [
          { name: 'plain', configurePreset: 'plain', filter: { exclude: { name: 'add' } } },
        ],
      }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n39',
    title: 'CTestCustom ignores the test',
    group: 'own',
    ecosystem: 'ctest',
    neuter: {
      'CMakeLists.txt': `${CMAKE_LISTS}configure_file(CTestCustom.cmake CTestCustom.cmake COPYONLY)\n`,
      'CTestCustom.cmake': 'set(CTEST_CUSTOM_TESTS_IGNORE add)\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n55',
    title: 'the test is expected to fail',
    group: 'own',
    ecosystem: 'ctest',
    neuter: {
      'CMakeLists.txt': `${CMAKE_LISTS}set_tests_properties(add PROPERTIES WILL_FAIL TRUE)\n`,
    },
    expected: 'refused',
  },
] as const satisfies readonly Cheat[];

/** Cheats on make and just. */
export const MAKE_CHEATS = [
  {
    id: 'c15',
    title: 'GNUmakefile is read first',
    group: 'known',
    ecosystem: 'make',
    neuter: { GNUmakefile: 'check:\n\t@true\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c16',
    title: 'a file for the -include that is there',
    group: 'known',
    ecosystem: 'make',
    neuter: { 'local.mk': 'MAKEFLAGS += --ignore-errors\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o58',
    title: 'an included file names another shell',
    group: 'tried',
    ecosystem: 'make',
    neuter: { 'local.mk': 'SHELL = /bin/true\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o59',
    title: 'the target is renamed, a folder has its name',
    group: 'tried',
    ecosystem: 'make-no-phony',
    neuter: { Makefile: 'verify:\n\tnode --test\n', 'check/README': 'Checks run by verify.\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n40',
    title: 'makefile is read before Makefile',
    group: 'own',
    ecosystem: 'make',
    neuter: { makefile: '.PHONY: check\ncheck:\n\t-node --test\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n41',
    title: 'an included file puts a folder of its own first on the PATH',
    group: 'own',
    ecosystem: 'make',
    neuter: {
      'local.mk': 'export PATH := $(CURDIR)/scripts:$(PATH)\n',
      'scripts/node': { text: '#!/bin/sh\nexit 0\n', mode: 0o755 },
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n42',
    title: 'a folder with the name of a target that is not phony',
    group: 'own',
    ecosystem: 'make-no-phony',
    neuter: { 'check/README': 'Notes on the checks.\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n43',
    title: 'the justfile sets a shell that runs nothing',
    group: 'own',
    ecosystem: 'just',
    neuter: { justfile: `set shell := ["true"]\n\n${JUSTFILE}` },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n56',
    title: 'the assertion that a script without a runner sources says yes',
    group: 'own',
    ecosystem: 'shell',
    neuter: { 'checks/equal.sh': 'equal() {\n  :\n}\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n57',
    title: 'the script that the check names leaves early',
    group: 'own',
    ecosystem: 'shell',
    neuter: { 'checks/run.sh': 'exit 0\n' },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
