/** Does the machine reach the network through a proxy? It may be meant: told, never judged. */
import { findProxies, type FoundProxy, type OfflineWindows } from "../windows/mod.ts";
import { type Check, commandFor, type Finding } from "./finding.ts";
import { unreadSoftware } from "./update_policy.ts";

const CHECK = "network.proxy";

/** Looks for a proxy of the whole machine: WinHTTP's and that of Internet Settings. */
export const networkProxy: Check = {
  id: CHECK,
  question: "Is a proxy set for the whole machine?",
  deep: false,
  async run(windows): Promise<Finding[]> {
    const unread = await unreadSoftware(windows, CHECK);
    if (unread !== undefined) return [unread];
    const found = await findProxies(windows);
    return [found.length === 0 ? noProxy() : proxySet(windows, found)];
  },
};

function proxySet(windows: OfflineWindows, found: readonly FoundProxy[]): Finding {
  const telling = found.find(({ row }) => row.kind !== "switch") ?? found[0]!;
  return {
    check: CHECK,
    outcome: "notice",
    blocking: false,
    summary: `${telling.row.meaning}: ${telling.data}; updates fail where it cannot be reached`,
    evidence: found.map(({ evidence }) => evidence),
    next: `${commandFor(windows, "repair")} --include proxy --only network.reset-proxy`,
  };
}

function noProxy(): Finding {
  return {
    check: CHECK,
    outcome: "ok",
    blocking: false,
    summary: "No proxy is set for the whole machine",
    evidence: [{
      kind: "registry",
      hive: "SOFTWARE",
      key: "Microsoft\\Windows\\CurrentVersion\\Internet Settings",
      data: "no proxy is on",
    }],
  };
}
