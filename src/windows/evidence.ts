/** Where something was read. A finding without evidence does not exist. */

/** One piece of evidence. */
export type Evidence =
  | { readonly kind: "file"; readonly path: string; readonly detail: string }
  | {
    readonly kind: "registry";
    readonly hive: string;
    readonly key: string;
    readonly value?: string;
    readonly data: string;
    /** The hive is dirty and its logs are not applied: Windows may see something newer. */
    readonly stale?: boolean;
  }
  | {
    readonly kind: "tool";
    readonly command: string;
    readonly exitCode: number;
    readonly line: string;
  }
  | { readonly kind: "volume"; readonly volume: string; readonly detail: string };

/** One line for people. */
export function describeEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case "file":
      return `${evidence.path}: ${evidence.detail}`;
    case "registry": {
      const place = `${evidence.hive}\\${evidence.key}`;
      const name = evidence.value === undefined ? "" : ` "${evidence.value}"`;
      const stale = evidence.stale ? " (dirty hive, logs not applied)" : "";
      return `${place}${name} = ${evidence.data}${stale}`;
    }
    case "tool":
      return `${evidence.command} (exit code ${evidence.exitCode}): ${evidence.line}`;
    case "volume":
      return `${evidence.volume} ${evidence.detail}`;
  }
}
