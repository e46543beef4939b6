import assert from "node:assert/strict";
import { describeIdentity, openWindows } from "../../src/windows/mod.ts";
import {
  type HiveName,
  hivePath,
  type LabWindows,
  missingSoftwareHive,
  truncatedSystemHive,
  WINDOWS_10_HOME_GERMAN,
  WINDOWS_11_ARM64,
  WINDOWS_11_PRO,
} from "../lab/mod.ts";
import { labWith } from "./rooms.ts";

const VERSION = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]";

async function identityOf(windows: LabWindows, software = "") {
  const lab = await labWith([], {
    windows,
    ...(software === "" ? {} : { additions: { SOFTWARE: `${VERSION}\n${software}\n` } }),
  });
  return (await openWindows(lab.host, "D:")).identity;
}

Deno.test("readIdentity() tells Windows 11 by its build, although ProductName says 10", async () => {
  const identity = await identityOf(WINDOWS_11_PRO);
  assert.deepEqual(identity, {
    name: "Windows 11 Pro",
    edition: "Professional",
    displayVersion: "24H2",
    build: 26100,
    ubr: 4061,
    architecture: "x64",
    language: "0409",
    controlSet: 1,
    computerName: "ANNA-PC",
    systemLetter: "C:",
    installationType: "Client",
  });
  assert.equal(
    describeIdentity(identity),
    "Windows 11 Pro 24H2 (26100.4061, x64, language 0409)",
  );
});

Deno.test("readIdentity() leaves Windows 10 alone, up to the last build below 22000", async () => {
  assert.equal((await identityOf(WINDOWS_10_HOME_GERMAN)).name, "Windows 10 Home");
  assert.equal((await identityOf({ ...WINDOWS_11_PRO, build: 21999 })).name, "Windows 10 Pro");
  assert.equal((await identityOf({ ...WINDOWS_11_PRO, build: 22000 })).name, "Windows 11 Pro");
});

Deno.test("readIdentity() does not rename a server", async () => {
  const server = { ...WINDOWS_11_PRO, productName: "Windows Server 2025 Standard" };
  const identity = await identityOf(server, '"InstallationType"="Server"');
  assert.equal(identity.name, "Windows Server 2025 Standard");
  const odd = await identityOf(WINDOWS_11_PRO, '"InstallationType"="Server"');
  assert.equal(odd.name, "Windows 10 Pro");
});

Deno.test("readIdentity() tells arm64 and x86 by a program of the system", async () => {
  assert.equal((await identityOf(WINDOWS_11_ARM64)).architecture, "arm64");
  assert.equal((await identityOf({ ...WINDOWS_11_PRO, architecture: "x86" })).architecture, "x86");
});

Deno.test("readIdentity() knows no architecture without a sound program", async () => {
  const contents = [new Uint8Array(), new Uint8Array(64), new Uint8Array(4096).fill(0xff)];
  for (const content of contents) {
    const lab = await labWith();
    lab.files.put("D:\\Windows\\System32\\ntdll.dll", content);
    assert.equal((await openWindows(lab.host, "D:")).identity.architecture, undefined);
  }
});

Deno.test("readIdentity() falls back to older names of version and build", async () => {
  const identity = await identityOf(WINDOWS_11_PRO, '"DisplayVersion"=-\n"CurrentBuildNumber"=-');
  assert.equal(identity.displayVersion, "2009");
  assert.equal(identity.build, 26100);
});

Deno.test("readIdentity() takes no odd build for a number", async () => {
  for (const odd of ["", "26100abc", "-1", "99999999", "0x10"]) {
    const lines = `"CurrentBuildNumber"="${odd}"\n"CurrentBuild"="${odd}"`;
    assert.equal((await identityOf(WINDOWS_11_PRO, lines)).build, undefined, odd);
  }
});

Deno.test("readIdentity() without SOFTWARE says what it still knows", async () => {
  const lab = await labWith([missingSoftwareHive()]);
  const { identity } = await openWindows(lab.host, "D:");
  assert.equal(identity.name, "Windows (its SOFTWARE hive does not tell)");
  assert.equal(identity.architecture, "x64");
  assert.equal(identity.language, "0409");
  assert.equal(identity.build, undefined);
  assert.match(describeIdentity(identity), /\(build unknown, x64, language 0409\)$/);
});

Deno.test("readIdentity() with a truncated SYSTEM says what it still knows", async () => {
  const lab = await labWith([truncatedSystemHive()]);
  const { identity } = await openWindows(lab.host, "D:");
  assert.equal(identity.name, "Windows 11 Pro");
  assert.deepEqual([identity.language, identity.computerName], [undefined, undefined]);
  assert.equal(identity.controlSet, 1);
});

Deno.test("openWindows() never throws for damaged hives, whatever their bytes", async () => {
  const lab = await labWith();
  let seed = 12345;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % limit;
  };
  for (const name of ["SOFTWARE", "SYSTEM"] as const satisfies readonly HiveName[]) {
    const path = `D:\\${hivePath(name)}`;
    const sound = await lab.files.read(path);
    for (let round = 0; round < 150; round++) {
      const bytes = sound.slice(0, round % 10 === 0 ? random(sound.length) : sound.length);
      for (let flips = 0; flips < 40; flips++) {
        if (bytes.length > 4096) bytes[4096 + random(bytes.length - 4096)] = random(256);
      }
      lab.files.put(path, bytes);
      const { identity } = await openWindows(lab.host, "D:");
      assert.equal(typeof identity.name, "string");
      assert.equal(typeof identity.controlSet, "number");
    }
    lab.files.put(path, sound);
  }
});
