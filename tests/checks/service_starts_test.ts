/** services.start: every outcome, and who may have switched services off on purpose. */
import assert from "node:assert/strict";
import { needsRepair, serviceStarts } from "../../src/checks/mod.ts";
import { SERVICE_DEFAULTS } from "../../src/knowledge/mod.ts";
import { openWindows } from "../../src/windows/mod.ts";
import {
  createLab,
  domainJoined,
  hivePath,
  missingSoftwareHive,
  pendingXmlLeftBehind,
  serviceDisabled,
  truncatedSystemHive,
  updatePolicySet,
} from "../lab/mod.ts";
import { ask, assertFinding, checkLab } from "./check_lab.ts";

const NEEDED = SERVICE_DEFAULTS.filter((row) => row.neededForUpdates);
const COMMAND = "pemedic repair D: --only services.restore-start";
const AU = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU]\n";

function keyOf(service: string, set = 1): string {
  return `[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet00${set}\\Services\\${service}]\n`;
}

/** The finding of a lab whose SYSTEM hive has this, too. */
async function withSystem(addition: string) {
  return await ask(await checkLab([], { additions: { SYSTEM: `${addition}\n` } }), serviceStarts);
}

for (const row of NEEDED) {
  Deno.test(`services.start: ${row.name} disabled blocks, with the command to mend it`, async () => {
    const finding = await withSystem(`${keyOf(row.name)}"Start"=dword:00000004`);
    assert.deepEqual([finding.outcome, needsRepair(finding)], ["problem", true]);
    assert.ok(finding.summary.endsWith(`: ${row.name}`), finding.summary);
    assert.equal(finding.next, COMMAND);
    const [evidence] = finding.evidence;
    assert.ok(evidence?.kind === "registry" && evidence.data === "4" && evidence.value === "Start");
  });

  Deno.test(`services.start: ${row.name} automatic or manual is in order`, async () => {
    for (const start of [2, 3]) {
      const finding = await withSystem(`${keyOf(row.name)}"Start"=dword:0000000${start}`);
      assert.equal(finding.outcome, "ok");
    }
  });
}

Deno.test("services.start: several disabled ones are named together, each once", async () => {
  const lab = await checkLab([serviceDisabled("wuauserv"), serviceDisabled("BITS")]);
  const finding = await ask(lab, serviceStarts);
  assert.match(finding.summary, /: wuauserv, BITS$/);
  assert.equal(finding.evidence.length, 2);
});

Deno.test("services.start: a healthy Windows, and services that are not needed", async () => {
  assert.equal((await ask(await checkLab(), serviceStarts)).outcome, "ok");
  for (const service of ["fhsvc", "uhssvc"]) {
    const finding = await withSystem(`${keyOf(service)}"Start"=dword:00000004`);
    assert.equal(finding.outcome, "ok", service);
  }
});

Deno.test("services.start: TrustedInstaller is automatic while an update waits, and that is normal", async () => {
  const finding = await ask(await checkLab([pendingXmlLeftBehind()]), serviceStarts);
  assert.equal(finding.outcome, "ok");
});

Deno.test("services.start: on a member of a domain it is a notice that names the domain", async () => {
  const finding = await ask(
    await checkLab([serviceDisabled("wuauserv"), domainJoined()]),
    serviceStarts,
  );
  assert.deepEqual([finding.outcome, finding.blocking, finding.next], ["notice", false, COMMAND]);
  assert.match(finding.summary, /this may be meant, because the domain CORP sets the policies/);
  assert.match(JSON.stringify(finding.evidence), /PolPrDmS/);
});

Deno.test("services.start: with a policy against updates it is a notice that names the policy", async () => {
  const finding = await ask(
    await checkLab([serviceDisabled("wuauserv"), updatePolicySet()]),
    serviceStarts,
  );
  assert.equal(finding.outcome, "notice");
  assert.match(finding.summary, /because a policy says so \(UseWUServer\)$/);
  assert.match(JSON.stringify(finding.evidence), /UseWUServer/);
});

Deno.test("services.start: policies that do not decide about updates change nothing", async () => {
  const texts = [
    `${AU}"UseWUServer"=dword:00000000\n"NoAutoUpdate"=dword:00000000\n`,
    `${AU.replace("\\AU", "")}"WUServer"="http://wsus"\n"TargetReleaseVersion"=dword:00000001\n`,
  ];
  for (const text of texts) {
    const lab = await checkLab([serviceDisabled("wuauserv")], { additions: { SOFTWARE: text } });
    assert.equal((await ask(lab, serviceStarts)).outcome, "problem", text);
  }
});

Deno.test("services.start: who cannot be ruled out may have meant it", async () => {
  const lab = await checkLab([serviceDisabled("wuauserv"), missingSoftwareHive()]);
  const finding = await ask(lab, serviceStarts);
  assert.equal(finding.outcome, "notice");
  assert.match(finding.summary, /a domain may set the policies of this machine$/);
});

Deno.test("services.start: the control set of the next start counts too, others do not", async () => {
  const second = `${keyOf("wuauserv", 2)}"Start"=dword:00000004\n`;
  assert.equal((await withSystem(second)).outcome, "ok");
  const select = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Default"=dword:00000002\n';
  const finding = await withSystem(second + select);
  assert.equal(finding.outcome, "problem");
  assert.match(JSON.stringify(finding.evidence), /ControlSet002/);
});

Deno.test("services.start: missing services are told beside the answer", async () => {
  const addition = "[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS]\n" +
    `${keyOf("wuauserv")}"Start"=dword:00000004\n`;
  const { windows } = await checkLab([], { additions: { SYSTEM: addition } });
  const findings = await serviceStarts.run(windows, {});
  for (const finding of findings) assertFinding(finding, serviceStarts);
  assert.deepEqual(findings.map(({ outcome }) => outcome), ["problem", "notice"]);
  assert.match(findings[1]!.summary, /^Services that updates need are missing: BITS;/);
  assert.equal(findings[1]!.next, "pemedic upgrade check D: --media PATH");
});

Deno.test("services.start: what old builds do not have is not missed", async () => {
  const gone = ["UsoSvc", "DoSvc", "WaaSMedicSvc"].map((name) =>
    `[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\${name}]\n`
  ).join("");
  const version = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n";
  const outcomes = async (build: number) => {
    const software = `${version}"CurrentBuildNumber"="${build}"\n"CurrentBuild"="${build}"\n`;
    const options = { additions: { SYSTEM: gone, SOFTWARE: software } };
    const findings = await serviceStarts.run((await checkLab([], options)).windows, {});
    return findings.map(({ outcome }) => outcome);
  };
  assert.deepEqual(await outcomes(14393), ["ok"]);
  assert.deepEqual(await outcomes(17763), ["ok", "notice"]);
});

Deno.test("services.start: a Start that is no number is shown and not taken for disabled", async () => {
  const finding = await withSystem(`${keyOf("wuauserv")}"Start"="4"`);
  assert.equal(finding.outcome, "ok");
  assert.match(JSON.stringify(finding.evidence), /"no number"/);
});

Deno.test("services.start: without services or SYSTEM hive the answer is unknown", async () => {
  const unread = await ask(await checkLab([truncatedSystemHive()]), serviceStarts);
  assert.deepEqual([unread.outcome, unread.code], ["unknown", "damagedFile"]);
  const select = '[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"Current"=dword:00000007\n' +
    '"Default"=dword:00000007\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet007\\Services\\other]';
  const none = await withSystem(select);
  assert.equal(none.outcome, "unknown");
  assert.match(none.summary, /^None of the services/);
});

Deno.test("services.start: a dirty hive without logs proves nothing, and is marked as stale", async () => {
  for (const start of [3, 4]) {
    const addition = `${keyOf("wuauserv")}"Start"=dword:0000000${start}\n`;
    const lab = await createLab({ source: "none", additions: { SYSTEM: addition } });
    const path = `D:\\${hivePath("SYSTEM")}`;
    const bytes = await lab.files.read(path);
    new DataView(bytes.buffer).setUint32(4, 77, true);
    lab.files.put(path, bytes);
    const windows = await openWindows(lab.host, "D:");
    const finding = await ask({ lab, windows }, serviceStarts);
    const stale = finding.evidence.filter((each) => each.kind === "registry" && each.stale);
    assert.equal(stale.length, finding.evidence.length);
    assert.deepEqual([finding.outcome, finding.blocking], [start === 4 ? "problem" : "ok", false]);
  }
});
