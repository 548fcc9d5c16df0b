/** A refusal by Edge-LB: `{code, message}` as JSON, the code being the status. */
export class EdgeLbError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'EdgeLbError';
    this.status = status;
  }

  get body(): { readonly code: number; readonly message: string } {
    return { code: this.status, message: this.message };
  }
}

export const poolMissing = (name: string) => new EdgeLbError(404, `pool ${name} not found`);
export const poolExists = (name: string) => new EdgeLbError(409, `pool ${name} already exists`);
export const poolOfV1 = (name: string) => new EdgeLbError(404, `pool ${name} is not APIVersion V2`);
