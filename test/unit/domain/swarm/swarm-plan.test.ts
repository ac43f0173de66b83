import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storyOfSubtask } from '../../../../src/domain/swarm/subtask.js';
import {
  parseSwarmPlan,
  swarmPlanDocument,
  SwarmPlanInvalidError,
} from '../../../../src/domain/swarm/swarm-plan.js';

const RULES = { file: 'plan.json', maxSubagents: 50 };

/** What parsing ends with: a plan, or the code of what it throws. */
function outcome(value: unknown): string {
  try {
    parseSwarmPlan(value, RULES);
    return 'plan';
  } catch (error) {
    if (error instanceof SwarmPlanInvalidError) return error.code;
    throw error;
  }
}

const problems = (subtasks: readonly unknown[], maxSubagents = 50): string[] => {
  try {
    parseSwarmPlan({ subtasks }, { ...RULES, maxSubagents });
    return [];
  } catch (error) {
    if (!(error instanceof SwarmPlanInvalidError)) throw error;
    return error.problems.map(({ message, where }) => `${where.field ?? ''}: ${message}`);
  }
};

const one = (id: string, more: object = {}): object => ({ id, instruction: `Do ${id}`, ...more });

describe('parseSwarmPlan', () => {
  it('throws nothing but SwarmPlanInvalidError, whatever it is given', () => {
    const hostile = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, maxDepth: 4 }),
      fc.record({ subtasks: fc.anything(), task: fc.anything(), strategy: fc.anything() }),
      fc.record({
        subtasks: fc.array(
          fc.record(
            {
              id: fc.oneof(
                fc.constantFrom('a', 'b', '__proto__', 'constructor', '../x', '\0'),
                fc.anything(),
              ),
              instruction: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
              depends_on: fc.oneof(
                fc.array(fc.constantFrom('a', 'b', '__proto__', '')),
                fc.anything(),
              ),
              touches: fc.anything(),
              agent: fc.anything(),
              priority: fc.anything(),
              ['__proto__']: fc.anything(),
            },
            { requiredKeys: [] },
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        expect(['plan', 'ERR_SWARM_PLAN_INVALID']).toContain(outcome(value));
      }),
      { numRuns: 1000 },
    );
  });

  it('names every problem with its field', () => {
    expect(problems([])).toEqual(['subtasks: there is no subtask in it']);
    expect(problems([one('a'), one('a')])).toEqual([
      'subtasks[1].id: id "a" is already used by subtasks[0]',
    ]);
    expect(problems([one('a', { depends_on: ['a', 'z'] })])).toEqual([
      'subtasks[0].depends_on: "a" waits for itself',
      'subtasks[0].depends_on: depends on "z", which is no subtask of this plan',
    ]);
    expect(
      problems([
        one('a', { depends_on: ['c'] }),
        one('b', { depends_on: ['a'] }),
        one('c', { depends_on: ['b'] }),
      ]),
    ).toEqual(['subtasks[0].depends_on: dependencies go in a circle: a -> c -> b -> a']);
    expect(problems([one('a'), one('b')], 1)).toEqual([
      'subtasks: 2 subtasks, and at most 1 are allowed (--max-subagents)',
    ]);
    expect(problems([one('a b'), one('c', { agent: 'row', priority: 0 })])).toHaveLength(3);
  });

  it('finds the circle at the end of a long chain without deep calls', () => {
    const chain = Array.from({ length: 1000 }, (_, index) =>
      one(`s-${index}`, { depends_on: [`s-${(index + 1) % 1000}`] }),
    );
    expect(problems(chain, 1000)).toEqual([expect.stringMatching(/circle: s-0 -> s-1 -> /)]);
  });

  it('reads what swarmPlanDocument writes as the same plan', () => {
    const id = fc.stringMatching(/^[a-z][a-z0-9._-]{0,9}$/);
    const plans = fc.uniqueArray(id, { minLength: 1, maxLength: 8 }).chain((ids) =>
      fc.tuple(
        ...ids.map((name, index) =>
          fc.record({
            id: fc.constant(name),
            instruction: fc.string({ minLength: 1 }).map((text) => `x${text}x`),
            depends_on: fc.subarray(ids.slice(0, index)),
            touches: fc.array(fc.constantFrom('src/**', 'a.md'), { maxLength: 2 }),
            agent: fc.constantFrom('build', 'plan', 'explore'),
            priority: fc.integer({ min: 1, max: 1000 }),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(plans, (subtasks) => {
        const plan = parseSwarmPlan({ task: 't', strategy: 'stage', subtasks }, RULES);
        const again: unknown = JSON.parse(JSON.stringify(swarmPlanDocument(plan)));
        expect(parseSwarmPlan(again, RULES)).toEqual(plan);
      }),
    );
  });
});

describe('storyOfSubtask', () => {
  it('makes one visible line of whatever the instruction begins with', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (instruction) => {
        const { title, description } = storyOfSubtask({
          id: 'a',
          instruction,
          dependsOn: [],
          touches: [],
          agent: 'build',
          priority: 1,
        });
        expect(title).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(description).toBe(instruction);
      }),
    );
  });
});
