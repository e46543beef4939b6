/** Does the `hosts` file send the servers of Windows Update nowhere? */
import { findUpdateHost } from "../knowledge/mod.ts";
import {
  blockingLines,
  HOSTS_PATH,
  type HostsLine,
  type OfflineWindows,
  onTarget,
  readHostsFile,
} from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";

const CHECK = "network.hosts";

/** Reads the `hosts` file. */
export const networkHosts: Check = {
  id: CHECK,
  question: "Does the hosts file let Windows reach its update servers?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const hosts = await readHostsFile(windows);
    switch (hosts.state) {
      case "absent":
        return [open("There is no hosts file", "not there")];
      case "elsewhere":
        return [
          unlooked(windows, `Windows reads the hosts file of another folder: ${hosts.folder}`),
        ];
      case "refused":
        return [unlooked(windows, `The hosts file is left alone: ${hosts.reason}`)];
      case "read": {
        const blocking = blockingLines(hosts.lines);
        return [
          blocking.length > 0
            ? blocked(windows, blocking)
            : open("The hosts file blocks no update server", `${hosts.lines.length} lines`),
        ];
      }
    }
  },
};

function blocked(windows: OfflineWindows, lines: readonly HostsLine[]): Finding {
  const names = lines.flatMap((line) => line.names.filter((name) => findUpdateHost(name)));
  const more = names.length > 1 ? ` (and ${names.length - 1} more)` : "";
  return {
    check: CHECK,
    outcome: "notice",
    blocking: false,
    summary: `The hosts file sends update servers nowhere: ${names[0]}${more}`,
    evidence: lines.map((line) => ({
      kind: "file",
      path: HOSTS_PATH,
      detail: `line ${line.number}: ${line.address} ${line.names.join(" ")}`,
    })),
    next: `${commandFor(windows, "repair")} --include hosts --only network.reset-hosts`,
  };
}

function open(summary: string, detail: string): Finding {
  const evidence = [{ kind: "file", path: HOSTS_PATH, detail }] as const;
  return { check: CHECK, outcome: "ok", blocking: false, summary, evidence };
}

function unlooked(windows: OfflineWindows, summary: string): Finding {
  return {
    check: CHECK,
    outcome: "unknown",
    blocking: false,
    summary,
    evidence: [{ kind: "file", path: HOSTS_PATH, detail: "not looked at" }],
    next: `Open it in an editor: notepad ${onTarget(windows, HOSTS_PATH)}`,
  };
}
