import assert from "node:assert/strict";
import { FormatError } from "../../../src/base/mod.ts";
import { CellWriter } from "../../../src/formats/regf/cell_writer.ts";

Deno.test("CellWriter refuses to grow beyond 2 GiB before it asks for the memory", () => {
  const writer = new CellWriter();
  const small = writer.allocate(8);
  for (const length of [0x7fffe000, 0x7fffe000 - 4096 - 32]) {
    assert.throws(() => writer.allocate(length), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /its bins would have \d+ bytes, the most is 2147475456$/);
      return true;
    });
  }
  assert.ok(writer.allocate(8) > small);
});
