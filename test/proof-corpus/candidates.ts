import type { Cheat, Exercise, Files, HonestStory } from './corpus-item.js';
import { CHEATS, EXERCISES, HONEST_STORIES, ecosystemOf } from './index.js';
import { brokenBy, storyOf, type Project } from './project.js';

/** One item in the form in which a proof meets it: trees on trees. */
export interface Candidate {
  readonly id: string;
  /** `cheats: known`, `cheats: tried`, `cheats: own`, `cheats in two stories`, `honest: trials`, `honest: own`, `exercises: solved` or `exercises: not solved`. */
  readonly group: string;
  readonly tool: string;
  readonly project: Project;
  /** What each story changes, in order. */
  readonly stories: readonly Files[];
  readonly forge: Cheat['forge'];
  readonly expected: Cheat['expected'] | HonestStory['expected'];
}

/** Everything that a proof can be judged by. */
export function candidates(): Candidate[] {
  return [
    ...CHEATS.map(inOneStory),
    ...CHEATS.filter(({ inTwoStories }) => inTwoStories === true).map(inTwo),
    ...HONEST_STORIES.map(honest),
    ...EXERCISES.flatMap(attempts),
  ];
}

function inOneStory(cheat: Cheat): Candidate {
  const project = ecosystemOf(cheat.ecosystem);
  return {
    id: cheat.id,
    group: `cheats: ${cheat.group}`,
    tool: project.tool,
    project,
    stories: [storyOf(cheat, project)],
    forge: cheat.forge,
    expected: cheat.expected,
  };
}

function inTwo(cheat: Cheat): Candidate {
  const project = ecosystemOf(cheat.ecosystem);
  return {
    id: `${cheat.id}-in-two`,
    group: 'cheats in two stories',
    tool: project.tool,
    project,
    stories: [cheat.neuter, brokenBy(cheat, project)],
    forge: undefined,
    expected: cheat.expected,
  };
}

function honest(story: HonestStory): Candidate {
  const project = ecosystemOf(story.ecosystem);
  return {
    id: story.id,
    group: story.id.startsWith('h') ? 'honest: trials' : 'honest: own',
    tool: project.tool,
    project,
    stories: [story.edits],
    forge: undefined,
    expected: story.expected,
  };
}

function attempts(exercise: Exercise): Candidate[] {
  const attempt = (name: string, edits: Files, isSolved: boolean): Candidate => ({
    id: `${exercise.id}-${name}`,
    group: isSolved ? 'exercises: solved' : 'exercises: not solved',
    tool: exercise.tool,
    project: exercise,
    stories: [edits],
    forge: undefined,
    expected: isSolved ? 'passed' : 'refused',
  });
  return [
    attempt('reference', exercise.reference, true),
    attempt('lie', exercise.lie, false),
    attempt('deleted-tests', exercise.deletedTests, false),
    attempt('broken-solution', exercise.brokenSolution, false),
  ];
}
