/**
 * What the program may do: everything that a repair needs, and no network. Narrower than
 * `--allow-all` in one more way: Deno itself then reads neither devices nor `/proc`.
 */
export const PROGRAM_PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
] as const;
