import { z } from 'zod';
import { skillCatalogue, skillText } from '../../domain/index.js';
import { closestNames } from '../closest-name.js';
import { defineTool, toolError } from '../tool.js';

/** Gives an agent the text of a skill, as it was when its run began. */
export const skillTool = defineTool({
  name: 'skill',
  isDeferred: true,
  description:
    'Take up a skill: instructions for one kind of work, by name. Without a name the skills are listed. again: true when you can no longer see its text.',
  parameters: z.object({ name: z.string().optional(), again: z.boolean().optional() }),
  execution: 'local',
  access: 'read',
  title: ({ name }) => `skill: ${name ?? 'list'}`,
  subjects: ({ name }) => (name === undefined ? [] : [name]),
  execute({ name, again }, { skills = [], loadedSkills = [] }) {
    if (skills.length === 0) return Promise.resolve(toolError('There are no skills here.'));
    if (name === undefined)
      return Promise.resolve({ text: skillCatalogue(skills), isError: false });
    const found = skills.find((skill) => skill.name === name);
    if (found === undefined) {
      const names = skills.map((skill) => skill.name);
      const near = closestNames(name, names)[0];
      const advice = near === undefined ? '' : ` Did you mean ${near}?`;
      return Promise.resolve(
        toolError(`There is no such skill.${advice} Skills: ${names.join(', ')}.`),
      );
    }
    if (loadedSkills.includes(name) && again !== true)
      return Promise.resolve({
        text: `You have taken up ${name} already: its text stands above. Give again: true if you cannot see it.`,
        isError: false,
      });
    return Promise.resolve({
      text: skillText(found),
      isError: false,
      progress: [`skill:${name}`],
      skill: name,
    });
  },
});
