import { processEnvironment } from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import { inspectRepository, setHostEnvironment } from '../../platform/index.js';

/** Top level of the repository that holds a folder; null where there is none that can be read. */
export async function repositoryAround(folder: string): Promise<string | null> {
  setHostEnvironment(processEnvironment());
  try {
    return (await inspectRepository(folder)).topLevel;
  } catch (error) {
    if (error instanceof InvalidInputError) return null;
    throw error;
  }
}
