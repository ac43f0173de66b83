/** Fields of the protocol in the spelling of its proto, which readers of Proto-JSON have to take as well. */
const FIELDS = [
  'acceptedOutputModes',
  'contextId',
  'historyLength',
  'includeArtifacts',
  'mediaType',
  'messageId',
  'pageSize',
  'pageToken',
  'referenceTaskIds',
  'returnImmediately',
  'statusTimestampAfter',
  'taskId',
  'taskPushNotificationConfig',
] as const;

const SNAKE: ReadonlyMap<string, string> = new Map(
  FIELDS.map((field) => [field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), field]),
);

/** Below these the names are the client's. */
const FREE: ReadonlySet<string> = new Set(['metadata', 'data']);

/** Parameters with every field in camel case; a field that is there in both spellings stays as it is. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  const names = new Set(Object.keys(value));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const camel = SNAKE.get(key);
      const name = camel === undefined || names.has(camel) ? key : camel;
      return [name, FREE.has(name) ? inner : camelCased(inner)];
    }),
  );
}
