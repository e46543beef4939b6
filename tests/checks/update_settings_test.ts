/** updates.policy, network.proxy and network.hosts: told always, never judged. */
import assert from "node:assert/strict";
import { needsRepair, networkHosts, networkProxy, updatePolicy } from "../../src/checks/mod.ts";
import { UPDATE_POLICIES, type UpdatePolicyRow } from "../../src/knowledge/mod.ts";
import {
  domainJoined,
  missingSoftwareHive,
  proxySet,
  updatePolicySet,
  updateServersBlocked,
  updatesPaused,
} from "../lab/mod.ts";
import { ask, checkLab } from "./check_lab.ts";

const HOSTS = "D:\\Windows\\System32\\drivers\\etc\\hosts";

async function policyFinding(software: string) {
  return await ask(await checkLab([], { additions: { SOFTWARE: software } }), updatePolicy);
}

/** `.reg` text that sets a row, and the one that it needs. */
function setting(row: UpdatePolicyRow, data?: string): string {
  const needed = UPDATE_POLICIES.find(({ id }) => id === row.needs);
  const usual = row.kind === "number" ? "dword:00000002" : '"something"';
  const own = `[HKEY_LOCAL_MACHINE\\SOFTWARE\\${row.key}]\n"${row.name}"=${data ?? usual}\n`;
  return own + (needed === undefined ? "" : setting(needed));
}

Deno.test("updates.policy: a healthy Windows has none", async () => {
  const finding = await ask(await checkLab(), updatePolicy);
  assert.deepEqual([finding.outcome, finding.summary], [
    "ok",
    "No policy and no pause holds updates back",
  ]);
});

for (const row of UPDATE_POLICIES) {
  Deno.test(`updates.policy: ${row.name} is told when it has an effect, and only then`, async () => {
    const finding = await policyFinding(setting(row));
    assert.deepEqual([finding.outcome, needsRepair(finding)], ["notice", false]);
    assert.ok(finding.evidence.some((each) => each.kind === "registry" && each.value === row.name));
    assert.equal(finding.next, "pemedic repair D: --include policy --only updates.reset-policy");
    const withoutEffect = row.kind === "number"
      ? ["dword:00000000", '"1"', "hex:01"]
      : ['""', '" "', "dword:00000001"];
    for (const data of withoutEffect) {
      const quiet = await policyFinding(setting({ ...row, needs: "" }, data));
      assert.equal(quiet.outcome, "ok", data);
    }
    if (row.needs === undefined) return;
    const alone = await policyFinding(setting({ ...row, needs: "" }));
    assert.equal(alone.outcome, "ok", `${row.name} has no effect without ${row.needs}`);
  });
}

Deno.test("updates.policy: the summary names what decides, and how many more there are", async () => {
  const server = await ask(await checkLab([updatePolicySet()]), updatePolicy);
  assert.equal(
    server.summary,
    "Updates come from a server of the organisation, not from Microsoft: UseWUServer = 1 " +
      "(and 3 more settings)",
  );
  assert.match(JSON.stringify(server.evidence), /http:\/\/wsus\.corp\.example:8530/);
  const paused = await ask(await checkLab([updatesPaused()]), updatePolicy);
  assert.match(paused.summary, /paused until this time: PauseUpdatesExpiryTime = "2125-01-01T/);
});

Deno.test("updates.policy: on a member of a domain it says so, with evidence", async () => {
  const finding = await ask(await checkLab([updatePolicySet(), domainJoined()]), updatePolicy);
  assert.match(finding.summary, /; the domain CORP sets the policies of this machine$/);
  assert.match(JSON.stringify(finding.evidence), /NV Domain/);
});

Deno.test("updates.policy and network.proxy: without SOFTWARE the answer is unknown", async () => {
  const lab = await checkLab([missingSoftwareHive()]);
  for (const check of [updatePolicy, networkProxy]) {
    const finding = await ask(lab, check);
    assert.deepEqual([finding.outcome, finding.code], ["unknown", "damagedFile"]);
  }
});

Deno.test("network.proxy: none, and one that is named", async () => {
  assert.equal((await ask(await checkLab(), networkProxy)).outcome, "ok");
  const finding = await ask(await checkLab([proxySet()]), networkProxy);
  assert.deepEqual([finding.outcome, needsRepair(finding)], ["notice", false]);
  assert.match(finding.summary, /^The proxy of services, .*: "proxy\.corp\.example:8080"/);
  assert.equal(finding.evidence.length, 5);
  assert.equal(finding.next, "pemedic repair D: --include proxy --only network.reset-proxy");
});

Deno.test("network.proxy: a proxy of Internet Settings is named by its server", async () => {
  const text =
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings]\n" +
    '"ProxyEnable"=dword:00000001\n"ProxyServer"="a:1"\n';
  const lab = await checkLab([], { additions: { SOFTWARE: text } });
  assert.match((await ask(lab, networkProxy)).summary, /^The proxy: "a:1";/);
});

Deno.test("network.hosts: a healthy Windows, and no file at all", async () => {
  const lab = await checkLab();
  assert.equal((await ask(lab, networkHosts)).outcome, "ok");
  lab.lab.files.erase(HOSTS);
  assert.equal((await ask(lab, networkHosts)).outcome, "ok");
});

Deno.test("network.hosts: a blocked server is a notice with the number of its line", async () => {
  const finding = await ask(await checkLab([updateServersBlocked()]), networkHosts);
  assert.deepEqual([finding.outcome, needsRepair(finding)], ["notice", false]);
  assert.match(finding.summary, /nowhere: fe3\.delivery\.mp\.microsoft\.com$/);
  assert.match(JSON.stringify(finding.evidence), /line 3: 0\.0\.0\.0 fe3\.delivery/);
  assert.equal(finding.next, "pemedic repair D: --include hosts --only network.reset-hosts");
});

Deno.test("network.hosts: what is not looked at is unknown, with the file to open", async () => {
  const lab = await checkLab();
  lab.lab.files.put(HOSTS, new Uint8Array([0xff, 0xfe, 0x30, 0x00]));
  const finding = await ask(lab, networkHosts);
  assert.equal(finding.outcome, "unknown");
  assert.match(finding.next ?? "", /notepad D:\\Windows\\System32\\drivers\\etc\\hosts$/);
  const key = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Tcpip\\Parameters]\n";
  const additions = { SYSTEM: `${key}"DataBasePath"="C:\\\\x"\n` };
  const elsewhere = await ask(await checkLab([], { additions }), networkHosts);
  assert.equal(elsewhere.outcome, "unknown");
  assert.match(elsewhere.summary, /of another folder: C:\\x$/);
});
