import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeUtf16, FormatError } from "../../../src/base/mod.ts";
import {
  parseSetupDiagText,
  parseSetupDiagXml,
  readFailureDetails,
} from "../../../src/formats/logs/mod.ts";

const XML = `<?xml version="1.0" encoding="utf-16"?>
<SetupDiag xmlns="https://docs.microsoft.com/en-us/windows/deployment/upgrade/setupdiag">
  <Version>1.6.0.0</Version>
  <ProfileName>FindRollbackFailure</ProfileName>
  <ProfileGuid>3A43C9B5-05B3-4F7C-A955-88F991BB5A48</ProfileGuid>
  <FailureData>Last Operation = b Error = 0xC1900101-0x40017</FailureData>
  <FailureData> </FailureData>
  <FailureDetails>RollbackErrorCode = 0xC1900101, ExtendedCode = 0x40017, LastOperation = Ensure suspended services are stopped, LastPhase = Post First Boot</FailureDetails>
  <SystemInfo><HostOSVersion>10.0.18363</HostOSVersion><Empty></Empty></SystemInfo>
</SetupDiag>`;

const utf16 = (text: string) => new Uint8Array([0xff, 0xfe, ...encodeUtf16(text)]);

Deno.test("parseSetupDiagXml() reads rule, codes and system", async () => {
  for (const bytes of [utf16(XML), encodeUtf16(XML), new TextEncoder().encode(`\ufeff${XML}`)]) {
    const report = await parseSetupDiagXml(bytes);
    assert.equal(report.profileName, "FindRollbackFailure");
    assert.equal(report.result, 0xc1900101);
    assert.equal(report.extend, 0x40017);
    assert.equal(report.lastPhase, "Post First Boot");
    assert.equal(report.lastOperation, "Ensure suspended services are stopped");
    assert.equal(report.failureData.length, 1);
    assert.deepEqual({ ...report.systemInfo }, { HostOSVersion: "10.0.18363" });
  }
});

Deno.test("readFailureDetails() knows the spellings of all rules", () => {
  assert.deepEqual(readFailureDetails("Err = 0x80070070, LastOperation = a, LastPhase = b"), {
    result: 0x80070070,
    extend: undefined,
    lastPhase: "b",
    lastOperation: "a",
  });
  assert.equal(readFailureDetails("Binary = C:\\x.dll, Error = 0xc06d007e").result, 0xc06d007e);
  const data = readFailureDetails(undefined, ["Last Operation: Finalize", "0xC1900101 - 0x50016"]);
  assert.deepEqual([data.result, data.extend], [0xc1900101, 0x50016]);
  assert.equal(readFailureDetails("Err = no code").result, undefined);
  assert.equal(readFailureDetails(undefined).extend, undefined);
});

Deno.test("parseSetupDiagXml() refuses what is no such report", async () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["", /SetupDiag/],
    ["<a/>", /its root is "a"/],
    ["<SetupDiag><b></SetupDiag>", /Cannot read the report/],
    [`<SetupDiag>${"<a>".repeat(20_000)}`, /Cannot read the report/],
    [`<SetupDiag>${"<a/>".repeat(60_000)}</SetupDiag>`, /tags/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><SetupDiag>&a;</SetupDiag>', /Cannot read the report/],
  ];
  for (const [xml, reason] of refused) {
    await assert.rejects(() => parseSetupDiagXml(utf16(xml)), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, reason);
      return true;
    });
  }
  await assert.rejects(() => parseSetupDiagXml(new Uint8Array(5 << 20)), FormatError);
});

Deno.test("any bytes are read or refused with a FormatError", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
    try {
      await parseSetupDiagXml(bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }));
});

const TEXT =
  `Matching Profile found: OptionalComponentOpenPackageFailed - 22952520-EC89-4FBD-94E0-B67DF88347F6\r
System Information:\r
\tHostOSVersion = 10.0.15063\r
\tUpgradeStartTime = 3/21/2018 9:47:16 PM\r
\r
Error: SetupDiag reports that a package was not opened. Package Name: Foundation, Error: 0x8007001F\r
Last Phase = Downlevel\r
`;

Deno.test("parseSetupDiagText() reads the text report, and undefined without a rule", () => {
  const report = parseSetupDiagText(TEXT);
  assert.equal(report?.profileName, "OptionalComponentOpenPackageFailed");
  assert.equal(report?.result, 0x8007001f);
  assert.equal(report?.lastPhase, "Downlevel");
  assert.equal(report?.systemInfo["UpgradeStartTime"], "3/21/2018 9:47:16 PM");
  assert.equal(parseSetupDiagText("SetupDiag was unable to match\r\n"), undefined);
  assert.equal(parseSetupDiagText(""), undefined);
});
