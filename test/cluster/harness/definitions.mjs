import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Creates every CustomResourceDefinition of a directory, one file each. */
export async function installDefinitions(api, directory, signal) {
  for (const name of readdirSync(directory).filter(name => name.endsWith('.yaml'))) {
    const yaml = readFileSync(path.join(directory, name), 'utf8');
    if (!/^kind: CustomResourceDefinition$/m.test(yaml)) continue;
    await api.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', yaml, signal);
  }
}
