/** Checks run tools too: `--quiet-after` is for them as for the steps. */
import { type Host, type ToolListener, ToolRunner, type ToolRunnerOptions } from "../host/mod.ts";
import type { ToolInvocation, ToolOutcome } from "../base/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** A runner that reports a silent tool after the time the user chose. */
class PatientToolRunner extends ToolRunner {
  readonly #quietAfterMs: number;

  constructor(host: Host, options: ToolRunnerOptions & { readonly quietAfterMs: number }) {
    super(host, options);
    this.#quietAfterMs = options.quietAfterMs;
  }

  override run(invocation: ToolInvocation, listener: ToolListener = {}): Promise<ToolOutcome> {
    return super.run(invocation, { quietAfterMs: this.#quietAfterMs, ...listener });
  }
}

/** The same installation, whose reading tools are reported as quiet after `quietAfterMs`. */
export function withPatience(
  host: Host,
  windows: OfflineWindows,
  quietAfterMs: number | undefined,
): OfflineWindows {
  if (quietAfterMs === undefined) return windows;
  const tools = new PatientToolRunner(host, {
    limit: "reads",
    targetRoot: windows.root,
    quietAfterMs,
  });
  return { ...windows, tools };
}
