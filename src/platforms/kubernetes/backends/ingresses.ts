/** Ingress: one Service for each path, and one for what no path takes. It knows no weights and says nothing of itself. */
import type { Json } from '../../../release/model.js';
import { INGRESSES } from '../resources.js';
import { type BackendKind, type Fields, fields, items, type Place, portOf } from './kinds.js';

export const ingress: BackendKind = {
  kind: 'Ingress',
  resources: [INGRESSES],
  weighs: false,
  adds100: false,
  places: ({ spec }) => {
    const { defaultBackend, rules } = fields(spec);
    return [
      ...placeAt('/spec/defaultBackend', defaultBackend),
      ...items(rules).flatMap((rule, index) =>
        items(fields(fields(rule).http).paths).flatMap((path, place) =>
          placeAt(`/spec/rules/${index}/http/paths/${place}/backend`, fields(path).backend),
        ),
      ),
    ];
  },
  entry: (like, { service }) => ({ ...fields(like), service: { ...serviceOf(like), name: service } }),
  value: ([only = null]) => only,
  normal: value => value,
};

function placeAt(pointer: string, backend: Json | undefined): readonly Place[] {
  const { name, port } = serviceOf(backend ?? null);
  if (typeof name !== 'string') return [];
  const { number, name: named } = fields(port);
  return [
    {
      pointer,
      entries: [{ value: backend ?? null, backend: { service: name }, port: portOf(number ?? named), weight: 1 }],
    },
  ];
}

function serviceOf(backend: Json): Fields {
  return fields(fields(backend).service);
}
