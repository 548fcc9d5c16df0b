/** The part of the library that is used: it brings no types of its own. Numbers are the texts that stand in the page. */
declare module 'parse-prometheus-text-format' {
  interface Sample {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly timestamp_ms?: string;
  }
  interface Family {
    readonly name: string;
    readonly metrics: readonly Sample[];
  }
  // biome-ignore lint/style/noDefaultExport: it is the library's only export
  export default function parse(page: string): readonly Family[];
}
