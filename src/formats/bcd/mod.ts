/**
 * Boot configuration data: an opened hive in, objects and elements with their names out. Reads
 * only; a store is edited with bcdedit.
 *
 * ```ts
 * const store = openBcd(openHive(bytes, { name: "BCD" }));
 * const loader = store.object(store.defaultId ?? "");
 * loader?.text(ElementType.path); // \Windows\system32\winload.efi
 * ```
 *
 * @module
 */
export * from "./device.ts";
export { type BcdElement, type BcdValue, describeElement, ElementType } from "./element.ts";
export { elementName } from "./element_table.ts";
export * from "./object_names.ts";
export * from "./object_type.ts";
export * from "./store.ts";
