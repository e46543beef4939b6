/**
 * The machine we run on: files, programs, volumes, terminal, clock. The only room that says
 * `Deno.`, `node:` or FFI; everybody else gets a {@linkcode Host}.
 *
 * The real host is loaded with `await import("./real_host.ts")` by the command line only.
 *
 * @module
 */
export * from "./file_system.ts";
export * from "./host.ts";
export * from "./process_runner.ts";
export * from "./rooted_file_system.ts";
export * from "./running_windows.ts";
export * from "./service.ts";
export * from "./terminal.ts";
export * from "./tool_runner.ts";
export * from "./volume_root.ts";
export * from "./volumes.ts";
