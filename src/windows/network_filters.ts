/** Network filters without which NDIS takes the network apart. */
import { unlessDamaged } from "./unless_damaged.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { inControlSet } from "./services.ts";

/** Device class of network services, where filters are bound. */
const NET_SERVICES = "Control\\Network\\{4d36e974-e325-11ce-bfc1-08002be10318}";
/** `NdisFilterRunTypeMandatory`: if it is not attached, NDIS tears down the rest of the stack. */
const MANDATORY = 1;

/**
 * Services of mandatory network filters. Sources: Microsoft Learn, NDIS_FILTER_INTERFACE; the
 * values `Ndi\Service` and `Ndi\FilterRunType` in SYSTEM hives of Windows 7 and 8.1 (corpus).
 */
export async function mandatoryNetworkFilters(
  windows: OfflineWindows,
  set: number,
): Promise<string[]> {
  const services = await windows.registry.key(inControlSet(set, NET_SERVICES));
  const names = (unlessDamaged(() => services?.key.subkeys(() => {})) ?? []).flatMap((key) => {
    const ndi = unlessDamaged(() => key.subkey("Ndi"));
    if (unlessDamaged(() => ndi?.value("FilterRunType")?.number()) !== MANDATORY) return [];
    return unlessDamaged(() => ndi?.value("Service")?.string()) ?? [];
  });
  return [...new Set(names)];
}
