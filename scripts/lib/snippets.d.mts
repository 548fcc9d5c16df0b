export interface Snippet {
  readonly place: string;
  readonly file: string | undefined;
  readonly text: string;
}

export function snippetsOf(path: string, markdown: string): Snippet[];
export function isWorkflow(file: string | undefined): boolean;
