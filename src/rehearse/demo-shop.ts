/** The application of the demo: a shop that is live in blue, and the files that its owners would have written. */

export const NAMESPACE = 'shop';
export const BLUE_VERSION = '1.4.2';
export const GREEN_VERSION = '1.5.0';

/** What the demo shows. `smoke`: green fails its checks. `bake`: green breaks after the switch. */
export type Mishap = 'none' | 'smoke' | 'bake';

/** The result that each demo has to end with. */
export const EXPECTED_RESULT: Readonly<Record<Mishap, string>> = {
  none: 'succeeded',
  smoke: 'failed',
  bake: 'rolled-back',
};

/** The manifest in the repository of the shop: one for both slots. */
export const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: ${NAMESPACE}
spec:
  replicas: 2
  selector:
    matchLabels: { app: shop }
  template:
    metadata:
      labels: { app: shop }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:latest
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-settings
  namespace: ${NAMESPACE}
data:
  currency: EUR
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: shop
  namespace: ${NAMESPACE}
spec:
  minAvailable: 1
  selector:
    matchLabels: { app: shop }
`;

/** What the cluster holds before the release: blue with three instances, and the Service that users reach it by. */
export const CLUSTER = `apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: ${NAMESPACE}
spec:
  selector: { app: shop, cutover/slot: shop-blue }
  ports:
    - { name: http, port: 80, targetPort: http }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-blue
  namespace: ${NAMESPACE}
  labels: { cutover/managed: "true" }
  annotations: { cutover/version: ${BLUE_VERSION} }
spec:
  replicas: 3
  selector:
    matchLabels: { cutover/slot: shop-blue }
  template:
    metadata:
      labels: { app: shop, cutover/slot: shop-blue }
      annotations: { cutover/version: ${BLUE_VERSION} }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:${BLUE_VERSION}
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
`;

const SMOKE = `- name: green is healthy
  http:
    path: /healthz
    passes: 3
    interval: 100ms
    expect: { status: 200, version: true, within: 2s }
- name: the catalogue answers
  http:
    path: /products
    expect: { json: { app: shop } }
`;

const LIVE_CHECKS = `- name: users get healthy answers
  http:
    path: /healthz
    expect: { status: 200 }
`;

/** The inputs of the step, as a workflow would give them. */
export function workflowInputs(kubeconfig: string, liveUrl: string): Readonly<Record<string, string>> {
  return {
    blue: 'shop-blue',
    green: 'shop-green',
    service: 'shop',
    manifest: 'k8s/shop.yaml',
    image: `registry.example/shop:${GREEN_VERSION}`,
    version: GREEN_VERSION,
    kubeconfig,
    smoke: SMOKE,
    'live-url': liveUrl,
    'live-checks': LIVE_CHECKS,
    identity: '{ path: /, header: x-app-version }',
    settle: '1s',
    bake: '8s',
    teardown: 'delete',
  };
}
