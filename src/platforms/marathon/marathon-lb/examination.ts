/** Mistakes of a target behind marathon-lb that can be seen without contacting anything. */
import type { Problem } from '../../port.js';
import type { Definition } from '../objects.js';
import { portNames } from '../tasks.js';
import { missingLabels, portIndex } from './labels.js';
import { portRoute } from './routes.js';

/** Of each route: its form, and that the definition has the labels by which marathon-lb knows it. */
export function examinePorts(routes: readonly string[], definition: Definition | undefined): readonly Problem[] {
  return routes.flatMap((route, index): readonly Problem[] => {
    const path = `routes.${index}`;
    const port = portRoute(route);
    if (!port)
      return [
        {
          path,
          message: `${route} is no route of marathon-lb; name a group and a port, such as marathon-lb/shop/10900.`,
        },
      ];
    if (!definition) return [];
    const missing = missingLabels(definition.labels ?? {}, port);
    if (missing.length > 0)
      return [{ path: 'manifest', message: `The app definition lacks labels for ${route}: ${missing.join(', ')}.` }];
    const place = portIndex(definition, port.port);
    if (place === 0 || portNames(definition)[place]) return [];
    return [
      { path: 'manifest', message: `Port ${place} of the app definition needs a name, for ${route} leads to it.` },
    ];
  });
}
