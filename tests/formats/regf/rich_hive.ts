/** A hive with everything that can be damaged, and the places where to do it. */
import {
  buildHive,
  type BuildHiveOptions,
  type KeySpec,
  openHive,
} from "../../../src/formats/regf/mod.ts";
import { binary, contentOf, key, keyAt, text, u32At } from "./hive_samples.ts";

/** A self-relative descriptor: SYSTEM may do everything, and `user` may read. */
export function descriptorFor(user: number): Uint8Array {
  const sid = (authority: number) => [1, 1, 0, 0, 0, 0, 0, 5, authority, 0, 0, 0];
  const ace = (authority: number) => [0, 2, 20, 0, 0x3f, 0, 0xf, 0, ...sid(authority)];
  return new Uint8Array([
    ...[1, 0, 4, 0x80, 68, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0],
    ...[2, 0, 48, 0, 2, 0, 0, 0, ...ace(18), ...ace(user)],
    ...sid(18),
    ...sid(18),
  ]);
}

/** Lists of lists, big data, classes, three different descriptors, and times. */
export const RICH_TREE: KeySpec = key("ROOT", {
  security: descriptorFor(19),
  values: [text("", "default"), binary("big", 40_000)],
  subkeys: [
    key("Alpha", {
      className: "alpha class",
      security: descriptorFor(20),
      lastWritten: new Date("2015-06-07T08:09:10.123Z"),
      values: [text("Path", "C:\\Windows"), binary("Blob", 300)],
      subkeys: [
        key("Inner", { values: [binary("Deep", 40)] }),
        key("Link", { symbolicLink: true }),
      ],
    }),
    key("Beta", { security: descriptorFor(19) }),
    key("many", {
      security: descriptorFor(21),
      subkeys: Array.from({ length: 1200 }, (_, i) =>
        key(`sub${String(i).padStart(4, "0")}`, {
          values: i % 10 === 0 ? [binary("v", 8 + i % 50)] : [],
        })),
    }),
    key("Ключ", { subkeys: [key("ÿ")] }),
  ],
});

/** {@linkcode RICH_TREE} as a hive. */
export function richHive(options: BuildHiveOptions = {}): Uint8Array {
  return buildHive(RICH_TREE, options);
}

/** The position of the record of the key at a path of a hive. */
export function recordAt(bytes: Uint8Array, path: string): number {
  return contentOf(keyAt(openHive(bytes), path));
}

/** The position of the content of the cell that the field at `position` names. */
export function cellNamedAt(bytes: Uint8Array, position: number): number {
  return u32At(bytes, position) + 4096 + 4;
}
