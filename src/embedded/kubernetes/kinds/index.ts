import type { KubernetesObject } from '../objects.js';
import { badRequest, type FieldError } from '../status.js';
import { type Kind, wrong } from './kind.js';
import { podKind } from './pods.js';
import { gatewayRouteKind, ingressKind, virtualServiceKind } from './routes.js';
import { serviceKind } from './services.js';
import { deploymentKind, replicaSetKind, statefulSetKind } from './workloads.js';

export type { Allocator, Kind } from './kind.js';

const mebibyte = 1024 * 1024;

/** ConfigMaps and Secrets hold at most one MiB, and never change once they are marked immutable. */
const dataKind: Kind = {
  validate(object, current) {
    const size = Object.entries({ ...(object.data as object), ...(object.binaryData as object) }).reduce(
      (sum, [key, value]) => sum + key.length + Buffer.byteLength(String(value)),
      0,
    );
    const frozen = current?.immutable === true && JSON.stringify(current.data) !== JSON.stringify(object.data);
    const errors: FieldError[] = [];
    if (size > mebibyte) errors.push(wrong('[]', '', `Too long: may not be more than ${mebibyte} bytes`));
    if (frozen)
      errors.push({
        field: 'data',
        reason: 'FieldValueForbidden',
        message: 'Forbidden: field is immutable when `immutable` is set',
      });
    return errors;
  },
};

const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** A Lease's times have exactly six digits after the point; JavaScript's three are refused, as the real server does. */
const leaseKind: Kind = {
  validate({ spec }) {
    const { leaseDurationSeconds, acquireTime, renewTime } = (spec ?? {}) as Record<string, unknown>;
    for (const time of [acquireTime, renewTime]) {
      if (time === undefined || time === null || microTime.test(String(time))) continue;
      throw badRequest(
        `Lease in version "v1" cannot be handled as a Lease: parsing time ${JSON.stringify(JSON.stringify(time))} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`,
      );
    }
    if (leaseDurationSeconds === undefined || Number(leaseDurationSeconds) > 0) return [];
    return [wrong('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')];
  },
};

const namespaceKind: Kind = {
  defaults(object: KubernetesObject) {
    return {
      ...object,
      metadata: {
        ...object.metadata,
        labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
      },
      spec: { finalizers: ['kubernetes'], ...(object.spec as object) },
      status: object.status ?? { phase: 'Active' },
    };
  },
};

const kinds: Readonly<Record<string, Kind>> = {
  ConfigMap: dataKind,
  Deployment: deploymentKind,
  GRPCRoute: gatewayRouteKind,
  HTTPRoute: gatewayRouteKind,
  Ingress: ingressKind,
  Lease: leaseKind,
  Namespace: namespaceKind,
  Pod: podKind,
  ReplicaSet: replicaSetKind,
  Secret: dataKind,
  Service: serviceKind,
  StatefulSet: statefulSetKind,
  VirtualService: virtualServiceKind,
};

/** The rules of a kind; a kind without rules of its own is kept as it is written. */
export function kindOf(kind: string): Kind {
  return kinds[kind] ?? {};
}
