/** Who sets the policies: every sign alone, none of them, and hives that cannot be read. */
import assert from "node:assert/strict";
import {
  describeManagement,
  type OfflineWindows,
  openWindows,
  readManagement,
} from "../../src/windows/mod.ts";
import { corpusPath, corpusPresent } from "../corpus.ts";
import {
  type Damage,
  domainJoined,
  type HiveName,
  hivePath,
  missingSoftwareHive,
  truncatedSystemHive,
} from "../lab/mod.ts";
import { labWith } from "./rooms.ts";

async function managed(damages: readonly Damage[], additions: Partial<Record<HiveName, string>>) {
  const lab = await labWith(damages, { additions });
  return await readManagement(await openWindows(lab.host, "D:"));
}

const SET = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001";
const SECURITY = "[HKEY_LOCAL_MACHINE\\SECURITY\\Policy";
const SOFTWARE = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft";
const ENROLMENT = `${SOFTWARE}\\Enrollments\\{0a1b}]\n`;
const MDM = "https://manage.example/discovery";

Deno.test("readManagement() says no for a machine of a workgroup, and where it looked", async () => {
  const answer = await managed([], {});
  assert.deepEqual([answer.managed, answer.by], ["no", undefined]);
  assert.deepEqual(answer.evidence, [{
    kind: "registry",
    hive: "SYSTEM",
    key: "ControlSet001\\Services\\Tcpip\\Parameters",
    value: "NV Domain",
    data: "not set",
  }]);
});

Deno.test("readManagement() names the domain of a member, with several pieces of evidence", async () => {
  const answer = await managed([domainJoined()], {});
  assert.deepEqual([answer.managed, answer.by], ["yes", "the domain CORP"]);
  assert.equal(answer.evidence.length, 3);
  assert.equal(
    describeManagement(answer),
    "the domain CORP sets the policies of this machine",
  );
});

/** Each sign alone, with its answer. */
const SIGNS: readonly [string, "yes" | "unknown" | "no", RegExp, HiveName, string][] = [
  [
    "NV Domain",
    "yes",
    /corp\.example/,
    "SYSTEM",
    `${SET}\\Services\\Tcpip\\Parameters]
"NV Domain"="corp.example"`,
  ],
  [
    "Domain",
    "yes",
    /corp\.example/,
    "SYSTEM",
    `${SET}\\Services\\Tcpip\\Parameters]
"Domain"="corp.example"`,
  ],
  [
    "an empty Domain",
    "no",
    /^$/,
    "SYSTEM",
    `${SET}\\Services\\Tcpip\\Parameters]
"Domain"=""\n"NV Domain"=" "\n"ICSDomain"="mshome.net"`,
  ],
  [
    "a domain SID without a name",
    "yes",
    /^a domain$/,
    "SECURITY",
    `${SECURITY}\\PolPrDmS]
@=hex(0):01,04,00,00,00,00,00,05`,
  ],
  [
    "a domain SID with a name that lies",
    "yes",
    /^a domain$/,
    "SECURITY",
    `${SECURITY}\\PolPrDmS]
@=hex(0):01\n${SECURITY}\\PolPrDmN]\n@=hex(0):ff,00,ff,00,ff,ff,ff,7f`,
  ],
  [
    "an empty domain SID",
    "no",
    /^$/,
    "SECURITY",
    `${SECURITY}\\PolPrDmS]\n@=hex(0):
${SECURITY}\\PolPrDmN]\n@=hex(0):04,00,04,00,08,00,00,00,57,00,47,00`,
  ],
  ["a joined tenant", "yes", /Entra/, "SYSTEM", `${SET}\\Control\\CloudDomainJoin\\JoinInfo\\1A]`],
  ["no tenant", "no", /^$/, "SYSTEM", `${SET}\\Control\\CloudDomainJoin\\JoinInfo]`],
  [
    "an enrolment",
    "yes",
    /MS DM Server/,
    "SOFTWARE",
    `${ENROLMENT}"ProviderID"="MS DM Server"
"DiscoveryServiceFullURL"="${MDM}"`,
  ],
  ["a stub of every Windows", "no", /^$/, "SOFTWARE", `${ENROLMENT}"ProviderID"="MEMDM"`],
  ["a stub with a state", "no", /^$/, "SOFTWARE", `${ENROLMENT}"EnrollmentState"=dword:00000001`],
  [
    "policies of a domain",
    "unknown",
    /corp/,
    "SOFTWARE",
    `${SOFTWARE}\\Windows\\CurrentVersion\\` +
    `Group Policy\\History]\n"MachineDomain"="corp.example"`,
  ],
  [
    "policies of nobody",
    "no",
    /^$/,
    "SOFTWARE",
    `${SOFTWARE}\\Windows\\CurrentVersion\\` +
    `Group Policy\\History]\n"MachineDomain"=""`,
  ],
  [
    "Netlogon automatic",
    "unknown",
    /^a domain$/,
    "SYSTEM",
    `${SET}\\Services\\Netlogon]
"Start"=dword:00000002`,
  ],
  [
    "Netlogon manual",
    "no",
    /^$/,
    "SYSTEM",
    `${SET}\\Services\\Netlogon]
"Start"=dword:00000003`,
  ],
];

for (const [name, expected, by, hive, text] of SIGNS) {
  Deno.test(`readManagement() with ${name}: ${expected}`, async () => {
    const answer = await managed([], { [hive]: `${text}\n` });
    assert.equal(answer.managed, expected);
    assert.match(answer.by ?? "", by);
    assert.ok(answer.evidence.length > 0);
  });
}

Deno.test("readManagement() says unknown, never no, where a hive cannot be read", async () => {
  for (const damage of [missingSoftwareHive(), truncatedSystemHive()]) {
    assert.equal((await managed([damage], {})).managed, "unknown", damage.name);
  }
  const lab = await labWith();
  lab.files.erase(`D:\\${hivePath("SECURITY")}`);
  const answer = await readManagement(await openWindows(lab.host, "D:"));
  assert.equal(answer.managed, "unknown");
  assert.match(JSON.stringify(answer.evidence), /SECURITY.*not there/);
  assert.equal(
    describeManagement(answer),
    "a domain may set the policies of this machine",
  );
});

/** A lab whose hives are real ones. */
async function withRealHives(hives: Partial<Record<HiveName, string>>): Promise<OfflineWindows> {
  const lab = await labWith();
  const windows = await openWindows(lab.host, "D:");
  for (const [name, file] of Object.entries(hives)) {
    const bytes = await Deno.readFile(corpusPath(`hives-clean/${file}`));
    lab.files.put(`D:\\Windows\\System32\\config\\${name}`, await unpacked(file, bytes));
  }
  windows.refresh();
  return windows;
}

async function unpacked(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (!file.endsWith(".gz")) return bytes;
  const stream = new Response(bytes).body!.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test({
  name: "readManagement() tells real members from real machines of a workgroup",
  ignore: !corpusPresent,
  async fn() {
    const member = await readManagement(await withRealHives({ SYSTEM: "SYSTEM-regipy.gz" }));
    assert.deepEqual([member.managed, member.by], ["yes", "the domain shieldbase.local"]);
    const alone = await withRealHives({
      SYSTEM: "SYSTEM_2-regipy.gz",
      SECURITY: "SECURITY-regipy",
    });
    assert.equal((await readManagement(alone)).managed, "no");
    const account = await readManagement(await withRealHives({ SECURITY: "SECURITY-EZ" }));
    assert.deepEqual([account.managed, account.by], ["yes", "the domain PRWUA"]);
    const policies = await readManagement(await withRealHives({ SOFTWARE: "SOFTWARE-plaso.gz" }));
    assert.deepEqual([policies.managed, policies.by], ["unknown", "the domain shieldbase.local"]);
  },
});
