/** What preflight reads beside the release's own objects. What it may not read is remembered, and said (P14). */
import type { Client } from '../client.js';
import { hasCode } from '../failures.js';
import type { KubernetesObject } from '../objects.js';
import type { Resource } from '../resources.js';

/** More objects than this of one kind are not judged: reading them all would cost the cluster more than it tells. */
const MOST = 500;

/** Reads, each at most once. */
export interface Looking {
  /** All objects of a kind in the namespace (or the cluster); empty where they may not be read. */
  all<T extends KubernetesObject>(resource: Resource): Promise<readonly T[]>;
  /** The same for a kind of an extension, which is only asked for where the server has its group. */
  allIfServed<T extends KubernetesObject>(resource: Resource): Promise<readonly T[]>;
}

export class Look implements Looking {
  private readonly client: Client;
  private readonly namespace: string;
  private readonly signal: AbortSignal;
  private readonly lists = new Map<string, Promise<readonly KubernetesObject[]>>();
  private readonly hidden = new Set<string>();
  private readonly claims = new Map<string, string>();
  private groups: Promise<ReadonlySet<string>> | undefined;

  constructor(client: Client, namespace: string, signal: AbortSignal) {
    this.client = client;
    this.namespace = namespace;
    this.signal = signal;
  }

  /** Plurals of the kinds that these credentials may not list, or that are too many to be read. */
  get unseen(): readonly string[] {
    return [...this.hidden].sort();
  }

  /** Notes that a target names something of the namespace. Answers with another target that named it before. */
  claim(thing: string, target: string): string | undefined {
    const before = this.claims.get(thing);
    if (before === undefined) this.claims.set(thing, target);
    return before === target ? undefined : before;
  }

  all<T extends KubernetesObject>(resource: Resource): Promise<readonly T[]> {
    const key = `${resource.plural}.${resource.group}`;
    const asked = this.lists.get(key) ?? this.list(resource);
    this.lists.set(key, asked);
    return asked as Promise<readonly T[]>;
  }

  async allIfServed<T extends KubernetesObject>(resource: Resource): Promise<readonly T[]> {
    this.groups ??= this.servedGroups();
    return (await this.groups).has(resource.group) ? this.all<T>(resource) : [];
  }

  private async list(resource: Resource): Promise<readonly KubernetesObject[]> {
    const namespace = resource.namespaced ? this.namespace : undefined;
    try {
      const found = await this.client.list<KubernetesObject>(resource, namespace, { limit: String(MOST) }, this.signal);
      const items = found?.items ?? [];
      if (items.length < MOST) return items;
    } catch (error) {
      if (!hasCode(error, 'FORBIDDEN')) throw error;
    }
    this.hidden.add(resource.plural);
    return [];
  }

  private async servedGroups(): Promise<ReadonlySet<string>> {
    const subject = { verb: 'get', group: '', resource: 'API groups', namespace: undefined, name: undefined };
    try {
      const answer = await this.client.getPath('/apis', subject, this.signal);
      const { groups = [] } = (answer ?? {}) as { groups?: readonly { name: string }[] };
      return new Set(groups.map(({ name }) => name));
    } catch (error) {
      if (!hasCode(error, 'FORBIDDEN')) throw error;
      this.hidden.add('API groups');
      return new Set();
    }
  }
}
