import { cloudFoundryGround } from '../grounds/cloud-foundry.js';
import { serverMatrix } from '../scenarios/server.js';

/**
 * Of some 3,000 cells the distinct ones take the better part of an hour (CUTOVER_DISASTERS=distinct, for who has changed
 * the client). `npm run test:disasters` has every seventh of these; else a few are tried, on the bundle.
 */
const asked = process.env.CUTOVER_DISASTERS;
const matrices = {
  distinct: { stride: 1, on: 'here', width: 6, distinct: true },
  all: { stride: 7, on: 'here', width: 6, distinct: true },
  few: { stride: 401, on: 'bundle', width: 3 },
} as const;
serverMatrix(cloudFoundryGround, matrices[asked === 'distinct' || asked === 'all' ? asked : 'few']);
