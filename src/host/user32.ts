/** The one function of user32.dll that is needed, loaded at the first use (winuser.h). */

const USER32 = {
  GetSystemMetrics: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions of user32.dll. */
export type User32 = Deno.DynamicLibrary<typeof USER32>["symbols"];

let loaded: User32 | undefined;

/** user32.dll, loaded at the first call. */
export function user32(): User32 {
  loaded ??= Deno.dlopen("user32.dll", USER32).symbols;
  return loaded;
}
