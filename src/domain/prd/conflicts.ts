import type { ErrorLocation } from '../light/error.js';
import { branchNameProblem } from './branch-name.js';
import type { Prd, PrdProblem } from './prd.js';

/** Where the parts of a PRD stand in its file, whatever the format. Stories by their position. */
export interface PrdPlaces {
  id(index: number): ErrorLocation;
  /** What a second story with the same id is pointed to, for example `user_stories[2]` or `line 7`. */
  nameOf(index: number): string;
  dependency(index: number, id: string): ErrorLocation;
  dependencies(index: number): ErrorLocation;
  branch(): ErrorLocation;
}

/** What the fields of a PRD get wrong together: duplicate ids, unknown and cyclic dependencies, the branch name. */
export function findConflicts(prd: Prd, places: PrdPlaces): PrdProblem[] {
  const branch = branchNameProblem(prd.branchName);
  return [
    ...findDuplicates(prd, places),
    ...findUnknownDependencies(prd, places),
    ...findCycles(prd, places),
    ...(prd.branchName === '' || branch === undefined
      ? []
      : [{ message: branch, where: places.branch() }]),
  ];
}

function findDuplicates(prd: Prd, places: PrdPlaces): PrdProblem[] {
  const first = new Map<string, number>();
  const problems: PrdProblem[] = [];
  prd.stories.forEach((story, index) => {
    const earlier = first.get(story.id);
    if (earlier === undefined) first.set(story.id, index);
    else {
      problems.push({
        message: `id "${story.id}" is already used by ${places.nameOf(earlier)}`,
        where: places.id(index),
      });
    }
  });
  return problems;
}

function findUnknownDependencies(prd: Prd, places: PrdPlaces): PrdProblem[] {
  const ids = new Set(prd.stories.map((story) => story.id));
  return prd.stories.flatMap((story, index) =>
    story.dependsOn
      .filter((id) => !ids.has(id))
      .map((id) => ({
        message: `depends on "${id}", which is not a story of this PRD`,
        where: places.dependency(index, id),
      })),
  );
}

/** Depth first, without recursion: a chain of stories may be longer than the stack is deep. */
function findCycles(prd: Prd, places: PrdPlaces): PrdProblem[] {
  const byId = new Map(prd.stories.map((story) => [story.id, story]));
  const done = new Set<string>();
  const problems: PrdProblem[] = [];
  const visit = (root: string): void => {
    const trail = [{ id: root, next: 0 }];
    const open = new Map([[root, 0]]);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const dependency = byId.get(top.id)?.dependsOn[top.next];
      top.next += 1;
      if (dependency === undefined) {
        done.add(top.id);
        open.delete(top.id);
        trail.pop();
        continue;
      }
      const start = open.get(dependency);
      if (start !== undefined) {
        const cycle = [...trail.slice(start).map(({ id }) => id), dependency];
        const index = prd.stories.findIndex((story) => story.id === dependency);
        problems.push({
          message: `dependencies go in a circle: ${cycle.join(' -> ')}`,
          where: places.dependencies(index),
        });
      } else if (!done.has(dependency)) {
        open.set(dependency, trail.length);
        trail.push({ id: dependency, next: 0 });
      }
    }
  };
  for (const { id } of prd.stories) if (!done.has(id)) visit(id);
  return problems;
}
