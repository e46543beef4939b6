import assert from "node:assert/strict";
import { FormatError, memorySource } from "../../src/base/mod.ts";
import { openSource, rangesSource } from "../../src/kit/sources.ts";
import { createLab } from "../lab/mod.ts";

const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);

Deno.test("rangesSource() reads across runs and holes, and nothing behind its end", async () => {
  const source = rangesSource(memorySource(BYTES), [
    { kind: "data", offset: 50, length: 10 },
    { kind: "data", offset: 0, length: 0 },
    { kind: "hole", length: 5 },
    { kind: "data", offset: 10, length: 20 },
  ], "file");
  const whole = [...BYTES.slice(50, 60), 0, 0, 0, 0, 0, ...BYTES.slice(10, 30)];
  assert.equal(source.size, whole.length);
  for (let offset = 0; offset <= whole.length; offset++) {
    for (let length = 0; offset + length <= whole.length; length++) {
      assert.deepEqual(
        [...await source.read(offset, length)],
        whole.slice(offset, offset + length),
      );
    }
  }
  await assert.rejects(source.read(30, 6), FormatError);
  await assert.rejects(source.read(-1, 1), FormatError);
  const none = rangesSource(memorySource(BYTES), [], "none");
  assert.equal((await none.read(0, 0)).length, 0);
  await assert.rejects(none.read(0, 1), FormatError);
});

Deno.test("openSource() reads exactly, or says that the file ends too early", async () => {
  const lab = await createLab();
  lab.files.put("E:\\x.bin", BYTES);
  const source = await openSource(lab.files, "E:\\x.bin");
  assert.equal(source.size, 100);
  assert.deepEqual([...await source.read(90, 10)], [...BYTES.slice(90)]);
  await assert.rejects(source.read(95, 10), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, /ends too early/);
    return true;
  });
  await source.close();
});
