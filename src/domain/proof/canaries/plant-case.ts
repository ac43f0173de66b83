import type { Language } from '../tools/tool-row.js';
import { languageOf } from './language.js';
import { plantGo, plantNative, plantRust, plantShell } from './plant-compiled.js';
import { plantJavaScript } from './plant-javascript.js';
import { plantJava, plantPhp, plantRuby } from './plant-managed.js';
import { plantPython } from './plant-python.js';
import type { CaseKind, Plant, Planted, Planting } from './planting.js';

const PLANTS: Readonly<Record<Language, Plant>> = {
  javascript: plantJavaScript,
  typescript: plantJavaScript,
  python: plantPython,
  go: plantGo,
  rust: plantRust,
  cpp: plantNative,
  java: plantJava,
  ruby: plantRuby,
  php: plantPhp,
};

/** A file of tests with a canary of this kind, or undefined where none is known for it. Pure. */
export function plantCase(kind: CaseKind, planting: Planting): Planted | undefined {
  if (/\.(?:sh|bash)$/.test(planting.path)) return plantShell(kind, planting);
  const language = languageOf(planting.path);
  return language === undefined ? undefined : PLANTS[language](kind, planting);
}
