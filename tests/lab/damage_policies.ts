/** What somebody set on purpose: policies, proxies, domains. It becomes a damage when it is stale. */
import type { Damage } from "./damage_site.ts";

const POLICY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate";
const CURRENT = "Microsoft\\Windows\\CurrentVersion";
const CONTROL_SET = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";

/** Updates come from a server of an organisation, and Microsoft's servers are forbidden. */
export function updatePolicySet(): Damage {
  return {
    name: "updatePolicySet",
    imitates: "A machine that left its organisation and still asks the WSUS server of it " +
      "(Microsoft Learn, Configure Automatic Updates by using the registry). That the policy " +
      "stays behind: no source was read; assumed",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `[${POLICY}]
"WUServer"="http://wsus.corp.example:8530"
"WUStatusServer"="http://wsus.corp.example:8530"
"DoNotConnectToWindowsUpdateInternetLocations"=dword:00000001

[${POLICY}\\AU]
"UseWUServer"=dword:00000001`,
      ),
  };
}

/** Updates are paused for a hundred years. */
export function updatesPaused(): Damage {
  return {
    name: "updatesPaused",
    imitates: "Pause dates far in the future, as .reg files on the web write them (several " +
      "public repositories, community)",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings]
"PauseUpdatesStartTime"="2025-01-01T00:00:00Z"
"PauseUpdatesExpiryTime"="2125-01-01T00:00:00Z"`,
      ),
  };
}

/** Services and programs go through a proxy that is not there. */
export function proxySet(): Damage {
  return {
    name: "proxySet",
    imitates: "A proxy that was left behind: WinHTTP's record (Microsoft Learn, WinHTTP proxy " +
      "settings; its layout from the community) and Internet Settings in both views",
    apply: (site) =>
      site.editHive(
        "SOFTWARE",
        `[HKEY_LOCAL_MACHINE\\SOFTWARE\\${CURRENT}\\Internet Settings\\Connections]
"WinHttpSettings"=hex:${hex(winHttpSettings("proxy.corp.example:8080", "<local>"))}

[HKEY_LOCAL_MACHINE\\SOFTWARE\\${CURRENT}\\Internet Settings]
"ProxyEnable"=dword:00000001
"ProxyServer"="proxy.corp.example:8080"
"ProxyOverride"="<local>"

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Wow6432Node\\${CURRENT}\\Internet Settings]
"AutoConfigURL"="http://proxy.corp.example/wpad.dat"`,
      ),
  };
}

/** The machine is a member of the domain `corp.example`. */
export function domainJoined(): Damage {
  return {
    name: "domainJoined",
    imitates: "A member of an Active Directory domain: Tcpip\\Parameters, Netlogon and the " +
      "primary domain of SECURITY as in the hives of a member (mkorman90/regipy and " +
      "EricZimmerman/Registry test data)",
    apply: async (site) => {
      await site.editHive(
        "SYSTEM",
        `[${CONTROL_SET}\\Services\\Tcpip\\Parameters]
"Domain"="corp.example"
"NV Domain"="corp.example"

[${CONTROL_SET}\\Services\\Netlogon]
"Start"=dword:00000002`,
      );
      await site.editHive(
        "SECURITY",
        `[HKEY_LOCAL_MACHINE\\SECURITY\\Policy\\PolPrDmN]
@=hex(0):08,00,0a,00,08,00,00,00,43,00,4f,00,52,00,50,00,00,00

[HKEY_LOCAL_MACHINE\\SECURITY\\Policy\\PolPrDmS]
@=hex(0):01,04,00,00,00,00,00,05,15,00,00,00,ac,38,5b,2b,2c,f3,9a,d7,f0,89,6c,77`,
      );
    },
  };
}

/** WinHTTP's record of a proxy that was named: `netsh winhttp set proxy`. */
export function winHttpSettings(proxy: string, bypass: string, access = 3): Uint8Array {
  const bytes = new Uint8Array(20 + proxy.length + bypass.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x18, true);
  view.setUint32(8, access, true);
  view.setUint32(12, proxy.length, true);
  bytes.set(new TextEncoder().encode(proxy), 16);
  view.setUint32(16 + proxy.length, bypass.length, true);
  bytes.set(new TextEncoder().encode(bypass), 20 + proxy.length);
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join();
}
