import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './until.mjs';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Creates every CustomResourceDefinition of a directory, one file each, and waits until they are served. */
export async function installDefinitions(api, directory, limit) {
  const created = [];
  for (const file of readdirSync(directory).filter(name => name.endsWith('.yaml'))) {
    const yaml = readFileSync(path.join(directory, file), 'utf8');
    if (!/^kind: CustomResourceDefinition$/m.test(yaml)) continue;
    created.push(await api.post(definitions, yaml, limit));
  }
  for (const { spec } of created) {
    const { name: version } = spec.versions.find(({ served }) => served);
    const list = `/apis/${spec.group}/${version}/${spec.names.plural}`;
    await until(`${list} to be served`, limit, () => api.get(list, limit));
  }
}
