/** The machine-wide proxy of an offline Windows: WinHTTP's for services, and Internet Settings. */
import { decodeLatin1 } from "../base/mod.ts";
import { PROXY_SETTINGS, type ProxySettingRow } from "../knowledge/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { OfflineWindows } from "./offline_windows.ts";
import { registryEvidence } from "./registry.ts";
import { unlessDamaged } from "./unless_damaged.ts";

/** What the value `WinHttpSettings` says. */
export type WinHttpProxy =
  | { readonly kind: "direct" }
  | { readonly kind: "named"; readonly proxy: string; readonly bypass: string }
  /** A script or the network says which proxy to use. */
  | { readonly kind: "automatic" }
  /** Its layout is not the known one. */
  | { readonly kind: "unknown" };

/** Bits of the access type, at byte 8. Bit 1 is always set. Source: community. */
const Access = { direct: 1, named: 2, script: 4, detect: 8 } as const;
const ALL_ACCESS = Access.direct | Access.named | Access.script | Access.detect;

/** Version, counter, access type, length of the proxy: four little-endian numbers. */
const FIXED_BYTES = 16;

/**
 * Reads `WinHttpSettings`: behind four numbers come the proxy, a length, and what goes past it,
 * both in ASCII. Direct access is `18000000 00000000 01000000 00000000 00000000` (Microsoft
 * Learn, WinHTTP proxy settings); the rest of the layout is known from the community only, so
 * that what does not fit it is `unknown`.
 */
export function parseWinHttpSettings(data: Uint8Array): WinHttpProxy {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (data.length < FIXED_BYTES + 4) return { kind: "unknown" };
  const access = view.getUint32(8, true);
  if ((access & Access.direct) === 0 || (access & ~ALL_ACCESS) !== 0) return { kind: "unknown" };
  const proxy = countedText(view, FIXED_BYTES - 4);
  const bypass = proxy === undefined ? undefined : countedText(view, FIXED_BYTES + proxy.length);
  if (proxy === undefined || bypass === undefined) return { kind: "unknown" };
  if ((access & Access.named) !== 0) {
    return proxy === "" ? { kind: "unknown" } : { kind: "named", proxy, bypass };
  }
  return (access & Access.script) === 0 ? { kind: "direct" } : { kind: "automatic" };
}

function countedText(view: DataView, at: number): string | undefined {
  if (at + 4 > view.byteLength) return undefined;
  const length = view.getUint32(at, true);
  if (at + 4 + length > view.byteLength) return undefined;
  const text = decodeLatin1(new Uint8Array(view.buffer, view.byteOffset + at + 4, length));
  return /^[\x20-\x7e]*$/.test(text) ? text : undefined;
}

/** A proxy setting that is in effect. */
export interface FoundProxy {
  readonly row: ProxySettingRow;
  /** Path of its key, beginning with the hive. */
  readonly path: string;
  /** What it says, for people. */
  readonly data: string;
  readonly evidence: Evidence;
}

/** The settings that are in effect: a server without the switch is left out. */
export async function findProxies(windows: OfflineWindows): Promise<FoundProxy[]> {
  const found: FoundProxy[] = [];
  for (const row of PROXY_SETTINGS) {
    const setting = await readSetting(windows, row);
    const { needs } = row;
    const on = needs === undefined ||
      found.some((other) => other.row.key === row.key && other.row.name === needs);
    if (setting !== undefined && on) found.push(setting);
  }
  return found;
}

async function readSetting(
  windows: OfflineWindows,
  row: ProxySettingRow,
): Promise<FoundProxy | undefined> {
  const path = `SOFTWARE\\${row.key}`;
  const found = await windows.registry.value(path, row.name);
  if (found === undefined) return undefined;
  const data = unlessDamaged(() => settingWords(row, found.value));
  if (data === undefined) return undefined;
  return { row, path, data, evidence: registryEvidence(found.key, data, row.name) };
}

type Value = NonNullable<Awaited<ReturnType<OfflineWindows["registry"]["value"]>>>["value"];

/** Undefined if it changes nothing. */
function settingWords(row: ProxySettingRow, value: Value): string | undefined {
  switch (row.kind) {
    case "switch":
      return Number(value.number() ?? 0) === 0 ? undefined : "1";
    case "text": {
      const text = value.string()?.trim() ?? "";
      return text === "" ? undefined : `"${text}"`;
    }
    case "winhttp":
      return winHttpWords(value.data);
  }
}

/** Bytes of an unknown record that are shown. */
const SHOWN_BYTES = 40;

function winHttpWords(data: Uint8Array): string | undefined {
  const proxy = parseWinHttpSettings(data);
  switch (proxy.kind) {
    case "direct":
      return undefined;
    case "named":
      return `"${proxy.proxy}"${proxy.bypass === "" ? "" : `, except "${proxy.bypass}"`}`;
    case "automatic":
      return "a script says which proxy to use";
    case "unknown":
      return data.length === 0 ? undefined : `${data.length} bytes of unknown layout: ${hex(data)}`;
  }
}

function hex(data: Uint8Array): string {
  const shown = data.subarray(0, SHOWN_BYTES);
  const text = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return data.length > SHOWN_BYTES ? `${text}...` : text;
}
