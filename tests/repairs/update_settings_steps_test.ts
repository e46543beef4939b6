/** services.restore-start and the resets of policy, proxy and hosts: what exactly they change. */
import assert from "node:assert/strict";
import { ExitCode, MedicError } from "../../src/base/mod.ts";
import { CHECKS } from "../../src/checks/mod.ts";
import { type Change, describeEdit } from "../../src/journal/mod.ts";
import { DEFAULT_OPTIONS } from "../../src/ladder/mod.ts";
import { createSteps } from "../../src/repairs/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  createLab,
  type Damage,
  domainJoined,
  type LabOptions,
  type MemoryLab,
  pendingXmlLeftBehind,
  proxySet,
  serviceDisabled,
  updatePolicySet,
  updateServersBlocked,
  updatesPaused,
} from "../lab/mod.ts";
import { runCli } from "../run_cli.ts";

const SERVICES = "services.restore-start";
const POLICY = "updates.reset-policy";
const PROXY = "network.reset-proxy";
const HOSTS_STEP = "network.reset-hosts";
const HOSTS = "D:\\Windows\\System32\\drivers\\etc\\hosts";
const SET = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet00";

async function labWith(damages: readonly Damage[], options: LabOptions = {}): Promise<MemoryLab> {
  const lab = await createLab({ source: "none", ...options });
  await lab.damage(...damages);
  return lab;
}

async function planOf(lab: MemoryLab, id: string) {
  const windows = await openWindows(lab.host, "D:");
  const step = createSteps(DEFAULT_OPTIONS).find((candidate) => candidate.id === id)!;
  const detected = await step.detect(windows);
  const plan = await step.plan(windows, []);
  return { detected, plan, edits: plan.changes.flatMap(editsOf) };
}

function editsOf(change: Change): string[] {
  return change.kind === "hive-edited" ? change.edits.map(describeEdit) : [];
}

Deno.test(`${SERVICES} lifts to the default of the table, and says delayed only with it`, async () => {
  const lab = await labWith([serviceDisabled("wuauserv"), serviceDisabled("CryptSvc")]);
  const { detected, edits } = await planOf(lab, SERVICES);
  assert.deepEqual(detected, { applies: true, reason: "Disabled: wuauserv, CryptSvc" });
  assert.deepEqual(edits, [
    'ControlSet001\\Services\\wuauserv "Start": 4 -> 3',
    'ControlSet001\\Services\\CryptSvc "Start": 4 -> 2',
  ]);
});

Deno.test(`${SERVICES} makes DelayedAutostart anew only with a start that it restores`, async () => {
  const without = `${SET}1\\Services\\UsoSvc]\n"Start"=dword:00000004\n"DelayedAutostart"=-\n` +
    `${SET}1\\Services\\DoSvc]\n"DelayedAutostart"=-\n`;
  const { edits } = await planOf(await labWith([], { additions: { SYSTEM: without } }), SERVICES);
  assert.deepEqual(edits, [
    'ControlSet001\\Services\\UsoSvc "Start": 4 -> 2',
    'ControlSet001\\Services\\UsoSvc "DelayedAutostart": (not there) -> 1',
  ]);
  const zero =
    `${SET}1\\Services\\UsoSvc]\n"Start"=dword:00000004\n"DelayedAutostart"=dword:00000000\n`;
  const kept = await planOf(await labWith([], { additions: { SYSTEM: zero } }), SERVICES);
  assert.deepEqual(kept.edits, ['ControlSet001\\Services\\UsoSvc "Start": 4 -> 2']);
});

Deno.test(`${SERVICES} leaves automatic and manual, missing and unneeded services alone`, async () => {
  const alike = `${SET}1\\Services\\wuauserv]\n"Start"=dword:00000002\n` +
    `${SET}1\\Services\\CryptSvc]\n"Start"=dword:00000003\n` +
    `${SET}1\\Services\\fhsvc]\n"Start"=dword:00000004\n` +
    "[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS]\n";
  const lab = await labWith([pendingXmlLeftBehind()], { additions: { SYSTEM: alike } });
  const { detected, plan } = await planOf(lab, SERVICES);
  assert.deepEqual(detected, {
    applies: false,
    reason: "No service that updates need is disabled",
  });
  assert.deepEqual(plan.changes, []);
});

Deno.test(`${SERVICES} edits the sets of this and the next start, and no other`, async () => {
  const system = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002\n' +
    [1, 2, 3].map((set) => `${SET}${set}\\Services\\BITS]\n"Start"=dword:00000004\n`).join("");
  const { edits } = await planOf(await labWith([], { additions: { SYSTEM: system } }), SERVICES);
  assert.deepEqual(edits, [
    'ControlSet001\\Services\\BITS "Start": 4 -> 3',
    'ControlSet002\\Services\\BITS "Start": 4 -> 3',
  ]);
});

Deno.test(`${SERVICES} runs unasked where nothing says that it was meant`, async () => {
  const lab = await labWith([serviceDisabled("wuauserv")]);
  const { stdout } = await runCli(lab, "repair", "D:", "--quick", "--dry-run");
  assert.match(stdout, /ControlSet001\\Services\\wuauserv "Start": 4 -> 3/);
});

Deno.test(`${SERVICES} does not run unasked on a member or against a policy`, async () => {
  for (const purpose of [domainJoined(), updatePolicySet()]) {
    const lab = await labWith([serviceDisabled("wuauserv"), purpose]);
    const { stdout } = await runCli(lab, "repair", "D:", "--quick", "--dry-run");
    assert.doesNotMatch(stdout, /"Start": 4 -> 3/, purpose.name);
    const named = await runCli(lab, "repair", "D:", "--only", SERVICES, "--dry-run");
    assert.match(named.stdout, /"Start": 4 -> 3/, purpose.name);
    assert.match(named.stdout.replace(/\s+/g, " "), /They may be disabled on purpose/);
  }
});

Deno.test(`${POLICY} deletes exactly what has an effect`, async () => {
  const additions = {
    SOFTWARE: "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU]\n" +
      '"AUOptions"=dword:00000004\n"NoAutoUpdate"=dword:00000000\n',
  };
  const lab = await labWith([updatePolicySet(), updatesPaused()], { additions });
  const { edits, plan } = await planOf(lab, POLICY);
  const names = edits.map((edit) => /"(\w+)": .* -> \(not there\)$/.exec(edit)?.[1]);
  assert.deepEqual(names, [
    "UseWUServer",
    "WUServer",
    "WUStatusServer",
    "DoNotConnectToWindowsUpdateInternetLocations",
    "PauseUpdatesExpiryTime",
    "PauseUpdatesStartTime",
  ]);
  assert.deepEqual(plan.remarks, []);
});

Deno.test(`${POLICY} leaves a server alone that Windows was not told to use`, async () => {
  const key = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate]\n";
  const additions = { SOFTWARE: `${key}"WUServer"="http://a"\n"WUStatusServer"=""\n` };
  const { detected, plan } = await planOf(await labWith([], { additions }), POLICY);
  assert.equal(detected.applies, false);
  assert.deepEqual(plan.changes, []);
});

Deno.test(`${POLICY} says on a member, and beside local policy, that the settings come back`, async () => {
  const lab = await labWith([updatePolicySet(), domainJoined()]);
  lab.files.put("D:\\Windows\\System32\\GroupPolicy\\Machine\\Registry.pol", new Uint8Array(8));
  const { plan } = await planOf(lab, POLICY);
  assert.deepEqual(plan.remarks, [
    "These settings come back with the next refresh: the domain CORP sets the policies of this " +
    "machine",
    "Local group policy may set them again: " +
    "Windows\\System32\\GroupPolicy\\Machine\\Registry.pol is there",
  ]);
});

Deno.test(`${PROXY} turns switches off and deletes what they switched on`, async () => {
  const { edits } = await planOf(await labWith([proxySet()]), PROXY);
  const shown = edits.map((edit) => edit.replace(/^.*\\(?=.* ")/, "").replace(/: .* -> /, " -> "));
  assert.deepEqual(shown, [
    'Connections "WinHttpSettings" -> (not there)',
    'Internet Settings "ProxyEnable" -> 0',
    'Internet Settings "ProxyServer" -> (not there)',
    'Internet Settings "ProxyOverride" -> (not there)',
    'Internet Settings "AutoConfigURL" -> (not there)',
  ]);
});

Deno.test(`${PROXY} leaves direct access and a server that is off alone`, async () => {
  const key =
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";
  const additions = {
    SOFTWARE: `${key}]\n"ProxyServer"="a:1"\n${key}\\Connections]\n` +
      `"WinHttpSettings"=hex:18,00,00,00,00,00,00,00,01,${"00,".repeat(10)}00\n`,
  };
  const { detected, plan } = await planOf(await labWith([], { additions }), PROXY);
  assert.deepEqual(detected, { applies: false, reason: "No proxy is set for the whole machine" });
  assert.deepEqual(plan.changes, []);
});

Deno.test(`${HOSTS_STEP} replaces the file with one that differs in the blocking lines only`, async () => {
  const lab = await labWith([updateServersBlocked()]);
  const { plan } = await planOf(lab, HOSTS_STEP);
  const [change] = plan.changes;
  assert.ok(change?.kind === "file-replaced" && "text" in change);
  assert.equal(change.encoding, "latin1");
  assert.equal(change.bytes, change.text.length);
  assert.equal(
    change.text,
    "\xef\xbb\xbf127.0.0.1 localhost\r\n0.0.0.0 vortex.data.microsoft.com\r\n" +
      "# 0.0.0.0 fe3.delivery.mp.microsoft.com\r\n",
  );
});

Deno.test(`${HOSTS_STEP} does not apply without a file, without such lines, or to another file`, async () => {
  const key = `${SET}1\\Services\\Tcpip\\Parameters]\n`;
  const gone = await labWith([]);
  gone.files.erase(HOSTS);
  const labs: readonly [MemoryLab, RegExp][] = [
    [gone, /^There is no hosts file$/],
    [await labWith([]), /blocks no update server$/],
    [
      await labWith([updateServersBlocked()], {
        additions: { SYSTEM: `${key}"DataBasePath"="C:\\\\x"\n` },
      }),
      /of another folder: C:\\x$/,
    ],
  ];
  for (const [lab, reason] of labs) {
    const { detected, plan } = await planOf(lab, HOSTS_STEP);
    assert.equal(detected.applies, false);
    assert.match(detected.reason, reason);
    assert.deepEqual(plan.changes, []);
  }
});

Deno.test(`${HOSTS_STEP} keeps every byte of an ANSI file, and undo brings the old one back`, async () => {
  const lab = await labWith([]);
  const before = Uint8Array.from(
    "# gr\xfc\xdfe \x81\x8d\n::1 adl.windows.com\n",
    (c) => c.charCodeAt(0),
  );
  lab.files.put(HOSTS, before);
  const args = ["repair", "D:", "--include", "hosts", "--only", HOSTS_STEP, "--yes"];
  const run = await runCli(lab, ...args);
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  const after = await lab.files.read(HOSTS);
  assert.deepEqual(
    after,
    Uint8Array.from("# gr\xfc\xdfe \x81\x8d\n# ::1 adl.windows.com\n", (c) => c.charCodeAt(0)),
  );
  const undo = await runCli(lab, "undo", "D:", "--yes");
  assert.equal(undo.code, ExitCode.ok, undo.stdout + undo.stderr);
  assert.deepEqual(await lab.files.read(HOSTS), before);
});

Deno.test(`${HOSTS_STEP} refuses what it cannot read, when it is asked for by name`, async () => {
  const lab = await labWith([]);
  lab.files.put(HOSTS, new Uint8Array([0xff, 0xfe, 0x30, 0x00]));
  await assert.rejects(planOf(lab, HOSTS_STEP), (error) => {
    assert.ok(error instanceof MedicError && error.code === "refused");
    assert.match(error.message, /^Cannot change the hosts file: it is no text of single bytes$/);
    return true;
  });
  const run = await runCli(lab, "repair", "D:", "--only", HOSTS_STEP, "--yes");
  assert.equal(run.code, ExitCode.refused, run.stderr);
  assert.deepEqual((await lab.files.read(HOSTS))[0], 0xff);
});

Deno.test("without --include nothing of policy, proxy and hosts is changed, but all is told", async () => {
  const lab = await labWith([updatePolicySet(), proxySet(), updateServersBlocked()]);
  const { stdout } = await runCli(lab, "repair", "D:", "--quick", "--dry-run");
  assert.doesNotMatch(stdout, /-> \(not there\)|Replace file/);
  const diagnosis = await runCli(lab, "diagnose", "D:");
  for (const word of ["policy", "proxy", "hosts"]) {
    assert.match(diagnosis.stdout.replace(/\s+/g, " "), new RegExp(`--include ${word} --only`));
  }
});

Deno.test("--include alone resets what it names, even where nothing blocks Windows", async () => {
  const lab = await labWith([updateServersBlocked()]);
  const run = await runCli(lab, "repair", "D:", "--quick", "--include", "hosts", "--yes");
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  const text = new TextDecoder().decode(await lab.files.read(HOSTS));
  assert.match(text, /\r\n# 0\.0\.0\.0 fe3\.delivery/);
});

const FOUND: readonly [string, Damage][] = [
  ["services.start", serviceDisabled("wuauserv")],
  ["updates.policy", updatePolicySet()],
  ["network.proxy", proxySet()],
  ["network.hosts", updateServersBlocked()],
];

for (const [id, damage] of FOUND) {
  Deno.test(`${id}: the command that it names mends what it found, and undo brings it back`, async () => {
    const lab = await labWith([damage]);
    const check = CHECKS.find((candidate) => candidate.id === id)!;
    const ask = async () => (await check.run(await openWindows(lab.host, "D:"), {}))[0]!;
    const before = await ask();
    const [program, ...args] = before.next!.split(" ");
    assert.equal(program, "pemedic");
    const run = await runCli(lab, ...args, "--yes");
    assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
    assert.equal((await ask()).outcome, "ok");
    const again = await runCli(lab, ...args, "--yes");
    assert.equal(again.code, ExitCode.nothingToDo, again.stdout + again.stderr);
    const undo = await runCli(lab, "undo", "D:", "--yes");
    assert.equal(undo.code, ExitCode.ok, undo.stdout + undo.stderr);
    assert.deepEqual(await ask(), before);
  });
}

Deno.test("--include resets all that it names in one run, and then what only the policy explained", async () => {
  const lab = await labWith(FOUND.map(([, damage]) => damage));
  const include = ["--include", "policy,proxy", "--include", "hosts"];
  const run = await runCli(lab, "repair", "D:", "--quick", ...include, "--yes");
  const windows = await openWindows(lab.host, "D:");
  const outcomes = FOUND.map(async ([id]) => {
    const check = CHECKS.find((candidate) => candidate.id === id)!;
    return (await check.run(windows, {}))[0]!.outcome;
  });
  assert.deepEqual(await Promise.all(outcomes), ["ok", "ok", "ok", "ok"], run.stderr);
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
});

Deno.test("--include policy switches no service on that a domain may want disabled", async () => {
  const lab = await labWith([serviceDisabled("wuauserv"), updatePolicySet(), domainJoined()]);
  const args = ["repair", "D:", "--quick", "--include", "policy", "--yes"];
  const run = await runCli(lab, ...args);
  assert.match(
    run.stderr.replace(/\s+/g, " "),
    /Switch the services on again that updates need: Disabled, and it may be meant: wuauserv/,
  );
  assert.doesNotMatch(run.stdout, /Switch the services on again that updates need/);
  const windows = await openWindows(lab.host, "D:");
  const start = await windows.registry.number(
    "SYSTEM\\CurrentControlSet\\Services\\wuauserv",
    "Start",
  );
  assert.equal(start, 4);
});

Deno.test(`${SERVICES} switches on what the logon needs, on a member too, and nothing else`, async () => {
  const lab = await labWith([
    serviceDisabled("wuauserv"),
    serviceDisabled("RpcSs"),
    domainJoined(),
  ]);
  const args = ["repair", "D:", "--quick", "--yes"];
  const run = await runCli(lab, ...args);
  assert.equal(run.code, ExitCode.ok, run.stdout + run.stderr);
  assert.match(
    run.stderr.replace(/\s+/g, " "),
    /WRONG Services that Windows cannot do without are disabled: RpcSs/,
  );
  const windows = await openWindows(lab.host, "D:");
  const start = async (name: string) =>
    await windows.registry.number(`SYSTEM\\CurrentControlSet\\Services\\${name}`, "Start");
  assert.deepEqual([await start("RpcSs"), await start("wuauserv")], [2, 4]);
  assert.equal((await runCli(lab, ...args)).code, ExitCode.nothingToDo);
});
