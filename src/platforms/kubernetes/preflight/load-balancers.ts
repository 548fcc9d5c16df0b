/** Cloud load balancers that send traffic to pods by themselves: they learn of a switch seconds late. */
import type { Finding } from '../../../release/model.js';
import type { Journey } from '../../port.js';
import type { KubernetesObject, Labels, Service } from '../objects.js';
import { INGRESSES, resource } from '../resources.js';
import type { Subjects } from './subjects.js';

const BINDINGS = resource('TargetGroupBinding', 'elbv2.k8s.aws', 'v1beta1', 'targetgroupbindings');

interface Backend {
  readonly service?: { readonly name?: string };
}
interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly defaultBackend?: Backend;
    readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] } }[];
  };
}
interface Binding extends KubernetesObject {
  readonly spec?: { readonly serviceRef?: { readonly name?: string }; readonly targetType?: string };
}

/** An atomic switch behind one of them needs a word of consent: it may cost requests for some seconds. */
export async function loadBalancerFindings(subjects: Subjects, journey: Journey): Promise<readonly Finding[]> {
  const { look, observation, plan, tell } = subjects;
  if (plan.blue === undefined || journey.overlap) return [];
  const [ingresses, bindings] = await Promise.all([look.all<Ingress>(INGRESSES), look.allIfServed<Binding>(BINDINGS)]);
  return observation.services.flatMap(({ name, service }) => {
    const found =
      serviceBalancer(service) ??
      ingresses
        .filter(one => leadsTo(one, name))
        .map(ingressBalancer)
        .find(Boolean) ??
      bindings
        .filter(({ spec }) => spec?.serviceRef?.name === name && spec.targetType !== 'instance')
        .map(bindingText)[0];
    if (!found) return [];
    const message = `Service ${name} is behind a load balancer that sends traffic to pods by itself (${found}) and learns of a switch seconds late; a switch in one write may cost requests.`;
    const remedy = 'Set switch.mode to overlap, or say that this is fine: switch.accept-lag true.';
    return [tell(journey.acceptsLag ? 'warning' : 'error', 'LOAD_BALANCER_LAGS', message, remedy)];
  });
}

function serviceBalancer(service: Service | undefined): string | undefined {
  const marks: Labels = service?.metadata.annotations ?? {};
  // `{"ingress": true}` and `{"exposed_ports": ...}` both make network endpoint groups.
  if (/"ingress"\s*:\s*true|exposed_ports/.test(marks['cloud.google.com/neg'] ?? '')) return 'cloud.google.com/neg';
  const type = marks['service.beta.kubernetes.io/aws-load-balancer-type'];
  const targets = marks['service.beta.kubernetes.io/aws-load-balancer-nlb-target-type'];
  if (targets === 'ip' || type === 'nlb-ip') return 'AWS load balancer with targets of type ip';
  return undefined;
}

function ingressBalancer({ metadata }: Ingress): string | undefined {
  if (metadata.annotations?.['alb.ingress.kubernetes.io/target-type'] !== 'ip') return undefined;
  return `Ingress ${metadata.name} with alb.ingress.kubernetes.io/target-type ip`;
}

function bindingText({ metadata }: Binding): string {
  return `TargetGroupBinding ${metadata.name}`;
}

function leadsTo({ spec }: Ingress, service: string): boolean {
  const paths = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
  return [spec?.defaultBackend, ...paths.map(({ backend }) => backend)].some(one => one?.service?.name === service);
}
