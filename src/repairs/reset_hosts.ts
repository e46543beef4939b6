/**
 * Makes comments of the lines of `hosts` that send update servers nowhere. On request only,
 * because somebody wrote them. Every other byte of the file stays.
 */
import { encodeLatin1, RefusalError } from "../base/mod.ts";
import type { FileReplaced } from "../journal/mod.ts";
import {
  blockingLines,
  commentOut,
  HOSTS_PATH,
  type HostsFile,
  type HostsLine,
  type OfflineWindows,
  readHostsFile,
} from "../windows/mod.ts";
import { applyOwnChanges } from "./hive_changes.ts";
import type { Applicability, RepairStep, Verdict } from "./step.ts";

const ID = "network.reset-hosts";
const TITLE = "Let the hosts file through to the update servers";

/** The step. */
export function resetHosts(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves: "Updates fail because a privacy tool has blocked Microsoft's servers in hosts",
    risk: "reversible",
    answers: ["network.hosts"],
    async detect(windows) {
      return judge(await readHostsFile(windows));
    },
    async plan(windows) {
      const change = replacement(await readHostsFile(windows));
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: change === undefined ? [] : [change],
        remarks: ["A tool that writes these lines again must be switched off in Windows"],
      };
    },
    apply: applyOwnChanges,
    verify: (windows) => verify(windows),
  };
}

function judge(hosts: HostsFile): Applicability {
  switch (hosts.state) {
    case "absent":
      return { applies: false, reason: "There is no hosts file" };
    case "elsewhere": {
      const reason = `Windows reads the hosts file of another folder: ${hosts.folder}`;
      return { applies: false, reason };
    }
    case "refused":
      return { applies: true, reason: `Whether it blocks anything is not known: ${hosts.reason}` };
    case "read": {
      const [first, ...more] = blockingLines(hosts.lines);
      if (first === undefined) {
        return { applies: false, reason: "The hosts file blocks no update server" };
      }
      const others = more.length === 0 ? "" : ` (and ${more.length} more lines)`;
      return { applies: true, reason: describe(first) + others };
    }
  }
}

function replacement(hosts: HostsFile): FileReplaced | undefined {
  if (hosts.state === "refused") {
    throw new RefusalError(`Cannot change the hosts file: ${hosts.reason}`, {
      next: `Look at it in an editor: ${HOSTS_PATH}`,
    });
  }
  const blocking = hosts.state === "read" ? blockingLines(hosts.lines) : [];
  if (hosts.state !== "read" || blocking.length === 0) return undefined;
  const text = commentOut(hosts.lines, blocking);
  const bytes = encodeLatin1(text)?.length ?? 0;
  return { kind: "file-replaced", path: HOSTS_PATH, text, encoding: "latin1", bytes };
}

async function verify(windows: OfflineWindows): Promise<Verdict> {
  const hosts = await readHostsFile(windows);
  const left = hosts.state === "read" ? blockingLines(hosts.lines) : [];
  if (left.length > 0) {
    const evidence = left.map((line) =>
      ({ kind: "file", path: HOSTS_PATH, detail: describe(line) }) as const
    );
    return { outcome: "not-fixed", reason: `Still blocked: ${describe(left[0]!)}`, evidence };
  }
  const detail = "no line blocks an update server";
  return {
    outcome: "fixed",
    reason: "The hosts file blocks no update server any more",
    evidence: [{ kind: "file", path: HOSTS_PATH, detail }],
  };
}

function describe(line: HostsLine): string {
  return `Line ${line.number}: ${line.address} ${line.names.join(" ")}`;
}
