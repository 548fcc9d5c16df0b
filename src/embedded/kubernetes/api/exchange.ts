import type { IncomingMessage, ServerResponse } from 'node:http';
import { load, YAMLException } from 'js-yaml';
import type { User } from '../auth.js';
import type { Manager } from '../fields.js';
import type { KubernetesObject } from '../objects.js';
import { badRequest, notAcceptable, unsupportedMediaType } from '../status.js';
import { protobufType, readProtobuf } from './protobuf.js';

/** The largest request body, as etcd's limit leaves it. */
const bodyLimit = 3 * 1024 * 1024;

/** One request that has been let in, and the way to answer it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly user: User;

  constructor(request: IncomingMessage, response: ServerResponse, url: URL, user: User) {
    this.request = request;
    this.response = response;
    this.url = url;
    this.user = user;
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get query(): URLSearchParams {
    return this.url.searchParams;
  }

  get dryRun(): boolean {
    const value = this.query.get('dryRun');
    if (value !== null && value !== 'All' && value !== '') {
      throw badRequest(`Invalid value: ["${value}"]: dryRun: Unsupported value: supported values: "All"`);
    }
    return value === 'All';
  }

  /** The content type of the body, without its parameters. */
  get contentType(): string {
    return (this.request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  }

  /** Who writes, for managedFields: `fieldManager`, or the first word of the user agent. */
  manager(operation: Manager['operation'], subresource?: string): Manager {
    const agent = (this.request.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128) ?? '';
    const name = this.query.get('fieldManager') || agent || 'unknown';
    return { name, operation, ...(subresource === undefined || subresource === '' ? {} : { subresource }) };
  }

  async bytes(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bodyLimit) throw badRequest(`the request body is larger than the limit of ${bodyLimit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** The body as data; undefined when there is none. JSON is YAML too, but is read by the faster reader. */
  async data(): Promise<unknown> {
    const text = (await this.bytes()).toString('utf8');
    if (text.trim() === '') return undefined;
    const isYaml = this.contentType.includes('yaml');
    try {
      return isYaml && !text.trimStart().startsWith('{') ? load(text) : JSON.parse(text);
    } catch (error) {
      if (error instanceof YAMLException || error instanceof SyntaxError) {
        throw badRequest(
          `the object provided is unrecognized (must be of type ${isYaml ? 'yaml' : 'json'}): ${error.message}`,
        );
      }
      throw error;
    }
  }

  /** The body of a create or an update. */
  async object(): Promise<KubernetesObject> {
    if (this.contentType === protobufType) return readProtobuf(await this.bytes()) as unknown as KubernetesObject;
    if (!['', 'application/json', 'application/yaml', 'text/yaml'].includes(this.contentType)) {
      throw unsupportedMediaType();
    }
    const data = await this.data();
    if (!isObject(data)) throw badRequest('the request body is no object');
    return data as unknown as KubernetesObject;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The form that the answer should have. */
export interface Form {
  readonly yaml: boolean;
  readonly as?: 'Table' | 'PartialObjectMetadata';
}

/** The first of the accepted media types that can be answered. */
export function negotiate(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === '') return { yaml: false };
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim());
    const as = parameters.find(parameter => parameter.startsWith('as='))?.slice(3);
    const yaml = type === 'application/yaml' || type === 'text/yaml';
    if (!yaml && !['*/*', 'application/*', 'application/json'].includes(type)) continue;
    if (as === undefined) return { yaml };
    if (as === 'Table') return { yaml, as };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
      return { yaml, as: 'PartialObjectMetadata' };
  }
  throw notAcceptable();
}
