/** What the user asked of staging, resolved: plain data for the journal and saved plans. */
import * as v from "valibot";
import { parseOrder, type UpgradeOrder } from "./order.ts";

const text = v.string();
const place = v.pipe(text, v.nonEmpty());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(text, v.regex(/^[0-9a-f]{64}$/));
/** A file outside of the target: only its hash tells what is in it. */
const file = v.object({ place, bytes: count, sha256 });
/** A folder, drive or ISO with its files and the bytes of all of them. */
const tree = v.object({ place, files: count, bytes: count });

/** Shape of {@linkcode StageRequest}. */
export const stageRequestSchema = v.object({
  /** Text of the order, see `serializeOrder`. */
  order: text,
  /** SHA-256 of the order's bytes. */
  orderSha256: sha256,
  /** The program itself. */
  program: file,
  /** Media that are copied to the target; undefined if they stay where they are. */
  media: v.exactOptional(tree),
  /** Driver packages that the new Windows gets. */
  drivers: v.exactOptional(tree),
  /** What is run after the upgrade. */
  postOobe: v.exactOptional(tree),
  /**
   * A `SetupConfig.ini` with the product key. The key is in no plan and no journal: they hold
   * where the file lies and its hash.
   */
  setupConfig: v.exactOptional(file),
  /** Suspend BitLocker's protectors for the restarts of the upgrade. */
  suspendBitLocker: v.boolean(),
  /** Stage even if ordinary users may change what Windows is to start. */
  allowUnprotected: v.exactOptional(v.literal(true)),
});

/** What is to be staged. */
export type StageRequest = v.InferOutput<typeof stageRequestSchema>;

/** The order of a request. */
export function orderOf(request: StageRequest): UpgradeOrder {
  return parseOrder(request.order);
}
