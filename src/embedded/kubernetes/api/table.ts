import type { KubernetesObject } from '../objects.js';
import { columnsOf } from './columns.js';
import { partial } from './read.js';

/** Objects of one kind as the Table that kubectl prints. */
export function tableOf(
  objects: readonly KubernetesObject[],
  metadata: Record<string, unknown>,
  now: number,
  withDefinitions = true,
  kind = objects[0]?.kind ?? '',
): Record<string, unknown> {
  const columns = columnsOf(kind);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withDefinitions
      ? columns.map(({ name, type = 'string', priority = 0 }) => ({
          name,
          type,
          format: name === 'Name' ? 'name' : '',
          description: '',
          priority,
        }))
      : null,
    rows: objects.map(object => ({
      cells: object.metadata.name === undefined ? [] : columns.map(({ cell }) => cell(object, now)),
      object: partial(object),
    })),
  };
}
