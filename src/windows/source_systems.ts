/**
 * The Windows that were there before: each upgrade that ends well writes what it replaced into
 * `SYSTEM\Setup\Source OS (Updated on 1/18/2019 19:08:54)`. A rolled-back one leaves none, since
 * the old SYSTEM hive comes back. Sources: forensic tools and notes that list these keys
 * (community); no page of Microsoft describes them.
 */
import type { OfflineWindows } from "./offline_windows.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** One of them. */
export interface SourceSystem {
  /** Name of the key below `SYSTEM\Setup`. */
  readonly key: string;
  /** `2019-01-18 19:08:54`, local; undefined if the name has another form. */
  readonly updated: string | undefined;
  readonly productName: string | undefined;
  readonly build: number | undefined;
}

/** All of them, the newest last. Damaged keys are left out. */
export async function readSourceSystems(
  windows: Pick<OfflineWindows, "registry">,
): Promise<SourceSystem[]> {
  const setup = await windows.registry.key("SYSTEM\\Setup");
  const keys = unlessDamaged(() => setup?.key.subkeys(() => {})) ?? [];
  return keys.filter(({ name }) => /^Source OS \(/i.test(name)).map((key) => {
    const text = (name: string) => unlessDamaged(() => key.value(name)?.string());
    const build = text("CurrentBuild") ?? text("CurrentBuildNumber");
    return {
      key: key.name,
      updated: parseUpdated(key.name),
      productName: text("ProductName"),
      build: /^\d{1,6}$/.test(build ?? "") ? Number(build) : undefined,
    };
  }).sort((a, b) => (a.updated ?? "").localeCompare(b.updated ?? ""));
}

function parseUpdated(name: string): string | undefined {
  const parts = /Updated on (\d{1,2})\/(\d{1,2})\/(\d{4}) (\d\d:\d\d:\d\d)/.exec(name);
  if (parts === null) return undefined;
  const [, month = "", day = "", year = "", time = ""] = parts;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")} ${time}`;
}
