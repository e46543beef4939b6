/**
 * How change is recorded and undone: the closed list of changes, the write-ahead file on the
 * target and its copy on the stick, undo, resume after a power cut, pruning. The only room
 * that changes the target with our own hands.
 *
 * ```ts
 * const writer = await createSession(context, header);
 * const transaction = new Transaction(writer, { changes: 0 });
 * await transaction.make({ kind: "entry-moved", path: "Windows\\SoftwareDistribution", entry: "directory", bytes });
 * ```
 *
 * @module
 */
export * from "./change.ts";
export { changesSchema } from "./change_schema.ts";
export {
  type ContentOrigin,
  type ContentProvider,
  describeImage,
  describeOrigin,
  type ExtractOptions,
  type FileOrigin,
  type ImageFileOrigin,
  type MediaOrigin,
  type NativeFileOrigin,
  type OpenContent,
} from "./content_origin.ts";
export { EditIndex } from "./edit_index.ts";
export { closeToUsers, ensureSessionsFolder } from "./closed_folder.ts";
export { ensureDirectory } from "./guarded_path.ts";
export {
  type ChangeState,
  sessionFromText,
  type SessionHistory,
  type SessionState,
} from "./history.ts";
export { HiveLookup } from "./hive_lookup.ts";
export {
  isPayload,
  type JournalContext,
  MEDIA_FOLDER,
  type Mirror,
  PROGRAM_FOLDER,
  SESSIONS_FOLDER,
} from "./journal_context.ts";
export * from "./journal_writer.ts";
export * from "./prune.ts";
export * from "./reconcile.ts";
export * from "./registry_edit.ts";
export {
  type ChangeRecord,
  type JournalRecord,
  parseJournal,
  type SessionTarget,
} from "./record.ts";
export {
  createSession,
  type JournalView,
  listSessions,
  readSession,
  reopenSession,
} from "./session.ts";
export { sameBytes, sameContent } from "./same_content.ts";
export * from "./transaction.ts";
export * from "./undo.ts";
export type { AskChangedSince } from "./undo_hive.ts";
export { journalFor } from "./target_context.ts";
