import type { KubernetesObject, Labels } from '../objects.js';
import { badRequest, type FieldError } from '../status.js';
import { missing, wrong } from './kind.js';

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const serviceName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const labelRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const keyRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const nameLabelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const serviceRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const annotationsLimit = 256 * 1024;

/** The rules on names, labels and annotations that hold for every kind. */
export function validateMetadata({ kind, metadata }: KubernetesObject): FieldError[] {
  const annotations = Object.entries(metadata.annotations ?? {});
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...validateName(kind, metadata.name),
    ...validateLabels('metadata.labels', metadata.labels),
    ...(size > annotationsLimit
      ? [wrong('metadata.annotations', '', `Too long: may not be more than ${annotationsLimit} bytes`)]
      : []),
  ];
}

function validateName(kind: string, name: string): FieldError[] {
  if (name === '') return [missing('metadata.name', 'name or generateName is required')];
  if (kind === 'Service') {
    if (name.length > 63) return [wrong('metadata.name', name, 'must be no more than 63 characters')];
    return serviceName.test(name) ? [] : [wrong('metadata.name', name, serviceRule)];
  }
  if (kind === 'Namespace') return label.test(name) ? [] : [wrong('metadata.name', name, nameLabelRule)];
  if (name.length > 253) return [wrong('metadata.name', name, 'must be no more than 253 characters')];
  return subdomain.test(name) ? [] : [wrong('metadata.name', name, subdomainRule)];
}

export function validateLabels(field: string, labels: Labels | undefined | null): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...(labelKey.test(key) ? [] : [wrong(field, key, keyRule)]),
    ...(value.length > 63 ? [wrong(field, value, 'must be no more than 63 characters')] : []),
    ...(labelValue.test(value) ? [] : [wrong(field, value, labelRule)]),
  ]);
}

/**
 * A map of strings that holds something else (`version: 1.0` in YAML is a number) is not decoded at all: 400, not 422.
 */
export function requireStrings(kind: string, version: string, field: string, map: unknown): void {
  if (map === undefined || map === null) return;
  for (const value of Object.values(map)) {
    if (typeof value === 'string') continue;
    const type = typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${type} into Go struct field ${field} of type string`,
    );
  }
}
