/**
 * Which lists are maps in disguise. The real server has this in its schemas (`x-kubernetes-list-map-keys`,
 * `x-kubernetes-patch-merge-key`); here are the ones of the kinds that the embedded server serves.
 */
const keysByList: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
};

/** Maps that are owned and replaced as a whole (`x-kubernetes-map-type: atomic`). */
const atomicMaps: ReadonlySet<string> = new Set([
  'nodeSelector',
  'labelSelector',
  'podSelector',
  'namespaceSelector',
  'configMapKeyRef',
  'secretKeyRef',
  'fieldRef',
  'resourceFieldRef',
]);

/** The keys that tell the items of a list apart in server-side apply; undefined: the list is one value. */
export function applyKeys(path: readonly string[]): readonly string[] | undefined {
  const list = path.at(-1) ?? '';
  if (list !== 'ports') return keysByList[list];
  if (path.at(-2) === 'containers' || path.at(-2) === 'initContainers') return ['containerPort', 'protocol'];
  return path.length === 2 && path[0] === 'spec' ? ['port', 'protocol'] : undefined;
}

/** The one key that tells the items of a list apart in a strategic merge patch; undefined: the patch replaces the list. */
export function patchKey(path: readonly string[]): string | undefined {
  return applyKeys(path)?.[0];
}

/** Whether a map is one value in server-side apply: a selector, and references. Selectors of both kinds are atomic. */
export function isAtomicMap(path: readonly string[]): boolean {
  const name = path.at(-1) ?? '';
  return atomicMaps.has(name) || (name === 'selector' && path.length === 2 && path[0] === 'spec');
}
