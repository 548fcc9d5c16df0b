/** What an instance answers on one path. Everything left out keeps the default answer's value. */
export interface Answer {
  /** HTTP status; 200 unless told. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text body; wins over `json`. */
  readonly body?: string;
  readonly json?: unknown;
  /** Milliseconds between the request and its answer; the instance's latency unless told. */
  readonly delayMs?: number;
  /** Milliseconds that the work goes on after the answer: an operation that is pending until then. None unless told. */
  readonly operationMs?: number;
}

/** Who answers: it is in every default answer's body and in the headers `x-app-version`, `x-app-slot`, `x-app-instance`. */
export interface Identity {
  readonly app: string;
  readonly slot: string;
  readonly version: string;
  /** The name of this one instance, e.g. a pod's name. */
  readonly instance: string;
}

/** An answer that is ready to be written. */
export interface WrittenAnswer {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: string;
}

/** Fills an answer up with the identity: the default body is `{app, slot, version, instance, path}` as JSON. */
export function writeAnswer(identity: Identity, path: string, answer: Answer | undefined): WrittenAnswer {
  const text = answer?.body;
  const body = text ?? JSON.stringify(answer?.json === undefined ? defaultBody(identity, path) : answer.json);
  return {
    status: answer?.status ?? 200,
    headers: {
      'content-type': text === undefined ? 'application/json' : 'text/plain; charset=utf-8',
      'x-app-version': identity.version,
      'x-app-slot': identity.slot,
      'x-app-instance': identity.instance,
      ...answer?.headers,
      'content-length': Buffer.byteLength(body),
    },
    body,
  };
}

function defaultBody({ app, slot, version, instance }: Identity, path: string) {
  return { app, slot, version, instance, path };
}
