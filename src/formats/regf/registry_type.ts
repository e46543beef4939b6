/** The types a registry value can say it has (winnt.h). A value may carry any other number too. */

/** Value types by their Windows name. */
export const RegistryType = {
  REG_NONE: 0,
  REG_SZ: 1,
  REG_EXPAND_SZ: 2,
  REG_BINARY: 3,
  REG_DWORD: 4,
  REG_DWORD_BIG_ENDIAN: 5,
  REG_LINK: 6,
  REG_MULTI_SZ: 7,
  REG_RESOURCE_LIST: 8,
  REG_FULL_RESOURCE_DESCRIPTOR: 9,
  REG_RESOURCE_REQUIREMENTS_LIST: 10,
  REG_QWORD: 11,
} as const;

export type RegistryTypeName = keyof typeof RegistryType;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RegistryType).map(([name, type]) => [type, name]),
);

/** The name of a value type for people: `REG_SZ`, or `REG_0x1f` for one without a name. */
export function registryTypeName(type: number): string {
  return NAMES.get(type) ?? `REG_0x${type.toString(16)}`;
}
