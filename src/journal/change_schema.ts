/**
 * The shape of changes in journals and saved plans: files on a stick are not trusted.
 */
import * as v from "valibot";
import { splitWindowsPath } from "../base/mod.ts";
import { fileOriginSchema, mediaOriginSchema } from "./content_origin.ts";
import type { RecordedKey } from "./registry_edit.ts";

const text = v.string();
const optionalText = v.exactOptional(v.string());

/** A path that leads out of the volume is none that we have written. */
const path = v.pipe(text, v.check(isPlainPath));
/** A path that may be absent. */
export const optionalPath = v.exactOptional(path);

function isPlainPath(candidate: string): boolean {
  try {
    return splitWindowsPath(candidate).length > 0;
  } catch {
    return false;
  }
}

const hex = v.pipe(text, v.regex(/^(?:[0-9a-f]{2})*$/));
const recordedData = { type: v.pipe(v.number(), v.safeInteger(), v.minValue(0)), hex };
const recordedKeyFields = {
  className: optionalText,
  symbolicLink: v.exactOptional(v.boolean()),
  security: v.exactOptional(hex),
  values: v.array(v.object({ name: text, ...recordedData })),
};
const recordedKeySchema: v.GenericSchema<RecordedKey> = v.object({
  ...recordedKeyFields,
  subkeys: v.array(v.lazy(() => v.intersect([v.object({ name: text }), recordedKeySchema]))),
});
const editSchema = v.variant("edit", [
  v.object({
    edit: v.literal("value"),
    key: text,
    name: text,
    before: v.nullable(v.object(recordedData)),
    after: v.nullable(v.object(recordedData)),
  }),
  v.object({ edit: v.literal("key-created"), key: text }),
  v.object({ edit: v.literal("key-deleted"), key: text, before: recordedKeySchema }),
]);

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(text, v.regex(/^[0-9a-f]{64}$/));

/** Schema of one change. */
export const changeSchema = v.variant("kind", [
  v.object({
    kind: v.literal("entry-moved"),
    path,
    entry: v.picklist(["file", "directory"]),
    bytes: v.number(),
    stays: optionalText,
  }),
  v.object({ kind: v.literal("directory-created"), path }),
  v.object({
    kind: v.literal("file-created"),
    path,
    origin: fileOriginSchema,
    bytes: size,
    sha256,
  }),
  v.object({ kind: v.literal("file-created"), path, copyOf: path, bytes: v.number() }),
  v.object({ kind: v.literal("file-created"), path, text, bytes: v.number() }),
  v.object({
    kind: v.literal("file-replaced"),
    path,
    origin: fileOriginSchema,
    bytes: size,
    sha256,
  }),
  v.object({
    kind: v.literal("file-replaced"),
    path,
    text,
    encoding: v.exactOptional(v.literal("latin1")),
    bytes: v.number(),
  }),
  v.object({
    kind: v.literal("tree-created"),
    path,
    origin: mediaOriginSchema,
    files: size,
    bytes: size,
  }),
  v.object({ kind: v.literal("hive-edited"), path, edits: v.array(editSchema) }),
  v.object({
    kind: v.literal("hive-rebuilt"),
    path,
    method: v.picklist(["replay", "salvage"]),
    keys: v.number(),
    values: v.number(),
    lost: v.exactOptional(v.number()),
  }),
  v.object({
    kind: v.literal("tool-ran"),
    tool: text,
    arguments: v.array(text),
    risk: v.picklist(["reads", "reversible", "irreversible"]),
    encoding: v.picklist(["oem", "utf-16le"]),
    purpose: text,
    instead: optionalText,
    when: optionalText,
  }),
]);

/** Schema of a list of changes, for journals and saved plans: files on a stick are not trusted. */
export const changesSchema = v.array(changeSchema);
