import assert from "node:assert/strict";
import { RefusalError, UsageError } from "../../../src/base/mod.ts";
import { formatSource, parseSourceOption } from "../../../src/tools/dism/mod.ts";

const ACCEPTED: readonly (readonly [text: string, kind: string, formatted: string])[] = [
  ["E:\\Windows", "windows-folder", "E:\\Windows"],
  ["E:\\mount\\windows\\", "windows-folder", "E:\\mount\\windows"],
  ["F:\\sources\\sxs", "folder", "F:\\sources\\sxs"],
  ["F:\\", "folder", "F:\\"],
  ["wim:E:\\sources\\install.wim:6", "wim", "wim:E:\\sources\\install.wim:6"],
  ["esd:E:\\sources\\install.esd:1", "esd", "esd:E:\\sources\\install.esd:1"],
  ["E:\\sources\\install.wim:6", "wim", "wim:E:\\sources\\install.wim:6"],
  ["E:/sources/INSTALL.ESD:12", "esd", "esd:E:/sources/INSTALL.ESD:12"],
  ["WIM:E:\\image.bin:2", "wim", "wim:E:\\image.bin:2"],
  ['"E:\\my media\\install.wim:3"', "wim", "wim:E:\\my media\\install.wim:3"],
  ["E:\\updates\\expanded.cab", "folder", "E:\\updates\\expanded.cab"],
];

for (const [text, kind, formatted] of ACCEPTED) {
  Deno.test(`parseSourceOption() accepts ${text} as ${kind}`, () => {
    const source = parseSourceOption(text);
    assert.equal(source.kind, kind);
    assert.equal(formatSource(source), formatted);
  });
}

const REFUSED: readonly (readonly [
  text: string,
  type: typeof UsageError | typeof RefusalError,
  reason: RegExp,
])[] = [
  ["", UsageError, /empty/],
  ["E:\\sources\\install.wim", UsageError, /index of the image is missing/],
  ["esd:E:\\sources\\install.esd", UsageError, /index of the image is missing/],
  ["E:\\sources\\install.wim:0", UsageError, /starts at 1/],
  ["E:\\Windows:6", UsageError, /has an index/],
  ["X:\\Windows", RefusalError, /Windows of WinPE/],
  ["x:/windows/WinSxS", RefusalError, /Windows of WinPE/],
  ["\\\\server\\share\\install.wim:6", RefusalError, /network path/],
  ["E:\\sources\\install.swm:6", RefusalError, /split image/],
  ["E:\\win.iso", UsageError, /ISO/],
  ["E:\\win?dows", UsageError, /character/],
];

for (const [text, type, reason] of REFUSED) {
  Deno.test(`parseSourceOption() refuses ${JSON.stringify(text)} and says what to do`, () => {
    assert.throws(() => parseSourceOption(text), (error: unknown) => {
      assert.ok(error instanceof type, String(error));
      assert.match(error.message, reason);
      assert.ok(error.next !== undefined, "no next step is named");
      return true;
    });
  });
}
