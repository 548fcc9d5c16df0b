/** What people should know of shares that are made by numbers of instances, before the release begins. */
import type { Stage, TargetPlan } from '../../release/model.js';
import { type Said, tell } from './preflight.js';
import { documentOf } from './routes.js';

export function shareFindings({ blue = '', size, stages }: TargetPlan): readonly Said[] {
  const sized = stages.filter(({ sizes }) => sizes !== undefined);
  if (sized.length === 0) return [];
  const stops = sized.filter(({ sizes }) => sizes && sizes.blue < size);
  return [madeFinding(sized), ...(stops.length > 0 ? [stopFinding(blue, stops)] : [])];
}

function madeFinding(stages: readonly Stage[]): Said {
  const said = stages.map(({ routing, share, sizes }) => {
    const asked = routing.routes.map(state => documentOf(state).asked)[0];
    const all = (sizes?.blue ?? 0) + (sizes?.green ?? 0);
    const instead = asked === share ? '' : ` in place of ${asked} %`;
    return `${share} %${instead} by ${sizes?.green} of ${all} instances`;
  });
  const message = `Green gets its shares by numbers of instances, for routers give each as much as any other: ${said.join(', ')}.`;
  return tell('info', 'SHARES_BY_INSTANCES', message, 'With more instances the steps can be finer.');
}

function stopFinding(blue: string, stages: readonly Stage[]): Said {
  const [first] = stages;
  const message = `From ${first?.share} % on instances of ${blue} are stopped while routes lead to them, and Cloud Foundry tells the program and the routers of it at the same moment.`;
  const remedy =
    'Make sure that the program goes on to answer for some seconds after SIGTERM, or choose steps of at most 50 %: nothing that is live is stopped for those.';
  return tell('warning', 'LIVE_INSTANCES_STOP', message, remedy);
}
