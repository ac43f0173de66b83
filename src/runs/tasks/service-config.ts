import { loadConfig, type Config, type WorkerSettings } from '../../config/index.js';

/** Configuration of the service's own files and those of a repository (null = none), with what the service was started with. */
export async function serviceConfig(
  { home, settings }: { readonly home: string; readonly settings: WorkerSettings },
  repository: string | null,
): Promise<Config> {
  const { configFile } = settings.tasks;
  const config = await loadConfig({
    project: repository ?? home,
    ...(configFile === null ? {} : { configFile }),
  });
  return { ...config, home, worker: settings };
}
