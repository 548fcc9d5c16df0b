export interface Workflow {
  /** Such as `README.md:40`. */
  readonly place: string;
  readonly text: string;
  /** Whether it runs in this repository, and not only in the reader's. */
  readonly isOurs: boolean;
}

export function workflowsOf(root: string): Workflow[];
export function workflowProblems(
  workflows: readonly Workflow[],
  action: { readonly inputs: object; readonly outputs: object },
): Promise<string[]>;
