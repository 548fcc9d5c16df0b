/** What is wrong in the user's own files, though it is not what a release writes. */
import type { Finding } from '../../../release/model.js';
import type { Observation } from '../observation.js';
import { portNames, type Tell } from './said.js';
import { lookAtPorts } from './services.js';

/** What was said of the service as it runs is not said of its file once more. */
export function lookAtFiles(observation: Observation, said: readonly Finding[], tell: Tell): void {
  const { reading } = observation;
  if (reading.strayCommas.length > 0) {
    tell(
      'warning',
      'TRAILING_COMMA',
      `There is a comma behind a last entry in ${reading.strayCommas.join(' and ')}. The file is read all the same; bcs-client refuses it.`,
      'Remove the comma: it stands in front of a closing brace or bracket.',
    );
  }
  for (const service of reading.services) {
    const isSaid = (code: string) =>
      said.some(one => one.code === code && one.message.includes(`The service ${service.metadata.name} `));
    const unlessSaid: Tell = (severity, code, message, remedy) => {
      if (!isSaid(code)) tell(severity, code, message, remedy);
    };
    lookAtPorts(service, portNames(observation), 'warning', unlessSaid);
  }
}
