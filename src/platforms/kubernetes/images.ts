/** Puts the images of the configuration into a pod template. */
import type { TargetConfig } from '../../config/schema.js';
import type { Container, PodSpec } from './objects.js';

type Images = Pick<TargetConfig, 'image' | 'images'>;

/** Names in `images` that no container has. */
export function unknownContainers(images: Images, pod: PodSpec): readonly string[] {
  const names = new Set([...pod.containers, ...(pod.initContainers ?? [])].map(container => container.name));
  return Object.keys(images.images ?? {}).filter(name => !names.has(name));
}

/** `image` goes to the first container, `images` by name, init containers included. */
export function withImages(images: Images, pod: PodSpec): PodSpec {
  const place = (container: Container, isFirst: boolean): Container => {
    const image = images.images?.[container.name] ?? (isFirst ? images.image : undefined);
    return image === undefined ? container : { ...container, image };
  };
  return {
    ...pod,
    containers: pod.containers.map((container, index) => place(container, index === 0)),
    ...(pod.initContainers ? { initContainers: pod.initContainers.map(container => place(container, false)) } : {}),
  };
}
