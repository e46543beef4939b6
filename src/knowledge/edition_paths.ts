/**
 * What an in-place upgrade keeps, by the edition that is installed and the one of the media.
 *
 * Sources: Microsoft Learn, "Windows upgrade paths" (2023-10-02) and "Windows edition upgrade"
 * (2023-10-02); for servers "Overview of Windows Server upgrades". What neither page names is
 * `unknown`, except that the same edition always keeps everything.
 */
import { findEdition } from "./editions.ts";

/**
 * What survives.
 *
 * - `everything`: programs, settings and files.
 * - `with-key`: the same, if Setup is given a product key of the new edition.
 * - `files`: files only.
 * - `nothing`: Setup offers no upgrade.
 * - `unknown`: no page of Microsoft tells.
 */
export type EditionOutcome = "everything" | "with-key" | "files" | "nothing" | "unknown";

/** One way from an edition to another. */
export interface EditionPath {
  readonly outcome: EditionOutcome;
  /** Why, as a clause that a sentence about both editions ends with. No full stop. */
  readonly reason: string;
  readonly source: string;
}

/** A row of the table: both editions without their N. */
export interface EditionPathRow {
  readonly from: string;
  readonly to: string;
  readonly outcome: EditionOutcome;
  readonly source: string;
}

const UPGRADES = "Microsoft Learn: Windows upgrade paths";
const EDITIONS_PAGE = "Microsoft Learn: Windows edition upgrade";
const SERVERS = "Microsoft Learn: Overview of Windows Server upgrades";

function rows(
  from: readonly string[],
  to: readonly string[],
  rest: Pick<EditionPathRow, "outcome" | "source">,
): EditionPathRow[] {
  return from.flatMap((one) => to.map((other) => ({ from: one, to: other, ...rest })));
}

const HOME = ["Core", "CoreSingleLanguage", "CoreCountrySpecific"];

/** Ways between different editions that a page of Microsoft names. The first that fits counts. */
export const EDITION_PATHS: readonly EditionPathRow[] = [
  ...rows(HOME, ["Professional", "ProfessionalEducation", "Education"], {
    outcome: "everything",
    source: UPGRADES,
  }),
  ...rows(HOME, ["ProfessionalWorkstation"], { outcome: "everything", source: EDITIONS_PAGE }),
  ...rows(HOME, ["Enterprise"], { outcome: "nothing", source: UPGRADES }),
  ...rows(["Professional"], ["ProfessionalEducation", "Education", "Enterprise"], {
    outcome: "everything",
    source: UPGRADES,
  }),
  ...rows(["Professional"], ["ProfessionalWorkstation"], {
    outcome: "everything",
    source: EDITIONS_PAGE,
  }),
  ...rows(["Professional"], ["Core"], { outcome: "files", source: UPGRADES }),
  ...rows(["ProfessionalWorkstation"], ["ProfessionalEducation", "Education", "Enterprise"], {
    outcome: "everything",
    source: EDITIONS_PAGE,
  }),
  ...rows(["ProfessionalEducation"], ["Education"], {
    outcome: "everything",
    source: EDITIONS_PAGE,
  }),
  ...rows(["ProfessionalEducation"], ["Professional", "ProfessionalWorkstation", "Core"], {
    outcome: "nothing",
    source: EDITIONS_PAGE,
  }),
  ...rows(["ProfessionalWorkstation"], ["Professional", "Core"], {
    outcome: "nothing",
    source: EDITIONS_PAGE,
  }),
  ...rows(["Education"], ["Enterprise"], { outcome: "files", source: UPGRADES }),
  ...rows(["Education", "Enterprise"], ["Core", "Professional", "ProfessionalEducation"], {
    outcome: "nothing",
    source: UPGRADES,
  }),
  ...rows(["Enterprise"], ["Education"], { outcome: "everything", source: UPGRADES }),
  ...rows(["EnterpriseS"], ["Enterprise"], { outcome: "with-key", source: UPGRADES }),
  ...rows(["IoTEnterpriseS"], ["IoTEnterprise"], { outcome: "with-key", source: UPGRADES }),
  ...rows(["ServerStandard"], ["ServerDatacenter"], { outcome: "everything", source: SERVERS }),
  ...rows(["ServerDatacenter"], ["ServerStandard"], { outcome: "nothing", source: SERVERS }),
];

/** What an upgrade from one EditionID to another keeps, in any case. */
export function editionPath(from: string, to: string): EditionPath {
  if (same(from, to)) {
    return { outcome: "everything", reason: "the edition is the same", source: UPGRADES };
  }
  return betweenLines(from, to) ?? betweenKinds(plain(from), plain(to));
}

/** What the kind of an edition alone decides. */
function betweenLines(from: string, to: string): EditionPath | undefined {
  if (isEvaluation(from) !== isEvaluation(to)) {
    const reason = isEvaluation(from)
      ? "an evaluation must be made a full edition first"
      : "they are an evaluation";
    return { outcome: "nothing", reason, source: SERVERS };
  }
  if (isServer(from) !== isServer(to)) {
    return {
      outcome: "nothing",
      reason: "a client does not become a server, nor a server a client",
      source: SERVERS,
    };
  }
  if (!isLtsc(from) && isLtsc(to)) {
    return {
      outcome: "nothing",
      reason: "an upgrade from the General Availability Channel to LTSC is not supported",
      source: UPGRADES,
    };
  }
  return undefined;
}

function betweenKinds(from: Kind, to: Kind): EditionPath {
  const row = same(from.id, to.id)
    ? { outcome: "everything" as const, source: UPGRADES }
    : EDITION_PATHS.find((path) => same(path.from, from.id) && same(path.to, to.id));
  if (row === undefined) {
    return { outcome: "unknown", reason: "Microsoft names no such way", source: UPGRADES };
  }
  if (from.n !== to.n && row.outcome !== "nothing") {
    return {
      outcome: "files",
      reason: "between an N edition and one that is none, programs and settings are lost",
      source: UPGRADES,
    };
  }
  return { outcome: row.outcome, reason: REASONS[row.outcome], source: row.source };
}

const REASONS: Readonly<Record<EditionOutcome, string>> = {
  everything: "that is a supported upgrade",
  "with-key": "leaving LTSC keeps programs only with a product key of the new edition",
  files: "that is a step down, which loses programs and settings",
  nothing: "that upgrade is not supported",
  unknown: "Microsoft names no such way",
};

interface Kind {
  readonly id: string;
  readonly n: boolean;
}

/** `ProfessionalN` is `Professional` without its N; `EnterpriseSN` is `EnterpriseS`. */
function plain(id: string): Kind {
  const line = findEdition(id)?.line;
  const n = line === "client-n" || line === "ltsc-n" || (line === undefined && /[a-z]N$/.test(id));
  return { id: n ? id.slice(0, -1) : id, n };
}

function isEvaluation(id: string): boolean {
  return /Eval$/i.test(id);
}

/** `ServerRdsh` is a client that several people use at once. */
function isServer(id: string): boolean {
  const line = findEdition(id)?.line;
  return line === undefined ? /^Server/i.test(id) : line === "server";
}

function isLtsc(id: string): boolean {
  const line = findEdition(id)?.line;
  return line === "ltsc" || line === "ltsc-n";
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
