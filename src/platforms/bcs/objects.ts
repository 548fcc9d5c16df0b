/** Objects of a Mesos cluster of BCS, as far as a release reads them; names as BCS writes them, its typos included. */

export type Labels = Readonly<Record<string, string>>;

/** On a deployment: the slot that it is, and the version that it runs. */
export const SLOT_LABEL = 'cutover.slot';
export const VERSION_LABEL = 'cutover.version';

/** On a service: the groups of load balancers that serve it, with commas in between. */
export const GROUP_LABEL = 'BCSGROUP';

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels | null;
  readonly annotations?: Labels | null;
}

export interface ContainerPort {
  readonly name: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol?: string;
}

export interface Definition {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly spec: {
    readonly instance?: number;
    readonly selector?: Labels;
    readonly template: {
      readonly metadata?: { readonly labels?: Labels };
      readonly spec: {
        readonly containers: readonly { readonly image: string; readonly ports?: readonly ContainerPort[] }[];
      };
    };
  };
}

/** A deployment as storage has it. */
export interface Deployment {
  readonly metadata: Metadata;
  readonly status: string;
  readonly application: { readonly name: string } | null;
  /** The application that an update brings; null when none is under way. */
  readonly application_ext: { readonly name: string } | null;
}

export interface Application {
  readonly metadata: Metadata;
  readonly instance: number;
  readonly buildedInstance: number;
  readonly runningInstance: number;
  readonly status: string;
  readonly message?: string;
}

export interface Taskgroup {
  readonly metadata: Metadata;
  readonly rcname: string;
  readonly status: string;
  readonly message?: string;
  readonly podIP?: string;
  readonly hostIP?: string;
  readonly startTime?: string;
  readonly containerStatuses?: readonly {
    readonly name?: string;
    readonly status?: string;
    readonly message?: string;
    readonly healCheckStatus?:
      | readonly { readonly type: string; readonly result: boolean; readonly message?: string }[]
      | null;
    readonly containerPort?: readonly ContainerPort[] | null;
    /** Such as HOST or BRIDGE: where its ports are depends on it. */
    readonly networkMode?: string;
  }[];
}

export interface ServicePort {
  readonly name: string;
  readonly domainName?: string;
  readonly path?: string;
  readonly protocol?: string;
  readonly servicePort: number;
}

export interface Service {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly spec: { readonly selector?: Labels | null; readonly ports?: readonly ServicePort[] | null };
}

/** What names inside of the cluster lead to. */
export interface ServiceEndpoint {
  readonly metadata: Metadata;
  readonly eps?: readonly { readonly targetRef: { readonly id: string } }[] | null;
}

/** What load balancers consume of a service. */
export interface ExportService {
  readonly metadata: Metadata;
  readonly namespace: string;
  readonly serviceName: string;
  readonly BCSGroup?: readonly string[] | null;
  readonly ports?: readonly {
    readonly name: string;
    readonly servicePort: number;
    readonly protocol: string;
    readonly backends?: readonly { readonly targetIP: string; readonly targetPort: number }[] | null;
  }[];
}

/** Every pair of the selector is among the labels; an empty selector matches everything. */
export function selects(selector: Labels | null | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
}

/** Such as `appname=test-blue`. */
export function selectorText(selector: Labels | null | undefined): string {
  const pairs = Object.entries(selector ?? {}).map(([name, value]) => `${name}=${value}`);
  return pairs.length > 0 ? pairs.sort().join(', ') : 'everything';
}

export function sameSelector(one: Labels | null | undefined, other: Labels | null | undefined): boolean {
  return selectorText(one) === selectorText(other);
}
