/** What a user's own files have to look like before anything is read from them; whatever else they hold is BCS's to judge. */
import { z } from 'zod';
import { at, pathText } from '../../config/paths.js';

const text = z.string({ error: 'must be a text' });
const wholeNumber = z.int({ error: 'must be a whole number' }).min(0, { error: 'must be a whole number' });
const labels = z.record(z.string(), z.string({ error: 'must be a text, so in quotes' }), {
  error: 'must be names with texts',
});
const list = <T extends z.ZodType>(of: T) => z.array(of, { error: 'must be a list' });
const object = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape, { error: 'must be an object' });

const metadata = object({ name: text, namespace: text.optional(), labels: labels.nullish() });

export const deploymentShape = object({
  metadata: object({ ...metadata.shape, annotations: labels.nullish() }),
  spec: object({
    instance: wholeNumber.optional(),
    selector: labels.nullish(),
    template: object({
      metadata: object({ labels: labels.nullish() }).nullish(),
      spec: object({
        containers: list(
          object({ image: text.optional(), ports: list(object({ name: text.optional() })).nullish() }),
        ).min(1, {
          error: 'must hold a container',
        }),
      }),
    }),
  }),
});

export const serviceShape = object({
  metadata,
  spec: object({
    selector: labels.nullish(),
    ports: list(object({ name: text, protocol: text.optional(), domainName: text.optional() })).nullish(),
  }),
});

/** A bcs.conf, as far as it is read. */
export const configurationShape = object({
  apiserver: text.optional(),
  bcs_token: text.optional(),
  bcs_auth: text.optional(),
  ca_file: text.optional(),
  cert_file: text.optional(),
  key_file: text.optional(),
});

/** Such as `spec.instance must be a whole number`; none where it fits. */
export function misfits(shape: z.ZodType, document: unknown): readonly string[] {
  const { error } = shape.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => {
    const isMissing = path.length > 0 && at(document, path) === undefined;
    return `${path.length > 0 ? `${pathText(path)} ` : 'it '}${isMissing ? 'is missing' : message}`;
  });
}
