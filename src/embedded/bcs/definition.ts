/** Definitions as users write them, as far as the scheduler reads them. Whatever else they hold is kept. */

export type Labels = Readonly<Record<string, string>>;

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

export interface ContainerPort {
  readonly name: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly protocol?: string;
}

export interface Container {
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly ContainerPort[];
  readonly healthChecks?: readonly { readonly protocol?: string; readonly type?: string }[];
}

export interface DeploymentDefinition {
  readonly metadata: Metadata;
  readonly spec: {
    readonly instance: number;
    readonly selector?: Labels;
    readonly template: {
      readonly metadata?: Partial<Metadata>;
      readonly spec: {
        readonly containers: readonly Container[];
        readonly networkMode?: string;
        readonly networktype?: string;
      };
    };
    readonly strategy?: { readonly type?: string; readonly rollingupdate?: object | null };
  };
}

export interface ServicePort {
  readonly name: string;
  readonly domainName?: string;
  readonly path?: string;
  readonly protocol: string;
  readonly servicePort: number;
}

export interface ServiceDefinition {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly spec: { readonly selector?: Labels; readonly ports?: readonly ServicePort[]; readonly clusterIP?: unknown };
}

export interface ConfigMapDefinition {
  readonly metadata: Metadata;
  readonly datas?: Readonly<Record<string, unknown>>;
}

/** `namespace/name`. */
export function keyOf({ namespace, name }: Metadata): string {
  return `${namespace}/${name}`;
}

/** Every pair of the selector is among the labels; an empty selector matches everything. */
export function selects(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
}

/** What the instances of a taskgroup are found by: the definition's labels, under those of its template and its annotations. */
export function taskLabels({ metadata, spec }: DeploymentDefinition): Labels {
  return { ...metadata.labels, ...spec.template.metadata?.labels, ...metadata.annotations };
}
