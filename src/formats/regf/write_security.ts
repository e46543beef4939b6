/**
 * Writes the security records of a new hive: one for each different descriptor, shared by the
 * keys that have it, counted, and linked in a ring.
 */
import { decodeLatin1 } from "../../base/mod.ts";
import type { CellWriter } from "./cell_writer.ts";
import { Magic, SecurityField } from "./layout.ts";

/** A security record of a hive under construction. */
interface SecurityRecord {
  readonly offset: number;
  references: number;
}

/** The security records of one hive. */
export class SecurityWriter {
  readonly #writer: CellWriter;
  readonly #records: SecurityRecord[] = [];
  readonly #byContent = new Map<string, SecurityRecord>();
  /** Most keys share the very same array with the key above. */
  readonly #byArray = new Map<Uint8Array, SecurityRecord>();

  constructor(writer: CellWriter) {
    this.#writer = writer;
  }

  /** The offset of the record with this descriptor, which one more key names from now on. */
  reference(descriptor: Uint8Array): number {
    const record = this.#byArray.get(descriptor) ?? this.#find(descriptor);
    record.references++;
    return record.offset;
  }

  #find(descriptor: Uint8Array): SecurityRecord {
    const content = decodeLatin1(descriptor);
    let record = this.#byContent.get(content);
    if (record === undefined) {
      record = { offset: writeSecurityRecord(this.#writer, descriptor), references: 0 };
      this.#byContent.set(content, record);
      this.#records.push(record);
    }
    this.#byArray.set(descriptor, record);
    return record;
  }

  /** Writes what is known only now: how many keys name each record, and the ring. */
  finish(): void {
    const records = this.#records;
    records.forEach(({ offset, references }, i) => {
      const position = this.#writer.position(offset);
      const next = records[(i + 1) % records.length]!;
      const previous = records[(i + records.length - 1) % records.length]!;
      this.#writer.u32(position + SecurityField.next, next.offset);
      this.#writer.u32(position + SecurityField.previous, previous.offset);
      this.#writer.u32(position + SecurityField.references, references);
    });
  }
}

/** Writes a record that is not yet linked or counted and returns its offset. */
export function writeSecurityRecord(writer: CellWriter, descriptor: Uint8Array): number {
  const offset = writer.allocate(SecurityField.descriptor + descriptor.length);
  const position = writer.position(offset);
  writer.u16(position, Magic.sk);
  writer.u32(position + SecurityField.descriptorSize, descriptor.length);
  writer.bytes.set(descriptor, position + SecurityField.descriptor);
  return offset;
}
