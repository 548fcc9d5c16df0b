import { unsupportedMediaType } from '../status.js';

/**
 * The binary form in which `kubectl create` sends what it makes by itself, for the kinds that people make so before a
 * release: field numbers are those of the generated.proto files of k8s.io/api and k8s.io/apimachinery.
 */
export const protobufType = 'application/vnd.kubernetes.protobuf';

type FieldType = 'text' | 'base64' | 'flag' | 'texts' | 'ignored' | Message;
/** Fields by their numbers. */
interface Message {
  readonly [number: number]: readonly [name: string, type: FieldType | 'map' | 'base64 map'];
}

const MAGIC = Buffer.from('k8s\0');
const metadata: Message = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  4: ['selfLink', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  7: ['generation', 'ignored'],
  8: ['creationTimestamp', 'ignored'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
  14: ['finalizers', 'texts'],
};
const KINDS: Readonly<Record<string, Message>> = {
  Namespace: { 1: ['metadata', metadata], 2: ['spec', 'ignored'], 3: ['status', 'ignored'] },
  ConfigMap: {
    1: ['metadata', metadata],
    2: ['data', 'map'],
    3: ['binaryData', 'base64 map'],
    4: ['immutable', 'flag'],
  },
  Secret: {
    1: ['metadata', metadata],
    2: ['data', 'base64 map'],
    3: ['type', 'text'],
    4: ['stringData', 'map'],
    5: ['immutable', 'flag'],
  },
  ServiceAccount: { 1: ['metadata', metadata] },
};

/** An object of one of the kinds above. Throws 415 for other kinds and for fields that are not in the tables. */
export function readProtobuf(bytes: Buffer): Record<string, unknown> {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw unsupportedMediaType();
  const envelope = new Map(fieldsOf(bytes.subarray(MAGIC.length)));
  const [type, raw] = [envelope.get(1), envelope.get(2)];
  if (!Buffer.isBuffer(type) || !Buffer.isBuffer(raw)) throw unsupportedMediaType();
  const { apiVersion, kind } = read(type, { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] });
  const message = KINDS[String(kind)];
  if (!message || apiVersion !== 'v1') throw unsupportedMediaType();
  return { apiVersion, kind, ...read(raw, message) };
}

function read(bytes: Buffer, message: Message): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [number, value] of fieldsOf(bytes)) {
    const [name, type] = message[number] ?? [];
    if (name === undefined || type === undefined) throw unsupportedMediaType();
    if (type === 'ignored' || (Buffer.isBuffer(value) && value.length === 0 && type === 'text')) continue;
    if (type === 'flag') object[name] = value === 1n;
    else if (!Buffer.isBuffer(value)) throw unsupportedMediaType();
    else if (type === 'text') object[name] = value.toString('utf8');
    else if (type === 'base64') object[name] = value.toString('base64');
    else if (type === 'texts') object[name] = [...((object[name] as string[]) ?? []), value.toString('utf8')];
    else if (type === 'map' || type === 'base64 map') {
      const entry = read(value, { 1: ['key', 'text'], 2: ['value', type === 'map' ? 'text' : 'base64'] });
      object[name] = { ...(object[name] as object), [String(entry.key)]: entry.value ?? '' };
    } else object[name] = read(value, type);
  }
  return object;
}

/** Field numbers with their values: bytes, or a number. */
function* fieldsOf(bytes: Buffer): Generator<readonly [number, Buffer | bigint]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw unsupportedMediaType();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    if ((tag & 7n) === 0n) yield [number, varint()];
    else if ((tag & 7n) === 2n) {
      const length = Number(varint());
      if (at + length > bytes.length) throw unsupportedMediaType();
      at += length;
      yield [number, bytes.subarray(at - length, at)];
    } else throw unsupportedMediaType();
  }
}
