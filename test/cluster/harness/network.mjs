/** The addresses of the cluster; all of them exist in its network namespace only. */

/** The node, and everything that does not run in a pod. */
export const nodeAddress = '10.0.0.1';

/** Pods get theirs from here. */
export const podNetwork = '10.244.0.0/16';

/** Services get theirs from here; kube-proxy's rules turn them into those of pods. */
export const serviceNetwork = '10.96.0.0/16';
