/**
 * Switches the proxy of the whole machine off. On request only, because it may be the only way
 * out. Without its value, WinHTTP connects directly (Microsoft Learn, ProxyCfg.exe).
 */
import { registryDword, RegistryType } from "../formats/regf/mod.ts";
import { findProxies, type FoundProxy } from "../windows/mod.ts";
import { applyOwnChanges, HiveChanges, verdictOnEdits } from "./hive_changes.ts";
import type { RepairStep } from "./step.ts";

const ID = "network.reset-proxy";
const TITLE = "Switch the proxy of the whole machine off";

/** The step. */
export function resetProxy(): RepairStep {
  return {
    id: ID,
    title: TITLE,
    resolves: "Updates fail because the proxy that Windows was told to use is not there any more",
    risk: "reversible",
    answers: ["network.proxy"],
    async detect(windows) {
      const [first] = await findProxies(windows);
      return first === undefined
        ? { applies: false, reason: "No proxy is set for the whole machine" }
        : { applies: true, reason: `${first.row.meaning}: ${first.data}` };
    },
    async plan(windows) {
      const changes = new HiveChanges(windows);
      for (const proxy of await findProxies(windows)) await reset(changes, proxy);
      return {
        step: ID,
        title: TITLE,
        risk: "reversible",
        changes: changes.changes(),
        remarks: [
          "Where the network can only be left through the proxy, updates fail without it",
          "The proxies of single users stay as they are",
        ],
      };
    },
    apply: applyOwnChanges,
    async verify(windows, plan) {
      const left = await findProxies(windows);
      return await verdictOnEdits(windows, plan, {
        fixed: "The machine connects directly",
        left: left.length === 0 ? undefined : {
          reason: `Still set: ${left[0]!.row.name}`,
          evidence: left.map((proxy) => proxy.evidence),
        },
      });
    },
  };
}

/** A switch is turned off and stays, as Windows leaves it; what it switched on is deleted. */
async function reset(changes: HiveChanges, { path, row }: FoundProxy): Promise<void> {
  if (row.kind !== "switch") return await changes.deleteValue(path, row.name);
  const off = { type: RegistryType.REG_DWORD, data: registryDword(0) };
  await changes.setValue(path, row.name, off);
}
