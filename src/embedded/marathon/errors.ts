/** A refusal by Marathon, in its own words: `{message, details?, deployments?}` as JSON. */
export class MarathonError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, rest: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'MarathonError';
    this.status = status;
    this.body = { message, ...rest };
  }
}

/** One place of a definition and what is wrong there. */
export interface Violation {
  readonly path: string;
  readonly errors: readonly string[];
}

export const appMissing = (id: string) => new MarathonError(404, `App '${id}' does not exist`);
export const appExists = (id: string) => new MarathonError(409, `An app with id [${id}] already exists.`);
export const pathMissing = (path: string) => new MarathonError(404, `Path '${path}' does not exist`);
export const groupMissing = (id: string) => new MarathonError(404, `Group '${id}' does not exist`);
export const taskMissing = (id: string) => new MarathonError(404, `Task '${id}' does not exist`);
export const deploymentMissing = (id: string) => new MarathonError(404, `DeploymentPlan ${id} does not exist`);
/** An unknown route is a failure of the server in this line of Marathon, not a 404. */
export const uriMissing = () => new MarathonError(500, 'URI not found');
export const notAuthenticated = () => new MarathonError(401, 'Invalid username or password.');
export const notAuthorized = () => new MarathonError(403, 'Not Authorized to perform this action!');
export const invalid = (details: readonly Violation[]) => new MarathonError(422, 'Object is not valid', { details });
export const wrongTypes = (details: readonly Violation[]) => new MarathonError(422, 'Invalid JSON', { details });
/** The details of text that is no JSON at all are a string. */
export const notJson = (details: string) => new MarathonError(400, 'Invalid JSON', { details });
export const noJson = () => new MarathonError(400, 'Please specify data in JSON format');
export const tooManyDeployments = (limit: number) =>
  new MarathonError(
    403,
    `Max number (${limit}) of running deployments is achieved. Wait for existing deployments to complete or cancel one using force=true parameter.`,
  );

export function locked(deployments: readonly string[]): MarathonError {
  const message =
    "App is locked by one or more deployments. Override with the option '?force=true'. " +
    "View details at '/v2/deployments/<DEPLOYMENT_ID>'.";
  return new MarathonError(409, message, { deployments: deployments.map(id => ({ id })) });
}
