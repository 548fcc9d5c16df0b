/** Istio's VirtualService: weights of destinations, which are Services or subsets of one. */
import type { Json } from '../../../release/model.js';
import { type Resource, resource } from '../resources.js';
import { type Backend, type BackendKind, type Entry, fields, items, portOf } from './kinds.js';

const GROUP = 'networking.istio.io';
const VIRTUAL_SERVICES = resource('VirtualService', GROUP, 'v1', 'virtualservices');
const DESTINATION_RULES = resource('DestinationRule', GROUP, 'v1', 'destinationrules');

/** Istio serves v1 from 1.22 on, and v1beta1 all along. */
const both = (one: Resource): readonly Resource[] => [one, { ...one, version: 'v1beta1' }];

/** Where the labels of subsets stand. */
export const SUBSETS: readonly Resource[] = both(DESTINATION_RULES);

export const virtualService: BackendKind = {
  kind: 'VirtualService',
  resources: both(VIRTUAL_SERVICES),
  weighs: true,
  adds100: true,
  places: ({ metadata, spec }) =>
    ['http', 'tcp', 'tls'].flatMap(protocol =>
      items(fields(spec)[protocol]).flatMap((rule, index) => {
        const destinations = items(fields(rule).route);
        const entries = destinations.map(value => entryOf(value, destinations.length, metadata.namespace));
        return entries.length > 0 ? [{ pointer: `/spec/${protocol}/${index}/route`, entries }] : [];
      }),
    ),
  entry: (like, backend, weight) => {
    const { destination, ...rest } = fields(like);
    const { subset: _other, ...place } = fields(destination);
    const subset = backend.subset === undefined ? {} : { subset: backend.subset };
    return { ...rest, destination: { ...place, host: hostFor(place.host, backend), ...subset }, weight };
  },
  value: entries => entries,
  normal: value => items(value).map((entry, _, all) => ({ weight: all.length === 1 ? 100 : 0, ...fields(entry) })),
};

/** A destination alone gets everything, whatever its weight; among several, one without a weight gets nothing. */
function entryOf(value: Json, amount: number, home: string | undefined): Entry {
  const { destination, weight = amount === 1 ? 100 : 0 } = fields(value);
  const { host, subset, port } = fields(destination);
  const service = typeof host === 'string' ? serviceOfHost(host, home) : undefined;
  const backend =
    service === undefined ? undefined : { service, subset: typeof subset === 'string' ? subset : undefined };
  return { value, backend, port: portOf(fields(port).number), weight: amount === 1 ? 100 : Number(weight) };
}

/** `shop`, or `shop.NAMESPACE.svc.cluster.local` with as much of it as people write; undefined for other namespaces. */
export function serviceOfHost(host: string, home: string | undefined): string | undefined {
  const [service, namespace, svc] = host.split('.');
  if (namespace === undefined) return service;
  return namespace === home && (svc === undefined || svc === 'svc') ? service : undefined;
}

/** The same host with another Service in front, as short or as long as it was. */
function hostFor(host: Json | undefined, { service }: Backend): string {
  const [, ...rest] = typeof host === 'string' ? host.split('.') : [];
  return [service, ...rest].join('.');
}
