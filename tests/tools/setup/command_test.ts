import assert from "node:assert/strict";
import fc from "fast-check";
import { RefusalError, UsageError } from "../../../src/base/mod.ts";
import {
  formatCommandLine,
  HIDDEN_KEY,
  hideProductKeys,
  setupCommand,
  setupConfigText,
  setupInvocation,
  type SetupOptions,
} from "../../../src/tools/setup/mod.ts";
import { givenOptions } from "../../lab/simulators/setup_options.ts";

const MEDIA = { program: "C:\\PEMedic\\media\\setup.exe", build: 26_100 };
const KEY = "VK7JG-NPHTM-C97JM-9MPGT-3V66T";

const argumentsOf = (options: SetupOptions, build = MEDIA.build) =>
  setupCommand(options, { ...MEDIA, build }).arguments;

/** Every option with its values, and how each is written. */
const WRITTEN: readonly (readonly [SetupOptions, readonly string[]])[] = [
  [{ auto: "upgrade", acceptEula: true }, ["/Auto", "Upgrade", "/EULA", "Accept"]],
  [{ auto: "data-only", acceptEula: true }, ["/Auto", "DataOnly", "/EULA", "Accept"]],
  [{ quiet: true }, ["/Quiet"]],
  [{ quiet: false }, []],
  [{ acceptEula: true }, ["/EULA", "Accept"]],
  [{ acceptEula: false }, []],
  [{ compat: ["ignore-warning"] }, ["/Compat", "IgnoreWarning"]],
  [{ compat: ["scan-only"] }, ["/Compat", "ScanOnly"]],
  [{ compat: ["ignore-warning", "scan-only", "scan-only"] }, [
    "/Compat",
    "IgnoreWarning",
    "/Compat",
    "ScanOnly",
  ]],
  [{ compat: [] }, []],
  [{ dynamicUpdate: "enable" }, ["/DynamicUpdate", "Enable"]],
  [{ dynamicUpdate: "disable" }, ["/DynamicUpdate", "Disable"]],
  [{ dynamicUpdate: "no-drivers" }, ["/DynamicUpdate", "NoDrivers"]],
  [{ dynamicUpdate: "no-lcu" }, ["/DynamicUpdate", "NoLCU"]],
  [{ dynamicUpdate: "no-drivers-no-lcu" }, ["/DynamicUpdate", "NoDriversNoLCU"]],
  [{ migrateDrivers: "all" }, ["/MigrateDrivers", "All"]],
  [{ migrateDrivers: "none" }, ["/MigrateDrivers", "None"]],
  [{ installDrivers: "C:\\PEMedic\\drivers\\" }, ["/InstallDrivers", "C:\\PEMedic\\drivers"]],
  [{ reflectDrivers: "C:\\enc" }, ["/ReflectDrivers", "C:\\enc"]],
  [{ productKey: KEY.toLowerCase() }, ["/PKey", KEY]],
  [{ imageIndex: 6 }, ["/ImageIndex", "6"]],
  [{ installFrom: "C:\\m\\install.esd" }, ["/InstallFrom", "C:\\m\\install.esd"]],
  [{ postOobe: "C:\\scripts" }, ["/PostOOBE", "C:\\scripts"]],
  [{ postRollback: "C:\\scripts\\setuprollback.cmd" }, [
    "/PostRollback",
    "C:\\scripts\\setuprollback.cmd",
  ]],
  [{ postRollback: "C:\\s", postRollbackContext: "system" }, [
    "/PostRollback",
    "C:\\s",
    "/PostRollbackContext",
    "system",
  ]],
  [{ postRollback: "C:\\s", postRollbackContext: "user" }, [
    "/PostRollback",
    "C:\\s",
    "/PostRollbackContext",
    "user",
  ]],
  [{ copyLogs: "C:\\PEMedic\\logs" }, ["/CopyLogs", "C:\\PEMedic\\logs"]],
  [{ showOobe: "full" }, ["/ShowOOBE", "Full"]],
  [{ showOobe: "none" }, ["/ShowOOBE", "None"]],
  [{ telemetry: true }, ["/Telemetry", "Enable"]],
  [{ telemetry: false }, ["/Telemetry", "Disable"]],
  [{ bitLocker: "always-suspend" }, ["/BitLocker", "AlwaysSuspend"]],
  [{ bitLocker: "try-keep-active" }, ["/BitLocker", "TryKeepActive"]],
  [{ bitLocker: "force-keep-active" }, ["/BitLocker", "ForceKeepActive"]],
  [{ resizeRecoveryPartition: true }, ["/ResizeRecoveryPartition", "Enable"]],
  [{ resizeRecoveryPartition: false }, ["/ResizeRecoveryPartition", "Disable"]],
  [{ priority: "normal" }, ["/Priority", "Normal"]],
  [{ migNeo: false }, ["/MigNEO", "Disable"]],
  [{ uninstall: true }, ["/Uninstall", "Enable"]],
  [{ uninstall: false }, ["/Uninstall", "Disable"]],
  [{ compactOs: true }, ["/CompactOS", "Enable"]],
  [{ compactOs: false }, ["/CompactOS", "Disable"]],
  [{ diagnosticPrompt: true }, ["/DiagnosticPrompt", "Enable"]],
  [{ diagnosticPrompt: false }, []],
  [{ tempDrive: "d:" }, ["/TempDrive", "D"]],
  [{ noReboot: true }, ["/NoReboot"]],
  [{ noReboot: false }, []],
  [{ unattend: "C:\\a b\\unattend.xml" }, ["/Unattend:C:\\a b\\unattend.xml"]],
  [{ configFile: "C:\\PEMedic\\SetupConfig.ini" }, ["/ConfigFile", "C:\\PEMedic\\SetupConfig.ini"]],
  [{}, []],
];

Deno.test("setupCommand() writes every option, and the simulated Setup understands it", () => {
  for (const [options, args] of WRITTEN) {
    assert.deepEqual(argumentsOf(options), args, JSON.stringify(options));
    assert.notEqual(typeof givenOptions(args, MEDIA.build), "number", args.join(" "));
  }
  const tested = new Set(WRITTEN.flatMap(([options]) => Object.keys(options)));
  assert.equal(tested.size, 28, "every option is in the table");
});

Deno.test("setupCommand() keeps one order, whatever the order of the options", () => {
  const options = { noReboot: true, quiet: true, auto: "upgrade", acceptEula: true } as const;
  assert.deepEqual(argumentsOf(options), [
    "/Auto",
    "Upgrade",
    "/Quiet",
    "/EULA",
    "Accept",
    "/NoReboot",
  ]);
});

Deno.test("setupCommand() refuses combinations that Setup refuses", () => {
  const refused: readonly SetupOptions[] = [
    { auto: "upgrade" },
    { auto: "upgrade", acceptEula: false },
    { auto: "upgrade", acceptEula: true, unattend: "C:\\u.xml" },
    { postRollbackContext: "system" },
  ];
  for (const options of refused) {
    assert.throws(() => argumentsOf(options), UsageError, JSON.stringify(options));
  }
  assert.deepEqual(argumentsOf({ auto: "upgrade" }, 19_041), ["/Auto", "Upgrade"]);
});

Deno.test("setupCommand() gives no option to media that do not know it yet", () => {
  const since: readonly (readonly [SetupOptions, number])[] = [
    [{ acceptEula: true }, 22_000],
    [{ bitLocker: "always-suspend" }, 16_299],
    [{ priority: "normal" }, 16_299],
    [{ migNeo: false }, 17_134],
    [{ postRollback: "C:\\s", postRollbackContext: "user" }, 17_134],
    [{ diagnosticPrompt: true }, 15_063],
    [{ tempDrive: "D" }, 14_393],
    [{ reflectDrivers: "C:\\r" }, 14_393],
    [{ configFile: "C:\\c.ini" }, 10_586],
  ];
  for (const [options, build] of since) {
    assert.throws(() => argumentsOf(options, build - 1), UsageError, JSON.stringify(options));
    assert.ok(argumentsOf(options, build).length > 0);
  }
});

Deno.test("paths are full, local and harmless", () => {
  const bad = [
    "",
    "drivers",
    "C:drivers",
    "\\drivers",
    "C:/drivers",
    'C:\\a" /Auto Clean "',
    "C:\\a\r\n[x]",
    "C:\\a\u0000",
    "C:\\..\\x",
    "C:\\.\\x",
    "C:\\%TEMP%\\x",
    "C:\\x:y",
    "C:\\x*",
    "C:\\x.",
    "C:\\x ",
    "/Quiet",
  ];
  for (const path of bad) {
    assert.throws(() => argumentsOf({ installDrivers: path }), UsageError, path);
    assert.throws(() => argumentsOf({ copyLogs: path }), UsageError, path);
    assert.throws(() => setupCommand({}, { ...MEDIA, program: path }), UsageError, path);
  }
  for (const path of ["\\\\server\\share", "\\\\?\\C:\\x", "//server/x"]) {
    assert.throws(() => argumentsOf({ postOobe: path }), RefusalError, path);
  }
  assert.deepEqual(argumentsOf({ copyLogs: "D:\\" }), ["/CopyLogs", "D:\\"]);
});

Deno.test("files have the kind that the option wants", () => {
  assert.throws(() => argumentsOf({ installFrom: "C:\\install.iso" }), UsageError);
  assert.throws(() => argumentsOf({ unattend: "C:\\unattend.txt" }), UsageError);
  assert.throws(() => argumentsOf({ configFile: "C:\\config.xml" }), UsageError);
  assert.throws(() => setupCommand({}, { ...MEDIA, program: "C:\\cmd.exe" }), UsageError);
  assert.ok(argumentsOf({ installFrom: "C:\\INSTALL.SWM" }).length > 0);
});

Deno.test("numbers and letters are checked", () => {
  for (const index of [0, -1, 1.5, NaN, 65_536]) {
    assert.throws(() => argumentsOf({ imageIndex: index }), UsageError, String(index));
  }
  for (const tempDrive of ["", "DD", "1:", "D:\\x", "/"]) {
    assert.throws(() => argumentsOf({ tempDrive }), UsageError, tempDrive);
  }
});

Deno.test("a product key has a shape, and no message or description holds it", () => {
  const command = setupCommand({ productKey: KEY }, MEDIA);
  assert.ok(command.arguments.includes(KEY), "Setup gets it");
  assert.doesNotMatch(command.shown, /VK7JG/);
  assert.ok(command.shown.includes(`/PKey ${HIDDEN_KEY}`));
  assert.doesNotMatch(setupInvocation(command).purpose, /VK7JG/);
  for (const key of ["", "VK7JG", `${KEY}-AAAAA`, KEY.replace("V", "0"), `${KEY} /Quiet`]) {
    assert.throws(() => argumentsOf({ productKey: key }), (error) => {
      assert.ok(error instanceof UsageError);
      assert.doesNotMatch(`${error.message} ${error.next}`, /NPHTM|VK7JG/);
      return true;
    });
  }
  assert.equal(hideProductKeys(`key=${KEY.toLowerCase()};`), `key=${HIDDEN_KEY};`);
  const guid = "{53465F4B-98AB-45E2-823D-1F93C0911081}";
  assert.equal(hideProductKeys(guid), guid);
});

Deno.test("formatCommandLine() writes what CreateProcess gets", () => {
  const line = (...args: string[]) => formatCommandLine("C:\\a b\\setup.exe", args);
  assert.equal(line(), '"C:\\a b\\setup.exe"');
  assert.equal(line("/Auto", "Upgrade"), '"C:\\a b\\setup.exe" /Auto Upgrade');
  assert.equal(line("C:\\my drivers"), '"C:\\a b\\setup.exe" "C:\\my drivers"');
  assert.equal(line("C:\\my drivers\\"), '"C:\\a b\\setup.exe" "C:\\my drivers\\\\"');
  assert.equal(line("C:\\d\\"), '"C:\\a b\\setup.exe" C:\\d\\');
  assert.equal(line(""), '"C:\\a b\\setup.exe" ""');
  assert.equal(line('a"b', '\\"'), '"C:\\a b\\setup.exe" a\\"b \\\\\\"');
});

/** The documented rules of reading, written for this test: the other side of the quoting. */
function readCommandLine(line: string): string[] {
  const args: string[] = [];
  let current = "";
  let begun = false;
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === "\\") {
      const run = /^\\+/.exec(line.slice(at))![0].length;
      const beforeQuote = line[at + run] === '"';
      current += "\\".repeat(beforeQuote ? run >> 1 : run);
      if (beforeQuote && run % 2 === 1) current += '"';
      at += run - 1 + (beforeQuote && run % 2 === 1 ? 1 : 0);
      begun = true;
    } else if (character === '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (character === " " || character === "\t")) {
      if (begun) args.push(current);
      [current, begun] = ["", false];
    } else {
      current += character;
      begun = true;
    }
  }
  return begun ? [...args, current] : args;
}

Deno.test("formatCommandLine() is read back as it was meant", () => {
  const argument = fc.string({
    unit: fc.constantFrom("a", "\\", '"', " ", "\t", "/"),
    maxLength: 12,
  });
  fc.assert(fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
    const [program, ...rest] = readCommandLine(formatCommandLine("C:\\a b\\setup.exe", args));
    assert.equal(program, "C:\\a b\\setup.exe");
    assert.deepEqual(rest, args);
  }));
});

Deno.test("setupCommand() shows the exact command line", () => {
  const options = { quiet: true, installDrivers: "C:\\my drivers" } as const;
  assert.equal(
    setupCommand(options, MEDIA).shown,
    '"C:\\PEMedic\\media\\setup.exe" /Quiet /InstallDrivers "C:\\my drivers"',
  );
});

Deno.test("remarks say what the reader may not expect, and nothing otherwise", () => {
  const remarks = (options: SetupOptions) => setupCommand(options, MEDIA).remarks.join("\n");
  const both: readonly (readonly [SetupOptions, SetupOptions, RegExp])[] = [
    [{ quiet: true }, { quiet: true, compat: ["ignore-warning"] }, /stops the upgrade/],
    [{ quiet: true }, { quiet: false }, /No window/],
    [{ compat: ["scan-only"] }, { compat: ["ignore-warning"] }, /nothing is installed/],
    [{ noReboot: true }, { noReboot: false }, /first restart/],
    [{ auto: "data-only", acceptEula: true }, { auto: "upgrade", acceptEula: true }, /programs/],
    [
      { postRollback: "C:\\s" },
      { postRollback: "C:\\s", postRollbackContext: "system" },
      /administrator/,
    ],
    [{ bitLocker: "force-keep-active" }, { bitLocker: "try-keep-active" }, /stay active/],
    [{ uninstall: false }, { uninstall: true }, /go back/],
    [{ configFile: "C:\\c.ini" }, {}, /win over/],
    [{ dynamicUpdate: "no-lcu" }, { dynamicUpdate: "disable" }, /does not document .*NoLCU/],
    [{ imageIndex: 2 }, {}, /does not document .*ImageIndex/],
  ];
  for (const [given, otherwise, sentence] of both) {
    assert.match(remarks(given), sentence);
    assert.doesNotMatch(remarks(otherwise), sentence);
  }
  assert.equal(remarks({}), "");
});

Deno.test("setupInvocation() is dangerous, unless it only scans", () => {
  const upgrade = setupInvocation(setupCommand({ auto: "upgrade", acceptEula: true }, MEDIA));
  assert.deepEqual([upgrade.tool, upgrade.risk], ["setup", "irreversible"]);
  assert.match(upgrade.instead ?? "", /Go back/);
  const scan = setupInvocation(setupCommand({ compat: ["scan-only"] }, MEDIA));
  assert.deepEqual([scan.risk, scan.instead], ["reads", undefined]);
});

Deno.test("setupConfigText() has the header, no slashes, and CRLF", () => {
  const options = {
    auto: "upgrade",
    acceptEula: true,
    noReboot: true,
    installDrivers: "C:\\my drivers",
    productKey: KEY,
  } as const;
  const text = (secrets: "write" | "hide") => setupConfigText(options, { media: MEDIA, secrets });
  assert.equal(
    text("write"),
    "[SetupConfig]\r\nAuto=Upgrade\r\nEULA=Accept\r\nInstallDrivers=C:\\my drivers\r\n" +
      `PKey=${KEY}\r\nNoReboot\r\n`,
  );
  assert.equal(text("hide"), text("write").replace(KEY, HIDDEN_KEY));
  assert.equal(setupConfigText({}, { media: MEDIA, secrets: "write" }), "[SetupConfig]\r\n");
});

Deno.test("setupConfigText() refuses what the command line refuses, and what is not ASCII", () => {
  const text = (options: SetupOptions) =>
    setupConfigText(options, { media: MEDIA, secrets: "write" });
  assert.throws(() => text({ auto: "upgrade" }), UsageError);
  assert.throws(() => text({ copyLogs: "C:\\a\r\nAuto=Clean" }), UsageError);
  assert.throws(() => text({ copyLogs: "C:\\Müller" }), UsageError);
  assert.doesNotMatch(text({ configFile: "C:\\c.ini", quiet: true }), /ConfigFile/);
  assert.ok(argumentsOf({ copyLogs: "C:\\Müller" }).includes("C:\\Müller"));
});
