/**
 * Rebuilds a hive that Windows refuses out of everything that can still be reached: keys with
 * their security, class, flags and times, and values. What is damaged is left out and listed.
 */
import { FormatError } from "../../base/mod.ts";
import { baseBlockChecksum, type HiveHeader, parseBaseBlock } from "./base_block.ts";
import { buildHive, type BuildHiveOptions } from "./build_hive.ts";
import { orReport } from "./cell_space.ts";
import type { HiveFault } from "./check.ts";
import { FaultList } from "./fault_list.ts";
import { kindRefusal } from "./hive.ts";
import { BaseBlock, LONGEST_KEY_NAME } from "./layout.ts";
import type { Branch } from "./salvage_branch.ts";
import { salvageImage } from "./salvage_image.ts";
import { salvageClass, salvageSecurity } from "./salvage_rights.ts";
import { salvageRoot } from "./salvage_root.ts";
import { salvageTree } from "./salvage_tree.ts";
import { type SalvageContext, salvageData, salvageRecords } from "./salvage_values.ts";

/** A rebuilt hive. */
export interface SalvagedHive {
  /** The new file: clean, without unused space. */
  readonly bytes: Uint8Array;
  readonly keys: number;
  readonly values: number;
  /** Keys that no list named any more and that were put back below their parent. */
  readonly reattached: number;
  /** What could not be saved; the last one may say that there is more of it. */
  readonly lost: readonly HiveFault[];
}

/** How to rebuild. */
export interface SalvageOptions {
  /** Names the hive in error messages. */
  readonly name: string;
  /** Last-written time of the new file; keys keep theirs. */
  readonly at: Date;
  /** Both sequence numbers of the new file; one above the old ones if absent. */
  readonly sequence?: number;
}

/** So many losses are listed. */
const LONGEST_LIST = 10_000;

/**
 * Rebuilds a hive. The same bytes give the same result. The new hive is clean, so that Windows
 * does not look at its logs any more: replay them first.
 *
 * A hive without a trustworthy header gets no identifiers of its transactions; the others keep
 * them, since Windows finds the files of its transactions by them.
 *
 * @throws {FormatError} if not even a root key can be found.
 */
export function salvageHive(bytes: Uint8Array, options: SalvageOptions): SalvagedHive {
  const { name } = options;
  const header = orReport(() => {}, () => parseBaseBlock(bytes, name));
  const refusal = header === undefined ? undefined : kindRefusal(header);
  if (refusal !== undefined) {
    throw new FormatError(`Cannot salvage hive "${name}": ${refusal}`, { offset: 0 });
  }
  const lost = new FaultList(LONGEST_LIST);
  const image = salvageImage(bytes, { name, header }, lost);
  const root = salvageRoot(image.space, header, lost);
  if (root === undefined) {
    throw new FormatError(`Cannot salvage hive "${name}": there is no root key in it`, {
      offset: 0,
    });
  }
  const { branches, claims, reattached } = salvageTree(root, image, lost);
  fillBranches(branches, { space: image.space, claims, lost });
  const built = buildHive(nameRoot(root.spec), {
    minor: minorVersion(header),
    lastWritten: options.at,
    name: header?.storedName ?? "",
  });
  carryHeader(built, bytes, { header, sequence: options.sequence });
  return {
    bytes: built,
    keys: branches.length,
    values: branches.reduce((sum, { spec }) => sum + spec.values.length, 0),
    reattached,
    lost: listOf(lost),
  };
}

/** What has a signature comes before what has none: so nothing takes a record for its data. */
function fillBranches(branches: readonly Branch[], context: SalvageContext): void {
  const records = branches.map((branch) => salvageRecords(branch, context));
  salvageSecurity(branches, context);
  branches.forEach((branch, i) => {
    branch.spec.values = salvageData(records[i] ?? [], branch, context);
  });
  for (const branch of branches) salvageClass(branch, context);
}

function listOf(lost: FaultList): HiveFault[] {
  const faults = [...lost.faults];
  const message = `${lost.more} more things could not be saved`;
  if (lost.more > 0) faults.push({ kind: "header", weight: "damage", offset: 0, message });
  return faults;
}

/** Nothing looks for a root key by its name: one that cannot be built is replaced. */
function nameRoot<T extends { readonly name: string }>(spec: T): T {
  const { name } = spec;
  return name.length <= LONGEST_KEY_NAME && !name.includes("\\") ? spec : { ...spec, name: "" };
}

/** That of the header, even with a wrong checksum; SYSTEM and SOFTWARE's if it is impossible. */
function minorVersion(header: HiveHeader | undefined): NonNullable<BuildHiveOptions["minor"]> {
  const minor = header?.minorVersion;
  return minor === 3 || minor === 4 || minor === 6 ? minor : 5;
}

/** "OfRg", little-endian: written by offreg.dll, which this file does not come from. */
const OFFLINE_REGISTRY = 0x6752664f;

function carryHeader(
  built: Uint8Array,
  old: Uint8Array,
  from: { readonly header: HiveHeader | undefined; readonly sequence: number | undefined },
): void {
  const { header } = from;
  const data = new DataView(built.buffer);
  const sequence = from.sequence ?? nextSequence(header);
  data.setUint32(BaseBlock.primarySequence, sequence, true);
  data.setUint32(BaseBlock.secondarySequence, sequence, true);
  if (header?.checksumValid === true) {
    const copy = (start: number, end: number) => built.set(old.subarray(start, end), start);
    copy(BaseBlock.storedName, BaseBlock.storedName + BaseBlock.storedNameSize);
    copy(BaseBlock.resourceManager, BaseBlock.reorganized);
    const view = new DataView(old.buffer, old.byteOffset);
    if (view.getUint32(BaseBlock.reorganized, true) !== OFFLINE_REGISTRY) {
      copy(BaseBlock.reorganized, BaseBlock.offlineRegistry);
    }
  }
  data.setUint32(BaseBlock.checksum, baseBlockChecksum(built), true);
}

/** Above both numbers of the header, so that no log that is left beside the file seems newer. */
function nextSequence(header: HiveHeader | undefined): number {
  const largest = Math.max(header?.primarySequence ?? 0, header?.secondarySequence ?? 0);
  return largest < 0xffffffff ? largest + 1 : 1;
}
