/** Verdicts and reasons for many targets and media: one row each. */
import assert from "node:assert/strict";
import {
  checkUpgrade,
  type UpgradeImage,
  type UpgradeMedia,
  type UpgradeVerdict,
  type UpgradeWish,
} from "../../src/upgrade/mod.ts";
import {
  finding,
  media,
  named,
  PROOF,
  situation,
  type SituationChanges,
} from "./made_situation.ts";

interface Row {
  readonly what: string;
  readonly target?: SituationChanges;
  readonly images?: readonly Partial<UpgradeImage>[];
  readonly media?: Partial<UpgradeMedia>;
  readonly wish?: UpgradeWish;
  readonly verdict: UpgradeVerdict;
  /** Every reason, `weight id`, in any order. Default: none. */
  readonly reasons?: readonly string[];
  /** What a summary or an advice says. */
  readonly says?: readonly RegExp[];
  /** Number of the image that is chosen; 0 for none. Default 1. */
  readonly image?: number;
}

const GIGABYTE = 2 ** 30;
const HOME = { edition: "Core", name: "Windows 11 Home" };
const EDUCATION = { edition: "Education", name: "Windows 11 Education" };
const WINDOWS_10 = { build: 19045, ubr: 5854, displayVersion: "22H2" };
const UNKNOWN_HARDWARE = "note hardware.unknown";
const SERVER = { edition: "ServerStandard", installationType: "Server", build: 20348, ubr: 1 };

const ROLLED_BACK = {
  state: "rolled-back",
  code: "0xC1900101 - 0x30018",
  reason: "It rolled back",
  evidence: PROOF,
} as const;

function product(owner: string, driver: string) {
  return { owner, drivers: [driver], evidence: PROOF };
}

const IMAGES: readonly Row[] = [
  { what: "the same Windows", verdict: "keeps-everything" },
  { what: "the same build, newer level", images: [{ ubr: 5000 }], verdict: "keeps-everything" },
  {
    what: "the same build, older level",
    images: [{ ubr: 1742 }],
    verdict: "keeps-everything",
    reasons: ["note image.update-level"],
    says: [/26100\.1742\) than this Windows \(26100\.4061\)/, /--dynamic-update/],
  },
  { what: "a newer release", images: [{ build: 26200, ubr: 1 }], verdict: "keeps-everything" },
  {
    what: "an older release",
    images: [{ build: 22631, ubr: 5335 }],
    verdict: "cannot",
    reasons: ["blocks image.build"],
    says: [/Windows 11 23H2 \(22631\.5335\), older/, /media of Windows 11 24H2 or newer/],
  },
  {
    what: "a build that nobody tells",
    images: [{ build: undefined, ubr: undefined }],
    verdict: "keeps-everything",
    reasons: ["note image.build"],
  },
  {
    what: "a level that nobody tells",
    images: [{ ubr: undefined }],
    verdict: "keeps-everything",
  },
  {
    what: "another processor",
    images: [{ architecture: "arm64" }],
    verdict: "cannot",
    reasons: ["blocks image.architecture"],
    says: [/for arm64, and this Windows is x64/, /media of x64/],
  },
  {
    what: "32 bits on 64",
    images: [{ architecture: "x86", build: 19045, ubr: 9999 }],
    target: { identity: WINDOWS_10 },
    verdict: "cannot",
    reasons: ["blocks image.architecture"],
  },
  {
    what: "a processor that nobody tells",
    images: [{ architecture: undefined }],
    verdict: "keeps-everything",
    reasons: ["note image.architecture"],
  },
  {
    what: "a Windows whose processor nobody tells",
    target: { identity: { architecture: undefined } },
    verdict: "after-steps",
    reasons: ["step-first image.architecture"],
    says: [/^pemedic files repair D:$/],
  },
  {
    what: "a Windows whose build nobody tells",
    target: { identity: { build: undefined, ubr: undefined } },
    verdict: "after-steps",
    reasons: ["step-first image.build", UNKNOWN_HARDWARE],
    says: [/^pemedic registry check D: SOFTWARE$/],
  },
  {
    what: "another base language",
    images: [{ languages: ["de-DE"], defaultLanguage: "de-DE" }],
    verdict: "keeps-files-only",
    reasons: ["files-only image.language"],
    says: [/are de-DE, and this Windows was installed in en-US/, /language en-US/],
  },
  {
    what: "its language among others, but not as the base",
    images: [{ languages: ["de-DE", "en-US"], defaultLanguage: "de-DE" }],
    verdict: "keeps-files-only",
    reasons: ["files-only image.language"],
  },
  {
    what: "a second language beside the base",
    images: [{ languages: ["en-US", "fr-FR"] }],
    verdict: "keeps-everything",
  },
  {
    what: "no default language, and two of them",
    images: [{ languages: ["en-US", "fr-FR"], defaultLanguage: undefined }],
    verdict: "keeps-everything",
    reasons: ["note image.language"],
  },
  {
    what: "a language in another case",
    images: [{ languages: ["EN-us"], defaultLanguage: "EN-us" }],
    verdict: "keeps-everything",
  },
  {
    what: "a language that nobody tells",
    target: { identity: { language: undefined } },
    verdict: "keeps-everything",
    reasons: ["note image.language"],
  },
  {
    what: "no winre.wim",
    images: [{ winre: "missing" }],
    verdict: "cannot",
    reasons: ["blocks image.winre"],
    says: [/0x80070003/],
  },
  {
    what: "an empty winre.wim",
    images: [{ winre: "empty" }],
    verdict: "cannot",
    reasons: ["blocks image.winre"],
    says: [/0x8007000B/],
  },
  {
    what: "an image that cannot be looked into",
    images: [{ winre: "unknown" }],
    verdict: "keeps-everything",
    reasons: ["note image.winre"],
  },
];

const LICENCE = /makes .* into .*: this machine needs a licence for that edition/;

/** Installed, of the media, verdict, reason, and what is said. */
const EDITIONS: readonly Row[] = ([
  ["Core", "Core", "keeps-everything"],
  ["Core", "Professional", "keeps-everything", "note", LICENCE],
  ["Core", "Education", "keeps-everything", "note", LICENCE],
  ["Core", "Enterprise", "cannot", "blocks", /not supported/],
  ["CoreSingleLanguage", "Professional", "keeps-everything", "note", LICENCE],
  ["CoreSingleLanguage", "Core", "keeps-files-only", "files-only", /names no such way/],
  ["Professional", "Core", "keeps-files-only", "files-only", /step down/],
  ["Professional", "Enterprise", "keeps-everything", "note", LICENCE],
  ["Professional", "ProfessionalEducation", "keeps-everything", "note", LICENCE],
  ["Professional", "ProfessionalWorkstation", "keeps-everything", "note", LICENCE],
  ["ProfessionalWorkstation", "Professional", "cannot", "blocks", /not supported/],
  ["ProfessionalEducation", "Education", "keeps-everything", "note", LICENCE],
  ["Education", "Enterprise", "keeps-files-only", "files-only", /step down/],
  ["Education", "Professional", "cannot", "blocks", /not supported/],
  ["Enterprise", "Education", "keeps-everything", "note", LICENCE],
  ["Enterprise", "Professional", "cannot", "blocks", /not supported/],
  ["ProfessionalN", "ProfessionalN", "keeps-everything"],
  ["CoreN", "ProfessionalN", "keeps-everything", "note", LICENCE],
  ["ProfessionalN", "Professional", "keeps-files-only", "files-only", /between an N edition/],
  ["Professional", "ProfessionalN", "keeps-files-only", "files-only", /between an N edition/],
  ["EnterpriseN", "Professional", "cannot", "blocks", /not supported/],
  ["EnterpriseS", "EnterpriseS", "keeps-everything"],
  ["EnterpriseS", "Enterprise", "after-steps", "step-first", /--product-key|key of the new/],
  ["EnterpriseSN", "Enterprise", "keeps-files-only", "files-only", /between an N edition/],
  ["EnterpriseS", "Professional", "keeps-files-only", "files-only", /names no such way/],
  ["Enterprise", "EnterpriseS", "cannot", "blocks", /to LTSC is not supported/],
  ["Professional", "IoTEnterpriseS", "cannot", "blocks", /to LTSC is not supported/],
  ["Professional", "ServerStandard", "cannot", "blocks", /client does not become a server/],
  ["ServerStandard", "ServerDatacenter", "keeps-everything", "note", LICENCE],
  ["ServerDatacenter", "ServerStandard", "cannot", "blocks", /not supported/],
  ["ServerStandardEval", "ServerStandard", "cannot", "blocks", /evaluation/],
  ["Professional", "CloudEdition", "keeps-files-only", "files-only", /names no such way/],
  ["Professional", undefined, "keeps-files-only", "files-only", /names no edition/],
  [
    undefined,
    "Professional",
    "after-steps",
    "step-first",
    /edition of this Windows cannot be read/,
  ],
] as const).map(([from, to, verdict, weight, says]) => ({
  what: `${from} with media of ${to}`,
  target: { identity: { edition: from } },
  images: [{ edition: to }],
  verdict,
  reasons: weight === undefined ? [] : [`${weight} image.edition`],
  says: says === undefined ? [] : [says],
}));

const CHOICE: readonly Row[] = [
  {
    what: "many images: the installed edition is chosen",
    images: [HOME, EDUCATION, {}, { edition: "ProfessionalN" }],
    verdict: "keeps-everything",
    image: 3,
    says: [/edition that is installed/],
  },
  {
    what: "many images without the installed edition: what keeps the most",
    images: [HOME, { edition: "ProfessionalN" }, EDUCATION],
    verdict: "keeps-everything",
    image: 3,
    reasons: ["note image.edition"],
    says: [/keeps the most/],
  },
  {
    what: "another edition, and its key",
    images: [{ edition: "Enterprise" }],
    wish: { productKey: true },
    verdict: "keeps-everything",
  },
  {
    what: "another image that was asked for",
    images: [HOME, {}],
    wish: { index: 1 },
    verdict: "keeps-files-only",
    reasons: ["files-only image.edition"],
    says: [/It was asked for/],
  },
  {
    what: "an image that is not there",
    images: [HOME, {}],
    wish: { index: 7 },
    verdict: "cannot",
    reasons: ["blocks media.image"],
    image: 0,
    says: [/no image 7: the media hold 2/],
  },
  {
    what: "ei.cfg asks for another edition",
    images: [HOME, {}],
    media: { edition: "Core" },
    verdict: "keeps-files-only",
    reasons: ["files-only image.edition"],
    says: [/ei\.cfg asks for Home \(Core\)/],
  },
  {
    what: "ei.cfg asks for what is not there",
    images: [HOME, {}],
    media: { edition: "Education" },
    verdict: "cannot",
    reasons: ["blocks media.image"],
    image: 0,
    says: [/no image is of that edition/],
  },
  {
    what: "a server with and without desktop: its own type is chosen",
    target: { identity: SERVER },
    images: [{ ...SERVER, installationType: "Server Core" }, SERVER],
    verdict: "keeps-everything",
    image: 2,
  },
  {
    what: "a server whose type is not on the media",
    target: { identity: { ...SERVER, installationType: "Server Core" } },
    images: [SERVER],
    verdict: "cannot",
    reasons: ["blocks image.installation-type"],
    says: [/"Server", and this Windows is of type "Server Core"/],
  },
  {
    what: "an older server",
    target: { identity: SERVER },
    images: [{ ...SERVER, build: 17763 }],
    verdict: "cannot",
    reasons: ["blocks image.build"],
    says: [/Windows Server 2019 \(17763\.1\), older/, /media of Windows Server 2022 or newer/],
  },
];

const MEDIA: readonly Row[] = [
  {
    what: "no setup.exe",
    media: { programs: ["sources\\setupprep.exe"] },
    verdict: "cannot",
    reasons: ["blocks media.programs"],
    says: [/^setup\.exe is missing/],
  },
  {
    what: "no program at all",
    media: { programs: [] },
    verdict: "cannot",
    reasons: ["blocks media.programs"],
    says: [/setup\.exe and sources\\setupprep\.exe are missing/],
  },
  {
    what: "programs in other case",
    media: { programs: ["SETUP.EXE", "Sources\\SetupPrep.exe"] },
    verdict: "keeps-everything",
  },
  {
    what: "no image",
    images: [],
    verdict: "cannot",
    reasons: ["blocks media.image"],
    image: 0,
    says: [/no image of Windows/, /pemedic media inspect E:\\Win11\.iso/],
  },
  {
    what: "something wrong with them",
    media: { problems: ["The image is cut off: 5 bytes are missing", "b"] },
    verdict: "cannot",
    reasons: ["blocks media.damaged"],
    says: [/cut off: 5 bytes are missing \(and 1 more\)/],
  },
  {
    what: "damaged contents",
    media: { verified: "damaged", problems: ["sources\\install.wim: wrong SHA-1"] },
    verdict: "cannot",
    reasons: ["blocks media.damaged"],
    says: [/are damaged: sources\\install\.wim: wrong SHA-1/],
  },
  {
    what: "not verified",
    media: { verified: "not-verified" },
    verdict: "keeps-everything",
    reasons: ["note media.not-verified"],
    says: [/^pemedic upgrade check D: --media E:\\Win11\.iso --verify$/],
  },
  {
    what: "not verified, in a folder with a space",
    target: { volume: "/mnt/my windows" },
    media: { verified: "not-verified", place: "E:\\Win 11" },
    verdict: "keeps-everything",
    reasons: ["note media.not-verified"],
    says: [/^pemedic upgrade check "\/mnt\/my windows" --media "E:\\Win 11" --verify$/],
  },
  {
    what: "volume licences",
    media: { volumeLicense: true, channel: "Volume" },
    verdict: "keeps-everything",
    reasons: ["note media.volume-license"],
  },
  {
    what: "cversion.ini wants a newer Windows",
    target: { identity: { build: 10240, ubr: 1 } },
    media: { oldestBuild: 14393 },
    verdict: "cannot",
    reasons: ["blocks media.oldest-build", UNKNOWN_HARDWARE],
    says: [/from build 14393 on, and this is build 10240/],
  },
  {
    what: "cversion.ini is content",
    target: { identity: WINDOWS_10 },
    media: { oldestBuild: 19045 },
    verdict: "keeps-everything",
    reasons: [UNKNOWN_HARDWARE],
  },
];

const TARGET: readonly Row[] = [
  {
    what: "a Windows that is to be repaired first",
    target: { start: { stopping: [finding("boot.services", "volmgr does not start at boot")] } },
    verdict: "after-steps",
    reasons: ["step-first start.boot.services"],
    says: [/^Repair first, .*: volmgr does not start/, /^pemedic repair D:$/],
  },
  {
    what: "a Windows that never comes up",
    target: {
      start: { lost: PROOF, stopping: [finding("registry.hives", "SOFTWARE is missing")] },
    },
    verdict: "cannot",
    reasons: ["blocks start.never"],
    says: [/cannot be brought up/],
  },
  {
    what: "a hibernated Windows",
    target: { hibernated: PROOF },
    verdict: "after-steps",
    reasons: ["step-first volume.hibernated"],
    says: [/pemedic repair D: --discard-hibernation$/],
  },
  {
    what: "a volume that cannot be written",
    target: { readOnly: true },
    verdict: "after-steps",
    reasons: ["step-first volume.read-only"],
  },
  {
    what: "a half-done update",
    target: { start: { unsettled: [finding("servicing.pending", "An update is half done")] } },
    verdict: "after-steps",
    reasons: ["step-first check.servicing.pending"],
  },
  {
    what: "a restart that is due",
    target: {
      start: {
        restartDue: { ...finding("servicing.pending", "A restart is due"), outcome: "notice" },
      },
    },
    verdict: "keeps-everything",
    reasons: ["note check.restart-due"],
  },
  {
    what: "a virtual disk",
    target: { boot: { virtualDisk: { text: "\\w.vhdx", evidence: PROOF } } },
    verdict: "cannot",
    reasons: ["blocks boot.virtual-disk"],
    says: [/virtual disk \(\\w\.vhdx\)/],
  },
  {
    what: "Windows To Go",
    target: { portable: PROOF },
    verdict: "cannot",
    reasons: ["blocks boot.portable"],
  },
  {
    what: "Safe Mode",
    target: {
      boot: {
        safeBoot: { text: "Safe Mode (minimal)", evidence: PROOF, store: "S:\\BCD", id: "a-b" },
      },
    },
    verdict: "after-steps",
    reasons: ["step-first boot.safe-mode"],
    says: [/^bcdedit \/store "S:\\BCD" \/deletevalue \{a-b\} safeboot$/],
  },
  {
    what: "another letter",
    target: { otherLetter: { text: "D:", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first boot.other-letter"],
    says: [/installed as C: and would run as D:/],
  },
  {
    what: "another disk with a system",
    target: { boot: { otherSystems: [{ text: "G:\\Boot\\BCD", evidence: PROOF }] } },
    verdict: "keeps-everything",
    reasons: ["note boot.other-systems"],
    says: [/G:\\Boot\\BCD/, /Detach/],
  },
  {
    what: "no boot configuration",
    target: { boot: { firmware: "unknown", firmwareEvidence: [] } },
    verdict: "keeps-everything",
    reasons: ["note boot.unknown"],
    says: [/pemedic boot list D:/],
  },
  {
    what: "boot configurations that start other systems only",
    target: { boot: { firmware: "unknown", firmwareEvidence: [], noEntry: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first boot.no-entry"],
    says: [/^bcdboot "D:\\Windows"$/],
  },
  {
    what: "a boot configuration that cannot be read",
    target: { boot: { unread: PROOF } },
    verdict: "keeps-everything",
    reasons: ["note boot.unknown"],
  },
  {
    what: "audit mode",
    target: { audit: true, setup: { name: "waiting", reason: "audit", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first setup.audit-mode"],
    says: [/sysprep \/oobe/],
  },
  {
    what: "an upgrade that goes on",
    target: {
      setup: { name: "in-flight", reason: "It goes on", evidence: PROOF },
      leftover: PROOF,
    },
    verdict: "after-steps",
    reasons: ["step-first setup.in-flight"],
    says: [/pemedic upgrade abort D: --force/],
  },
  {
    what: "a rollback that goes on",
    target: { setup: { name: "rollback-pending", reason: "It goes back", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first setup.rollback-pending"],
  },
  {
    what: "an upgrade that died in the first start",
    target: { setup: { name: "dead-first-boot", reason: "It died", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first setup.dead"],
    says: [/^pemedic repair --only setup\.reset-state D:$/],
  },
  {
    what: "an upgrade whose small Windows is gone",
    target: { setup: { name: "dead-safe-os", reason: "It died", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first setup.dead"],
    says: [/^pemedic upgrade abort D:$/],
  },
  {
    what: "an upgrade that was given up",
    target: {
      setup: { name: "dead-downlevel", reason: "Given up", evidence: PROOF },
      leftover: PROOF,
    },
    verdict: "after-steps",
    reasons: ["step-first setup.leftover"],
    says: [/0xC1900107/, /^pemedic upgrade abort D:$/],
  },
  {
    what: "the folder of an upgrade that is over",
    target: { leftover: PROOF },
    verdict: "after-steps",
    reasons: ["step-first setup.leftover"],
    says: [/^pemedic upgrade abort D: --force$/],
  },
  {
    what: "the folder of an upgrade that was rolled back",
    target: { leftover: PROOF, endedBadly: ROLLED_BACK },
    verdict: "after-steps",
    reasons: ["step-first setup.leftover", "note setup.last-attempt"],
    says: [/upgrade collect D: DEST; then: pemedic upgrade abort D: --force$/],
  },
  {
    what: "an upgrade that was rolled back",
    target: { endedBadly: ROLLED_BACK },
    verdict: "keeps-everything",
    reasons: ["note setup.last-attempt"],
    says: [
      /^The last upgrade failed and was rolled back with 0xC1900101 - 0x30018;/,
      /^pemedic upgrade status D:$/,
    ],
  },
  ...(["in-flight", "rollback-pending"] as const).map((name): Row => ({
    what: `an upgrade that has failed and is not over: ${name}`,
    target: { endedBadly: ROLLED_BACK, setup: { name, reason: "It goes on", evidence: PROOF } },
    verdict: "after-steps",
    reasons: [`step-first setup.${name}`],
  })),
  {
    what: "an upgrade that failed, and nothing tells its code",
    target: { endedBadly: { ...ROLLED_BACK, state: "failed", code: undefined } },
    verdict: "keeps-everything",
    reasons: ["note setup.last-attempt"],
    says: [/^The last upgrade failed: It rolled back;/],
  },
  {
    what: "an upgrade that Setup refused",
    target: { endedBadly: { ...ROLLED_BACK, state: "refused", code: "0xC1900208" } },
    verdict: "keeps-everything",
    reasons: ["note setup.last-attempt"],
    says: [/^The last upgrade was refused with 0xC1900208;/],
  },
  {
    what: "the folder of an upgrade that people may go back from",
    target: { leftover: PROOF, wayBack: PROOF },
    verdict: "keeps-everything",
    reasons: ["note setup.way-back"],
    says: [/no way back to it/],
  },
  {
    what: "the folder of an upgrade whose state is not clear",
    target: { leftover: PROOF, setup: { name: "unclear", reason: "Why", evidence: PROOF } },
    verdict: "keeps-everything",
    reasons: ["note setup.unclear"],
  },
  {
    what: "a Windows that waits for its first start",
    target: { setup: { name: "waiting", reason: "Windows waits", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first setup.waiting"],
  },
  {
    what: "a state that is not clear",
    target: { setup: { name: "unclear", reason: "Nobody knows", evidence: [] } },
    verdict: "keeps-everything",
    reasons: ["note setup.unclear"],
  },
];

const SURROUNDINGS: readonly Row[] = [
  {
    what: "too little space for Setup",
    target: { space: { free: 12 * GIGABYTE, total: 120 * GIGABYTE } },
    verdict: "after-steps",
    reasons: ["step-first space.system-drive"],
    says: [/12\.0 GB are free, and Setup wants 20\.0 GB and 5\.00? GB/, /pemedic image cleanup D:/],
  },
  {
    what: "too little space for the media beside it",
    target: { space: { free: 22 * GIGABYTE, total: 120 * GIGABYTE } },
    verdict: "after-steps",
    reasons: ["step-first space.media"],
    says: [/but not for a copy of the media/, /or extract the ISO .*--media-in-place$/],
  },
  {
    what: "the same, and the media stay where they are",
    target: { space: { free: 22 * GIGABYTE, total: 120 * GIGABYTE } },
    wish: { mediaStay: true },
    verdict: "keeps-everything",
  },
  {
    what: "too little space for a copy of a folder",
    target: { space: { free: 22 * GIGABYTE, total: 120 * GIGABYTE } },
    media: { kind: "folder", place: "F:\\Win11" },
    verdict: "after-steps",
    reasons: ["step-first space.media"],
    says: [/leave the media on a disk that stays attached: --media-in-place$/],
  },
  {
    what: "media on the target are copied all the same, unless they are to stay",
    target: { space: { free: 22 * GIGABYTE, total: 120 * GIGABYTE } },
    media: { kind: "folder", place: "D:\\Win11", onTarget: true },
    verdict: "after-steps",
    reasons: ["step-first space.media"],
    says: [/leave the media where they are: --media-in-place$/],
  },
  {
    what: "media on the target that are to stay",
    target: { space: { free: 22 * GIGABYTE, total: 120 * GIGABYTE } },
    media: { kind: "folder", place: "D:\\Win11", onTarget: true },
    wish: { mediaStay: true },
    verdict: "keeps-everything",
  },
  {
    what: "32 bits want less space",
    target: {
      identity: { ...WINDOWS_10, architecture: "x86" },
      space: { free: 17 * GIGABYTE, total: 120 * GIGABYTE },
    },
    images: [{ architecture: "x86", build: 19045, ubr: 5854 }],
    media: { bytes: GIGABYTE / 2 },
    verdict: "keeps-everything",
  },
  {
    what: "a full system partition",
    target: {
      boot: {
        systemPartition: { place: "S:", freeBytes: 2e6, totalBytes: 1e8, fileSystem: "FAT32" },
      },
    },
    verdict: "after-steps",
    reasons: ["step-first space.system-partition"],
    says: [/system partition S: has only 1\.9\d? MB free/],
  },
  {
    what: "an antivirus",
    target: { protection: { antivirus: [product("ESET", "eamonm")] } },
    verdict: "keeps-everything",
    reasons: ["note filters.antivirus"],
    says: [/ESET: eamonm/, /pemedic filters list D:/],
  },
  {
    what: "disk encryption of others",
    target: { protection: { encryption: [product("VeraCrypt", "veracrypt")] } },
    verdict: "after-steps",
    reasons: ["step-first filters.encryption"],
    says: [/setup\.exe \/ReflectDrivers/],
  },
  {
    what: "disk encryption of others, whose drivers are given",
    target: { protection: { encryption: [product("VeraCrypt", "veracrypt")] } },
    wish: { reflectDrivers: true },
    verdict: "keeps-everything",
  },
  {
    what: "BitLocker",
    target: { protection: { bitLocker: { state: "protected", evidence: PROOF } } },
    verdict: "keeps-everything",
    reasons: ["note bitlocker.protected"],
  },
  {
    what: "BitLocker that is suspended",
    target: { protection: { bitLocker: { state: "suspended", evidence: PROOF } } },
    verdict: "keeps-everything",
  },
  {
    what: "BitLocker that nobody can be asked about",
    target: { protection: { bitLocker: { state: "unknown", evidence: [] } } },
    verdict: "keeps-everything",
    reasons: ["note bitlocker.unknown"],
  },
  {
    what: "a policy for the release of the media",
    target: { policy: { release: "24h2", product: "Windows 11", releaseEvidence: PROOF } },
    verdict: "keeps-everything",
  },
  {
    what: "a policy for another release",
    target: { policy: { release: "23H2", product: "Windows 11", releaseEvidence: PROOF } },
    verdict: "keeps-everything",
    reasons: ["note policy.release"],
    says: [/at Windows 11 23H2, and the media are Windows 11 24H2/, /--include policy D:/],
  },
  {
    what: "a policy for another release, of a domain",
    target: {
      policy: {
        release: "23H2",
        product: undefined,
        releaseEvidence: PROOF,
        management: { managed: "yes", by: "the domain corp.example", evidence: PROOF },
      },
    },
    verdict: "keeps-everything",
    reasons: ["note policy.release", "note policy.managed"],
    says: [/the domain corp\.example sets the policies/, /^Ask who administers it/],
  },
  {
    what: "a policy against upgrades",
    target: { policy: { noUpgrade: PROOF } },
    verdict: "keeps-everything",
    reasons: ["note policy.no-upgrade"],
  },
  {
    what: "a domain without a policy",
    target: { policy: { management: { managed: "yes", by: "the domain x", evidence: PROOF } } },
    verdict: "keeps-everything",
    reasons: ["note policy.managed"],
  },
];

const HARDWARE: readonly Row[] = [
  {
    what: "from Windows 10 to 11: most is not known",
    target: { identity: WINDOWS_10 },
    verdict: "keeps-everything",
    reasons: [UNKNOWN_HARDWARE],
    says: [/needs Secure Boot, a TPM 2\.0, 4 GB of memory, .* and a processor with SSE4\.2/],
  },
  {
    what: "from Windows 10 to 10",
    target: { identity: WINDOWS_10 },
    images: [{ build: 19045, ubr: 5854 }],
    verdict: "keeps-everything",
  },
  {
    what: "from Windows 11 23H2 to 24H2: only the instructions are new",
    target: { identity: { build: 22631, ubr: 1 } },
    verdict: "keeps-everything",
    reasons: [UNKNOWN_HARDWARE],
    says: [/^Windows 11 24H2 needs a processor with SSE4\.2 and POPCNT; whether/],
  },
  {
    what: "a TPM 2.0 that is remembered",
    target: {
      identity: WINDOWS_10,
      hardware: { tpm: "2.0", machine: "Example Note 5", evidence: PROOF },
    },
    verdict: "keeps-everything",
    reasons: [UNKNOWN_HARDWARE],
    says: [/needs Secure Boot, 4 GB of memory, .*this machine \(Example Note 5\)/],
  },
  {
    what: "an old TPM",
    target: { identity: WINDOWS_10, hardware: { tpm: "1.2", evidence: PROOF } },
    verdict: "after-steps",
    reasons: ["step-first hardware.tpm", UNKNOWN_HARDWARE],
  },
  {
    what: "a BIOS, from Windows 10 to 11",
    target: { identity: WINDOWS_10, boot: { firmware: "bios" } },
    verdict: "after-steps",
    reasons: ["step-first hardware.firmware", UNKNOWN_HARDWARE],
    says: [/mbr2gpt/],
  },
  {
    what: "a BIOS, with Windows 10",
    target: { identity: WINDOWS_10, boot: { firmware: "bios" } },
    images: [{ build: 19045, ubr: 5854 }],
    verdict: "keeps-everything",
  },
  {
    what: "a BIOS that runs Windows 11 all the same",
    target: { boot: { firmware: "bios" } },
    verdict: "after-steps",
    reasons: ["step-first hardware.firmware"],
  },
  {
    what: "a small volume, from Windows 10 to 11",
    target: { identity: WINDOWS_10, space: { free: 40 * GIGABYTE, total: 50 * GIGABYTE } },
    verdict: "keeps-everything",
    reasons: ["note hardware.disk", UNKNOWN_HARDWARE],
  },
  {
    what: "a server asks for none of it",
    target: { identity: SERVER, boot: { firmware: "bios" } },
    images: [{ ...SERVER, build: 26100 }],
    verdict: "keeps-everything",
  },
];

const SEVERAL: readonly Row[] = [
  {
    what: "steps, and programs lost: both are told",
    target: { space: { free: 12 * GIGABYTE, total: 120 * GIGABYTE } },
    images: [HOME],
    verdict: "after-steps",
    reasons: ["step-first space.system-drive", "files-only image.edition"],
  },
  {
    what: "a refusal weighs more than steps",
    target: { space: { free: 1, total: 120 * GIGABYTE } },
    images: [{ architecture: "arm64" }],
    verdict: "cannot",
    reasons: ["blocks image.architecture", "step-first space.system-drive"],
  },
  {
    what: "a key takes the step away",
    target: { identity: { edition: "EnterpriseS" } },
    images: [{ edition: "Enterprise" }],
    wish: { productKey: true },
    verdict: "keeps-everything",
  },
];

const TABLE = [
  ...IMAGES,
  ...EDITIONS,
  ...CHOICE,
  ...MEDIA,
  ...TARGET,
  ...SURROUNDINGS,
  ...HARDWARE,
  ...SEVERAL,
];

for (const row of TABLE) {
  Deno.test(`checkUpgrade(): ${row.what}: ${row.verdict}`, () => {
    const check = checkUpgrade(
      situation(row.target),
      media(row.images ?? [{}], row.media),
      row.wish,
    );
    assert.equal(check.verdict, row.verdict, named(check.reasons).join(", "));
    assert.deepEqual(named(check.reasons).toSorted(), [...row.reasons ?? []].toSorted());
    assert.equal(check.image?.index ?? 0, row.image ?? 1);
    const told = [
      check.imageReason,
      ...check.reasons.flatMap(({ summary, next = "" }) => [
        summary,
        next,
      ]),
    ];
    for (const says of row.says ?? []) {
      assert.ok(told.some((text) => says.test(text)), `${says}\n${told.join("\n")}`);
    }
  });
}

Deno.test("checkUpgrade(): what weighs most comes first", () => {
  const { reasons } = checkUpgrade(
    situation({
      space: { free: 1, total: 120 * GIGABYTE },
      protection: { bitLocker: { state: "unknown", evidence: [] } },
    }),
    media([{ ...HOME, architecture: "arm64" }]),
  );
  assert.deepEqual(reasons.map(({ weight }) => weight), [
    "blocks",
    "step-first",
    "files-only",
    "note",
  ]);
});

Deno.test("checkUpgrade(): every reason is one sentence with evidence", () => {
  for (const row of TABLE) {
    const all = media(row.images ?? [{}], row.media);
    for (const reason of checkUpgrade(situation(row.target), all, row.wish).reasons) {
      const told = `${row.what}: ${reason.id}: ${reason.summary}`;
      assert.match(reason.summary, /^\S.*[^.\s]$/, told);
      assert.ok(reason.evidence.length > 0, told);
      if (reason.weight === "step-first") assert.ok(reason.next !== undefined, told);
      assert.doesNotMatch(`${reason.summary} ${reason.next ?? ""}`, /undefined|NaN|\[object/, told);
    }
  }
});

Deno.test("checkUpgrade(): what remains is told only where Windows does not start", () => {
  const stopping = [finding("boot.services", "x")];
  assert.deepEqual(checkUpgrade(situation(), media()).remains, []);
  for (const start of [{ stopping }, { lost: PROOF }]) {
    const { remains } = checkUpgrade(situation({ start }), media());
    assert.ok(remains.some((text) => /WinRE/.test(text)), remains.join());
    assert.ok(remains.some((text) => /data of D:/.test(text)), remains.join());
  }
});

Deno.test("checkUpgrade(): what survives is told beside the steps", () => {
  const target = situation({ space: { free: 1, total: 120 * GIGABYTE } });
  assert.equal(checkUpgrade(target, media()).survives, "everything");
  assert.equal(checkUpgrade(target, media([HOME])).survives, "files");
  assert.equal(checkUpgrade(target, media([{ winre: "missing" }])).survives, "nothing");
});
