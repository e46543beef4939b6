/** Whether the foreign programs that a repair needs can be used here. */
import { baseBuild } from "../knowledge/mod.ts";
import type { OfflineWindows } from "../windows/mod.ts";

/** Why a program cannot be used. */
export interface Unusable {
  /** One sentence for people, no full stop. */
  readonly reason: string;
  /** It is nowhere to be found. */
  readonly code?: "toolMissing";
  /** It is older than what it shall service. */
  readonly tooOld?: true;
}

/** Why a tool cannot be used, or undefined if it can. */
export async function toolUnusable(
  windows: OfflineWindows,
  tool: string,
): Promise<Unusable | undefined> {
  if (await windows.tools.find(tool) !== undefined) return undefined;
  const reason = windows.onWindows
    ? `${tool}.exe is neither in this WinPE nor on the target; name its folder with --tools`
    : `${tool}.exe is a Windows tool; start PE Medic from WinPE on that machine`;
  return { reason, code: "toolMissing" };
}

/**
 * Why DISM cannot service this image. An older DISM "may corrupt" a newer image (Microsoft's
 * DISM documentation), so builds are compared by the base they share.
 */
export async function dismUnusable(windows: OfflineWindows): Promise<Unusable | undefined> {
  const missing = await toolUnusable(windows, "dism");
  if (missing !== undefined) return missing;
  const { hostBuild, identity: { build } } = windows;
  if (hostBuild === undefined || build === undefined) return undefined;
  if (baseBuild(hostBuild) >= baseBuild(build)) return undefined;
  const program = await windows.tools.find("dism");
  if (program !== undefined && !isOfRunningSystem(program)) return undefined;
  return {
    reason:
      `This WinPE (${hostBuild}) is older than the Windows to repair (${build}); boot newer media`,
    tooOld: true,
  };
}

/** A DISM brought along with --tools has its own version; it refuses by itself if it is too old. */
function isOfRunningSystem(program: string): boolean {
  return /^[A-Za-z]:\\windows\\system32\\/i.test(program);
}
