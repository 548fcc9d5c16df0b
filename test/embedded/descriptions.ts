import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import type { RecordedExchange } from '../../src/embedded/marathon/index.js';

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly schema?: object }[];
  /** Types of content; what an operation does not say is that of the whole API. */
  readonly produces?: readonly string[];
  readonly responses: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Description {
  readonly definitions: Readonly<Record<string, object>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What is part of an answer that the Marathon description shows by an example alone. */
const appInfo = {
  allOf: [{ $ref: '#/definitions/app.App' }],
  required: ['version', 'versionInfo', 'tasksStaged', 'tasksRunning', 'tasksHealthy', 'tasksUnhealthy', 'deployments'],
  properties: {
    tasks: { type: 'array', items: { $ref: '#/definitions/task.Task' } },
    deployments: { type: 'array', items: { type: 'object', required: ['id'] } },
  },
};
const deploymentResult = { $ref: '#/definitions/deploymentResult.DeploymentResult' };
const tasks = {
  type: 'object',
  required: ['tasks'],
  properties: { tasks: { $ref: '#/definitions/task.TaskList/properties/tasks' } },
};
const object = (name: string, schema: object) => ({ type: 'object', required: [name], properties: { [name]: schema } });
const list = (items: object) => ({ type: 'array', items });

/** Schemas of answers that the description gives as an example, or as one of several that it names in prose. */
const marathonAnswers: Readonly<Record<string, object>> = {
  'get /v2/apps 200': object('apps', list(appInfo)),
  'post /v2/apps 201': appInfo,
  'get /v2/apps/{app_id} 200': { anyOf: [object('app', appInfo), object('*', list(appInfo))] },
  'put /v2/apps/{app_id} 200': deploymentResult,
  'delete /v2/apps/{app_id} 200': deploymentResult,
  'post /v2/apps/{app_id}/restart 200': deploymentResult,
  'get /v2/apps/{app_id}/tasks 200': tasks,
  'delete /v2/apps/{app_id}/tasks 200': { anyOf: [tasks, deploymentResult] },
  'delete /v2/apps/{app_id}/tasks/{task_id} 200': {
    anyOf: [object('task', { $ref: '#/definitions/task.Task' }), deploymentResult],
  },
  'get /v2/apps/{app_id}/versions 200': object('versions', list({ type: 'string' })),
  'get /v2/tasks 200': tasks,
  'post /v2/tasks/delete 200': { anyOf: [tasks, deploymentResult] },
  'get /v2/deployments 200': list({
    type: 'object',
    required: ['id', 'version', 'affectedApps', 'steps', 'currentActions', 'currentStep', 'totalSteps'],
  }),
  'delete /v2/deployments/{deployment_id} 200': deploymentResult,
  'get /v2/queue/ 200': object('queue', list({ type: 'object', required: ['app', 'count', 'delay', 'since'] })),
};

/** Answers that the description does not know, and real servers give. */
const marathonExtras = new Set([
  // The limit of deployments at once is a 403, and an id of no task's form a 400; unknown apps are 404.
  'post /v2/tasks/delete 404',
  'post /v2/tasks/delete 422',
  // A rollback to a version that there is none of.
  'patch /v2/apps/{app_id} 404',
]);

/** Holds requests and answers against the API descriptions of Marathon, the login and Edge-LB; it gathers what is wrong. */
export class Descriptions {
  /** One sentence for each request or answer that is not as described. */
  readonly problems: string[] = [];
  /** How many exchanges were held against a description. */
  checked = 0;

  /** To be given to the embedded Marathon as its `onExchange`. */
  readonly onExchange = (exchange: RecordedExchange): void => {
    const path = decodeURIComponent(exchange.path.split('?', 1)[0] ?? '');
    const problems = this.#check(path, exchange);
    for (const problem of problems) {
      this.problems.push(`${exchange.method} ${exchange.path} (${exchange.status}): ${problem}`);
    }
  };

  #check(path: string, exchange: RecordedExchange): readonly string[] {
    // What the gateway refuses by itself is a page or a text, and in no description.
    const isByGateway =
      [401, 403, 404, 503].includes(exchange.status) && !/json/.test(exchange.headers['content-type'] ?? '');
    if (isByGateway && !path.includes('/service/edgelb')) return [];
    this.checked += 1;
    const [, marathon] = /^(?:\/service)?\/marathon(\/.*)$/.exec(path) ?? /^(\/v2\/.*|\/ping)$/.exec(path) ?? [];
    if (marathon !== undefined) return MARATHON.check(marathon, exchange);
    const [, edgeLb] = /^\/service\/edgelb(\/.*)$/.exec(path) ?? [];
    // The metadata came with 1.4 and are in no description.
    if (edgeLb?.endsWith('/metadata')) return [];
    if (edgeLb !== undefined) return isByGateway && exchange.status !== 404 ? [] : EDGE_LB.check(edgeLb, exchange);
    const [, login] = /^\/acs\/api\/v1(\/.*)$/.exec(path) ?? [];
    return login === undefined ? ['no description has this path'] : LOGIN.check(login, exchange);
  }
}

class Api {
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  readonly #strictAjv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  readonly #description: Description;
  readonly #answers: Readonly<Record<string, object>>;
  readonly #extras: ReadonlySet<string>;
  readonly #compiled = new Map<object, ValidateFunction>();
  readonly #paths: readonly (readonly [pattern: RegExp, path: string])[];
  readonly #name: string;
  #update: object | undefined;

  constructor(file: string, answers: Readonly<Record<string, object>>, extras: ReadonlySet<string>) {
    const text = readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8');
    this.#name = file;
    this.#description = JSON.parse(text, readable) as Description;
    this.#answers = answers;
    this.#extras = extras;
    this.#ajv.addSchema({ $id: file, definitions: this.#description.definitions });
    const closed = JSON.parse(text, (key, value) => closedObject(readable(key, value))) as Description;
    this.#strictAjv.addSchema({ $id: file, definitions: closed.definitions });
    // Longer paths first: the id of an app may contain slashes.
    this.#paths = Object.keys(this.#description.paths)
      .sort((a, b) => b.split('/').length - a.split('/').length)
      .map(path => [
        new RegExp(
          `^${path.replace(/\/$/, '').replaceAll(/\{\w+\}/g, one => (one === '{app_id}' ? '.+' : '[^/]+'))}/?$`,
        ),
        path,
      ]);
  }

  check(path: string, { body, headers, method, requestBody, status }: RecordedExchange): readonly string[] {
    const verb = method.toLowerCase();
    const found = this.#paths.find(
      ([pattern, one]) => pattern.test(path) && verb in (this.#description.paths[one] ?? {}),
    );
    if (found === undefined) return status === 500 || status === 405 ? [] : [`${this.#name} has no such operation`];
    const [, template] = found;
    const operation = this.#description.paths[template]?.[verb];
    const key = `${verb} ${template} ${status}`;
    const answer = operation?.responses[status] ?? operation?.responses.default;
    if (answer === undefined && !this.#extras.has(key)) return [`${this.#name} has no such answer`];
    const isJson = headers['content-type']?.includes('json') === true;
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    const isStream = type === 'text/event-stream' || (status === 200 && template === '/v2/events');
    if (isStream && !operation?.produces?.includes(type)) return [`${this.#name} has no answer of the type ${type}`];
    const schema = this.#answers[key] ?? (status >= 400 && isJson ? this.#error(status) : answer?.schema);
    const asked = operation?.parameters?.find(parameter => parameter.in === 'body')?.schema;
    return [
      ...(status < 300 && asked !== undefined && requestBody !== ''
        ? this.#validate(this.#request(verb, asked), requestBody, this.#strictAjv)
        : []),
      ...(schema === undefined || !isJson ? [] : this.#validate(schema, body, this.#ajv)),
    ];
  }

  /** A 400 for text that is no JSON has a string for its details, whatever the description says. */
  #error(status: number): object {
    const { definitions } = this.#description;
    if (status === 400 && 'error.Error' in definitions) return { type: 'object', required: ['message'] };
    return (
      ['error.Error', 'Error']
        .filter(name => name in definitions)
        .map(name => ({ $ref: `#/definitions/${name}` }))[0] ?? {}
    );
  }

  /** The description asks for an id in every update: a part of an app has none. */
  #request(verb: string, schema: object): object {
    const isPart = (verb === 'put' || verb === 'patch') && '$ref' in schema && schema.$ref === '#/definitions/app.App';
    if (!isPart) return schema;
    const { required, ...part } = this.#description.definitions['app.App'] as { required?: unknown };
    this.#update ??= closedObject(part) as object;
    return this.#update;
  }

  #validate(schema: object, text: string, ajv: Ajv): readonly string[] {
    const validate = this.#compile(schema, ajv);
    if (validate(JSON.parse(text))) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #compile(schema: object, ajv: Ajv): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const text = JSON.stringify(schema).replaceAll('"#/definitions/', `"${this.#name}#/definitions/`);
    const compiled = ajv.compile(JSON.parse(text));
    this.#compiled.set(schema, compiled);
    return compiled;
  }
}

/** Read and compiled once, for all platforms of a test file. */
const MARATHON = new Api('marathon-dcos-2.2.swagger.json', marathonAnswers, marathonExtras);
const LOGIN = new Api('ent-iam-2.2.json', {}, new Set(['post /auth/login 400']));
const EDGE_LB = new Api('edge-lb-all.swagger.json', {}, new Set());

/** Reads a description as it is meant: `{"type": "nil"}` stands for "nothing else", `x-nullable` for "or null". */
function readable(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const schema = value as Record<string, unknown>;
  const rest = schema.additionalProperties as { type?: unknown } | undefined;
  if (rest?.type === 'nil') return { ...schema, additionalProperties: false };
  if (schema['x-nullable'] === true) return { ...schema, type: [schema.type, 'null'] };
  return schema;
}

/** In a request, an object whose properties are listed has no others: a mistyped one is seen. */
function closedObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const schema = value as Record<string, unknown>;
  const isOpen = schema.type === 'object' && 'properties' in schema && !('additionalProperties' in schema);
  return isOpen ? { ...schema, additionalProperties: false } : schema;
}
