/** Target and source in a table: which image can repair which Windows, and the sentence. */
import assert from "node:assert/strict";
import {
  describeWanted,
  matchSource,
  type RepairTarget,
  type SourceImage,
  type SourceMatch,
} from "../../src/kit/mod.ts";

const PRO_24H2: RepairTarget = {
  architecture: "x64",
  edition: "Professional",
  language: "0409",
  build: 26100,
  ubr: 4061,
};
const IMAGE: SourceImage = {
  architecture: "x64",
  edition: "Professional",
  languages: ["en-US"],
  build: 26100,
  ubr: 4061,
};

const SERVER: Partial<RepairTarget> = { edition: "ServerStandard", installationType: "Server" };
const SERVER_IMAGE: Partial<SourceImage> = { edition: "ServerStandard" };

type Row = readonly [
  what: string,
  target: Partial<RepairTarget>,
  image: Partial<SourceImage>,
  verdict: SourceMatch["verdict"],
  reason: RegExp,
];

const TABLE: readonly Row[] = [
  ["the same", {}, {}, "fits", /^Same edition, language and update level \(26100\.4061\)$/],
  ["a newer revision", {}, { ubr: 4946 }, "fits", /newer update level \(26100\.4946\)/],
  ["an older revision", {}, { ubr: 1742 }, "older", /26100\.1742 is older than 26100\.4061/],
  ["the RTM image", {}, { ubr: 1 }, "older", /26100\.1 is older/],
  ["25H2 for 24H2", {}, { build: 26200, ubr: 8037 }, "fits", /26200\.8037/],
  ["24H2 for 25H2", { build: 26200, ubr: 6899 }, { ubr: 6899 }, "fits", /Same edition/],
  ["24H2 for a newer 25H2", { build: 26200, ubr: 8037 }, {}, "older", /than 26200\.8037/],
  ["23H2 for 24H2", {}, { build: 22631, ubr: 5335 }, "unfit", /Windows 11 23H2 \(22631\)/],
  ["22H2 for 23H2", { build: 22631, ubr: 5000 }, { build: 22621, ubr: 5000 }, "fits", /22621/],
  ["10 22H2 for 10 2004", { build: 19041, ubr: 1 }, { build: 19045, ubr: 5 }, "fits", /19045/],
  [
    "10 2004 for 10 22H2",
    { build: 19045, ubr: 5854 },
    { build: 19041, ubr: 1 },
    "older",
    /19041\.1/,
  ],
  ["10 1909 for 1903", { build: 18362, ubr: 1 }, { build: 18363, ubr: 1 }, "fits", /18363/],
  [
    "10 1809 for 1903",
    { build: 18362, ubr: 1 },
    { build: 17763, ubr: 1 },
    "unfit",
    /Windows 10 1809/,
  ],
  ["11 for 10", { build: 19045, ubr: 1 }, {}, "unfit", /this Windows is Windows 10 22H2 \(19045\)/],
  ["10 for 11", {}, { build: 19045, ubr: 9 }, "unfit", /It is Windows 10 22H2/],
  ["an unknown build", {}, { build: 27871, ubr: 1 }, "unfit", /Windows 11 build 27871/],
  [
    "the same unknown build",
    { build: 27871, ubr: 1 },
    { build: 27871, ubr: 1 },
    "fits",
    /27871\.1/,
  ],
  ["arm64 for x64", {}, { architecture: "arm64" }, "unfit", /for arm64; this Windows is x64/],
  ["x86 for x64", {}, { architecture: "x86" }, "unfit", /for x86/],
  ["x64 for arm64", { architecture: "arm64" }, {}, "unfit", /this Windows is arm64/],
  ["arm64 for arm64", { architecture: "arm64" }, { architecture: "arm64" }, "fits", /Same/],
  [
    "Home for Pro",
    {},
    { edition: "Core" },
    "doubtful",
    /Home \(Core\); this Windows is Pro .*missing/,
  ],
  ["Pro for Home", { edition: "Core" }, {}, "doubtful", /Pro \(Professional\)/],
  ["Education for Pro", {}, { edition: "Education" }, "doubtful", /Education/],
  ["Enterprise for Pro", {}, { edition: "Enterprise" }, "doubtful", /Enterprise/],
  ["Pro for Enterprise", { edition: "Enterprise" }, {}, "doubtful", /this Windows is Enterprise/],
  ["Pro N for Pro", {}, { edition: "ProfessionalN" }, "unfit", /Pro N \(ProfessionalN\)/],
  ["Pro for Pro N", { edition: "ProfessionalN" }, {}, "unfit", /this Windows is Pro N/],
  ["Pro N for Pro N", { edition: "ProfessionalN" }, { edition: "ProfessionalN" }, "fits", /Same/],
  ["Home N for Pro N", { edition: "ProfessionalN" }, { edition: "CoreN" }, "doubtful", /Home N/],
  ["LTSC for Pro", {}, { edition: "EnterpriseS" }, "unfit", /LTSC/],
  ["Enterprise for LTSC", { edition: "EnterpriseS" }, { edition: "Enterprise" }, "unfit", /LTSC/],
  ["LTSC for LTSC", { edition: "EnterpriseS" }, { edition: "EnterpriseS" }, "fits", /Same/],
  [
    "IoT LTSC for LTSC",
    { edition: "EnterpriseS" },
    { edition: "IoTEnterpriseS" },
    "doubtful",
    /IoT/,
  ],
  ["Server for Pro", {}, { edition: "ServerStandard" }, "unfit", /Server Standard/],
  ["WinPE of boot.wim", {}, { edition: "WindowsPE" }, "unfit", /It is Windows PE/],
  ["edition in other case", {}, { edition: "PROFESSIONAL" }, "fits", /Same/],
  ["an edition nobody knows", {}, { edition: "Andromeda" }, "doubtful", /Andromeda/],
  ["no edition", {}, { edition: undefined }, "doubtful", /edition cannot be compared/],
  ["German for English", {}, { languages: ["de-DE"] }, "unfit", /de-DE; this Windows is en-US/],
  ["British for American", {}, { languages: ["en-GB"] }, "unfit", /en-GB/],
  ["several languages", {}, { languages: ["de-DE", "en-us"] }, "fits", /Same/],
  ["Japanese for Japanese", { language: "0411" }, { languages: ["ja-JP"] }, "fits", /Same/],
  ["language id in capitals", { language: "0C0A" }, { languages: ["es-ES"] }, "fits", /Same/],
  ["Spanish for Mexico", { language: "080a" }, { languages: ["es-ES"] }, "unfit", /es-MX/],
  ["no language in the image", {}, { languages: [] }, "doubtful", /language cannot be compared/],
  ["unknown language id", { language: "7777" }, {}, "doubtful", /language cannot be compared/],
  ["no revision in the image", {}, { ubr: undefined }, "doubtful", /update level cannot/],
  ["no revision of the target", { ubr: undefined }, {}, "doubtful", /update level cannot/],
  ["no build", {}, { build: undefined }, "doubtful", /build cannot be compared/],
  ["no architecture", { architecture: undefined }, {}, "doubtful", /processor/],
  ["an encrypted ESD", {}, { unusable: "It is encrypted" }, "unfit", /^It is encrypted$/],
  [
    "older and another edition",
    {},
    { ubr: 1, edition: "Core" },
    "doubtful",
    /^Its edition is Home .*missing; its update level 26100\.1 is older than/,
  ],
  [
    "older and no language",
    {},
    { ubr: 1, languages: [] },
    "doubtful",
    /language cannot.*; its update level/,
  ],
  [
    "Server Core for Server",
    SERVER,
    { ...SERVER_IMAGE, installationType: "Server Core" },
    "unfit",
    /type is "Server Core"; this Windows is "Server": the desktop is missing/,
  ],
  ["Server for Server", SERVER, { ...SERVER_IMAGE, installationType: "Server" }, "fits", /Same/],
  [
    "Server for Server Core",
    { ...SERVER, installationType: "Server Core" },
    { ...SERVER_IMAGE, installationType: "Server" },
    "doubtful",
    /this Windows is "Server Core"/,
  ],
  ["a server that does not say its type", SERVER, SERVER_IMAGE, "fits", /Same/],
  [
    "Datacenter for Standard",
    SERVER,
    { ...SERVER_IMAGE, edition: "ServerDatacenter" },
    "doubtful",
    /Datacenter/,
  ],
  [
    "a server evaluation for Pro",
    {},
    { edition: "ServerStandardEval" },
    "unfit",
    /ServerStandardEval/,
  ],
  ["a server nobody knows for Pro", {}, { edition: "ServerTurbine" }, "unfit", /ServerTurbine/],
  ["multi-session for Pro", {}, { edition: "ServerRdsh" }, "doubtful", /multi-session/],
  ["an LTSC evaluation for Pro", {}, { edition: "EnterpriseSEval" }, "unfit", /EnterpriseSEval/],
  [
    "an N evaluation for Enterprise",
    { edition: "Enterprise" },
    { edition: "EnterpriseNEval" },
    "unfit",
    /EnterpriseNEval/,
  ],
  ["IoT for Pro", {}, { edition: "IoTEnterprise" }, "doubtful", /IoT/],
  [
    "IoT LTSC for IoT",
    { edition: "IoTEnterprise" },
    { edition: "IoTEnterpriseS" },
    "unfit",
    /IoT Enterprise LTSC/,
  ],
  [
    "Server 2016 for Server 2019",
    { ...SERVER, build: 17763 },
    { ...SERVER_IMAGE, build: 14393 },
    "unfit",
    /Windows Server 2016 \(14393\); this Windows is Windows Server 2019/,
  ],
  ["an Insider build of the same family", {}, { build: 26120, ubr: 5000 }, "unfit", /build 26120/],
  [
    "an image whose number is in doubt",
    {},
    { unsure: "Its number is 3, but the file has 2" },
    "doubtful",
    /number is 3/,
  ],
  [
    "an encrypted image whose number is in doubt",
    {},
    { unsure: "x", unusable: "It is encrypted" },
    "unfit",
    /^It is encrypted$/,
  ],
  ["older and N", {}, { ubr: 1, edition: "CoreN" }, "unfit", /Home N/],
];

for (const [what, target, image, verdict, reason] of TABLE) {
  Deno.test(`matchSource(): ${what} is ${verdict}`, () => {
    const match = matchSource({ ...PRO_24H2, ...target }, { ...IMAGE, ...image });
    assert.equal(match.verdict, verdict, match.reason);
    assert.match(match.reason, reason);
    assert.doesNotMatch(match.reason, /\.$/);
  });
}

Deno.test("matchSource() ranks the same revision first, then newer, older, doubtful, unfit", () => {
  const images: readonly Partial<SourceImage>[] = [
    {},
    { ubr: 4100 },
    { ubr: 4946 },
    { ubr: 3915 },
    { ubr: 1742 },
    { edition: "Core" },
    { languages: ["de-DE"] },
  ];
  const ranks = images.map((image) => matchSource(PRO_24H2, { ...IMAGE, ...image }).rank);
  assert.deepEqual(ranks, ranks.toSorted((a, b) => a - b));
  assert.equal(new Set(ranks).size, ranks.length);
});

Deno.test("describeWanted() says what to download", () => {
  assert.equal(
    describeWanted(PRO_24H2),
    "Windows 11 24H2, build 26100.4061 or newer, edition Pro (Professional), language en-US, x64",
  );
  assert.match(describeWanted({ ...PRO_24H2, build: 26200 }), /another build of the family 26100/);
  const nothing = {
    architecture: undefined,
    edition: undefined,
    language: undefined,
    build: undefined,
    ubr: undefined,
  };
  assert.equal(describeWanted(nothing), "");
});
